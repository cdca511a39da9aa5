"""Step 5: type one recovery code back, and confirm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import Fault, Refusal, WrongRecoveryCode
from core.login_steps import Session
from core.wording import sentence
from tui.screens.assistant.install import Move
from tui.screens.assistant.step_column import StepColumn
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine

if TYPE_CHECKING:
    from core.enrolment import Enrolling, EnrolmentService

_HOW = """\
Type any one of your ten recovery codes back, to be sure that you have them. It stays unused.

After you confirm, each sign-in asks for your password and a code of your app."""


class ConfirmEnrolmentScreen(Screen[Session | Move | Refusal]):
    """Asks for one of the codes; the answer is the session with its second factor proved."""

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#recovery-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back to the codes")]

    def __init__(self, enrolment: EnrolmentService, who: Enrolling) -> None:
        super().__init__(classes="assistant")
        self._enrolment = enrolment
        self._who = who
        self._busy = False

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with Vertical(id="left", classes="-text"):
                yield Static(_HOW)
                yield Static(classes="gap")
                yield LabelledField("Recovery code", id="recovery", above=True, last=True)
            yield StepColumn(
                5,
                Button("Confirm", id="confirm", variant="primary"),
                Button("Back to the codes", id="back"),
                Button("Cancel", id="cancel"),
            )
        yield Bottom(KeyLine([("enter", "Confirm"), ("esc", "Back to the codes")]))

    @on(Input.Submitted, "#recovery-field")
    @on(Button.Pressed, "#confirm")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.confirm(self._recovery.value)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Show the codes again."""
        self.dismiss(Move.BACK)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Leave the assistant."""
        self.dismiss(Move.CANCEL)

    @work
    async def confirm(self, recovery_code: str) -> None:
        """Ask the core, and say below the field what it answers."""
        self._recovery.accept()
        try:
            session = await asyncio.to_thread(self._enrolment.confirm, self._who, recovery_code)
        except (WrongRecoveryCode, Fault) as trouble:
            self._recovery.complain(sentence(trouble))
        except Refusal as over:
            self.dismiss(over)
        else:
            self._recovery.clear()
            self.dismiss(session)
        finally:
            self._busy = False

    @property
    def _recovery(self) -> LabelledField:
        return self.query_one("#recovery", LabelledField)
