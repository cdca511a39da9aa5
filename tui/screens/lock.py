"""The screen that covers a locked console: whose it is, and the fields with which its person goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import (
    ClockDrift,
    CodeAlreadyUsed,
    CodeMalformed,
    CodeMissing,
    Fault,
    Refusal,
    SessionOver,
    WrongCode,
)
from core.sessions import IDLE
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.asking import SessionLost
from tui.shown import shown
from tui.times import told
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine, TopLine

if TYPE_CHECKING:
    from tui.signed_in import SignedIn

_ABOUT_THE_CODE = ClockDrift | CodeAlreadyUsed | CodeMalformed | CodeMissing | WrongCode
_TITLE = "This console is locked"
_IN_FIELDS = (("tab", "Next"), ("esc", "Clear"), ("ctrl+c", "Quit"))


class LockScreen(AnswersOnce, Screen[None]):
    """Opaque: nothing of what is open below is seen. `afterwards` is done once it is gone."""

    AUTO_FOCUS = "#password-field"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", "Clear", show=False)]

    class Unlocked(Message):
        """The person has proved that he is there."""

    class SignOut(Message):
        """Somebody ends the session instead."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="lock")
        self._who = who
        now = who.services.now()
        self._by_key = now - who.last_touch < IDLE
        self._since = now if self._by_key else who.last_touch + IDLE
        self.is_busy = False
        self.afterwards: list[Callable[[], object]] = []

    def compose(self) -> ComposeResult:
        yield TopLine("Locked")
        with Vertical(id="middle"), Vertical(id="login", classes="dialog") as dialog:
            dialog.border_title = _TITLE
            yield Static(_TITLE, classes="frame-title")
            yield Static(shown(self._who.email or "Somebody"), id="whose")
            yield Static(shown(self._why()), classes="muted", id="why")
            yield Static(classes="gap")
            yield LabelledField("Password", id="password", password=True, last=not self._who.session.second_factor)
            if self._who.session.second_factor:
                yield self._code_field()
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Unlock", id="unlock", variant="primary")
                yield Button("Sign out", id="sign-out")
        yield Bottom(KeyLine([("enter", "Unlock")], outside_fields=_IN_FIELDS, in_fields=_IN_FIELDS))

    def action_clear(self) -> None:
        """Forget what was typed."""
        for each in self.query(LabelledField):
            each.accept()
            each.clear()
        self._password.field.focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#unlock")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self.is_busy:
            self.is_busy = True
            self.unlock()

    @on(Button.Pressed, "#sign-out")
    def sign_out(self) -> None:
        """End the session: whoever is there may do that."""
        self.post_message(self.SignOut())

    @work
    async def unlock(self) -> None:
        """Ask the core, and say at the field what it answers."""
        code = self._code
        for each in self.query(LabelledField):
            each.accept()
        unlock, typed = self._who.services.sessions.unlock, self._password.value
        try:
            await answered(self, unlock, self._who.session, typed, code.value if code else "")
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            await self._complain(trouble)
        else:
            self.action_clear()
            self.post_message(self.Unlocked())
        finally:
            self.is_busy = False

    async def _complain(self, trouble: Refusal | Fault) -> None:
        if not isinstance(trouble, _ABOUT_THE_CODE):
            self._password.clear()
            self._password.complain(sentence(trouble))
            return
        if self._code is None:  # 2-factor is asked for since then
            self._password.field.goes_on = True
            await self.mount(self._code_field(), after=self._password)
        if self._code is not None:
            self._code.complain(sentence(trouble))

    def _why(self) -> str:
        since = f"Locked {told(self._since, now=self._who.services.now())}"
        return f"{since}." if self._by_key else f"{since}: nobody was here for 15 minutes."

    def _code_field(self) -> LabelledField:
        return LabelledField("Security code", id="code", last=True, anew=True)

    @property
    def _password(self) -> LabelledField:
        return self.query_one("#password", LabelledField)

    @property
    def _code(self) -> LabelledField | None:
        found = self.query("#code")
        return found.first(LabelledField) if found else None
