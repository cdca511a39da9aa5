"""The Security tab: the 2-Factor Auth Enabled check box, a reset of it that can be stopped, and the recovery codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from core.errors import Fault, Refusal, ResetOver, SecondFactorForced, SessionOver
from core.wording import moment, sentence
from tui.answers import answered
from tui.asking import AccountChanged, NotProven, SessionLost, with_proof
from tui.screens.assistant.setup_assistant import set_up_second_factor
from tui.screens.confirm import ConfirmScreen
from tui.screens.recovery_codes import RecoveryCodesScreen
from tui.seen import is_seen
from tui.shown import shown
from tui.times import told
from tui.widgets.button import Button
from tui.widgets.check_box import CheckBox

if TYPE_CHECKING:
    from datetime import datetime

    from core.account import Account
    from tui.signed_in import SignedIn

_OFF = "At sign-in you are asked for your password alone. Tick the box to add a code from an authenticator app."
_ACTIVATE = "To activate 2-factor authentication for your account, prove that it is you."
_DEACTIVATE = "To deactivate 2-factor authentication for your account, prove that it is you."
_NEW_CODES = "To make new recovery codes for your account, prove that it is you."
_REALLY_NEW = "The codes you have now become void. Have something to write at hand: the new ones are shown once."
_REALLY_OFF = (
    "Your app's codes and your recovery codes stop working at once. From the next login on, your password alone "
    "opens your account, and whatever is protected by 2-factor is hidden from you."
)
_STOPPED = "Stopped. Your 2-factor stays. Your support PIN is void: set a new one, and change your password."

_LOOK_EVERY = 10.0
"""Seconds between two looks: what the support desk approves, and what others do, is seen without a key."""


class SecurityPane(Widget):
    """What a person does with his own second factor."""

    DEFAULT_CSS = """
    SecurityPane #reset { height: auto; display: none; margin-top: 1; }
    SecurityPane #reset.-waits { display: block; }
    SecurityPane #reset-state { height: auto; color: $warning; }
    """

    def __init__(self, who: SignedIn, *, utf8: bool) -> None:
        super().__init__(id="security-pane")
        self._who = who
        self._utf8 = utf8
        self._account: Account | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel", id="second-factor") as panel:
            panel.border_title = "2-Factor Authentication"
            yield CheckBox("2-Factor Auth Enabled", id="enabled")
            yield Static(id="second-factor-state")
            with Vertical(id="reset"):
                yield Static(id="reset-state")
                with Horizontal(classes="buttons"):
                    yield Button("Stop it", id="stop-reset")
            yield Static(id="second-factor-answer", classes="error")
        with Vertical(classes="panel", id="recovery") as panel:
            panel.border_title = "Recovery codes"
            yield Static(id="recovery-state")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("New recovery codes", id="new-codes")

    def on_mount(self) -> None:
        self.set_interval(_LOOK_EVERY, self._look_if_seen)

    def show(self, account: Account) -> None:
        """Show the account as it is now."""
        self._account = account
        box = self.query_one(CheckBox)
        box.ticked = account.second_factor
        box.set_class(account.second_factor and account.second_factor_forced, "-locked")
        lines = map(shown, _state(account, now=self._who.services.now()))
        self.query_one("#second-factor-state", Static).update(Text("\n").join(lines))
        self._show_reset(account.factor_reset_at)
        self.query_one("#recovery").display = account.second_factor
        left = self.query_one("#recovery-state", Static)
        left.update(shown(_codes_left(account)))
        left.set_class(account.few_recovery_codes, "careful")

    @on(CheckBox.Asked, "#enabled")
    def change(self) -> None:
        """Activate or deactivate, once."""
        if self._account is None or self._busy:
            return
        self._busy = True
        if self._account.second_factor:
            self.deactivate()
        else:
            self.activate()

    @on(Button.Pressed, "#new-codes")
    def ask_new_codes(self) -> None:
        """A new set, once."""
        if not self._busy:
            self._busy = True
            self.make_new_codes()

    @on(Button.Pressed, "#stop-reset")
    def ask_to_stop(self) -> None:
        """Keep the second factor, once."""
        if not self._busy:
            self._busy = True
            self.stop_reset()

    @work
    async def stop_reset(self) -> None:
        """Let the support desk's reset not happen. It takes nothing away, so nothing is asked before."""
        with self._answering():
            try:
                await answered(self, self._who.services.factor_resets.stop, self._who.session)
            except ResetOver:
                self.post_message(AccountChanged())
                raise
            self._done(_STOPPED)

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show what has changed meanwhile."""
        try:
            account = await answered(self, self._who.services.account.account, self._who.session)
        except (Refusal, Fault):
            return  # the console hears of the session's end by itself, and the next look comes
        if not self._busy:
            self.show(account)

    @work
    async def activate(self) -> None:
        """Lead through the setup assistant; its session takes the place of this one."""
        enrolment = self._who.services.enrolment
        with self._answering():
            begin = partial(enrolment.begin, self._who.session)
            setup = await with_proof(self.screen, self._who, _ACTIVATE, begin)
            session = await set_up_second_factor(self.app, enrolment, self._who.session, setup, utf8=self._utf8)
            if session is not None:
                self._who.session = session
                self._done("From your next login on, a code of your app is asked for.")

    @work
    async def deactivate(self) -> None:
        """Ask, want a proof, and remove the second factor; whether it is forced may have changed since it was shown."""
        with self._answering():
            account = await answered(self, self._who.services.account.account, self._who.session)
            self.show(account)
            if account.second_factor_forced:
                raise SecondFactorForced(account.second_factor_forced_by)
            question = ConfirmScreen("Deactivate 2-factor authentication?", text=_REALLY_OFF, yes="Deactivate")
            if await self.app.push_screen_wait(question):
                act = partial(self._who.services.second_factor.deactivate, self._who.session)
                await with_proof(self.screen, self._who, _DEACTIVATE, act)
                self._done("Deactivated. Your next login asks for the password alone.")

    @work
    async def make_new_codes(self) -> None:
        """Replace the recovery codes and show the new ones, once."""
        with self._answering():
            question = ConfirmScreen("Make new recovery codes?", text=_REALLY_NEW, yes="New recovery codes")
            if await self.app.push_screen_wait(question):
                act = partial(self._who.services.second_factor.new_recovery_codes, self._who.session)
                codes = await with_proof(self.screen, self._who, _NEW_CODES, act)
                await self.app.push_screen_wait(RecoveryCodesScreen(codes))
                self._done("The new recovery codes count from now on; the old ones are void.")

    def _look_if_seen(self) -> None:
        if is_seen(self) and not self._busy:
            self.look()

    def _show_reset(self, due_at: datetime | None) -> None:
        """Tell of a reset that waits; the focus does not stay on a button that is gone."""
        if due_at is None and self.query_one("#stop-reset").has_focus:
            self.query_one(CheckBox).focus()
        self.query_one("#reset").set_class(due_at is not None, "-waits")
        if due_at is not None:
            self.query_one("#reset-state", Static).update(shown(f"! {_waiting(due_at)}"))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Do an act, once at a time, and say what the core answers to it."""
        self._answer("")
        try:
            yield
        except NotProven:
            pass
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            self._answer(sentence(trouble))
        finally:
            self._busy = False

    def _done(self, text: str) -> None:
        self._answer(text, good=True)
        self.post_message(AccountChanged())

    def _answer(self, text: str, *, good: bool = False) -> None:
        answer = self.query_one("#second-factor-answer", Static)
        answer.update(shown(text))
        answer.set_class(good, "good")
        answer.set_class(bool(text), "-told")


def _state(account: Account, *, now: datetime) -> list[str]:
    by = account.second_factor_forced_by or "your contract owner or administrator"
    if account.second_factor_since is None:
        return [f"Activated by {by}: set it up now, or at your next login." if account.second_factor_forced else _OFF]
    last = f" · last code {told(account.last_code_at, now=now)}" if account.last_code_at else ""
    since = f"Active since {told(account.second_factor_since, now=now)}{last}"
    return [since, f"Activated by {by}: you can't switch it off."] if account.second_factor_forced else [since]


def _waiting(due_at: datetime) -> str:
    return f"The support desk lets 2-factor be removed at a sign-in with your password, from {moment(due_at)} on."


def _codes_left(account: Account) -> str:
    left = f"{account.recovery_codes_left} of 10 left."
    return f"{left} Time to make new ones; the old ones become void." if account.few_recovery_codes else left
