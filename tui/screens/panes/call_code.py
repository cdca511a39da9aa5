"""The call code: six digits to read to the support agent in place of the PIN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Digits, Static, TabbedContent

from tui.asking import with_proof
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button
from tui.widgets.secret import Secret, SecretText

if TYPE_CHECKING:
    from textual.timer import Timer

    from core.call_codes import ShownCode
    from tui.signed_in import SignedIn

_QUESTION = "To show a call code for the support desk, prove that it is you."
_WHAT = "Read it to the agent in place of your PIN. It is good once, for five minutes."
_NO_LONGER = "It is no longer good."
_LOOK_EVERY = 1.0
"""Seconds between two looks whether a shown code is still good."""


class CodeDigits(Secret, Digits):
    """The digits, three lines high."""

    DEFAULT_CSS = """
    CodeDigits { width: auto; height: 3; }
    """


class CallCodePane(Widget):
    """Shows a code until it is no longer good, or until its place is left."""

    DEFAULT_CSS = """
    CallCodePane { height: auto; }
    CallCodePane #call-code { height: auto; margin-top: 1; }
    CallCodePane #call-code-until { height: auto; display: none; text-style: bold; margin-bottom: 1; }
    CallCodePane #call-code-until.-told { display: block; }
    """

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="call-code-pane")
        self._who = who
        self._code: ShownCode | None = None
        self._looking: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "Call code"
            yield Static(_WHAT)
            yield Vertical(id="call-code")
            yield Static(id="call-code-until")
            with Horizontal(classes="buttons"):
                yield Button("Show a call code", id="show-call-code")
            yield AnswerLine(id="call-code-answer")

    def on_mount(self) -> None:
        self._looking = self.set_interval(_LOOK_EVERY, self.look_at_time, pause=True)
        for above in self.ancestors:
            if isinstance(above, TabbedContent):
                self.watch(above, "active", self.forget, init=False)

    @on(Button.Pressed, "#show-call-code")
    def ask_for_code(self) -> None:
        """A new code, once at a time."""
        if not self._answer.busy:
            self.show_new_code()

    @work
    async def show_new_code(self) -> None:
        """Ask the core, and show what it gives; an earlier code is void."""
        with self._answer.answering():
            act = partial(self._who.services.own_calls.new_call_code, self._who.session)
            code = await with_proof(self.screen, self._who, _QUESTION, act)
            await self._show(code)

    async def look_at_time(self) -> None:
        """Take the code away once it is no longer good."""
        if self._code is not None and self._who.services.now() >= self._code.expires_at:
            await self.forget()
            self._answer.tell(_NO_LONGER)

    async def forget(self) -> None:
        """Take the code off the screen, and keep nothing of it."""
        self._code = None
        if self._looking is not None:
            self._looking.pause()
        self.query_one("#call-code-until").remove_class("-told")
        await self.query_one("#call-code").remove_children()

    async def _show(self, code: ShownCode) -> None:
        await self.forget()
        grouped = f"{code.code[:3]} {code.code[3:]}"
        large = bool(getattr(self.app, "unicode", True))
        digits = CodeDigits(grouped) if large else SecretText(Text(grouped, style="bold"))
        await self.query_one("#call-code").mount(digits)
        until = self.query_one("#call-code-until", Static)
        until.update(f"Good until {code.expires_at:%H:%M} UTC.")
        until.add_class("-told")
        self.call_after_refresh(self.query_one("#show-call-code").scroll_visible, animate=False)
        self._code = code
        if self._looking is not None:
            self._looking.resume()

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one(AnswerLine)
