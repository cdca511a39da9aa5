"""A code for somebody else, shown this once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from core.wording import moment
from tui.answers_once import AnswersOnce
from tui.shown import shown
from tui.widgets.button import Button
from tui.widgets.secret import SecretText

if TYPE_CHECKING:
    from textual.widget import Widget

    from core.password_codes import IssuedCode


async def hand_over(asking: Widget, title: str, issued: IssuedCode, *, how: str) -> str:
    """Show a code to whoever passes it on; where its person gets it by mail, there is none. What to say then."""
    if not issued.is_mailed:
        await asking.app.push_screen_wait(IssuedCodeScreen(title, issued, how=how))
        return ""
    from tui.mail_delivery import MailQueued

    asking.app.post_message(MailQueued())
    return f"The code is mailed to {issued.email}: it comes within a minute, and nobody else sees it."


class IssuedCodeScreen(AnswersOnce, ModalScreen[None]):
    """Shows the code until somebody says that he has passed it on."""

    AUTO_FOCUS = ""  # an Enter that is held or came too early must not take the code away
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, title: str, issued: IssuedCode, *, how: str) -> None:
        super().__init__()
        self._title_text = title
        self._code = SecretText(Text(issued.code, style="bold", justify="center"), id="issued-code")
        self._email = issued.email
        self._until = moment(issued.expires_at)
        self._how = how

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = shown(self._title_text, 56)
            dialog.border_subtitle = "tab, then enter"
            yield Static(shown(self._title_text), classes="frame-title")
            yield Static(shown(f"For {self._email}"))
            yield Static(classes="gap")
            yield self._code
            yield Static(classes="gap")
            yield Static(shown(f"Good until {self._until}, once. {self._how}"))
            yield Static("It is not shown again. Pass it on by a way that you trust.", classes="careful")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("I have passed it on", id="kept", variant="primary")

    @on(Button.Pressed, "#kept")
    def close(self) -> None:
        """Take it off the screen for good."""
        self._code.update("")
        self.dismiss(None)
