"""The only text field of the console."""

import re
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.widgets import Input

from tui.shown import shown_plain
from tui.widgets.field_cells import FieldCells, open_cells, secret_cells

LONGEST = 16_384
"""Characters that a field takes; what would make it longer is not inserted."""

_LINE_ENDS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def typed(text: str) -> str:
    """Text as a field keeps it: one line, without controls.

    Line ends and tabs at the end are dropped, inside they become one space; other controls are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub("", _LINE_ENDS.sub(" ", text.rstrip("\n\r\t\v\f\x85\u2028\u2029")).replace("\t", " "))


class Field(Input, inherit_css=False):
    """A line of text, or with `password=True` a secret, of which nothing but the length ever leaves the field."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"input--cursor", "input--placeholder", "input--selection"}
    # Textual's own style sheet of a field costs time at every start.
    DEFAULT_CSS = """
    Field {
        width: 1fr; height: 1; padding: 0 1 0 0; overflow: scroll hidden; scrollbar-size-horizontal: 0;
        border-left: outer $border-blurred; background: $panel; color: $foreground;
        & > .input--cursor { background: $input-cursor-background; color: $input-cursor-foreground; }
        & > .input--selection { background: $input-selection-background; color: $foreground; }
        & > .input--placeholder { color: $text-disabled; }
        &:focus { border-left: outer $border; background-tint: $foreground 6%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,super+c", "copy", "Copy", show=False),
        Binding("ctrl+x,super+x", "cut", "Cut", show=False),
    ]

    cursor_blink = reactive(default=False, init=False)

    virtual_size = Reactive(Size(0, 0))
    """The size of the value. Textual lays out the whole screen for each key, since a scroll bar might come or go."""

    goes_on = False
    """Enter goes on to the next field instead of submitting."""

    async def go_on(self) -> bool:
        """Go where Enter leads from here, if it leads anywhere."""
        if self.goes_on:
            self.screen.focus_next()
        return self.goes_on

    _cells = open_cells("")
    _cells_of: tuple[str, bool] = ("", False)

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        max_length: int = LONGEST,
        select_on_focus: bool = True,
        compact: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            typed(value),
            shown_plain(placeholder),
            password=password,
            max_length=max_length,
            validate_on=[],
            select_on_focus=select_on_focus,
            compact=compact,
            name=name,
            id=id,
            classes=classes,
            disabled=disabled,
        )

    def take(self) -> str:
        """The value, which the field then forgets: for secrets."""
        value = self.value
        self.clear()
        return value

    def clear(self) -> None:
        """Forget the value."""
        self.value = ""
        self._cells, self._cells_of = open_cells(""), ("", False)

    def validate_value(self, value: str) -> str:
        """Whoever sets the value, it holds no controls."""
        return typed(value)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in the place of what is between start and end."""
        super().replace(typed(text), start, end)

    def restricted(self) -> None:
        """What does not fit is not inserted; no bell."""

    # Keys: what Unicode calls unprintable is typed all the same (the Mac's option+space, Persian's joiners).

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Does the field take this key as text?"""
        return _is_text(character)

    # Textual lets other keys bubble up to the app before it runs their action, and by then quick fingers have
    # typed on: ctrl+u would clear the text behind it, or the next field. So the field runs its own at once.

    async def _on_key(self, event: events.Key) -> None:
        event.prevent_default()
        if event.character is not None and _is_text(event.character):
            event.stop()
            self.replace(event.character, *self.selection)
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                return

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(event.text, *self.selection)

    def action_copy(self) -> None:
        """Leave ctrl+c to the screen: a field copies nothing by itself, terminals have a copy of their own."""
        raise SkipAction

    def action_cut(self) -> None:
        """Cut what is selected; in a secret do nothing. Cutting nothing would empty the terminal's clipboard."""
        if not self.password and not self.selection.is_empty:
            super().action_cut()

    # Cells: only what stands in the window is drawn, so the length of the value costs next to nothing.

    @property
    def cells(self) -> FieldCells:
        """Where the characters stand."""
        of = (self.value, self.password)
        if self._cells_of != of:
            self._cells = secret_cells(self.value) if self.password else open_cells(self.value)
            self._cells_of = of
        return self._cells

    @property
    def content_width(self) -> int:
        """The width of the value and of the cursor behind it."""
        return self.cells.width + 1

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width that the field would like to have."""
        return max(self.content_width, len(self.placeholder))

    def _position_to_cell(self, position: int) -> int:
        return self.cells.starts[min(position, len(self.cells.pieces))]

    def _cell_offset_to_index(self, offset: int) -> int:
        return self.cells.character_at(offset + self.scroll_offset.x)

    def render_line(self, y: int) -> Strip:
        """Draw the part of the value that stands in the window."""
        width = self.scrollable_content_region.width + 1
        if y != 0:
            return Strip.blank(self.size.width, self.rich_style)
        if not self.value:
            return self._placeholder_line(width)
        left = self.scroll_offset.x
        first, last = self.cells.character_at(left), self.cells.character_at(left + width)
        strip = Strip(self._segments(first, last))
        offset = left - self.cells.starts[first]
        return strip.crop(offset, offset + width).extend_cell_length(width).apply_style(self.rich_style)

    def _placeholder_line(self, width: int) -> Strip:
        style = self.get_component_rich_style("input--placeholder")
        text = self.placeholder or " "
        first = style + self._cursor_style if self.has_focus else style
        return Strip([Segment(text[0], first), Segment(text[1:], style)]).crop(0, width).apply_style(self.rich_style)

    def _segments(self, first: int, last: int) -> list[Segment]:
        """The pieces from first to last with the selection and the cursor, which is drawn over a whole character."""
        pieces = self.cells.pieces
        plain = Style.null()
        if not self.has_focus:
            return [Segment("".join(pieces[first : last + 1]), plain)]
        selected = self.get_component_rich_style("input--selection")
        start, end = sorted(self.selection)
        cursor = self._cursor_piece()
        segments = [
            Segment(piece, selected if start <= index < end else plain)
            for index, piece in enumerate(pieces[first : last + 1], first)
        ]
        if first <= cursor < first + len(segments):
            text, style, _ = segments[cursor - first]
            segments[cursor - first] = Segment(text, (style or plain) + self._cursor_style)
        if self.cursor_at_end:
            segments.append(Segment(" ", self._cursor_style))
        return list(Segment.simplify(segments))

    def _cursor_piece(self) -> int:
        """The character on which the cursor is drawn: a mark without width is drawn with its base."""
        if self.cursor_at_end:
            return len(self.cells.pieces)
        return self.cells.character_at(self._position_to_cell(self.cursor_position))

    @property
    def _cursor_style(self) -> Style:
        return self.get_component_rich_style("input--cursor")


def _is_text(character: str | None) -> bool:
    return character is not None and typed(character) == character != ""
