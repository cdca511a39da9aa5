"""Forgot password? Asks for the e-mail to which a reset code is to be mailed, or says who issues one.

From here one also gets to where a reset of 2-factor is stopped: the mail that tells of it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.errors import Fault, FieldEmpty, Refusal
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.mail_delivery import MailQueued
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.forgotten import ForgottenService
    from core.origin import Origin

ASKED = (
    "If this e-mail has an account, a reset code is on its way. It comes within a minute and is good for 30; only the "
    "last one counts."
)
"""The one answer, whoever asks for whatever address."""

_TEXT = (
    "A reset code is mailed to you; with it you set a new password here. Your 2-factor authentication stays as it is. "
    "No mail? Ask your contract owner or an administrator."
)


_ASK_SOMEBODY = (
    "Ask your contract owner or an administrator. Either issues a reset code for you in the User Manager; with it you "
    "set a new password here. Your 2-factor authentication stays as it is."
)


class StopWanted:
    """Somebody wants to stop a reset of 2-factor, perhaps that of the account whose e-mail he has typed."""

    def __init__(self, email: str) -> None:
        self.email = email


class ForgottenScreen(AnswersOnce, ModalScreen[str | StopWanted | None]):
    """The answer is the e-mail for which a code was asked, "" for who has a code already, None where it was left."""

    DEFAULT_CSS = """
    ForgottenScreen .buttons Button { padding: 0; margin: 0 1 0 0; }
    """
    AUTO_FOCUS = "#forgotten-email-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back")]

    def __init__(self, forgotten: ForgottenService, *, origin: Origin, email: str) -> None:
        super().__init__()
        self._forgotten = forgotten
        self._origin = origin
        self._email = email
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Forgot password?"
            dialog.border_subtitle = "enter Mail me a code · esc Back"
            yield Static("Forgot password?", classes="frame-title")
            yield Static(_TEXT)
            yield Static(classes="gap")
            yield LabelledField("E-mail", id="forgotten-email", last=True)
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Mail me a code", id="mail", variant="primary")
                yield Button("I have a code", id="have-code")
                yield Button("Stop a reset", id="stop-reset")
                yield Button("Back", id="back")

    def on_mount(self) -> None:
        self._field.value = self._email

    @on(Input.Submitted)
    @on(Button.Pressed, "#mail")
    def submit(self) -> None:
        """Ask for a code, once."""
        if self._busy:
            return
        if not self._field.value.strip():
            self._field.complain(sentence(FieldEmpty("E-mail")))
            return
        self._busy = True
        self.ask(self._field.value)

    @on(Button.Pressed, "#have-code")
    def go_on(self) -> None:
        """On to where the code goes."""
        if not self._busy:
            self.dismiss("")

    @on(Button.Pressed, "#stop-reset")
    def stop_reset(self) -> None:
        """On to where a reset of 2-factor is stopped."""
        if not self._busy:
            self.dismiss(StopWanted(self._field.value))

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Back to the login; nothing is done."""
        self.dismiss(None)

    @work
    async def ask(self, email: str) -> None:
        """Ask the core, and say at the field why not."""
        self._field.accept()
        try:
            await answered(self, self._forgotten.ask, email, origin=self._origin)
        except (Refusal, Fault) as trouble:
            self._field.complain(sentence(trouble))
        else:
            self.app.post_message(MailQueued())
            self.dismiss(email)
        finally:
            self._busy = False

    @property
    def _field(self) -> LabelledField:
        return self.query_one(LabelledField)


class AskSomebodyScreen(AnswersOnce, ModalScreen[str | StopWanted | None]):
    """Where no mail is sent from here: the answer is "" for who has a code, None where it was left."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(self, email: str) -> None:
        super().__init__()
        self._email = email

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Forgot password?"
            dialog.border_subtitle = "← → Choose · enter Do it · esc Back"
            yield Static("Forgot password?", classes="frame-title")
            yield Static(_ASK_SOMEBODY)
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Enter the code", id="yes")
                yield Button("Stop a reset", id="stop-reset")
                yield Button("Back", id="no", variant="primary")

    @on(Button.Pressed, "#yes")
    def go_on(self) -> None:
        """On to where the code goes."""
        self.dismiss("")

    @on(Button.Pressed, "#stop-reset")
    def stop_reset(self) -> None:
        """On to where a reset of 2-factor is stopped: another host of this database may have mailed its code."""
        self.dismiss(StopWanted(self._email))

    @on(Button.Pressed, "#no")
    def action_back(self) -> None:
        """Back to the login; nothing is done."""
        self.dismiss(None)
