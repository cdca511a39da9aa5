"""A step that asks for one thing and lets the core judge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import AnswerRefused, CodeMalformed, Fault, Refusal
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.screens.assistant.move import Move
from tui.screens.assistant.step_column import StepColumn
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """The words of a step that asks."""

    step: int
    how: str
    label: str
    go_on: str
    back: str


class AskingStep(AnswersOnce, Screen[T | Move | Refusal], Generic[T]):
    """Asks until the core accepts; the answer is what the core gave for it, or where to go.

    What is merely wrong is told below the field. Any other refusal ends the assistant, and is the answer.
    """

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#asked-field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back")]

    def __init__(self, question: Question, ask: Callable[[str], T]) -> None:
        super().__init__(classes="assistant")
        self._question = question
        self._ask = ask
        self._busy = False

    def compose(self) -> ComposeResult:
        question = self._question
        with Horizontal(id="panes"):
            with Vertical(id="left", classes="-text"):
                yield Static(question.how)
                yield Static(classes="gap")
                yield LabelledField(question.label, id="asked", above=True, last=True, anew=True)
            yield StepColumn(
                question.step,
                Button(question.go_on, id="go-on", variant="primary"),
                Button(question.back, id="back"),
                Button("Cancel", id="cancel"),
            )
        yield Bottom(KeyLine([("enter", question.go_on), ("esc", question.back)], outside_fields=(("?", "Help"),)))

    @on(Input.Submitted, "#asked-field")
    @on(Button.Pressed, "#go-on")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.judge(self.query_one("#asked", LabelledField))

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Show the step before again."""
        self.dismiss(Move.BACK)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Leave the assistant."""
        self.dismiss(Move.CANCEL)

    @work
    async def judge(self, asked: LabelledField) -> None:
        """Ask the core, and say below the field what it answers."""
        asked.accept()
        try:
            answer = await answered(self, self._ask, asked.value)
        except (AnswerRefused, CodeMalformed, Fault) as trouble:
            asked.complain(sentence(trouble))
        except Refusal as over:
            self.dismiss(over)
        else:
            asked.clear()
            self.dismiss(answer)
        finally:
            self._busy = False
