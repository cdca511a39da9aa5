"""Starts the console in this process."""

import os
import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.saying import CANNOT, say
from core.config import Settings, load_settings
from core.errors import Refusal
from core.origin import LONGEST, Origin, seen_by_sshd
from core.wording import sentence
from tui.hosting.own_process import run

if TYPE_CHECKING:
    from core.services import Services
    from tui.hardened import HardenedApp


def start_console(environ: Mapping[str, str], home: Path) -> int:
    """Show the console on this terminal until the person leaves it; the exit code."""
    try:
        settings = load_settings(environ, home)
    except Refusal as refusal:
        return say(sentence(refusal), CANNOT)
    return run_console(settings, origin_of(environ, vouched=settings.vouched))


def run_console(settings: Settings, origin: Origin) -> int:
    """Show the console of these settings; the exit code."""

    def make_app() -> "HardenedApp[Any]":
        from tui.app import BartizanApp

        return BartizanApp(settings, origin=origin, open_services=lambda: _open(settings))

    return run(make_app, fault_log=settings.log_file)


def origin_of(environ: Mapping[str, str], *, vouched: Collection[str] = ()) -> Origin:
    """Where this process runs. What the environment tells of SSH is sshd's word in an account that is vouched for."""
    unix_user = _unix_user()
    is_vouched = unix_user in vouched
    auth = _text_of(environ.get("SSH_USER_AUTH", "")) if is_vouched else ""
    far_end = seen_by_sshd(environ.get("SSH_CONNECTION", ""), auth, is_vouched=is_vouched)
    return Origin(
        host=socket.gethostname(),
        terminal=os.ttyname(0) if os.isatty(0) else "",
        unix_user=unix_user,
        source=far_end.source,
        key=far_end.key,
    )


def _text_of(path: str) -> str:
    try:
        with Path(path).open(encoding="ascii") as file:
            return file.read(LONGEST + 1)
    except (OSError, ValueError):
        return ""


def _unix_user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _open(settings: Settings) -> "Services":
    from core.services import open_services

    return open_services(settings)
