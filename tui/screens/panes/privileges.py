"""What the members of a group may do beyond seeing what is shared with them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid, Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.answers import answered
from tui.asking import with_proof
from tui.privileges import PRIVILEGE_NAMES
from tui.screens.resource_acts import quoted
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button
from tui.widgets.check_box import CheckBox

if TYPE_CHECKING:
    from core.groups import GroupDetails
    from tui.signed_in import SignedIn


class PrivilegesPane(Widget):
    """Ticks count once they are saved."""

    DEFAULT_CSS = """
    PrivilegesPane #privileges { grid-size: 2; grid-columns: 1fr 1fr; grid-rows: 1; height: auto; max-width: 80; }
    PrivilegesPane VerticalScroll { height: 1fr; }
    PrivilegesPane .hint { color: $muted; height: auto; margin-bottom: 1; }
    PrivilegesPane .buttons { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("down", "move(2)", "Below"),
        ("up", "move(-2)", "Above"),
        ("right", "move(1)", "Right"),
        ("left", "move(-1)", "Left"),
    ]
    KEYS = (("space", "Tick"), ("↑ ↓ ← →", "Move"), ("tab", "Next"))

    def __init__(self, who: SignedIn, group: GroupDetails) -> None:
        super().__init__()
        self._who = who
        self._group = group

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static("Beside seeing what is shared with the group, its members may:", classes="hint")
            with Grid(id="privileges"):
                for name, words in PRIVILEGE_NAMES.items():
                    yield CheckBox(words, id=name)
            yield AnswerLine()
            with Horizontal(classes="buttons"):
                yield Button("Save", id="save-privileges", variant="primary")
                yield Static(id="unsaved", classes="careful")

    def on_mount(self) -> None:
        self._tick(self._group.privileges)

    @property
    def ticked(self) -> frozenset[str]:
        """What is ticked, saved or not."""
        return frozenset(box.id or "" for box in self.query(CheckBox) if box.ticked)

    @property
    def is_unsaved(self) -> bool:
        """Whether other privileges are ticked than the group has."""
        return self.ticked != self._group.privileges

    def opened(self) -> None:
        """Put the focus on the first box."""
        self.query(CheckBox).first().focus()

    def show(self, group: GroupDetails) -> None:
        """Show the group as it is now; what is ticked and not saved stays ticked."""
        is_unsaved = self.is_unsaved
        self._group = group
        if not is_unsaved:
            self._tick(group.privileges)
        self._tell_unsaved()

    @on(CheckBox.Asked)
    def tick(self, event: CheckBox.Asked) -> None:
        """Tick one, or untick it."""
        event.stop()
        event.box.ticked = not event.box.ticked
        self._answer.tell("")
        self._tell_unsaved()

    def action_move(self, steps: int) -> None:
        """Move among the boxes as they stand, and below the last ones to the button."""
        stops: list[Widget] = [*self.query(CheckBox)]
        if self.screen.focused not in stops:
            if steps < -1:
                stops[-2].focus()
            return
        place = stops.index(self.screen.focused) + steps
        if place >= len(stops):
            self.query_one(Button).focus()
        elif place >= 0:
            stops[place].focus()

    @on(Button.Pressed, "#save-privileges")
    def submit(self) -> None:
        """Save what is ticked, once."""
        if not self._answer.busy:
            self.save()

    @work
    async def save(self) -> None:
        """Ask the core, and say here what it answers."""
        ticked, group = self.ticked, self._group
        with self._answer.answering():
            act = partial(self._who.services.groups.set_privileges, self._who.session, group.id, ticked)
            proof = f"To change what the members of {quoted(group.name)} may do, prove that it is you."
            await with_proof(self.screen, self._who, proof, act)
            details = partial(self._who.services.groups.details, self._who.session, group.id)
            self._group = await answered(self, details)
            self._tell_unsaved()
            self._answer.tell("Saved. It counts at once.", good=True)

    def _tick(self, privileges: frozenset[str]) -> None:
        for box in self.query(CheckBox):
            box.ticked = box.id in privileges

    def _tell_unsaved(self) -> None:
        self.query_one("#unsaved", Static).update("Not saved yet." if self.is_unsaved else "")

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one(AnswerLine)
