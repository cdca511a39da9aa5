"""What becomes of a change that is not saved."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.shown import shown
from tui.widgets.button import Button

SAVE, DISCARD, STAY = "save", "discard", "stay"


class UnsavedScreen(AnswersOnce, ModalScreen[str]):
    """Asks once before a tick is lost."""

    AUTO_FOCUS = "#stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "stay", "Stay"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(self, name: str, *, ticked: bool) -> None:
        super().__init__()
        self._name_shown = name
        self._ticked = ticked

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Not saved"
            dialog.border_subtitle = "← → Choose · enter Do it · esc Stay"
            done = "ticked" if self._ticked else "unticked"
            yield Static(shown(f"Force 2-Factor Auth is {done} for {self._name_shown}, but not saved."))
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Save", id="save")
                yield Button("Discard", id="discard")
                yield Button("Stay", id="stay", variant="primary")

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Give the button's name."""
        self.dismiss(event.button.id or STAY)

    def action_stay(self) -> None:
        """Go on with the details."""
        self.dismiss(STAY)
