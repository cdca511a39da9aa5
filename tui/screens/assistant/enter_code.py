"""Step 3: enter the security code that the app shows now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import CodeMalformed, EnrolmentOver, Fault, LoginExpired, Refusal, SessionOver
from core.wording import sentence
from tui.screens.assistant.install import Move
from tui.screens.assistant.step_column import StepColumn
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine

if TYPE_CHECKING:
    from core.enrolment import Enrolling, EnrolmentService

_HOW = """\
Your app now shows a code of six digits for Bartizan. It changes every 30 seconds.

Enter the one that it shows now. Spaces do not matter."""


class EnterCodeScreen(Screen[tuple[str, ...] | Move | Refusal]):
    """Asks for a first code; the answer is the recovery codes, or where to go. A refusal ends the assistant."""

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#code-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back to the QR code")]

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
                yield LabelledField("Security code", id="code", above=True, last=True)
            yield StepColumn(
                3,
                Button("Next", id="next", variant="primary"),
                Button("Back to the QR code", id="back"),
                Button("Cancel", id="cancel"),
            )
        yield Bottom(KeyLine([("enter", "Next"), ("esc", "Back to the QR code")]))

    @on(Input.Submitted, "#code-field")
    @on(Button.Pressed, "#next")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.prove(self._code.value)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Show the same QR code again."""
        self.dismiss(Move.BACK)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Leave the assistant."""
        self.dismiss(Move.CANCEL)

    @work
    async def prove(self, code: str) -> None:
        """Ask the core, and say below the field what it answers."""
        self._code.accept()
        try:
            codes = await asyncio.to_thread(self._enrolment.prove, self._who, code)
        except (EnrolmentOver, SessionOver, LoginExpired) as over:
            self.dismiss(over)
        except (Refusal, Fault) as trouble:
            if not isinstance(trouble, CodeMalformed):
                self._code.clear()
            self._code.complain(sentence(trouble))
        else:
            self.dismiss(codes)
        finally:
            self._busy = False

    @property
    def _code(self) -> LabelledField:
        return self.query_one("#code", LabelledField)
