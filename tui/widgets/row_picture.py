"""What is seen of a list: which row stands in which line, and which lines read otherwise than before."""

from collections.abc import Callable, Container, Hashable, Sequence
from itertools import zip_longest
from typing import Generic, TypeVar

from rich.text import Text
from textual.strip import Strip

from tui.widgets.row_lines import Hint, RowLines
from tui.widgets.row_walk import RowWalk

R = TypeVar("R")
Cells = Callable[[R], Sequence[str | Text]]


class RowPicture(Generic[R]):
    """The lines of a walk, below a header where there is more than one line."""

    def __init__(
        self,
        walk: RowWalk[R],
        lines: RowLines,
        *,
        cells: Cells[R],
        identity: Callable[[R], Hashable],
        ticks: Container[Hashable],
    ) -> None:
        self._walk = walk
        self._lines = lines
        self._cells = cells
        self._identity = identity
        self._ticks = ticks
        self._seen: Sequence[object] = []
        self.header_lines = 1
        self.empty = ""
        self.is_slow = False

    def fit(self, height: int) -> None:
        """Take so many lines from now on."""
        self.header_lines = 1 if height > 1 else 0
        self._walk.lines = max(1, height - self.header_lines)
        if self._walk.window is not None:
            self._walk.window.keep_in_sight(self._walk.lines)

    def changed(self) -> list[int]:
        """The lines that read otherwise than when this was asked last."""
        before, self._seen = self._seen, self._states()
        return [line for line, (was, now) in enumerate(zip_longest(before, self._seen)) if was != now]

    def line(self, y: int) -> Strip:
        """A line, drawn."""
        line = y - self.header_lines
        window, lines = self._walk.window, self._walk.lines
        if line < 0:
            return self._lines.header(self._hint)
        if line >= lines:
            return self._lines.blank()
        if window is None or not window.rows:
            return self._lines.sentences(self._sentence, lines)[line]
        place = window.top + line
        if place >= len(window.rows):
            return self._lines.blank()
        row = window.rows[place]
        ticked = self._identity(row) in self._ticks
        return self._lines.row(self._cells(row), current=place == window.cursor, ticked=ticked)

    def _states(self) -> Sequence[object]:
        """For each line what decides how it is drawn."""
        header = [self._hint][: self.header_lines]
        window, lines = self._walk.window, self._walk.lines
        if window is None or not window.rows:
            return [*header, *[(self._sentence, lines)] * lines]  # where it stands depends on how many lines there are
        here = window.cursor - window.top
        seen = enumerate(window.seen(lines))
        return [*header, *((row, line == here, self._identity(row) in self._ticks) for line, row in seen)]

    @property
    def _hint(self) -> Hint:
        window = self._walk.window
        if window is None:
            return Hint()
        below = len(window.rows) - window.top > self._walk.lines or window.after is not None
        return Hint(window.top > 0 or window.before is not None, below, self.is_slow)

    @property
    def _sentence(self) -> str:
        if self._walk.window is None:
            return "Loading…" if self.is_slow else ""
        return self.empty
