"""Who types faster than people do waits, so that whoever types like a person never waits for him.

A key costs a worker some milliseconds. Keys that come faster than `A_SECOND`, beyond the first `AT_ONCE`, are handed on
one at a time, of one such console after the other, and never more than half of the worker's time goes into them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

A_SECOND, AT_ONCE = 20.0, 3.0
"""Keys that each console may bring without waiting."""

ONE_EVERY = 0.01
"""Seconds between two keys of those who wait, all of them together."""


class Allowance:
    """How many keys a console may bring now; it grows with time (a token bucket)."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._keys, self._at = AT_ONCE, seconds()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._seconds()
        self._keys = min(AT_ONCE, self._keys + (now - self._at) * A_SECOND)
        self._at = now
        if self._keys < 1:
            return False
        self._keys -= 1
        return True


class Waiting(Protocol):
    """A console whose keys wait."""

    def hand_on(self) -> bool:
        """Hand on the next key; whether there are more."""
        ...


class Turns:
    """The turns of one worker's consoles."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._next: asyncio.TimerHandle | None = None

    def wait(self, console: Waiting) -> None:
        """Let this console have its turn, again and again, until none of its keys waits."""
        self._waiting.append(console)
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(ONE_EVERY, self._give_turn)

    def _give_turn(self) -> None:
        self._next = None
        console = self._waiting.popleft()
        if console.hand_on():
            self._waiting.append(console)
        if self._waiting:
            self._next = asyncio.get_running_loop().call_later(ONE_EVERY, self._give_turn)
