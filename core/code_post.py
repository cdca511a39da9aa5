"""How a code gets to its person: by mail, so that nobody else sees it, or by whoever issued it."""

from dataclasses import dataclass, replace

from core import throttle
from core.administration import Act
from core.emails import email_norm
from core.errors import TooManyMails
from core.mail import outbox
from core.password_codes import IssuedCode
from data.tables import Person


@dataclass(frozen=True)
class CodePost:
    """What the services that issue codes give them to."""

    by_mail: bool
    """Whether a mail server is configured."""

    def hand_over(self, act: Act, person: Person, kind: str, issued: IssuedCode) -> IssuedCode:
        """The code to pass on; or, where one is mailed, no code: it is issued anew when the mail is sent.

        That which was issued is then known to nobody, and earlier ones are void.

        Raises:
            TooManyMails: the person got many, or this address from this contract.
        """
        if not self.by_mail:
            return issued
        # Each is counted: one person may want many addresses, and many people may be invited by one, one at a time.
        address = f"{person.contract_id} {email_norm(issued.email)}"
        for subject in (str(person.id), act.keys.keyed_hash("mailed to", address.encode())):
            if not throttle.is_charged(act.db, throttle.MAILED_CODE, subject, now=act.now):
                until = throttle.held_until(act.db, throttle.MAILED_CODE, subject, now=act.now) or act.now
                raise TooManyMails(until=until, now=act.now)
        outbox.ask(act.db, person, kind, origin=act.who.origin, now=act.now)
        return replace(issued, code="")
