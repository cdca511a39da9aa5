"""A fresh proof inside a session: the password, and a code where 2-factor is active (ASVS 7.5.1).

Acts on credentials ask for one that is not older than ten minutes. Signing in is one.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from core import audit, sessions, throttle, totp
from core.clock import Clock
from core.codes import accept_code
from core.errors import ProofNeeded, Refusal, WrongOldPassword
from core.login_steps import Session
from core.passwords import PasswordMismatch, Passwords
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import Authenticator


@dataclass(frozen=True)
class ProofService:
    """Checks again who is sitting at a signed-in console."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    now: Clock

    def prove(self, session: Session, password: str, code: str = "") -> None:
        """Refresh the session's proof.

        Raises:
            SessionOver: sign in again.
            OnHold: too many wrong proofs.
            WrongOldPassword: not the person's password.
            ProofNeeded: 2-factor is active, and no code was given.
            CodeMalformed, WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused.
        """
        now = self.now()
        self.check_password(session, password)
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            with_code = db.get(Authenticator, who.person.id) is not None
            if with_code and not code:
                raise ProofNeeded(with_code=True)
            digits = totp.cleaned(code) if with_code else ""
            if with_code:
                throttle.charge(db, throttle.CODE, str(who.person.id), now=now)
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            try:
                if with_code:
                    accept_code(db, self.keys, who.person, digits, now=now)
            except Refusal as refusal:
                refused = refusal
                told = audit.Told("prove identity", audit.DENIED, {"with": "code"})
                audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
            else:
                if with_code:
                    throttle.give_back(db, throttle.CODE, str(who.person.id))
                who.session.proof_at = now
                audit.record(db, self.keys, audit.Told("prove identity"), at=now, origin=who.origin, actor=who.person)
                return
        raise refused

    def check_password(self, session: Session, password: str) -> None:
        """Compare with the person's password, under a limit of its own.

        Raises:
            SessionOver, OnHold, WrongOldPassword: see `prove`.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            throttle.charge(db, throttle.PROOF, str(who.person.id), now=now)
            stored = who.person.password_hash
        try:
            self.passwords.check(stored, password)
        except PasswordMismatch:
            with transaction(self.engine) as db:
                who = sessions.acting(db, session, now=now)
                told = audit.Told("prove identity", audit.DENIED, {"with": "password"})
                audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
            raise WrongOldPassword from None
        with transaction(self.engine) as db:
            throttle.give_back(db, throttle.PROOF, str(session.person_id))
