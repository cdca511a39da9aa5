"""Sign in: e-mail and password."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import Fault, FieldEmpty, Refusal
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.origin import Origin
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.shown import shown
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, TopLine

if TYPE_CHECKING:
    from core.services import Services


class RegistrationNeeded:
    """There is no contract yet: the first start comes first."""


class PasswordCodeAtHand:
    """Somebody has a code with which he sets his password, or `notice` tells him how he gets one."""

    def __init__(self, notice: str = "") -> None:
        self.notice = notice


Step = Session | CodeNeeded | EnrolmentNeeded | RegistrationNeeded | PasswordCodeAtHand


class LoginScreen(AnswersOnce, Screen[Step]):
    """Asks for e-mail and password; the answer says what comes next.

    It is painted before the database is open; whoever types faster than that simply waits for it.
    """

    AUTO_FOCUS = "#email-field"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("f", "first_login", "First login"),
        ("p", "forgot_password", "Forgot password?"),
        ("q", "app.request_quit", "Quit"),
        ("escape", "leave_field", "Buttons"),
        ("left,up", "app.focus_previous", ""),
        ("right,down", "app.focus_next", ""),
    ]
    KEYS_HERE = (
        ("f", "first login, with the code of an invitation"),
        ("p", "forgot password? a reset code by mail, or whom to ask for one; stop a reset of 2-factor"),
    )

    def __init__(
        self, services: asyncio.Future[Services], *, origin: Origin, email: str = "", notice: str = ""
    ) -> None:
        super().__init__()
        self._services = services
        self.origin = origin
        self.email = email
        """What was typed last, for the next login of this console."""
        self._notice = notice
        self._busy = False

    def compose(self) -> ComposeResult:
        yield TopLine(where=self.origin.host)
        with Vertical(id="middle"), Vertical(id="login", classes="dialog") as dialog:
            dialog.border_title = "Sign in"
            if self._notice:
                yield Static(shown(self._notice), id="notice", classes="careful")
            yield LabelledField("E-mail", id="email", above=True)
            yield LabelledField("Password", id="password", password=True, above=True, last=True)
            with Horizontal(classes="buttons"):
                yield Button("Sign in", id="sign-in", variant="primary")
                yield Button("Forgot password?", id="forgot-password")
                yield Button("First login", id="first-login")
        outside = (("f", "First login"), *ELSEWHERE)
        yield Bottom(KeyLine([("enter", "Sign in"), ("tab", "Next")], outside_fields=outside))

    def on_mount(self) -> None:
        self._field("email").value = self.email
        if self.email:
            self._field("password").field.focus()
        self.ask_whether_registered()

    @on(Input.Submitted, "#password-field")
    @on(Button.Pressed, "#sign-in")
    def submit(self) -> None:
        """Take what was typed, once. An empty field is no try: it would be counted as one."""
        if self._busy:
            return
        for name, label in (("email", "E-mail"), ("password", "Password")):
            if not self._field(name).value:
                self._field(name).complain(sentence(FieldEmpty(label)))
                return
        self._busy = True
        self.email = self._field("email").value
        self.sign_in(self.email, self._field("password").value)

    @on(Button.Pressed, "#first-login")
    def action_first_login(self) -> None:
        """Go where a code sets the password, with the e-mail as it was typed."""
        if not self._busy:
            self.email = self._field("email").value
            self.dismiss(PasswordCodeAtHand())

    @on(Button.Pressed, "#forgot-password")
    def action_forgot_password(self) -> None:
        """Have a reset code mailed; where no mail is configured, say whom to ask."""
        if not self._busy:
            self.help_who_forgot()

    def action_leave_field(self) -> None:
        """Go where letters are keys."""
        self.query_one("#sign-in").focus()

    @work(exclusive=True, group="forgotten")
    async def help_who_forgot(self) -> None:
        """Have a reset code mailed, or say who issues one, and go on to where it is entered."""
        from tui.screens.forgotten import ASKED, AskSomebodyScreen, ForgottenScreen, StopWanted

        services = await asyncio.shield(self._services)  # leaving this screen ends no other's wait
        typed = self._field("email").value
        dialog: ForgottenScreen | AskSomebodyScreen = AskSomebodyScreen(typed)
        if services.mail.is_configured:
            dialog = ForgottenScreen(services.forgotten, origin=self.origin, email=typed)
        answer = await self.app.push_screen_wait(dialog)
        if isinstance(answer, StopWanted):
            await self._stop_reset(services, answer.email)
        elif answer is not None:
            self.email = answer or typed
            self.dismiss(PasswordCodeAtHand(ASKED if answer else ""))

    async def _stop_reset(self, services: Services, email: str) -> None:
        """Let somebody stop a reset of 2-factor with the code of the mail that tells of it, and say so here."""
        from tui.screens.stop_reset import STOPPED, StopResetScreen

        screen = StopResetScreen(services.factor_resets, origin=self.origin, email=email)
        answer = await self.app.push_screen_wait(screen)
        if answer is None:
            return
        await self.query("#notice").remove()
        await self.query_one("#login").mount(Static(STOPPED, id="notice", classes="careful"), before=0)
        self._field("email").value = answer
        self._field("password").field.focus()

    @work
    async def ask_whether_registered(self) -> None:
        """Find out, once the database is open, whether anybody can sign in at all."""
        services = await asyncio.shield(self._services)  # leaving this screen ends no other's wait
        try:
            is_open = await answered(self, services.registration.is_open)
        except Fault as fault:
            self._field("password").complain(sentence(fault))
            return
        if is_open and self.is_current:
            self.dismiss(RegistrationNeeded())

    @work
    async def sign_in(self, email: str, password: str) -> None:
        """Ask the core, and say below the password what it answers."""
        asked = self._field("password")
        asked.accept()
        asked.clear()
        button = self.query_one("#sign-in", Button)
        button.label = "Wait…"
        try:
            services = await asyncio.shield(self._services)  # leaving this screen ends no other's wait
            step = await answered(self, services.login.sign_in, email, password, origin=self.origin)
        except (Refusal, Fault) as trouble:
            asked.complain(sentence(trouble))
        else:
            self.dismiss(step)
        finally:
            self._busy = False
            button.label = "Sign in"

    def _field(self, name: str) -> LabelledField:
        return self.query_one(f"#{name}", LabelledField)
