"""A fresh proof before an act on credentials: the password, and a code where 2-factor is active."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.errors import (
    ClockDrift,
    CodeAlreadyUsed,
    CodeMalformed,
    Fault,
    ProofNeeded,
    Refusal,
    WrongCode,
)
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.shown import shown
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.login_steps import Session
    from core.proof import ProofService

_ABOUT_THE_CODE = ClockDrift | CodeAlreadyUsed | CodeMalformed | ProofNeeded | WrongCode


class ProofScreen(AnswersOnce, ModalScreen[bool]):
    """Asks the person to prove himself again, for an act that the question names."""

    AUTO_FOCUS = "#password-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "Cancel")]

    def __init__(self, proof: ProofService, session: Session, needed: ProofNeeded, *, question: str) -> None:
        super().__init__()
        self._proof = proof
        self._session = session
        self._question = question
        self._with_code = needed.with_code
        self._act = needed.act
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Is it you?"
            dialog.border_subtitle = "enter Continue · esc Cancel"
            yield Static(shown(self._question))
            yield Static(classes="gap")
            yield LabelledField("Password", id="password", password=True, last=not self._with_code)
            if self._with_code:
                yield LabelledField("Security code", id="code", last=True, anew=True)
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button("Continue", id="continue", variant="primary")
                yield Button("Cancel", id="cancel")

    @on(Input.Submitted)
    @on(Button.Pressed, "#continue")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.prove()

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave; nothing is done."""
        self.dismiss(False)

    @work
    async def prove(self) -> None:
        """Ask the core, and say at the field what it answers."""
        password = self.query_one("#password", LabelledField)
        code = self.query_one("#code", LabelledField) if self._with_code else password
        password.accept()
        code.accept()
        typed_code = code.value if self._with_code else ""
        try:
            prove = partial(self._proof.prove, act=self._act)
            await answered(self, prove, self._session, password.value, typed_code)
        except (Refusal, Fault) as trouble:
            about = code if isinstance(trouble, _ABOUT_THE_CODE) else password
            about.clear()
            about.complain(sentence(trouble))
        else:
            password.clear()
            self.dismiss(True)
        finally:
            self._busy = False
