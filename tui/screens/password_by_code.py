"""First login, and a forgotten password: one sets one's own with a code that somebody has issued.

Source text, "Changing your password": "You define the password for your IONOS account yourself".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import Fault, FieldEmpty, PasswordsDiffer, PasswordUnmet, Refusal
from core.origin import Origin
from core.password_policy import PasswordPolicy, personal_words, strength
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, TopLine
from tui.widgets.password_rules import PasswordRules

if TYPE_CHECKING:
    from core.services import Services

_WANTED = {"email": "E-mail", "code": "Code", "new": "New password"}
"""What must not be empty: an empty code would be counted as a wrong one."""


class PasswordByCodeScreen(AnswersOnce, Screen[str | None]):
    """Asks for the code and a new password; the answer is the e-mail with which one signs in, None where it was left.

    Whose code it is, and so what else the contract and the names want of the password, is told by the core alone.
    """

    AUTO_FOCUS = "#email-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back"), ("q", "app.request_quit", "Quit")]

    def __init__(self, services: asyncio.Future[Services], *, origin: Origin, email: str, notice: str = "") -> None:
        super().__init__()
        self._services = services
        self._origin = origin
        self._email = email
        self._notice = notice or "The code is from your invitation, or it is a reset code."
        self._busy = False

    def compose(self) -> ComposeResult:
        yield TopLine("First login or reset code", where=self._origin.host)
        with Vertical(id="middle"), VerticalScroll(id="by-code", classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Set your password"
            yield Static(self._notice, classes="muted")
            yield Static(classes="gap")
            yield LabelledField("E-mail", id="email")
            yield LabelledField("Code", id="code")
            yield LabelledField("New password", id="new", password=True)
            yield LabelledField("Repeat", id="repeated", password=True, last=True)
            yield PasswordRules(id="rules", of_somebody=False)
            yield Static("Nor a name of yours. Your contract may want more.", classes="muted")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Set password", id="set-password", variant="primary")
                yield Button("Back", id="back")
        yield Bottom(KeyLine([("enter", "Set password"), ("tab", "Next"), ("esc", "Back")], outside_fields=ELSEWHERE))

    def on_mount(self) -> None:
        self._field("email").value = self._email
        if self._email:
            self._field("code").field.focus()
        self.load_rules()

    @on(Input.Changed, "#new-field")
    @on(Input.Changed, "#email-field")
    def judge(self) -> None:
        """Tell which rules the new password still leaves unmet."""
        rules = self.query_one(PasswordRules)
        rules.judge_by(PasswordPolicy(), personal_words(self._field("email").value[:100]))
        rules.show(self._field("new").value)

    @on(Input.Submitted, "#repeated-field")
    @on(Button.Pressed, "#set-password")
    def submit(self) -> None:
        """Take what was typed, once."""
        if self._busy:
            return
        for name, label in _WANTED.items():
            if not self._field(name).value.strip():
                self._field(name).complain(sentence(FieldEmpty(label)))
                return
        self._busy = True
        self.set_password()

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Back to the login; nothing is done."""
        self.dismiss(None)

    @work
    async def load_rules(self) -> None:
        """Bring the list of common passwords before the first letter of one is typed."""
        await asyncio.to_thread(strength, "warm up")

    @work
    async def set_password(self) -> None:
        """Ask the core, and say at the field what it answers; nothing that was typed is lost."""
        for field in self.query(LabelledField):
            field.accept()
        email, code, new, repeated = (self._field(name) for name in ("email", "code", "new", "repeated"))
        try:
            services = await asyncio.shield(self._services)  # leaving this screen ends no other's wait
            await answered(
                self,
                services.invitations.set_password,
                email.value,
                code.value,
                new=new.value,
                repeated=repeated.value,
                origin=self._origin,
            )
        except (Refusal, Fault) as trouble:
            self._field(_where(trouble)).complain(sentence(trouble))
        else:
            for field in (code, new, repeated):
                field.clear()
            self.dismiss(email.value)
        finally:
            self._busy = False

    def _field(self, name: str) -> LabelledField:
        return self.query_one(f"#{name}", LabelledField)


def _where(trouble: Refusal | Fault) -> str:
    """The field that a refusal is about."""
    match trouble:
        case PasswordUnmet():
            return "new"
        case PasswordsDiffer() | Fault():
            return "repeated"
    return "code"
