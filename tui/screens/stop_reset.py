"""Stop a reset of 2-factor without signing in: with the code of the mail that tells of it."""

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
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.factor_resets import FactorResetService
    from core.origin import Origin

STOPPED = "The reset is stopped. Your 2-factor stays."

_TEXT = (
    "The support desk was asked to remove your 2-factor authentication, and a mail told you of it. The code in that "
    "mail stops it. Change your password and your support PIN then: whoever called knew one of them."
)
_WANTED = {"stop-email": "E-mail", "stop-code": "Code"}
"""What must not be empty: an empty code would be counted as a wrong one."""


class StopResetScreen(AnswersOnce, ModalScreen[str | None]):
    """The answer is the e-mail of the account whose reset is stopped, None where it was left."""

    AUTO_FOCUS = "#stop-email-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back")]

    def __init__(self, factor_resets: FactorResetService, *, origin: Origin, email: str) -> None:
        super().__init__()
        self._factor_resets = factor_resets
        self._origin = origin
        self._email = email
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Stop a reset"
            dialog.border_subtitle = "enter Stop the reset · esc Back"
            yield Static("Stop a reset", classes="frame-title")
            yield Static(_TEXT)
            yield Static(classes="gap")
            yield LabelledField("E-mail", id="stop-email")
            yield LabelledField("Code", id="stop-code", last=True)
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Stop the reset", id="stop", variant="primary")
                yield Button("Back", id="back")

    def on_mount(self) -> None:
        self._field("stop-email").value = self._email
        if self._email:
            self._field("stop-code").field.focus()

    @on(Input.Submitted, "#stop-code-field")
    @on(Button.Pressed, "#stop")
    def submit(self) -> None:
        """Take the code, once."""
        if self._busy:
            return
        for name, label in _WANTED.items():
            if not self._field(name).value.strip():
                self._field(name).complain(sentence(FieldEmpty(label)))
                return
        self._busy = True
        self.stop_reset(self._field("stop-email").value, self._field("stop-code").value)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Back to the login; nothing is done."""
        self.dismiss(None)

    @work
    async def stop_reset(self, email: str, code: str) -> None:
        """Ask the core, and say at the field why not; nothing that was typed is lost."""
        asked = self._field("stop-code")
        asked.accept()
        try:
            await answered(self, self._factor_resets.stop_with_code, email, code, origin=self._origin)
        except (Refusal, Fault) as trouble:
            asked.complain(sentence(trouble))
        else:
            asked.clear()
            self.dismiss(email)
        finally:
            self._busy = False

    def _field(self, name: str) -> LabelledField:
        return self.query_one(f"#{name}", LabelledField)
