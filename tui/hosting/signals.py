"""SIGTERM, SIGHUP and their like: the app ends its session and gives the terminal back; if it cannot, it is ended."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from tui.hosting.terminal_modes import restore

if TYPE_CHECKING:
    from tui.hosting.terminal_modes import Modes

SECONDS_LEFT = 4.0
"""After that long the process ends, whatever hangs in it."""

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


class EndingSignals:
    """Turns the signals that end a process into one call on its event loop."""

    def __init__(self, modes: "Modes | None") -> None:
        self._modes = modes
        self.received: signal.Signals | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: Callable[[int], None] | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
        """From now on call `leave` with the exit code. Even where SIGHUP was ignored: a console has no background."""
        self._loop, self._leave = loop, leave
        for number in ENDING:
            signal.signal(number, self._take)
        # Nothing else may stop a console: it would keep a session open behind a shell.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.take(number)

    def take(self, number: int) -> None:
        """As if the signal had come."""
        if self.received is not None:
            return
        self.received = signal.Signals(number)
        code = 128 + number
        watchdog = threading.Timer(SECONDS_LEFT, self._end_at_once, [code])
        watchdog.daemon = True
        watchdog.start()
        if self._loop is None or self._leave is None or self._loop.is_closed():
            os._exit(code)
        self._loop.call_soon_threadsafe(self._leave, code)

    def _end_at_once(self, code: int) -> None:
        restore(self._modes)
        os._exit(code)
