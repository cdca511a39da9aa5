"""One console in its own process, on the terminal from which it was started."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.hosting.environment import clean, speaks_utf8, why_not_here
from tui.hosting.fault_log import FaultLog
from tui.hosting.memory import forbid_core_files, forbid_reading
from tui.hosting.signals import EndingSignals
from tui.hosting.terminal import Terminal, abilities_of
from tui.hosting.terminal_modes import make_raw, modes_of, open_anew, set_modes

if TYPE_CHECKING:
    from tui.hardened import HardenedApp
    from tui.hosting.terminal_modes import Modes

NO_TERMINAL = 2
"""The exit code where no full-screen program can run."""

FIRST_PAINT_IS_OVER = 0.5
"""Seconds after which what is not needed for the first paint may cost time; nobody has typed a secret by then."""

SECONDS_TO_DRAIN = 1.0
"""How long the end waits for a slow line to take the last bytes."""


def run(make_app: Callable[[], "HardenedApp[Any]"], *, fault_log: Path | None = None) -> int:
    """Run a console and return its exit code; after it the terminal is as before, but for one sentence at most.

    `make_app` imports Textual, not before it is called: until then the environment may still run code in it.
    """
    clean(os.environ)
    if sentence := why_not_here(os.environ):
        return _say(sentence, NO_TERMINAL)
    forbid_core_files()
    app = make_app()
    app.unicode = speaks_utf8(os.environ)
    if fault_log is not None:
        app.report_fault = FaultLog(fault_log)
    modes, descriptor = modes_of(0), _opened()
    try:
        asyncio.run(_console(app, Terminal(descriptor, abilities_of(os.environ)), modes))
    except Exception as error:  # noqa: BLE001 - what escapes from Textual's own end must not print a traceback
        app.take_fault(error)
    code = app.return_code or 0
    return _say(app.farewell, code) if app.farewell else code


def _opened() -> int:
    """The terminal, opened anew if it has a name here. If not, it is the one that the shell has: it blocks again at
    the end, in `_console`.
    """
    try:
        return open_anew(0)
    except OSError:
        descriptor = os.dup(0)
        os.set_blocking(descriptor, False)
        return descriptor


async def _console(app: "HardenedApp[Any]", terminal: Terminal, modes: "Modes | None") -> None:
    from tui.fault import described
    from tui.hosting.driver import driver_on

    loop = asyncio.get_running_loop()
    app.driver_class = driver_on(terminal)
    loop.set_exception_handler(lambda _, context: app.report_fault(_told(context)))
    threading.excepthook = lambda failed: app.report_fault(
        described(failed.exc_value) if failed.exc_value else failed.exc_type.__qualname__
    )
    signals = EndingSignals(modes)
    signals.listen(loop, app.leave)
    terminal.on_lost = lambda: signals.take(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGWINCH, app.look_at_size)
    loop.call_later(FIRST_PAINT_IS_OVER, _after_first_paint)
    try:
        if modes is not None:
            make_raw(0, modes)
        await app.run_async()
        await terminal.drain(SECONDS_TO_DRAIN)
    finally:
        terminal.close()
        os.set_blocking(0, True)
        set_modes(0, modes)


def _after_first_paint() -> None:
    forbid_reading()
    gc.freeze()  # what stands now stays; there is no need to look at it again and again
    gc.enable()


def _told(context: dict[str, Any]) -> str:
    from tui.fault import described

    error = context.get("exception")
    return described(error) if isinstance(error, BaseException) else "the event loop complained"


def _say(sentence: str, code: int) -> int:
    try:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    except OSError:
        return code
    return code
