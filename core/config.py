"""Settings: a TOML file and BARTIZAN_ variables in the environment, with defaults that just work.

`bartizan.toml` is looked for at BARTIZAN_CONFIG, else at /etc/bartizan/bartizan.toml, else in the person's own
configuration directory. A variable of the environment wins over the file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from core.errors import SettingRefused

SYSTEM_FILE = Path("/etc/bartizan/bartizan.toml")
_MAX_ISSUER = 32
_MOST_HOURS = 7 * 24
_MOST_CONSOLES = 10_000
_UNIX_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,255}\$?")
"""A name that the host, or a directory that it asks, may have; no pattern, no number sign, no path."""


@dataclass(frozen=True)
class Settings:
    """Where things lie and how the console presents itself."""

    database_url: str = field(repr=False)
    """SQLite file or PostgreSQL, e.g. postgresql://bartizan@db1,db2/bartizan?sslmode=verify-full."""

    key_ring: Path
    """The file of keys; keep it apart from the database and from its backups."""

    log_file: Path
    """Where faults are written, without secrets."""

    registration: str = "first-start"
    """`first-start`: who starts first registers. `command`: the command or its bootstrap code only."""

    issuer: str = "Bartizan"
    """The name under which the account stands in the authenticator app."""

    theme: str = "dark"
    """`dark` or `light`."""

    mail_server: str = ""
    """Where mail is handed in, `smtp.example.com:587`; empty: mail is not configured."""

    mail_security: str = "starttls"
    """`starttls` or `tls` (from the first byte on). There is no third: nothing is sent in clear."""

    mail_from: str = ""
    """The address from which mail comes."""

    mail_user: str = ""
    """With which name to log in at the mail server; empty: without."""

    mail_password_file: str = field(default="", repr=False)
    """The file that holds the password for it, for its owner alone."""

    mail_ca_file: str = ""
    """The authorities that vouch for the mail server; empty: those of the system."""

    reset_cool_off_hours: str = "24"
    """How long a reset of 2-factor by the support desk waits, in which its person can stop it: 1 to 168."""

    vouched_accounts: str = ""
    """Unix accounts, with commas between, in which sshd's ForceCommand runs nothing but Bartizan, so that address and
    SSH key are sshd's word. Whoever can start another program there could say that he is anywhere; empty: none."""

    most_consoles: str = "500"
    """How many consoles the console host runs at once: 1 to 10000."""

    most_consoles_of_one: str = "20"
    """How many of them for one Unix user, or for one SSH key in an account that is vouched for: 1 to 10000."""

    @property
    def vouched(self) -> frozenset[str]:
        """The names in `vouched_accounts`."""
        return frozenset(name.strip() for name in self.vouched_accounts.split(",")) - {""}

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL."""
        prefix = "sqlite:///"
        return Path(self.database_url.removeprefix(prefix)) if self.database_url.startswith(prefix) else None


def load_settings(environ: Mapping[str, str], home: Path) -> Settings:
    """The settings of this start.

    Raises:
        SettingRefused: the file cannot be read, or a setting is unknown or cannot be used.
    """
    values = {**_defaults(environ, home), **_from_file(environ, home), **_from_environment(environ)}
    database_url = _absolute(values.pop("database_url"))
    key_ring = Path(values.pop("key_ring")).expanduser()
    settings = Settings(database_url, key_ring, Path(values.pop("log_file")).expanduser(), **values)
    _check(settings)
    return settings


def _defaults(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "bartizan"
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "bartizan"
    return {
        "database_url": f"sqlite:///{data / 'bartizan.db'}",
        "key_ring": str(config / "keys.json"),
        "log_file": str(data / "bartizan.log"),
    }


def settings_file(environ: Mapping[str, str], home: Path) -> Path | None:
    """The file from which this start's settings come, if there is one."""
    named = environ.get("BARTIZAN_CONFIG")
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "bartizan" / "bartizan.toml"
    return Path(named) if named else next((file for file in (SYSTEM_FILE, own) if file.exists()), None)


def _from_file(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    path = settings_file(environ, home)
    if path is None:
        return {}
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingRefused(str(path), f"cannot be read: {reason}") from None
    known = {field.name for field in fields(Settings)}
    for name, value in found.items():
        if name not in known:
            raise SettingRefused(name, f"is not a setting ({path})")
        if not isinstance(value, str):
            raise SettingRefused(name, f"must be a text in quotes ({path})")
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    named = {field.name: f"BARTIZAN_{field.name.upper()}" for field in fields(Settings)}
    return {name: environ[variable] for name, variable in named.items() if environ.get(variable)}


def _absolute(url: str) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        return url
    return prefix + str(Path(url.removeprefix(prefix)).expanduser().absolute())


def _check(settings: Settings) -> None:
    if settings.registration not in {"first-start", "command"}:
        raise SettingRefused("registration", "must be first-start or command")
    if settings.theme not in {"dark", "light"}:
        raise SettingRefused("theme", "must be dark or light")
    if not settings.issuer.isprintable() or not 0 < len(settings.issuer) <= _MAX_ISSUER or ":" in settings.issuer:
        raise SettingRefused("issuer", f"must be 1 to {_MAX_ISSUER} visible characters without a colon")
    _check_number(settings, "reset_cool_off_hours", "a number of hours", most=_MOST_HOURS)
    _check_number(settings, "most_consoles", "a number", most=_MOST_CONSOLES)
    _check_number(settings, "most_consoles_of_one", "a number", most=_MOST_CONSOLES)
    if not all(map(_UNIX_USER.fullmatch, settings.vouched)):
        raise SettingRefused("vouched_accounts", "must be names of Unix accounts with commas between")
    if any(getattr(settings, name) for name in ("mail_server", "mail_from", "mail_user", "mail_password_file")):
        from core.mail.settings import mail_server_of

        mail_server_of(settings)


def _check_number(settings: Settings, name: str, what: str, *, most: int) -> None:
    digits: str = getattr(settings, name)
    if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[:6]) <= most:
        raise SettingRefused(name, f"must be {what} from 1 to {most}")
