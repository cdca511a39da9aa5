"""The settings' file: whether it loads, who could change it, and whether it tells a password."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_IMODE, S_IROTH
from urllib.parse import urlsplit

from cli.checks.finding import Finding, right, wrong
from cli.checks.paths import guarded, here
from core.config import Settings, settings_file

SUBJECT = "settings"


def look_at_settings(settings: Settings, environ: Mapping[str, str], home: Path) -> Iterator[Finding]:
    """What is to be said of the file from which these settings came."""
    file = settings_file(environ, home)
    if file is None:
        yield right(SUBJECT, "no file; everything is as it is by default")
    else:
        yield guarded(SUBJECT, file, trusted=here())
        if _has_password(settings.database_url) and S_IMODE(file.stat().st_mode) & S_IROTH:
            yield wrong(
                SUBJECT,
                "database_url holds a password, and everybody can read it.",
                mend=f"put it into a passfile (docs/operators.md, PostgreSQL), or: chmod 0640 {file}",
            )


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password) or "password=" in url
    except ValueError:
        return False
