"""How the lines of a list are drawn. Each is exactly as wide as the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tui.shown import shown_plain
from tui.widgets.row_columns import GAP, Column, cell_strip, column_widths

TONES = frozenset({"muted", "good", "careful", "danger"})
"""The names that a cell's `Text` may give its styles."""


@dataclass(frozen=True)
class Hint:
    """What the end of the header tells: that there is more, or that something is fetched."""

    above: bool = False
    below: bool = False
    is_slow: bool = False


class RowLines:
    """Draws the lines of a list; `styles` is the list's `get_component_rich_style`."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        styles: Callable[..., Style],
        selectable: bool,
    ) -> None:
        self._columns = tuple(columns)
        self._styles = styles
        self._selectable = selectable
        self._marks_width = 3 if selectable else 2
        self.width = 0
        self.terminal = 0
        self.unicode = True

    def header(self, hint: Hint) -> Strip:
        """The titles, and at the end the hint, in words if there is room."""
        style = self._style("header")
        titles = [column.title for column in self._columns]
        strip = self._line([Segment(" " * self._marks_width, style)], titles, style)
        words, short = self._hint(hint)
        room = self.width - len(strip.text.rstrip())
        told = f"  {words}" if room > len(words) + 1 else f" {short}"
        if not short or self.width < len(told):
            return strip
        told_cells = Segment(told, self._style("muted"))
        return Strip([*strip.crop(0, self.width - len(told)), told_cells]).adjust_cell_length(self.width, style)

    def row(self, cells: Sequence[str | Text], *, current: bool, ticked: bool) -> Strip:
        """A row with its marks: they tell without colour where the cursor is and what is ticked."""
        style = self._style("cursor" if current else "row")
        mark_style = style if current else self._style("mark")
        here, tick = ("▶", "✓") if self.unicode else (">", "*")
        marks = (here if current else " ") + ((tick if ticked else " ") if self._selectable else "")
        # On the cursor's own ground no other colour can be read.
        named = self._plain if current else self._named
        return self._line([Segment(marks, mark_style), Segment(" ", style)], cells, style, named)

    def sentences(self, text: str, lines: int) -> list[Strip]:
        """A text in the middle of otherwise empty lines."""
        style = self._style("muted")
        told = wrap(shown_plain(text), max(1, self.width - 2))[:lines]
        told = ["", *told][:lines] if len(told) < lines else told
        told += [""] * (lines - len(told))
        strips = [Strip([Segment(shown_plain(line, self.width), style)]) for line in told]
        return [strip.text_align(self.width, "center").adjust_cell_length(self.width, style) for strip in strips]

    def blank(self) -> Strip:
        """An empty line."""
        return Strip.blank(self.width, self._style("row"))

    def _hint(self, hint: Hint) -> tuple[str, str]:
        if hint.is_slow:
            return "Loading…", "Loading…"
        up, down = ("↑", "↓") if self.unicode else ("^", "v")
        arrows = [arrow for arrow, is_more in ((up, hint.above), (down, hint.below)) if is_more]
        return "  ".join(f"{arrow} more" for arrow in arrows), "".join(arrows)

    def _line(
        self,
        marks: list[Segment],
        cells: Sequence[str | Text],
        style: Style,
        named: Callable[[str], Style] | None = None,
    ) -> Strip:
        segments = list(marks)
        widths = column_widths(self._columns, room=self.width - self._marks_width, terminal=self.terminal)
        for place, (number, width) in enumerate(widths.items()):
            if place:
                segments.append(Segment(" " * GAP, style))
            segments += cell_strip(cells[number] if number < len(cells) else "", width, style, named or self._named)
        return Strip(segments).adjust_cell_length(self.width, style)

    def _style(self, name: str) -> Style:
        return self._styles(f"row-list--{name}")

    def _plain(self, name: str) -> Style:
        """A style of a cell's `Text` without its tone."""
        return Style.null() if name in TONES else Style.parse(name)

    def _named(self, name: str) -> Style:
        """A style of a cell's `Text`: a tone without the list's background, or one of Rich's."""
        return self._styles(f"row-list--{name}", partial=True) if name in TONES else Style.parse(name)
