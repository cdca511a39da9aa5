"""The support desk without a call: whose account does the caller ask about?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from core.errors import Fault, Refusal, SessionOver
from core.wording import sentence
from tui.answers import answered
from tui.asking import SessionLost
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.agents_call import AgentsCall
    from tui.signed_in import SignedIn

_TITLE = "Open a call"
_HINT = "Exactly as the caller says it. A contract number means its owner's account."


class OpeningPane(Widget):
    """One field, whose Enter opens the call."""

    class Opened(Message):
        """A call is open."""

        def __init__(self, call: AgentsCall) -> None:
            super().__init__()
            self.call = call

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="opening")
        self._who = who
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = _TITLE
            yield Static(_TITLE, classes="frame-title")
            yield LabelledField("E-mail or contract number", id="wanted", last=True)
            yield Static(_HINT, classes="muted hint")

    def focus_field(self) -> None:
        """Put the cursor into the field."""
        self._wanted.field.focus()

    @on(Input.Submitted)
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.open_call()

    @work
    async def open_call(self) -> None:
        """Ask the core, and say at the field what it answers."""
        self._wanted.accept()
        act = partial(self._who.services.support_desk.open_call, self._who.session, self._wanted.value)
        try:
            call = await answered(self, act)
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            self._wanted.complain(sentence(trouble))
        else:
            self._wanted.clear()
            self.post_message(self.Opened(call))
        finally:
            self._busy = False

    @property
    def _wanted(self) -> LabelledField:
        return self.query_one("#wanted", LabelledField)
