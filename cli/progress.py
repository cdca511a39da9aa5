"""How far a long command is: one line that is written over, for whoever watches; and that it can be stopped."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Progress:
    """A line on standard error, where that is a terminal, and whether ctrl+c was pressed."""

    total: int | None = None
    """How many there are, where it is known."""

    stopped: bool = False

    def show(self, done: int) -> None:
        """Say how far it is."""
        if sys.stderr.isatty():
            of = f" of {self.total:,}" if self.total is not None else ""
            print(f"\r\x1b[K{done:,}{of}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for something else."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def stoppable(progress: Progress) -> Iterator[Progress]:
    """Within the block ctrl+c is noted, and what runs is left whole; a second one is as usual."""

    def note(_: int, __: FrameType | None) -> None:
        progress.stopped = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
        progress.clear()
