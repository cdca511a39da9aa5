"""One's own e-mail: the address by which one signs in, and the new one that waits for its code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from core.errors import Fault, FieldEmpty, Refusal, SessionOver
from core.wording import moment, sentence
from tui.answers import answered
from tui.asking import AccountChanged, SessionLost, with_proof
from tui.screens.form import TYPED, Form, FormScreen
from tui.screens.issued_code import hand_over
from tui.shown import shown
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.account import Account
    from core.email_change import NewEmail
    from core.password_codes import IssuedCode
    from tui.signed_in import SignedIn

_HOW = "Enter it in Account Management; until then the old address stays."


class OwnEmailPane(Widget):
    """Asks for another address, and takes it on once its code was entered."""

    DEFAULT_CSS = """
    OwnEmailPane { height: auto; }
    OwnEmailPane #email-state, OwnEmailPane #email-waiting { height: auto; }
    """

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="own-email-pane")
        self._who = who
        self._waiting: NewEmail | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "E-mail"
            yield Static(id="email-state", classes="muted")
            yield Static(id="email-waiting")
            yield LabelledField("Code", id="email-code", last=True)
            with Horizontal(classes="buttons"):
                yield Button("Confirm", id="confirm-email")
                yield Button("Withdraw", id="withdraw-email")
                yield Button("Change e-mail", id="change-email")
            yield AnswerLine(id="email-answer")

    def on_mount(self) -> None:
        self._show(None)

    def show(self, account: Account) -> None:
        """Show the address as it is now, and look whether another one waits."""
        self.query_one("#email-state", Static).update(shown(f"You sign in with {account.email}"))
        self.look()

    def focus_email(self) -> None:
        """Go to what can be done: enter the code where one is waited for, else ask for another address."""
        self.query_one("#change-email" if self._waiting is None else "#email-code-field").focus()

    @on(Input.Submitted, "#email-code-field")
    @on(Button.Pressed, "#confirm-email")
    def submit(self) -> None:
        """Take the code, once. An empty field is no try: it would be counted as one."""
        if self._answer.busy:
            return
        if not self._code.value.strip():
            self._code.complain(sentence(FieldEmpty("Code")))
            return
        self._answer.busy = True
        self.confirm(self._code.value)

    @on(Button.Pressed, "#change-email")
    def ask_to_change(self) -> None:
        """Ask for another address, once."""
        if not self._answer.busy:
            self.change()

    @on(Button.Pressed, "#withdraw-email")
    def ask_to_withdraw(self) -> None:
        """Keep the old one, once."""
        if not self._answer.busy:
            self.withdraw()

    @work(exclusive=True, group="email")
    async def look(self) -> None:
        """Show which address waits now."""
        try:
            waiting = await answered(self, self._who.services.email_change.waiting, self._who.session)
        except (Refusal, Fault):
            return  # the screen has just asked for the account, and tells it
        self._show(waiting)

    @work
    async def confirm(self, code: str) -> None:
        """Take the new address on, and say at the field why not."""
        self._answer.tell("")
        self._code.accept()
        try:
            email = await answered(self, self._who.services.email_change.confirm, self._who.session, code)
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            self._code.complain(sentence(trouble))
        else:
            self._code.clear()
            self._answer.tell(f"From now on you sign in with {email}.", good=True)
            self.post_message(AccountChanged())
        finally:
            self._answer.busy = False

    @work
    async def change(self) -> None:
        """Ask for the new address and show its code."""
        form = Form(
            "Change your e-mail",
            {"E-mail": ""},
            yes="Issue a code",
            question=f"To sign in with {TYPED} from now on, prove that it is you.",
            text=f"Now {self._who.email}. It stays until the code for the new one was entered.",
        )
        with self._answer.answering():
            issued = await self.app.push_screen_wait(FormScreen(self._who, form, self._ask))
            if issued is not None:
                self._answer.tell(await hand_over(self, "Code for the new e-mail", issued, how=_HOW), good=True)
                self.post_message(AccountChanged())

    def _ask(self, email: str) -> IssuedCode:
        ask = self._who.services.email_change.ask
        return ask(self._who.session, self._who.session.person_id, email=email)

    @work
    async def withdraw(self) -> None:
        """Want a proof, and void the code."""
        with self._answer.answering():
            withdraw = self._who.services.email_change.withdraw
            act = partial(withdraw, self._who.session, self._who.session.person_id)
            await with_proof(self.screen, self._who, "To keep your old e-mail, prove that it is you.", act)
            self._answer.tell("The old e-mail stays; the code is void.", good=True)
        self.post_message(AccountChanged())

    def _show(self, waiting: NewEmail | None) -> None:
        had_focus = self.has_focus_within
        ended = waiting is None and self._waiting is not None
        self._waiting = waiting
        for name in ("email-waiting", "email-code", "confirm-email", "withdraw-email"):
            self.query_one(f"#{name}").display = waiting is not None
        if waiting is not None:
            told = f"New address: {waiting.email}. Enter the code that was sent there."
            until = f"Asked for by {waiting.asked_by}; the code is good until {moment(waiting.expires_at)}."
            self.query_one("#email-waiting", Static).update(shown(f"{told} {until}"))
        if ended:
            self._code.clear()
            self._code.accept()
            if had_focus:
                self.query_one("#change-email").focus()

    @property
    def _code(self) -> LabelledField:
        return self.query_one("#email-code", LabelledField)

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one(AnswerLine)
