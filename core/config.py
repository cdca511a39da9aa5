"""Settings: a TOML file and BARTIZAN_ variables in the environment, with defaults that just work.

`bartizan.toml` is looked for at BARTIZAN_CONFIG, else at /etc/bartizan/bartizan.toml, else in the person's own
configuration directory. A variable of the environment wins over the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from core.errors import SettingRefused

SYSTEM_FILE = Path("/etc/bartizan/bartizan.toml")
_MAX_ISSUER = 32
_MOST_HOURS = 7 * 24


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
    hours = settings.reset_cool_off_hours
    if not hours.isascii() or not hours.isdigit() or not 1 <= int(hours[:4]) <= _MOST_HOURS:
        raise SettingRefused("reset_cool_off_hours", f"must be a number of hours from 1 to {_MOST_HOURS}")
    if any(getattr(settings, name) for name in ("mail_server", "mail_from", "mail_user", "mail_password_file")):
        from core.mail.settings import mail_server_of

        mail_server_of(settings)
