"""What a group may do with a resource that it is given: to see it, and more where that is ticked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from core.shares import Given
from tui.answers_once import AnswersOnce
from tui.asking import with_proof
from tui.shown import shown
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button
from tui.widgets.check_box import CheckBox

if TYPE_CHECKING:
    from tui.signed_in import SignedIn


class GiveScreen(AnswersOnce, ModalScreen[bool]):
    """Asks what is given, and gives it; its answer is whether that was done."""

    AUTO_FOCUS = "#edit"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "cancel", "Cancel"),
        ("down", "app.focus_next", ""),
        ("up", "app.focus_previous", ""),
    ]

    def __init__(
        self, who: SignedIn, title: str, *, given: Given, act: Callable[[Given], None], proof: str, yes: str
    ) -> None:
        super().__init__()
        self._who = who
        self._title_text = title
        self._given = given
        self._act = act
        self._proof = proof
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = shown(self._title_text, 56)
            dialog.border_subtitle = "space Tick · tab Next · esc Cancel"
            yield Static("Its members see the resource. They may also", classes="muted")
            yield CheckBox("Edit: give it another name", id="edit")
            yield CheckBox("Share: pass it on to other groups", id="share")
            yield AnswerLine()
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                yield Button(shown(self._yes), id="yes", variant="primary")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one("#edit", CheckBox).ticked = self._given.edit
        self.query_one("#share", CheckBox).ticked = self._given.share

    @on(CheckBox.Asked)
    def tick(self, event: CheckBox.Asked) -> None:
        """Nothing is given before the button is pressed."""
        event.box.ticked = not event.box.ticked

    @on(Button.Pressed, "#yes")
    def submit(self) -> None:
        """Give what is ticked, once."""
        if not self.query_one(AnswerLine).busy:
            self.give()

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave; nothing is done."""
        self.dismiss(False)

    @work
    async def give(self) -> None:
        """Ask the core, and say here why it does not."""
        boxes = {name: self.query_one(f"#{name}", CheckBox).ticked for name in ("edit", "share")}
        with self.query_one(AnswerLine).answering():
            await with_proof(self, self._who, self._proof, partial(self._act, Given(**boxes)))
            self.dismiss(True)
