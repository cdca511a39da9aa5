"""SIGTERM, SIGHUP and their like: the app ends its session and gives the terminal back; if it cannot, it is ended."""

import asyncio
import os
import select
import signal
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SECONDS_LEFT = 4.0
"""After that long the process ends, whatever hangs in it."""

RESTORE = (
    b"\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1016l\x1b[?2048l\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[?1004l"
)

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


class EndingSignals:
    """Turns the signals that end a process into one call on its event loop."""

    def __init__(self, modes: list[Any] | None) -> None:
        self._modes = modes
        self.received: signal.Signals | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: Callable[[int], None] | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
        """From now on call `leave` with the exit code. Even where SIGHUP was ignored: a console has no background."""
        self._loop, self._leave = loop, leave
        for number in ENDING:
            signal.signal(number, self._take)

    def _take(self, number: int, _frame: FrameType | None) -> None:
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
        restore_terminal(self._modes)
        os._exit(code)


def terminal_modes() -> list[Any] | None:
    """The settings of the line before the console changes them."""
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def restore_terminal(modes: list[Any] | None) -> None:
    """Give the terminal back without waiting for it."""
    try:
        if modes is not None:
            termios.tcsetattr(0, termios.TCSANOW, modes)
        if select.select([], [1], [], 0)[1]:
            os.write(1, RESTORE)
    except (OSError, termios.error):
        return
