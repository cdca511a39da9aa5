"""One question, two buttons; the harmless one has the focus."""

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


class ConfirmScreen(AnswersOnce, ModalScreen[bool]):
    """Asks before something is done that is felt."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "no", "No"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(self, title: str, *, text: str, yes: str, no: str = "Cancel", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title_text = title
        self._text = text
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = shown(self._title_text)
            dialog.border_subtitle = shown(f"← → Choose · enter Do it · esc {self._no}")
            yield Static(shown(self._title_text), classes="frame-title")
            yield Static(shown(self._text))
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button(shown(self._yes), id="yes")
                yield Button(shown(self._no), id="no", variant="primary")

    @on(Button.Pressed, "#yes")
    def yes(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)
