"""Forgot password? Whoever asks gets the same answer, for the same work, whether anybody has the address or not.

Source text, "Changing your password": "In case you have lost or forgotten your password, click on the forgot
password? button". The mail server is not asked here: what is sent, if anything, is decided when it is sent.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from core import audit, known_origins, throttle
from core.clock import Clock
from core.emails import email_norm
from core.errors import MailNotConfigured, TooManyMails
from core.known_person import addressee
from core.mail import outbox
from core.origin import Origin
from data.engine import transaction
from data.sealing import KeyRing


@dataclass(frozen=True)
class ForgottenService:
    """Has reset codes mailed to those who ask for them."""

    engine: Engine
    keys: KeyRing
    by_mail: bool
    """Whether mail is configured."""

    now: Clock

    def ask(self, email: str, *, origin: Origin) -> None:
        """Have a reset code sent to whoever signs in with this address, if anybody does; nobody is told whether.

        Too many asked for one address are not sent, which is not told either. The old password works until the code
        is used, and 2-factor stays as it is.

        Raises:
            MailNotConfigured: an administrator issues the code.
            TooManyMails: too much was asked for from here, for whatever addresses.
        """
        if not self.by_mail:
            raise MailNotConfigured
        now, norm = self.now(), email_norm(email)
        self._charge_origin(origin, now=now)
        subject = self.keys.keyed_hash("reset request", norm.encode())
        with transaction(self.engine) as db:
            # From where he always signs in a person still gets his code, however often strangers have asked for one.
            lane = known_origins.lane_of(db, self.keys, norm, origin, now=now)
            may_send = throttle.is_charged(db, throttle.RESET_REQUEST, subject, lane=lane, now=now)
            person = addressee(db, norm)
            # What may not be sent is written for nobody's address, so that the same is done.
            outbox.ask_at(db, norm if may_send else subject, outbox.RESET, origin=origin, now=now)
            told = audit.Told("ask for a reset code", audit.DONE if may_send else audit.DENIED)
            audit.record(db, self.keys, told, at=now, origin=origin, target=person)

    def _charge_origin(self, origin: Origin, *, now: datetime) -> None:
        """Count what one place asks for, so that nobody fills mailboxes or the table from there.

        Raises:
            TooManyMails: it is enough for now.
        """
        place = "\0".join(origin.place)
        subject = self.keys.keyed_hash("reset request from", place.encode("utf-8", "surrogatepass"))
        with transaction(self.engine) as db:
            throttle.forget_stale(db, now=now)
            if throttle.is_charged(db, throttle.RESET_ORIGIN, subject, now=now):
                return
            until = throttle.held_until(db, throttle.RESET_ORIGIN, subject, now=now) or now
            told = audit.Told("ask for a reset code", audit.DENIED, {"why": TooManyMails.__name__})
            audit.record(db, self.keys, told, at=now, origin=origin)
        raise TooManyMails(until=until, now=now)
