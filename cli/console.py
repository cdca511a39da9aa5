"""Starts the console in this process."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.saying import CANNOT, say
from core.config import Settings, load_settings
from core.errors import Refusal
from core.origin import Origin
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
    return run_console(settings, origin_of(environ))


def run_console(settings: Settings, origin: Origin) -> int:
    """Show the console of these settings; the exit code."""

    def make_app() -> "HardenedApp[Any]":
        from tui.app import BartizanApp

        return BartizanApp(settings, origin=origin, open_services=lambda: _open(settings))

    return run(make_app, fault_log=settings.log_file)


def origin_of(environ: Mapping[str, str]) -> Origin:
    """Where this process runs. What SSH tells in the environment is not verified, and is marked so."""
    peer = environ.get("SSH_CONNECTION", "").split(" ")[0]
    return Origin(
        host=socket.gethostname(),
        terminal=os.ttyname(0) if os.isatty(0) else "",
        unix_user=_unix_user(),
        source=f"{peer[:45]} (unverified)" if peer.isprintable() and peer else "",
    )


def _unix_user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _open(settings: Settings) -> "Services":
    from core.services import open_services

    return open_services(settings)
