"""The `bartizan` command: without a word it shows the console, with one it does an administrator's act."""

from __future__ import annotations

import gc
import os
import sys

OWN_PROCESS = "--own-process"
"""Has the console run in this process, whatever host there is."""


def main() -> int:
    """Start what the command line names; the exit code."""
    os.umask(0o077)
    words = sys.argv[1:]
    if words == ["attach"] or not words:
        shown = _shown_by_host(is_wanted=bool(words))
        if shown is not None:
            return shown
    elif words != [OWN_PROCESS]:
        from cli.commands import run_command

        return run_command(words)
    gc.disable()  # nothing is garbage yet; looking for it costs a tenth of the start. Hosting enables it again.
    from pathlib import Path

    from cli.console import start_console

    return start_console(os.environ, Path.home())


def _shown_by_host(*, is_wanted: bool) -> int | None:
    """Show the console of this machine's host; the exit code, None if the console is to run in this process.

    Whoever may not use the host's socket is told so: a console of his own would open another database, or none.
    """
    path = os.environ.get("BARTIZAN_SOCKET") or "/run/bartizan/console.sock"
    if not (is_wanted or os.path.exists(path)):  # noqa: PTH110 - pathlib takes 4 ms to import
        return None
    from tui.hosting import attach

    try:
        connection = attach.connected(path)
    except PermissionError:
        return attach.say(attach.MAY_NOT, attach.CANNOT)
    if connection is not None:
        return attach.attach(connection, os.environ)
    return attach.say(attach.NOBODY_ANSWERS, attach.CANNOT) if is_wanted else None
