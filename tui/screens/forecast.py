"""What an act would take away, before it is done; where it is the worst, a name has to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from unicodedata import normalize

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.answers_once import AnswersOnce
from tui.foreseen import NOTHING, foreseen
from tui.shown import shown, shown_plain
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.forecast import Forecast

_ROOM_FOR_NAMES = ((20, 60), (40, 150), (1_000, 1_000))
"""In a window of fewer lines than the first, names take at most so many cells."""


class ForecastScreen(AnswersOnce, ModalScreen[bool]):
    """Tells what an act would do to people. The harmless button has the focus.

    Where `name_to_type` is given, the act button does nothing before that, or one of `or_else`, was typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "no", "No"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(
        self,
        title: str,
        forecast: Forecast | None,
        *,
        yes: str,
        no: str = "Cancel",
        text: str = "",
        name_to_type: str = "",
        or_else: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self._title_text = title
        self._forecast = forecast
        self._yes = yes
        self._no = no
        self._text = text
        self._names = (name_to_type, *or_else) if name_to_type else ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = shown(self._title_text, 56)
            dialog.border_subtitle = shown(f"← → Choose · enter Do it · esc {self._no}")
            yield Static(shown(self._title_text), classes="frame-title")
            for line in self._lines():
                yield Static(shown(line), classes="muted" if line == NOTHING else "told")
            yield Static(classes="gap")
            if self._names:
                yield Static(shown(f"To go on, type {self._quoted()}."), id="what-to-type")
                yield LabelledField("Name", id="name", last=True)
                yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button(shown(self._yes), id="yes")
                yield Button(shown(self._no), id="no", variant="primary")

    def on_mount(self) -> None:
        # Where a name is typed, nothing is done without it: who types at once must not type into a button.
        self.query_one("#name-field" if self._names else "#no").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def yes(self) -> None:
        """Go on, once the name is typed where one is wanted."""
        if self._is_named():
            self.dismiss(True)
        else:
            self.query_one("#name", LabelledField).complain("That is not the name. Nothing was done.")

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)

    def _is_named(self) -> bool:
        if not self._names:
            return True
        typed = _same(self.query_one("#name", LabelledField).value)
        return typed in {_same(name) for name in self._names}

    def _lines(self) -> list[str]:
        height = self.app.size.height
        room = next(room for lines, room in _ROOM_FOR_NAMES if height < lines)
        told = foreseen(self._forecast, room=room) if self._forecast is not None else []
        if not self._text:
            return told
        return [self._text, *(line for line in told if line != NOTHING)]

    def _quoted(self) -> str:
        return " or ".join(f"“{shown_plain(name, 60)}”" for name in self._names)


def _same(name: str) -> str:
    return " ".join(normalize("NFC", name).split()).casefold()
