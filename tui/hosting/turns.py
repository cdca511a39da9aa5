"""Who types faster than people do waits, so that whoever types like a person never waits for him.

A key costs a worker some milliseconds. Keys that come faster than `A_SECOND`, beyond the first `AT_ONCE`, are handed on
one at a time, of one such console after the other, and never more than half of the worker's time goes into them.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

A_SECOND, AT_ONCE = 20.0, 3.0
"""Keys that each console may bring without waiting."""

ONE_EVERY = 0.01
"""Seconds between two keys of those who wait, all of them together."""

_LONGEST_REST = 0.2
"""Seconds after a turn that took longer than `ONE_EVERY`, in which nobody has one; else as many as it took too long."""


class Allowance:
    """How many keys a console may bring now; it grows with time (a token bucket)."""

    def __init__(
        self, seconds: Callable[[], float] = time.monotonic, *, a_second: float = A_SECOND, at_once: float = AT_ONCE
    ) -> None:
        self._seconds, self._a_second, self._at_once = seconds, a_second, at_once
        self._keys, self._at = at_once, seconds()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._seconds()
        self._keys = min(self._at_once, self._keys + (now - self._at) * self._a_second)
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
        self._due = 0.0
        self._has_rested = False

    def wait(self, console: Waiting) -> None:
        """Let this console have its turn, again and again, until none of its keys waits."""
        self._waiting.append(console)
        if self._next is None:
            self._next = self._after(ONE_EVERY)

    def _after(self, seconds: float) -> asyncio.TimerHandle:
        """The next turn. It is nobody's alone: in the context of whoever waited first, all others would hold him, and
        what he typed, for as long as they are there.
        """
        loop = asyncio.get_running_loop()
        self._due = loop.time() + seconds
        return loop.call_later(seconds, self._give_turn, context=contextvars.Context())

    def _give_turn(self) -> None:
        self._next = None
        late = asyncio.get_running_loop().time() - self._due
        self._has_rested = late > ONE_EVERY and not self._has_rested
        if self._has_rested:  # the last one cost so much, and nobody else had a turn meanwhile
            self._next = self._after(min(late, _LONGEST_REST))
            return
        console = self._waiting.popleft()
        if console.hand_on():
            self._waiting.append(console)
        if self._waiting:
            self._next = self._after(ONE_EVERY)
