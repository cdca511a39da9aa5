"""Who runs a command on the host, beyond the account that it runs as."""

import pwd
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.origin import HostUser

_LOGIN = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1
_CHARACTERS = 32
"""As many as a Unix user's name has at most."""


def host_user(environ: Mapping[str, str]) -> HostUser:
    """Who runs this command, as far as it is known."""
    return HostUser(_login_user(), _sudo_user(environ))


def _login_user() -> str:
    """The user who logged in, as the kernel keeps it through su and sudo (pam_loginuid); empty where it does not."""
    with suppress(OSError, ValueError):
        number = int(_LOGIN.read_text(encoding="ascii"))
        if number != _UNSET:
            return _name(number)
    return ""


def _sudo_user(environ: Mapping[str, str]) -> str:
    """The user whom sudo names in the environment: a claim, since whoever starts the command can write it."""
    claimed = environ.get("SUDO_USER", "")[:_CHARACTERS]
    return claimed if claimed.isprintable() else ""


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
