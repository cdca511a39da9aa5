"""An alarm clock for each touch of what somebody else passed, by which he could hold this process, and all in it.

That a terminal does not block is written in what its descriptors share, so that its owner can take it back at any
moment. And whoever closes the last descriptor of a connection waits for it as long as its owner has set (SO_LINGER),
whether it was taken or thrown away with a packet. Both waits end with a signal.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

AFTER = 0.02
"""Seconds that a touch may take until the alarm rings, and from one ring to the next."""


@dataclass
class Touch:
    """How a touch went."""

    descriptor: int
    rings: int = 0
    """How often the alarm rang; it may also be that the machine was busy."""

    was_made_to_block: bool = False
    """Whether the descriptor was found blocking when it rang."""


def install() -> None:
    """Use the alarm in this process, in its main thread. Without this, touches are as long as they are."""
    signal.signal(signal.SIGALRM, _ring)


@contextmanager
def touching(descriptor: int = -1) -> Iterator[Touch]:
    """What is done in the block returns soon; a read or write of this descriptor then as one that does not block."""
    touch = Touch(descriptor)
    if signal.getsignal(signal.SIGALRM) is not _ring:
        yield touch
        return
    _now.append(touch)
    signal.setitimer(signal.ITIMER_REAL, AFTER, AFTER)
    try:
        yield touch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _now.pop()


_now: list[Touch] = []


def _ring(*_: object) -> None:
    """Python begins a broken-off call anew when this returns; one that does not block any more ends then."""
    for touch in _now:
        touch.rings += 1
        if touch.descriptor >= 0:
            with suppress(OSError):
                if os.get_blocking(touch.descriptor):
                    touch.was_made_to_block = True
                    os.set_blocking(touch.descriptor, False)
