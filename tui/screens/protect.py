"""Before a resource is protected with 2-factor: who loses sight of it, and whether these are made to set it up."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.foreseen import NOTHING, foreseen
from tui.shown import shown
from tui.widgets.button import Button

if TYPE_CHECKING:
    from core.forecast import Forecast

_SELF = "You are among them: set up 2-factor for yourself first, or you cannot take this back until you have."
_FORCED = "Whoever is forced first gets it back by setting up 2-factor at the next login."
_ROOM_FOR_NAMES = 150
"""Cells that the names of those who lose it take at most."""


class Choice(Enum):
    """What is to be done."""

    PROTECT = "protect"
    FORCE_FIRST = "force 2-factor on those who lose it, then protect"


class ProtectScreen(AnswersOnce, ModalScreen[Choice | None]):
    """Tells the forecast; its answer is None where everything stays as it is."""

    CSS_PATH = "protect.tcss"
    AUTO_FOCUS = "#no"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-wide")]  # noqa: RUF012 - Textual's type is no ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "no", "No"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(self, name: str, forecast: Forecast, *, can_force: int, loses_himself: bool) -> None:
        super().__init__()
        self._resource = name
        self._forecast = forecast
        self._can_force = can_force
        self._loses_himself = loses_himself

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="protect") as dialog:
            dialog.border_title = shown(f"Protect “{self._resource}” with 2-factor?", 68)
            dialog.border_subtitle = "← → Choose · enter Do it · esc Cancel"
            for line in foreseen(self._forecast, room=_ROOM_FOR_NAMES):
                yield Static(shown(line), classes="muted" if line == NOTHING else "")
            if self._loses_himself:
                yield Static(shown(_SELF), classes="careful")
            if self._can_force:
                yield Static(shown(_FORCED), classes="muted")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Protect", id="yes")
                if self._can_force:
                    yield Button(self._force_words(), id="force")
                yield Button("Cancel", id="no", variant="primary")

    @on(Button.Pressed, "#yes")
    def protect(self) -> None:
        """Protect it, whoever loses it."""
        self.dismiss(Choice.PROTECT)

    @on(Button.Pressed, "#force")
    def force_first(self) -> None:
        """Make those who lose it set up 2-factor."""
        self.dismiss(Choice.FORCE_FIRST)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def _force_words(self) -> str:
        whom = "the one" if self._can_force == 1 else f"the {self._can_force}"
        return f"Force 2-factor on {whom} first"
