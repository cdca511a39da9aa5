"""Step 4: keep the recovery codes."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.screens.assistant.move import Move
from tui.screens.assistant.step_column import StepColumn
from tui.widgets.button import Button
from tui.widgets.code_sheet import CodeSheet
from tui.widgets.lines import Bottom, KeyLine


class KeepCodesScreen(AnswersOnce, Screen[Move]):
    """Shows the ten recovery codes, once."""

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#next"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "Cancel")]

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(classes="assistant")
        self._sheet = CodeSheet(codes)

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="left", classes="-text -wide"):
                yield Static("If you lose your device, each of these codes signs you in once. Write them down now:")
                yield Static(classes="gap")
                yield self._sheet
                yield Static(classes="gap")
                yield Static("Keep them apart from your telephone. They are shown only here.", classes="careful")
            yield StepColumn(
                4,
                Static("You will type one of them back.\n", classes="muted"),
                Button("Next", id="next", variant="primary"),
                Button("Cancel", id="cancel"),
            )
        yield Bottom(KeyLine([("enter", "Next"), ("esc", "Cancel")], outside_fields=(("?", "Help"),)))

    @on(Button.Pressed, "#next")
    def go_on(self) -> None:
        """They are kept."""
        self._leave(Move.NEXT)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave the assistant."""
        self._leave(Move.CANCEL)

    def _leave(self, move: Move) -> None:
        self._sheet.forget()
        self.dismiss(move)
