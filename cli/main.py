"""The `bartizan` command: without a word it shows the console, with one it does an administrator's act."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # typing takes 7 ms to import
if TYPE_CHECKING:
    import socket

OWN_PROCESS = "--own-process"
"""Has the console run in this process, whatever host there is."""


def main() -> int:
    """Start what the command line names; the exit code."""
    os.umask(0o077)
    words = sys.argv[1:]
    if words == ["attach"] or not words:
        connection = _connected()
        if connection is not None:
            from tui.hosting.attach import attach

            return attach(connection, os.environ)
        if words:
            return _nobody_answers()
    elif words != [OWN_PROCESS]:
        from cli.commands import run_command

        return run_command(words)
    gc.disable()  # nothing is garbage yet; looking for it costs a tenth of the start. Hosting enables it again.
    from pathlib import Path

    from cli.console import start_console

    return start_console(os.environ, Path.home())


def _connected() -> socket.socket | None:
    """The console host of this machine, if one answers."""
    path = os.environ.get("BARTIZAN_SOCKET") or "/run/bartizan/console.sock"
    if not os.path.exists(path):  # noqa: PTH110 - pathlib takes 4 ms to import
        return None
    from tui.hosting.attach import connected

    return connected(path)


def _nobody_answers() -> int:
    from tui.hosting.attach import CANNOT, NOBODY_ANSWERS

    sys.stderr.write(f"{NOBODY_ANSWERS}\n")
    return CANNOT
