"""One row of a terminal, cell by cell: what stands in each and how it looks."""

import unicodedata
from collections.abc import Iterable

from rich.cells import get_character_cell_size, split_graphemes
from rich.segment import Segment

from tui.hosting.looks import PLAIN, Look, look_of

_NARROW = (
    *((0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F)),  # Latin, Greek, Cyrillic
    *((0x5D0, 0x5EA), (0x621, 0x64A), (0xE01, 0xE30), (0xE40, 0xE46)),  # letters of Hebrew, Arabic, Thai
    *((0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x22FF)),  # Vietnamese, punctuation, arrows
    *((0x2500, 0x25FC), (0x2713, 0x2713), (0x2717, 0x2717), (0x2800, 0x28FF)),  # boxes, ✓ ✗, Braille
)
"""Where a character takes one cell, whatever the terminal."""

_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0x4DBF),
    (0x4E00, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF01, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x20000, 0x3FFFD),
)
"""Where a character takes two cells, whatever the terminal (Unicode Standard Annex 11)."""

_ONE_CELL = frozenset(chr(code) for first, last in _NARROW for code in range(first, last + 1))

_ZERO_WIDTH_JOINER, _EMOJI_SHAPE = "\u200d", "\ufe0f"
_NOT_IN_CELLS = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_MOST_IN_A_CELL = 4
"""Characters: one, and what stands above and below it."""


class Row:
    """Characters and looks of one row; a wide character is followed by an empty one in the same look."""

    __slots__ = ("characters", "looks")

    def __init__(self, characters: list[str], looks: list[Look]) -> None:
        self.characters = characters
        self.looks = looks

    def copy(self) -> "Row":
        """Another row that shows the same."""
        return Row(self.characters.copy(), self.looks.copy())

    def shows(self, other: "Row") -> bool:
        """Does the other one show the same?"""
        return self.characters == other.characters and self.looks == other.looks

    def of_width(self, width: int) -> "Row":
        """The row cut or filled up."""
        row = Row((self.characters + [" "] * width)[:width], (self.looks + [PLAIN] * width)[:width])
        row._mend(width)
        return row

    def put(self, segments: Iterable[Segment], start: int, end: int, *, colours: str | None) -> int:
        """Put text from a column on, no further than to `end`; give back the column behind it.

        What has no place in a cell is left out: control characters, and so every sequence that a text could contain.
        """
        characters, looks = self.characters, self.looks
        at, end = start, min(end, len(characters))
        for text, style, control in segments:
            if control or not text:
                continue
            if at >= end:
                break
            cells: str | list[str] = text
            if not (text.isascii() and text.isprintable()):
                cells = _cells(text.replace("\xa0", " "), characters, at if at > start else 0)
            size = len(cells)
            if at + size > end:
                cells = _cut(cells, end - at)
                size = end - at
            characters[at : at + size] = cells
            looks[at : at + size] = [PLAIN if style is None else look_of(style, colours)] * size
            at += size
        if at > start:
            self._mend(start)
            self._mend(at)
        return at

    def _mend(self, cut: int) -> None:
        """Where a wide character was cut in two, terminals show a space for the half that is left."""
        characters = self.characters
        if cut == len(characters):
            characters[-1] = characters[-1][:1]  # what stands above the last one would join the one before in tmux
        if 0 < cut < len(characters) and not characters[cut] and not is_wide(characters[cut - 1]):
            characters[cut] = " "
        if 0 < cut <= len(characters) and is_wide(characters[cut - 1]) and (cut == len(characters) or characters[cut]):
            characters[cut - 1] = " "


def blank_row(width: int, look: Look = PLAIN) -> Row:
    """A row in which nothing stands."""
    return Row([" "] * width, [look] * width)


def is_wide(cell: str) -> bool:
    """Does it take two cells?"""
    return bool(cell) and cell not in _ONE_CELL and _width(cell) == 2


def is_agreed(cell: str) -> bool:
    """Do all terminals agree on its width? Behind others nobody knows where the cursor stands."""
    if len(cell) != 1:
        return not cell
    return cell in _ONE_CELL or any(first <= ord(cell) <= last for first, last in _WIDE)


def _width(cell: str) -> int:
    if len(cell) == 1:
        return get_character_cell_size(cell)
    return split_graphemes(cell)[1]


def _cells(text: str, row: list[str], at: int) -> str | list[str]:
    """A text as cells; what has no width of its own joins the cell before, in front of `at` in the row."""
    if _ONE_CELL.issuperset(text):
        return text
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = _cleared(text[start:end])
        if width:
            cells += _filled(cluster, width)
        elif cluster and not cells and at:
            before = at - 1 if row[at - 1] else at - 2
            row[before] = (row[before] + cluster)[:_MOST_IN_A_CELL]
    return cells


def _cleared(cluster: str) -> str:
    """A cluster without what no cell can hold: controls, and format characters that change the text around them.

    Of characters that are joined to one picture the first is left, since most terminals show them one by one.
    """
    alone = cluster.partition(_ZERO_WIDTH_JOINER)[0].replace(_EMOJI_SHAPE, "")
    kept = [char for char in alone if unicodedata.category(char) not in _NOT_IN_CELLS]
    return "".join(kept)[:_MOST_IN_A_CELL]


def _filled(cluster: str, width: int) -> list[str]:
    """The cells of one cluster that takes `width` of them."""
    if width > 1 and _width(cluster) == width:
        return [cluster] + [""] * (width - 1)
    return [cluster or " "] + [" "] * (width - 1)


def _cut(cells: "str | list[str]", size: int) -> "str | list[str]":
    return [*cells[: size - 1], " "] if cells[size] == "" else cells[:size]
