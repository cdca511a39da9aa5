"""A few fields and boxes over the screen, until the core takes what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.emails import taken_email
from core.errors import EmailTaken, Fault, FieldEmpty, FieldRefused, Refusal, SessionOver
from core.wording import sentence
from tui.answers_once import AnswersOnce
from tui.asking import NotProven, SessionLost, with_proof
from tui.shown import shown, shown_plain
from tui.widgets.button import Button
from tui.widgets.check_box import CheckBox
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from tui.signed_in import SignedIn

T = TypeVar("T")


TYPED = "{typed}"

_CHECKS: Mapping[str, Callable[[str], str]] = {"E-mail": taken_email}
"""What nobody needs to prove who he is for: a slip is told before the question is asked."""


@dataclass(frozen=True)
class Form:
    """The words of a form: what stands in its fields at first, and which boxes may be ticked."""

    title: str
    fields: Mapping[str, str]
    yes: str
    question: str
    """What is asked where the core wants a fresh proof; what was typed first stands in the place of `TYPED`."""

    text: str = ""
    boxes: tuple[str, ...] = ()


class FormScreen(AnswersOnce, ModalScreen[T | None], Generic[T]):
    """The answer is what the core gave; None where the form was left. What was refused is told at its field."""

    AUTO_FOCUS = "LabelledField Field"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "Cancel")]

    def __init__(self, who: SignedIn, form: Form, act: Callable[..., T]) -> None:
        super().__init__()
        self._who = who
        self._form = form
        self._act = act
        self._busy = False

    def compose(self) -> ComposeResult:
        form = self._form
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = shown(form.title, 56)
            dialog.border_subtitle = f"enter {form.yes} · esc Cancel"
            yield Static(shown(form.title), classes="frame-title")
            if form.text:
                yield Static(shown(form.text))
                yield Static(classes="gap")
            for number, label in enumerate(form.fields):
                yield LabelledField(label, id=f"blank-{number}", last=number == len(form.fields) - 1)
            for number, label in enumerate(form.boxes):
                yield CheckBox(label, id=f"box-{number}")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button(form.yes, id="yes", variant="primary")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        for field, value in zip(self._fields, self._form.fields.values(), strict=True):
            field.value = value

    @on(CheckBox.Asked)
    def tick(self, event: CheckBox.Asked) -> None:
        """Tick a box, or untick it."""
        event.box.ticked = not event.box.ticked

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.ask()

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave; nothing is done."""
        self.dismiss(None)

    @work
    async def ask(self) -> None:
        """Ask the core, and say at the field what it answers."""
        for field in self._fields:
            field.accept()
        values = [field.value for field in self._fields]
        ticks = [box.ticked for box in self.query(CheckBox)]
        question = self._form.question.replace(TYPED, f"“{shown_plain(values[0], 60)}”")
        try:
            for label, value in zip(self._form.fields, values, strict=True):
                _CHECKS.get(label, str)(value)
            done = await with_proof(self, self._who, question, partial(self._act, *values, *ticks))
        except NotProven:
            return
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            self._field_about(trouble).complain(sentence(trouble))
        else:
            self.dismiss(done)
        finally:
            self._busy = False

    @property
    def _fields(self) -> list[LabelledField]:
        return list(self.query(LabelledField))

    def _field_about(self, trouble: Refusal | Fault) -> LabelledField:
        """The field that a refusal is about; the last one where it is about none."""
        about = "E-mail" if isinstance(trouble, EmailTaken) else ""
        if isinstance(trouble, FieldEmpty | FieldRefused):
            about = trouble.field
        labels = list(self._form.fields)
        return self._fields[labels.index(about) if about in labels else -1]
