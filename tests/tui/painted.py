"""A terminal that a painter paints, and what should be seen on it by another way than the painter's."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pyte.screens import Char
from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console as RichConsole
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.e2e.emulator import Emulator, Stream
from tui.hosting.painter import Painter

SYSTEMS = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}

_NO_WRAP, _NO_CURSOR = 7, 25
_ALLOWED = re.compile(r"[^\x00-\x1f\x7f-\x9f]|\x1b\[[0-9;]*[A-HJKXm]")


class Painted:
    """A terminal of some size, colours and abilities; at first it shows what a program before left there."""

    def __init__(self, width: int, height: int, *, colours: str | None = "truecolor", bce: bool = True) -> None:
        self.painter = Painter(colours=colours, utf8=True, erases_in_colour=bce)
        self.emulator = Emulator(width, height)
        self.emulator.erases_in_colour = bce
        self._stream = Stream(self.emulator)
        self._stream.feed(b"\x1b[41;4mleft over\r\n" * height + b"\x1b[?25l\x1b[?7l")
        self.painter.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size; what is seen then is anybody's guess."""
        self.emulator.resize(height, width)
        self._stream.feed(b"\x1b[Hwhat is left of it")
        self.painter.resize(width, height)

    def write(self, text: str) -> None:
        """Write something from elsewhere."""
        self._stream.feed(text.encode())

    def take(self, update: CompositorUpdate, cursor: tuple[int, int] = (0, 0)) -> None:
        """This is to be shown from now on."""
        self.painter.take(update, cursor)

    def show(self) -> str:
        """Paint what is new; the text that was sent for it."""
        frame = self.painter.frame()
        assert not _ALLOWED.sub("", frame), repr(frame)
        self._stream.feed(frame.encode())
        return frame

    def see(self, *lines: object, cursor: tuple[int, int] = (0, 0)) -> str:
        """Show these lines, each one text, segment or list of segments; the text that was sent for it."""
        self.take(layout(self.emulator.columns, self.emulator.lines, lines), cursor)
        return self.show()

    @property
    def text(self) -> list[str]:
        """The rows, without blanks at their ends."""
        return ["".join(cell.data for cell in row).rstrip() for row in self.cells()]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor."""
        return min(self.emulator.cursor.x, self.emulator.columns - 1), self.emulator.cursor.y

    def cells(self) -> list[list[Char]]:
        """What is seen, cell by cell."""
        return [[_seen(cell) for cell in self.emulator.row(y)] for y in range(self.emulator.lines)]


class Stock:
    """A terminal on which Textual paints by itself."""

    def __init__(self, width: int, height: int, *, colours: str = "truecolor") -> None:
        self.emulator = Emulator(width, height)
        self._stream = Stream(self.emulator)
        self._stream.feed(b"\x1b[?25l\x1b[?7l")
        self._console = RichConsole(color_system=colours, force_terminal=True, legacy_windows=False)  # type: ignore[arg-type]

    def take(self, update: CompositorUpdate) -> None:
        """Show it."""
        self._stream.feed(update.render_segments(self._console).encode())

    def cells(self) -> list[list[Char]]:
        """What is seen, cell by cell."""
        return [[_seen(cell) for cell in self.emulator.row(y)] for y in range(self.emulator.lines)]


class Told:
    """What the updates of an app say should be seen, cell by cell."""

    def __init__(self, width: int, height: int, *, colours: str) -> None:
        self._colours = colours
        self._rows = [[Char(" ")] * width for _ in range(height)]

    def take(self, update: CompositorUpdate) -> None:
        """Put what the update holds where it belongs; behind its spans a strip is cut off, as in Textual's own text."""
        if isinstance(update, LayoutUpdate):
            for row, line in zip(self._rows, update.strips, strict=False):
                put = [cell for part in cells_of(line, self._colours) for cell in part][: len(row)]
                row[: len(put)] = put
        elif isinstance(update, ChopsUpdate):
            for y, start, end in update.spans:
                if y >= len(self._rows):  # the screen was not laid out yet for a smaller window
                    continue
                for ends, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
                    if strip is not None and x < end and ends > start:
                        (put,) = cells_of([strip.crop(0, min(ends, end, len(self._rows[y])) - x)], self._colours)
                        self._rows[y][x : x + len(put)] = put

    def cells(self) -> list[list[Char]]:
        """What is seen, cell by cell."""
        return self._rows


def layout(width: int, height: int, lines: Sequence[object]) -> LayoutUpdate:
    """An update of the whole screen: these lines, then blank ones."""
    strips: list[Iterable[Strip]] = []
    for line in [*lines, *[""] * (height - len(lines))]:
        strips.append([Strip(_segments(line)).adjust_cell_length(width)])
    return LayoutUpdate(strips, Region(0, 0, width, height))


def span(row: int, column: int, line: object, *, height: int) -> ChopsUpdate:
    """An update of some cells of one row."""
    strip = Strip(_segments(line))
    chops: list[dict[int, Strip | None]] = [{} for _ in range(height)]
    ends: list[list[int]] = [[] for _ in range(height)]
    chops[row], ends[row] = {column: strip}, [column + strip.cell_length]
    return ChopsUpdate(chops, [(row, column, column + strip.cell_length)], ends)


def _segments(line: object) -> list[Segment]:
    if isinstance(line, str):
        return [Segment(line)]
    return [line] if isinstance(line, Segment) else list(line)  # type: ignore[call-overload]


def cells_of(strips: Iterable[Strip], colours: str) -> list[list[Char]]:
    """What strips should look like, cell by cell; none is wider than it says."""
    rows = []
    for strip in strips:
        row: list[Char] = []
        for text, style, _ in strip:
            attributes = _attributes(style or Style.null(), colours)
            for char in text:
                width = get_character_cell_size(char)
                if width:
                    row += [_seen(attributes._replace(data=char))] + [_seen(attributes._replace(data=""))] * (width - 1)
                elif row and unicodedata.combining(char):
                    at = -1 if row[-1].data else -2
                    row[at] = row[at]._replace(data=unicodedata.normalize("NFC", row[at].data + char))
        rows.append(row[: strip.cell_length])
    return rows


@lru_cache(4096)
def _attributes(style: Style, colours: str) -> Char:
    """How an emulator shows what Rich makes of a style."""
    emulator = Emulator(1, 1)
    anew = style.copy()
    anew._ansi = None  # Rich keeps the codes of the first colour system that it was asked for
    Stream(emulator).feed(f"\x1b[{anew._make_ansi_codes(SYSTEMS[colours])}m".encode())
    return emulator.cursor.attrs


@lru_cache(65536)
def _seen(cell: Char) -> Char:
    """A cell without what is not seen on a blank."""
    if cell.data == "\xa0":
        cell = cell._replace(data=" ")
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough):
        return Char(" ", bg=cell.bg)
    return cell


def differences(shown: list[list[Char]], wanted: list[list[Char]]) -> list[str]:
    """Where two pictures differ, but for what stands above or below a character in the last column."""
    if shown == wanted:
        return []
    shown, wanted = _bare_at_the_edge(shown), _bare_at_the_edge(wanted)
    return [
        f"row {y}, column {x}: {_told(old)} instead of {_told(new)}"
        for y, (row, wanted_row) in enumerate(zip(shown, wanted, strict=True))
        for x, (old, new) in enumerate(zip(row, wanted_row, strict=True))
        if old != new
    ]


def _bare_at_the_edge(rows: list[list[Char]]) -> list[list[Char]]:
    return [[*row[:-1], row[-1]._replace(data=unicodedata.normalize("NFD", row[-1].data)[:1])] for row in rows]


def _told(cell: Char) -> str:
    return " ".join(
        str(part) for part in (repr(cell.data), cell.fg, cell.bg, *(n for n in cell._fields[3:] if getattr(cell, n)))
    )
