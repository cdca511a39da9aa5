"""The columns of a list: how wide each is drawn, and what of a cell fits into it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tui.shown import shown, shown_plain

GAP = 2
LEAST = 8
"""Cells that a column without a width needs at least."""


@dataclass(frozen=True)
class Column:
    """A column of `width` cells; with `fraction`, at least so wide and with a share of the room that is left.

    It is hidden in terminals of fewer than `min_columns` columns.
    """

    title: str
    width: int = 0
    fraction: int = 0
    min_columns: int = 0

    @property
    def least(self) -> int:
        """The cells that it needs."""
        return self.width or LEAST

    @property
    def share(self) -> int:
        """Its part of the room that is left."""
        return self.fraction or (0 if self.width else 1)


def column_widths(columns: Sequence[Column], *, room: int, terminal: int) -> dict[int, int]:
    """The numbers of the columns that are drawn, with their widths. Where there is no room the last go first."""
    shown_ones = [number for number, column in enumerate(columns) if terminal >= column.min_columns]
    while len(shown_ones) > 1 and _needed(columns, shown_ones) > room:
        shown_ones.pop()
    spare = max(0, room - _needed(columns, shown_ones))
    shares = sum(columns[number].share for number in shown_ones)
    widths = {}
    for number in shown_ones:
        share = columns[number].share
        extra = spare * share // shares if share else 0
        spare, shares = spare - extra, shares - share
        widths[number] = min(columns[number].least + extra, max(0, room))
    return widths


def _needed(columns: Sequence[Column], numbers: Sequence[int]) -> int:
    return sum(columns[number].least for number in numbers) + GAP * (len(numbers) - 1)


def cell_strip(content: str | Text, width: int, style: Style, named: Callable[[str], Style]) -> Strip:
    """What of a cell fits into so many cells, padded to exactly so many; `named` knows the styles given by name."""
    if isinstance(content, str):
        segments = [Segment(shown_plain(content, width), style)]
    else:
        segments = list(_text_segments(content, width, style, named))
    return Strip(segments).adjust_cell_length(width, style)


def _text_segments(content: Text, width: int, style: Style, named: Callable[[str], Style]) -> Iterator[Segment]:
    text = content.copy()
    if shown_plain(text.plain) != text.plain:
        # Our own texts hold nothing of the kind; whoever put a person's name into one loses its styles.
        text = shown(text.plain, limit=width)
    text.truncate(width, overflow="ellipsis")
    plain = text.plain
    spans = [(0, len(plain), text.style), *text.spans]
    covering = [tuple(name for start, end, name in spans if start <= place < end) for place in range(len(plain))]
    for names, places in groupby(range(len(plain)), key=covering.__getitem__):
        drawn = [*places]
        styles = [name if isinstance(name, Style) else named(name) for name in names]
        yield Segment(plain[drawn[0] : drawn[-1] + 1], Style.combine([style, *styles]))
