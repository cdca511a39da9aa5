"""First start: the contract and its owner are registered, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import (
    AlreadyRegistered,
    Fault,
    FieldEmpty,
    FieldRefused,
    PasswordsDiffer,
    PasswordUnmet,
    Refusal,
    RegistrationClosed,
    WrongBootstrapCode,
)
from core.origin import Origin
from core.password_policy import PasswordPolicy, personal_words, strength
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine, TopLine
from tui.widgets.password_rules import PasswordRules

if TYPE_CHECKING:
    from core.services import Services

_FIELDS = {"Contract": "contract", "Given name": "given", "Family name": "family", "E-mail": "email"}


class FirstStartScreen(AnswersOnce, Screen[str]):
    """Asks who the contract owner is; the answer is his e-mail, with which he then signs in."""

    CSS_PATH = "first_start.tcss"
    AUTO_FOCUS = "#register Field"  # the first, from the beginning: a code that is pasted early goes there whole
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "app.request_quit", "Quit"),
        ("escape", "leave_field", "Buttons"),
    ]

    def __init__(self, services: asyncio.Future[Services], *, origin: Origin, with_code: bool) -> None:
        super().__init__()
        self._services = services
        self._origin = origin
        self._with_code = with_code
        self._busy = False

    def compose(self) -> ComposeResult:
        yield TopLine("First start", where=self._origin.host)
        with Vertical(id="middle"), VerticalScroll(id="register", classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Register your contract"
            yield Static("Nobody is registered here yet. You become the contract owner.", classes="muted")
            yield Static(classes="gap")
            if self._with_code:
                yield LabelledField("Bootstrap code", id="bootstrap")
            yield LabelledField("Contract", id="contract")
            yield LabelledField("Given name", id="given")
            yield LabelledField("Family name", id="family")
            yield LabelledField("E-mail", id="email")
            yield Static(classes="gap")
            yield LabelledField("Password", id="password", password=True)
            yield LabelledField("Repeat", id="repeated", password=True, last=True)
            yield PasswordRules(id="rules")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Register", id="submit", variant="primary")
                yield Button("Quit", id="quit")
        yield Bottom(KeyLine([("tab", "Next"), ("shift+tab", "Back"), ("enter", "Next")]))

    def on_mount(self) -> None:
        self.load_rules()

    @on(Input.Changed)
    def judge(self) -> None:
        """Tell which rules the password still leaves unmet, with the person's own words as they stand."""
        words = personal_words(*(self._field(name).value[:100] for name in _FIELDS.values()))
        rules = self.query_one(PasswordRules)
        rules.judge_by(PasswordPolicy(), words)
        rules.show(self._field("password").value)

    @on(Input.Submitted, "#repeated-field")
    @on(Button.Pressed, "#submit")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.register()

    @on(Button.Pressed, "#quit")
    async def leave(self) -> None:
        await self.run_action("app.request_quit")

    def action_leave_field(self) -> None:
        """Go where letters are keys."""
        self.query_one("#submit").focus()

    @work
    async def load_rules(self) -> None:
        """Bring the list of common passwords before the first letter of one is typed."""
        await asyncio.to_thread(strength, "warm up")

    @work
    async def register(self) -> None:
        """Ask the core, and say at the field what it answers; nothing that was typed is lost."""
        for field in self.query(LabelledField):
            field.accept()
        try:
            services = await asyncio.shield(self._services)  # leaving this screen ends no other's wait
            from core.registration import Registration

            wanted = Registration(
                contract=self._field("contract").value,
                given_name=self._field("given").value,
                family_name=self._field("family").value,
                email=self._field("email").value,
                password=self._field("password").value,
                repeated=self._field("repeated").value,
                bootstrap_code=self._field("bootstrap").value if self._with_code else "",
            )
            registered = await answered(self, services.registration.register, wanted, origin=self._origin)
        except AlreadyRegistered:
            self.dismiss(self._field("email").value)
        except (Refusal, Fault) as trouble:
            self._field(_where(trouble)).complain(sentence(trouble))
        else:
            self._field("password").clear()
            self._field("repeated").clear()
            self.dismiss(registered.email)
        finally:
            self._busy = False

    def _field(self, name: str) -> LabelledField:
        return self.query_one(f"#{name}", LabelledField)


def _where(trouble: Refusal | Fault) -> str:
    """The field that a refusal is about."""
    match trouble:
        case FieldEmpty(field) | FieldRefused(field, _):
            return _FIELDS[field]
        case PasswordUnmet():
            return "password"
        case RegistrationClosed() | WrongBootstrapCode():
            return "bootstrap"
        case PasswordsDiffer():
            return "repeated"
    return "repeated"
