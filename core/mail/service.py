"""Mail as the rest of the core and the screens know it. What sends it is brought when something is sent."""

from dataclasses import dataclass

from sqlalchemy import Engine

from core.clock import Clock
from core.emails import taken_email
from core.errors import MailNotConfigured
from core.mail.settings import MailServer
from data.sealing import KeyRing


@dataclass(frozen=True)
class Delivered:
    """What one pass has done."""

    sent: int = 0
    postponed: int = 0
    given_up: int = 0
    dropped: int = 0
    """Mails to nobody: a reset code for an address that nobody has, a code that is not wanted any more."""

    trouble: str = ""
    """What went wrong last."""

    @property
    def looked_at(self) -> int:
        """How many mails were due."""
        return self.sent + self.postponed + self.given_up + self.dropped


@dataclass(frozen=True)
class MailService:
    """Hands the mails that wait to the mail server of the settings."""

    engine: Engine
    keys: KeyRing
    server: MailServer | None
    issuer: str
    now: Clock

    @property
    def is_configured(self) -> bool:
        """Whether the settings name a mail server."""
        return self.server is not None

    def deliver_due(self) -> Delivered:
        """Send what is due, the most urgent first, and note for later what could not be sent.

        Whoever does it at the same time, in whatever process, sends other mails. A server that cannot be reached ends
        the pass.

        Raises:
            ServerClockBehind: nothing is sent before this server's clock is right.
        """
        if self.server is None:
            return Delivered()
        from core.mail.delivery import Delivery

        return Delivery(self.engine, self.keys, self.server, self.issuer, self.now).run()

    def send_test(self, address: str) -> None:
        """Send a mail that says nothing.

        Raises:
            MailNotConfigured: the settings name no mail server.
            FieldEmpty, FieldRefused: it is no address.
            MailRefused: what went wrong.
        """
        to = taken_email(address)
        if self.server is None:
            raise MailNotConfigured
        from core.mail.delivery import Delivery

        Delivery(self.engine, self.keys, self.server, self.issuer, self.now).send_test(to)
