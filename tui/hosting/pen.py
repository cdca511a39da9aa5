"""The terminal's cursor and look, and the shortest way to paint strokes with them (ECMA-48)."""

from collections.abc import Iterable, Sequence

from tui.hosting.cells import is_agreed
from tui.hosting.looks import PLAIN, Look, change, look
from tui.hosting.strokes import TO_THE_END, OnBlank, Stroke

MOST_LOOKS = 64
"""With more looks on a screen, to sort by them takes longer than it spares."""


class Pen:
    """Where the terminal writes next and how; None where that is not known."""

    __slots__ = ("_width", "column", "look", "row")

    def __init__(self, width: int, look: Look | None = None) -> None:
        self._width = width
        self.row: int | None = None
        self.column: int | None = None
        self.look = look

    def copy(self) -> "Pen":
        """Another pen at the same place."""
        pen = Pen(self._width, self.look)
        pen.row, pen.column = self.row, self.column
        return pen

    def paint(self, strokes: Iterable[Stroke]) -> str:
        """Paint strokes in this order."""
        text: list[str] = []
        for stroke in strokes:
            text += (self.move(stroke.row, stroke.column), self._take_look(stroke))
            if stroke.erased:
                text.append("\x1b[K" if stroke.erased == TO_THE_END else f"\x1b[{stroke.erased}X")
            else:
                text.append(stroke.text)
                self._stands_behind(stroke)
        return "".join(text)

    def _take_look(self, stroke: Stroke) -> str:
        if stroke.look is not None:
            return self.take(stroke.look)
        return self.take_blank(stroke.on_blank)

    def take(self, wanted: Look) -> str:
        """Write in this look from now on."""
        text = change(self.look, wanted)
        self.look = wanted
        return text

    def take_blank(self, on_blank: OnBlank) -> str:
        """Write blanks in this look from now on; what is not seen on them stays as it is."""
        if self.look is not None and self.look.on_blank == on_blank:
            return ""
        if not isinstance(on_blank, str):
            return self.take(look(*on_blank))
        if self.look is None or not isinstance(self.look.on_blank, str):
            return self.take(look("", on_blank, 0))
        return self.take(look(self.look.foreground, on_blank, self.look.attributes))

    def _stands_behind(self, stroke: Stroke) -> None:
        """Behind the last column and behind odd characters terminals differ in where the cursor stands."""
        known = stroke.end < self._width and (stroke.text.isascii() or is_agreed(stroke.text[-1]))
        self.column = stroke.end if known else None

    def move(self, row: int, column: int) -> str:
        """Go there."""
        if (row, column) == (self.row, self.column):
            return ""
        ways = [_absolute(row, column)]
        if row == self.row:
            ways += _sideways(self.column, column)
        elif self.row is not None:
            if column == self.column:
                ways.append(_by(row - self.row, "B", "A"))
            elif column == 0:
                ways.append(_by(row - self.row, "E", "F"))
        self.row, self.column = row, column
        return min(ways, key=len)


def _absolute(row: int, column: int) -> str:
    return f"\x1b[{row + 1 if row else ''}{f';{column + 1}' if column else ''}H"


def _sideways(before: int | None, column: int) -> list[str]:
    """Never by backspace or carriage return: whatever control but ESC is on the line came out of somebody's text."""
    ways = [f"\x1b[{column + 1 if column else ''}G"]
    if before is not None:
        ways.append(_by(column - before, "C", "D"))
    return ways


def _by(count: int, ahead: str, back: str) -> str:
    size = abs(count)
    return f"\x1b[{size if size > 1 else ''}{ahead if count > 0 else back}"


def shortest(pen: Pen, strokes: Sequence[Stroke]) -> tuple[str, Pen]:
    """Paint row by row or look by look, whichever is shorter; the text, and the pen behind it."""
    ways = [strokes]
    if len(strokes) > 2:
        ways.append(_by_look(pen, strokes))
    painted = []
    for way in ways:
        used = pen.copy()
        painted.append((used.paint(way), used))
    return min(painted, key=lambda each: len(each[0]))


def _by_look(pen: Pen, strokes: Sequence[Stroke]) -> list[Stroke]:
    """The strokes of one look together, then those of the look to which the change is shortest."""
    groups: dict[Look, list[Stroke]] = {}
    blanks: dict[OnBlank, list[Stroke]] = {}
    for stroke in strokes:
        if stroke.look is None:
            blanks.setdefault(stroke.on_blank, []).append(stroke)
        else:
            groups.setdefault(stroke.look, []).append(stroke)
    for on_blank, them in blanks.items():
        host = next((each for each in groups if each.on_blank == on_blank), None)
        if host is None:
            host = look("", on_blank, 0) if isinstance(on_blank, str) else look(*on_blank)
        groups[host] = sorted([*groups.get(host, ()), *them])
    if len(groups) > MOST_LOOKS:
        return list(strokes)
    ordered: list[Stroke] = []
    at = pen.look or PLAIN
    while groups:
        at = min(groups, key=lambda each: len(change(at, each)))
        ordered += groups.pop(at)
    return ordered
