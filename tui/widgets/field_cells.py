"""Where the characters of a field stand: what is shown for each, and in which cell it begins."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len

from tui.shown import shown_characters

BULLET = "•"

# Latin, Greek and Cyrillic: typing costs the same in the ten-thousandth character as in the first.
_ONE_CELL_EACH = re.compile("[ -~\xa1-\xac\xae-\u02ff\u0386-\u0482]*")


@dataclass(frozen=True)
class FieldCells:
    """The characters of a value as they are shown side by side."""

    pieces: list[str]
    starts: list[int] | range
    """The cell in which each piece begins, and the cell after the last."""

    @property
    def width(self) -> int:
        """The width of all pieces, in cells."""
        return self.starts[-1]

    def character_at(self, cell: int) -> int:
        """The index of the character that covers a cell; the end of the value for cells behind it."""
        return min(max(0, bisect_right(self.starts, cell) - 1), len(self.pieces))


def open_cells(value: str) -> FieldCells:
    """A value that may be read over the shoulder."""
    if value.isprintable() and _ONE_CELL_EACH.fullmatch(value):
        return FieldCells(list(value), range(len(value) + 1))
    pieces = shown_characters(value)
    return FieldCells(pieces, list(accumulate(map(cell_len, pieces), initial=0)))


def secret_cells(value: str) -> FieldCells:
    """A value of which only the length is shown."""
    return FieldCells([BULLET] * len(value), range(len(value) + 1))
