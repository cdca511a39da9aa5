"""What mails say: plain text, without a link and without a name, so that none of them can be made into bait.

Names and contracts are what people call themselves; an address is all that a mail repeats of anybody.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from core.emails import email_norm
from core.errors import MailRefused
from core.mail.settings import MailServer
from core.password_codes import IssuedCode
from core.wording import moment

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_TO_NOBODY = "Whoever asks you for this code, also by telephone, is not one of us: give it to nobody."


@dataclass(frozen=True)
class Words:
    """Subject and text of a mail; the subject holds no secret, for locked telephones show it."""

    subject: str
    text: str = field(repr=False)


def reset(issued: IssuedCode) -> Words:
    """The code for a forgotten password."""
    return Words(
        "your reset code",
        f"""\
A reset code was asked for, for the account {issued.email}.

    {issued.code}

It is good once, until {moment(issued.expires_at)}; an earlier one is void.
Enter it in the console: at the login choose "Forgot password?", then "I have
a code", and type it and a new password. Your 2-factor authentication stays
as it is.

If you did not ask for it, do nothing: your password is unchanged.
{_TO_NOBODY}
""",
    )


def activation(issued: IssuedCode) -> Words:
    """The code of an invitation."""
    return Words(
        "your activation code",
        f"""\
You are invited to use the console, with the account {issued.email}.

    {issued.code}

It is good once, until {moment(issued.expires_at)}; an earlier one is void.
Enter it in the console: at the login choose "First login", then type it
and a password of your own. How you reach the console, whoever invited you
will tell you.

If you expected no invitation, do nothing: the account then stays unused.
{_TO_NOBODY}
""",
    )


def new_email(issued: IssuedCode) -> Words:
    """The code that shows that somebody reads what is sent to his new address."""
    return Words(
        "the code for your new e-mail",
        f"""\
Somebody wants to sign in with {issued.email} from now on.

    {issued.code}

It is good once, until {moment(issued.expires_at)}; an earlier one is void.
Sign in with your old address and enter it under Account Management.

If this was not you, do nothing: nothing is changed.
{_TO_NOBODY}
""",
    )


def old_email(address: str, changed_at: datetime) -> Words:
    """What an address is told that is an account's no longer."""
    return Words(
        "your e-mail was changed",
        f"""\
On {moment(changed_at)} the account {address} got another e-mail address.
From now on it signs in with that one, and this address gets no mail of it
any more.

If this was not you, call your contract owner or an administrator now.
""",
    )


def factor_reset(email: str, code: str, due_at: datetime) -> Words:
    """What the person is told whose second factor the support desk lets go, and the code with which he stops it."""
    return Words(
        "your 2-factor authentication can be removed",
        f"""\
On the telephone the support desk was asked to remove the 2-factor
authentication of the account {email}. Nothing is removed yet.
From {moment(due_at)} on, for 7 days, whoever signs in
with your password can remove it, without a code.

If this was not you, stop it now, from any console: sign in with a code of
your app, which stops it, or choose "Forgot password?" at the login, then
"Stop a reset", and type this code:

    {code}

It is good once; an earlier one is void. Change your password and your
support PIN then: whoever called knew one of them.
{_TO_NOBODY}
""",
    )


def notice(lines: Sequence[str]) -> Words:
    """What has happened with an account while its person was away."""
    told = "\n".join(f"  - {line}" for line in lines)
    return Words(
        "news of your account",
        f"""\
Since your last visit:

{told}

Sign in as you always do and look under Account Management, My activity.
If one of these was not you, change your password there, your support PIN
too where the support desk is told of, and call your contract owner or an
administrator.
""",
    )


def test() -> Words:
    """What `bartizan mail --test` sends."""
    return Words("test", "This is a test. The mail server takes mail from the console.\n")


def letter(words: Words, *, server: MailServer, issuer: str, to: str, now: datetime) -> EmailMessage:
    """A whole mail (RFC 5322; RFC 3834 for Auto-Submitted, so that no holiday note answers it)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(issuer, *_parts(server.sender))
    made["To"] = Address("", *_parts(to))
    made["Subject"] = f"{issuer}: {words.subject}"
    made["Date"] = format_datetime(now.astimezone(UTC))
    made["Message-ID"] = f"<{secrets.token_hex(16)}@{server.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(words.text, cte="7bit" if words.text.isascii() else "quoted-printable")
    return made


def envelope(address: str) -> str:
    """An account's address as the mail server gets it: the domain in the form in which it was checked.

    Only atoms with dots between (RFC 5322, section 3.2.3), and nothing that is decoded on the way (RFC 2047): such an
    address would be another one by the time it arrives.

    Raises:
        MailRefused: no mail can go there.
    """
    local, _, _ = address.rpartition("@")
    if not _LOCAL.fullmatch(local) or "=?" in local:
        raise MailRefused("no mail can go to an address like this", is_final=True)
    return f"{local}@{email_norm(address).rpartition('@')[2]}"


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain
