"""A new set of recovery codes, shown once."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.widgets.button import Button
from tui.widgets.code_sheet import CodeSheet


class RecoveryCodesScreen(AnswersOnce, ModalScreen[None]):
    """Shows the ten codes until the person says that he has kept them."""

    AUTO_FOCUS = ""  # an Enter that is held or came too early must not take the codes away
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__()
        self._sheet = CodeSheet(codes)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Your new recovery codes"
            dialog.border_subtitle = "tab, then enter"
            yield Static("Write them down. Each works once, in place of your app. The old ones are void.")
            yield Static(classes="gap")
            yield self._sheet
            yield Static(classes="gap")
            yield Static("They are not shown again.", classes="careful")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("I have kept them", id="kept", variant="primary")

    @on(Button.Pressed, "#kept")
    def close(self) -> None:
        """Take them off the screen for good."""
        self._sheet.forget()
        self.dismiss(None)
