"""What a terminal shows and what it is to show, cell by cell; between the two goes the shortest text.

Textual writes whole regions again: 8 KB for a Tab. Here only cells that differ are written, as curses does it.
"""

from collections import Counter

from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from tui.hosting.cells import Row, blank_row
from tui.hosting.looks import Look, change, look
from tui.hosting.pen import Pen, shortest
from tui.hosting.strokes import Stroke, strokes

_CLEAR = "\x1b[2J"


class Painter:
    """Paints one terminal, whose cursor is hidden and whose lines do not wrap (`?25l`, `?7l`).

    Between frames the terminal keeps the look it was last written in: who leaves it, or writes text, takes that away.
    """

    def __init__(self, *, colours: str | None, utf8: bool, erases_in_colour: bool) -> None:
        """For a terminal with "truecolor", "256" or "standard" (16) colours or none.

        `erases_in_colour`: what it erases takes the background that is set (terminfo's "bce"). `utf8` changes nothing
        here: what such a terminal cannot show is replaced on the line, as wide as it was.
        """
        self._colours = colours
        self._erases_in_colour = erases_in_colour
        self._width = 0
        self._wanted: list[Row] = []
        self._shown: list[Row] | None = None
        self._taken = False
        self._cursor = (0, 0)
        self._cursor_shown: tuple[int, int] | None = None
        self._look: Look | None = None

    def resize(self, width: int, height: int) -> None:
        """The terminal has this size now, and may show anything; what was to be shown is cut or filled up."""
        self._width = width
        self._wanted = [row.of_width(width) for row in self._wanted[:height]]
        self._wanted += [blank_row(width) for _ in range(height - len(self._wanted))]
        self.forget()

    def forget(self) -> None:
        """The terminal may show anything: the next frame paints all."""
        self._shown = None
        self._cursor_shown = None
        self._look = None

    def take(self, update: CompositorUpdate, cursor: tuple[int, int]) -> None:
        """This is to be shown from now on, with the cursor at this column and row."""
        match update:
            case LayoutUpdate():
                self._take_layout(update)
            case ChopsUpdate():
                self._take_chops(update)
            case _:
                raise TypeError(type(update).__name__)
        self._cursor = cursor
        self._taken = True

    def frame(self) -> str:
        """The shortest text after which the terminal shows what it is to show; empty if it does already."""
        if not self._taken or not self._width or not self._wanted:
            return ""
        text, shown = ("", self._shown) if self._shown is not None else self._cleared()
        painting = self._strokes(shown)
        self._shown = self._wanted.copy()
        if not text and not painting and self._cursor == self._cursor_shown:
            return ""
        painted, pen = shortest(Pen(self._width, self._look), painting)
        column, row = self._cursor
        text += painted + pen.move(min(row, len(self._wanted) - 1), min(column, self._width - 1))
        self._look = pen.look
        self._cursor_shown = self._cursor
        return text

    def _take_layout(self, update: LayoutUpdate) -> None:
        """Put all strips, each as wide as it says: in a window that is too small for a field its text is wider."""
        x, y, width, _ = update.region
        for row, line in enumerate(update.strips, y):
            if row >= len(self._wanted):
                break
            at, target = x, self._own(row)
            for strip in line:
                end = at + strip.cell_length
                target.put(strip, at, min(end, x + width), colours=self._colours)
                at = end

    def _take_chops(self, update: ChopsUpdate) -> None:
        """Put the strips that touch the spans.

        As Textual does it: a strip that begins before its span is put from its own beginning, which is right since it
        was rendered whole and nothing lies above it; what lies behind the span is cut off, since there other widgets
        may lie that were not rendered.
        """
        for row, start, end in update.spans:
            if row >= len(self._wanted):
                continue
            target = self._own(row)
            for ends, (at, strip) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
                if strip is not None and at < end and ends > start:
                    target.put(strip, at, min(ends, end), colours=self._colours)

    def _own(self, row: int) -> Row:
        """The row to be shown, to be changed; until then it is the same object as the shown one."""
        if self._shown is not None and self._wanted[row] is self._shown[row]:
            self._wanted[row] = self._wanted[row].copy()
        return self._wanted[row]

    def _strokes(self, shown: list[Row]) -> list[Stroke]:
        found: list[Stroke] = []
        for y, (new, old) in enumerate(zip(self._wanted, shown, strict=True)):
            if new is not old and not new.shows(old):
                found += strokes(y, new, old, erases_in_colour=self._erases_in_colour)
        return found

    def _cleared(self) -> tuple[str, list[Row]]:
        """Clear the terminal, in the most frequent background where that can be; what it shows then."""
        counted = Counter(each.on_blank for row in self._wanted for each in row.looks if isinstance(each.on_blank, str))
        background = counted.most_common(1)[0][0] if counted and self._erases_in_colour else ""
        ground = look("", str(background), 0)
        text = change(self._look, ground) + _CLEAR
        self._look = ground
        return text, [blank_row(self._width, ground)] * len(self._wanted)
