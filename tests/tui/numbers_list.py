"""A list of numbers to fetch from: as long as one likes, and held back or refused when a test wants it."""

import threading
from collections.abc import Sequence

from core.errors import Fault, Refusal
from core.listing import Page, Stretch, Way


class Numbers:
    """Fetches like any list; the rows may be changed between two pages."""

    def __init__(self, rows: int | Sequence[int]) -> None:
        self.rows: Sequence[int] = range(rows) if isinstance(rows, int) else list(rows)
        self.asked: list[Stretch] = []
        self.trouble: Refusal | Fault | None = None
        self.open = threading.Event()
        self.open.set()

    def hold(self) -> None:
        """Answer nothing until `open` is set."""
        self.open.clear()

    def __call__(self, stretch: Stretch) -> Page[int]:
        self.asked.append(stretch)
        self.open.wait(10)
        if self.trouble:
            raise self.trouble
        start, stop = self._places(stretch)
        start, stop = max(0, start), min(stop, len(self.rows))
        rows = tuple(self.rows[start:stop])
        if not rows:
            return Page((), None, None)
        return Page(rows, (rows[0],) if start else None, (rows[-1],) if stop < len(self.rows) else None)

    def _places(self, stretch: Stretch) -> tuple[int, int]:
        here, behind = (self._below(stretch.key[0]), self._below(stretch.key[0] + 1)) if stretch.key else (0, 0)
        match stretch.way:
            case Way.FIRST:
                return 0, stretch.rows
            case Way.LAST:
                return len(self.rows) - stretch.rows, len(self.rows)
            case Way.AFTER:
                return behind, behind + stretch.rows
            case Way.BEFORE:
                return here - stretch.rows, here
            case Way.FROM:
                return here, here + stretch.rows

    def _below(self, number: int) -> int:
        """How many rows come before a number."""
        if isinstance(self.rows, range):
            return max(0, min(number, len(self.rows)))
        return sum(row < number for row in self.rows)
