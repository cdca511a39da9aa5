"""Handing mail in: over TLS with the server's certificate and name checked, or not at all (RFC 3207, 6409, 8314).

What the server says goes no further than its numbers: its words could hold what was sent to it.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from socket import gaierror

from core.errors import MailRefused
from core.mail.bounded_smtp import TIMEOUT, BoundedSMTP, BoundedSMTPOverTLS
from core.mail.settings import TLS, MailServer

_STATUS = re.compile(rb"([45]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True)
class Connection:
    """An open way to the mail server."""

    server: MailServer
    smtp: smtplib.SMTP

    def send(self, letter: EmailMessage, *, to: str) -> None:
        """Hand one letter in; the server has it when this returns.

        Raises:
            MailRefused: it was not taken, or the connection broke before it was said to be.
        """
        try:
            self.smtp.send_message(letter, self.server.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[to]
            raise MailRefused(f"the mail server refused the address ({_told(code, words)})", _final(code)) from None
        except smtplib.SMTPDataError as error:
            told = _told(error.smtp_code, error.smtp_error)
            raise MailRefused(f"the mail server refused the content ({told})", _final(error.smtp_code)) from None
        except smtplib.SMTPSenderRefused as error:
            told = _told(error.smtp_code, error.smtp_error)
            raise MailRefused(f"the mail server refused the sender's address ({told})") from None
        except smtplib.SMTPNotSupportedError:
            raise MailRefused("the mail server takes no address with letters beyond ASCII", is_final=True) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailRefused(why_of(error)) from None

    @property
    def is_open(self) -> bool:
        """Whether the next letter can go the same way."""
        return self.smtp.sock is not None


@contextmanager
def connected(server: MailServer) -> Iterator[Connection]:
    """The mail server, after TLS and login.

    Raises:
        MailRefused: it cannot be reached, is not the one that it should be, speaks no TLS, or refuses the login.
    """
    try:
        smtp = _opened(server)
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(why_of(error)) from None
    try:
        yield Connection(server, smtp)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _opened(server: MailServer) -> smtplib.SMTP:
    password = server.password() if server.user else ""
    context = _context(server)
    if server.security == TLS:
        # The context is ours: certificate and name are checked.
        smtp: smtplib.SMTP = BoundedSMTPOverTLS(
            server.host, server.port, local_hostname=server.domain, timeout=TIMEOUT, context=context
        )
    else:
        smtp = BoundedSMTP(server.host, server.port, local_hostname=server.domain, timeout=TIMEOUT)
    try:
        if server.security != TLS:
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _context(server: MailServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError):
        raise MailRefused("the file of mail_ca_file holds no certificate authority that can be read") from None


def why_of(error: Exception) -> str:
    """What went wrong on the way to the server or with it, as a clause."""
    match error:
        case ssl.SSLCertVerificationError():
            why = f"the mail server's certificate is refused: {error.verify_message.rstrip('.')}"
        case ssl.SSLError():
            why = f"TLS with the mail server failed: {(error.reason or 'no reason').lower().replace('_', ' ')}"
        case smtplib.SMTPAuthenticationError():
            why = f"the mail server refused user and password ({_told(error.smtp_code, error.smtp_error)})"
        case smtplib.SMTPNotSupportedError():
            why = "the mail server offers no STARTTLS, or no login that is known here"
        case smtplib.SMTPServerDisconnected() if not isinstance(error.__context__, TimeoutError):
            why = "the mail server broke the connection off"
        case smtplib.SMTPResponseException():
            why = f"the mail server refused ({_told(error.smtp_code, error.smtp_error)})"
        case gaierror():
            why = "the mail server's name is not known"
        case TimeoutError() | smtplib.SMTPServerDisconnected():
            why = f"the mail server did not answer within {TIMEOUT:.0f} seconds"
        case OSError():
            why = f"the mail server cannot be reached: {error.strerror or 'no reason'}"
        case _:
            why = "the mail server's answer was not understood"
    return why


def _final(code: int) -> bool:
    """Whether a reply is a permanent one (RFC 5321, section 4.2.1)."""
    return code // 100 == 5


def _told(code: int, words: bytes | str) -> str:
    """A reply's numbers: its code and, where there is one, the enhanced one (RFC 3463)."""
    enhanced = _STATUS.match(words if isinstance(words, bytes) else words.encode(errors="replace"))
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)
