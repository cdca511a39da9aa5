"""A real SMTP server on this machine, with certificates made for it, that keeps what it is sent."""

import asyncio
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"
USER = "bartizan"
MAIL_PASSWORD = "to-the-post-office"


@dataclass(frozen=True)
class Certificates:
    """An authority, and what it has said of a name."""

    authority: Path
    server: Path


def make_certificates(directory: Path, name: str = HOST) -> Certificates:
    """A new authority, and a server's certificate and key for `name`."""
    directory.mkdir(parents=True, exist_ok=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of this test")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    authority = (
        _certificate(issuer, issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate(subject, issuer, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (directory / "authority.pem").write_bytes(authority.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "server.pem").write_bytes(server.public_bytes(pem) + private)
    return Certificates(directory / "authority.pem", directory / "server.pem")


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


@dataclass
class MailServer:
    """What it has got, and what it says to whom."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    """Sender and receiver of each, as they were told apart from the letter."""

    connections: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    """What receivers are refused with."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(letter, EmailMessage)
        self.envelopes += [(str(envelope.mail_from), to) for to in envelope.rcpt_tos]
        self.letters.append(letter)
        return "250 OK"

    def text(self, number: int = -1) -> str:
        """What a letter says."""
        return str(self.letters[number].get_content()).replace("\r\n", "\n")


@contextmanager
def mail_server(
    certificates: Certificates | None = None, *, security: str = "starttls", password: str = "", smtputf8: bool = True
) -> Iterator[MailServer]:
    """A server that speaks TLS with these certificates (without any: that is plain), as long as the block lasts."""
    made = MailServer()
    context = None
    if certificates is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.server)

    def protocol() -> SMTP:
        made.connections += 1
        options: dict[str, Any] = {"hostname": HOST, "enable_SMTPUTF8": smtputf8, "ident": "test"}
        if security == "starttls" and context is not None:
            options |= {"tls_context": context, "require_starttls": True}
        if password:
            options |= {"authenticator": _authenticator(password), "auth_required": True}
            options |= {"auth_require_tls": security == "starttls"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a server asks for a login without STARTTLS: here it is TLS already
            return SMTP(made, **options)

    with _served(protocol, context if security == "tls" else None) as made.port:
        yield made


@contextmanager
def _served(protocol: Callable[[], SMTP], context: ssl.SSLContext | None) -> Iterator[int]:
    """Serve in a thread of its own; on which port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(10)

    async def start() -> asyncio.Server:
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)

    async def stop() -> None:
        server.close()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server: asyncio.Server = run(start())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _authenticator(password: str) -> Callable[..., AuthResult]:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        right = LoginPassword(USER.encode(), password.encode())
        return AuthResult(success=given == right, handled=False)

    return check
