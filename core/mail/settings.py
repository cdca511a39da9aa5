"""The mail server that the settings name: what of it can be used, and the password for it, which lies in a file."""

from dataclasses import dataclass, field
from pathlib import Path

from core.config import Settings
from core.emails import email_norm, taken_email
from core.errors import MailRefused, Refusal, SettingRefused
from data.faults import ModeTooWide
from data.private_files import FILE_MODE, refuse_wider

STARTTLS = "starttls"
TLS = "tls"
_LONGEST_PASSWORD = 1024


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    security: str
    sender: str
    """The address from which mail comes."""

    user: str = ""
    password_file: Path | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @property
    def name(self) -> str:
        """As it is told."""
        return f"{self.host}:{self.port}"

    @property
    def domain(self) -> str:
        """The domain from which mail comes."""
        return self.sender.rpartition("@")[2]

    def password(self) -> str:
        """The password of `user`, read anew each time: it may be changed while consoles are open.

        Raises:
            MailRefused: the file cannot be read, or is open to others.
        """
        assert self.password_file is not None, "a user has a password"  # noqa: S101
        try:
            return _read_password(self.password_file)
        except SettingRefused as refused:
            raise MailRefused(f"its password file {refused.why}") from None


def mail_server_of(settings: Settings) -> MailServer | None:
    """The mail server of these settings; None where mail is not configured.

    Raises:
        SettingRefused: a setting of it cannot be used, or one is missing.
    """
    if not settings.mail_server:
        if settings.mail_from or settings.mail_user or settings.mail_password_file:
            raise SettingRefused("mail_server", "must be given where another setting of mail is")
        return None
    host, port = _host_and_port(settings.mail_server)
    if settings.mail_security not in {STARTTLS, TLS}:
        raise SettingRefused("mail_security", "must be starttls or tls: nothing is sent in clear")
    if bool(settings.mail_user) != bool(settings.mail_password_file):
        raise SettingRefused("mail_user", "must come with mail_password_file, and the other way round")
    if not settings.mail_user.isascii():
        raise SettingRefused("mail_user", "must have no letters beyond ASCII")
    password_file = Path(settings.mail_password_file).expanduser() if settings.mail_password_file else None
    if password_file is not None:
        _read_password(password_file)
    return MailServer(
        host,
        port,
        settings.mail_security,
        sender=_sender(settings.mail_from),
        user=settings.mail_user,
        password_file=password_file,
        ca_file=_ca_file(settings.mail_ca_file),
    )


def _host_and_port(typed: str) -> tuple[str, int]:
    host, colon, port = typed.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 1 << 16
    if not colon or not host or not is_port or not all(char.isalnum() or char in "-.:" for char in host):
        raise SettingRefused("mail_server", "must be a host and a port, such as smtp.example.com:587")
    return host, int(port)


def _sender(typed: str) -> str:
    try:
        address = taken_email(typed)
    except Refusal:
        address = ""
    if not address.isascii() or "@" not in address or address != address.strip():
        raise SettingRefused("mail_from", "must be an address such as bartizan@example.com")
    local, _, _ = address.rpartition("@")
    return f"{local}@{email_norm(address).rpartition('@')[2]}"


def _ca_file(typed: str) -> Path | None:
    if not typed:
        return None
    path = Path(typed).expanduser()
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingRefused("mail_ca_file", f"names a file that cannot be read: {error.strerror}") from None
    return path


def _read_password(path: Path) -> str:
    """The first line of a file that is its owner's alone."""
    try:
        refuse_wider(path, FILE_MODE)
        with path.open(encoding="utf-8") as file:
            password = file.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    except ModeTooWide as fault:
        why = f"names a file that is open to others (mode {fault.mode:04o}). Close it: chmod 0600 {path}"
        raise SettingRefused("mail_password_file", why) from None
    except OSError as error:
        raise SettingRefused("mail_password_file", f"names a file that cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingRefused("mail_password_file", "names a file that is no text") from None
    if not password or not password.isprintable():
        raise SettingRefused("mail_password_file", "names a file without a password in its first line")
    if not password.isascii():
        raise SettingRefused("mail_password_file", "names a file whose password has letters beyond ASCII")
    return password
