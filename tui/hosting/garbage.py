"""When a worker looks for garbage: rarely at everything, since all its consoles wait for as long as that takes.

A hundred consoles are 860,000 objects, and Python would go through all of them again and again: half a second each
time. Here what has lived for a while is set aside (`gc.freeze`) and not looked at, until consoles have ended.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

_YOUNG = (50_000, 20, 1_000_000)
"""Python's thresholds: the young are looked at rarely, since most go without; the old never by themselves."""

_LITTLE = 10_000
"""Objects more than went, of which nobody need look for garbage: where nobody works, nothing is made."""

NEW_EVERY = 30.0
"""Seconds between two looks at what is new: screens that were closed."""

ALL_AFTER, ALL_EVERY = 20, 300.0
"""Consoles that have ended, and seconds, after which everything is looked at; seconds count if one has ended."""


@dataclass
class Garbage:
    """Looks for garbage in one process."""

    seconds: Callable[[], float] = time.monotonic
    begun: int = 0
    """Consoles that have begun since they were last set aside."""

    ended: int = 0
    """Consoles that have ended since everything was looked at."""

    def __post_init__(self) -> None:
        self._new_at = self._all_at = self.seconds()

    def begin(self) -> None:
        """Set aside what stands now, for the life of the process."""
        gc.set_threshold(*_YOUNG)
        gc.collect()
        gc.freeze()

    def look(self) -> None:
        """Look, if it is time; to be called every second or so."""
        now = self.seconds()
        if self.begun:  # they stay for a while: nobody has to go through them
            self.begun = 0
            gc.freeze()
        if self.ended >= ALL_AFTER or (self.ended and now - self._all_at >= ALL_EVERY):
            gc.unfreeze()
            self.ended, self._all_at = 0, now
        elif now - self._new_at < NEW_EVERY or _little_is_new():
            return
        gc.collect()
        gc.freeze()
        self._new_at = now


def _little_is_new() -> bool:
    youngest, *older = gc.get_count()
    return youngest < _LITTLE and not any(older)
