"""The user details: what there is to know of a person, the Force 2-Factor Auth box, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from core.errors import Fault, NotThere, Refusal
from tui.answers import answered
from tui.screens.panes.person_facts import facts, headline
from tui.screens.person_acts import ACTS, PersonAct, acts_on, may
from tui.screens.person_flows import PersonFlows
from tui.screens.unsaved import SAVE, STAY, UnsavedScreen
from tui.seen import is_seen
from tui.shown import shown
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button
from tui.widgets.check_box import CheckBox
from tui.wording import OWNER

if TYPE_CHECKING:
    from uuid import UUID

    from core.ownership import Offer
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn

_LOOK_EVERY = 10.0
"""Seconds between two looks: a lock, or what another administrator did, is seen without a key."""

_NOTHING_ALLOWED = "Only the contract owner changes this account."


class PersonPane(Widget):
    """Details of one person. It tells whoever holds it when something has changed."""

    DEFAULT_CSS = """
    PersonPane { height: 1fr; }
    PersonPane #person { height: auto; max-height: 100%; overflow-y: auto; scrollbar-size-vertical: 1; }
    PersonPane #person-columns { height: auto; layout: vertical; margin-top: 1; }
    PersonPane #headline { height: auto; }
    PersonPane #about { height: auto; }
    PersonPane #facts { height: auto; }
    PersonPane #force-hint { margin-left: 4; }
    PersonPane #acts {
        height: auto; max-height: 100; border: none; padding: 0; margin: 1 0 0 0; background: $background;
        scrollbar-size: 0 0;
        &:focus { border: none; background-tint: transparent 0%; }
        & > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: none; }
        &:focus > .option-list--option-highlighted { background: $accent; color: $background; text-style: bold; }
    }
    .-two-columns PersonPane #person-columns { layout: horizontal; }
    .-two-columns PersonPane #about { width: 1fr; }
    .-two-columns PersonPane #acts { width: 24; margin: 0 0 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "tick", show=False),
        *(Binding(letter, f"act('{letter}')", show=False) for letter in sorted({act.letter for act in ACTS})),
    ]

    class Changed(Message):
        """An act has changed the person."""

    class Gone(Message):
        """The person is not there any more; `told` is why."""

        def __init__(self, told: str) -> None:
            super().__init__()
            self.told = told

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="person-pane")
        self._who = who
        self._person: PersonDetails | None = None
        self._offer: Offer | None = None
        self._acts: list[PersonAct] = []
        self._looking = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel", id="person"):
            yield Static(id="headline")
            yield AnswerLine(id="person-answer")
            with Horizontal(id="person-columns"):
                with Vertical(id="about"):
                    yield Static(id="facts")
                    yield Static(classes="gap")
                    yield CheckBox("Force 2-Factor Auth", id="force")
                    yield Static("effective with the next login", id="force-hint", classes="muted")
                    with Horizontal(classes="buttons"):
                        yield Button("Save", id="save")
                yield OptionList(id="acts", markup=False)
        self._show_nothing()

    def on_mount(self) -> None:
        self.set_interval(_LOOK_EVERY, self.look_if_seen)

    def look_if_seen(self) -> None:
        """Look at the same person once more, unless something lies over the screen or is being done."""
        if is_seen(self.screen) and not self._answer.busy and not self._looking:
            self.look_again()

    @property
    def person(self) -> PersonDetails | None:
        """Whose details are shown."""
        return self._person

    @property
    def unsaved(self) -> bool:
        """Whether the box was ticked or unticked and that is not saved."""
        return self._person is not None and self._box.ticked != self._person.force_sec_auth

    def open(self, person_id: UUID | None) -> None:
        """Show somebody, or nobody."""
        if person_id is None:
            self.workers.cancel_group(self, "person")
            self._person = None
            self._show_nothing()
        else:
            self.look(person_id)

    def look_again(self) -> None:
        """Look at the same person once more."""
        if self._person is not None:
            self.look(self._person.id)

    async def may_leave(self) -> bool:
        """Ask what becomes of a tick that is not saved; whether one may go on to something else."""
        if not self.unsaved or self._person is None:
            return True
        answer = await self.app.push_screen_wait(UnsavedScreen(self._person.name, ticked=self._box.ticked))
        if answer == SAVE:
            await self._save(self._person)
            return not self.unsaved
        if answer == STAY:
            return False
        self._box.ticked = self._person.force_sec_auth
        self._tell_unsaved()
        return True

    @on(CheckBox.Asked, "#force")
    def action_tick(self) -> None:
        """Tick the box, or untick it; Save makes it count."""
        if self._person is not None:
            self._box.ticked = not self._box.ticked
            self._answer.tell("")
            self._tell_unsaved()

    @on(Button.Pressed, "#save")
    def save(self) -> None:
        """Save what the box says, once."""
        if self._person is not None and not self._answer.busy:
            self.save_changes(self._person)

    @on(OptionList.OptionSelected, "#acts")
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Do what was chosen."""
        event.stop()
        self._begin(self._acts[event.option_index])

    def action_act(self, letter: str) -> None:
        """Do the act of a letter, if it is one that fits."""
        for act in self._acts:
            if act.letter == letter:
                self._begin(act)

    def _begin(self, act: PersonAct) -> None:
        if self._person is not None and not self._answer.busy:
            self.do(act, self._person)

    @work
    async def save_changes(self, person: PersonDetails) -> None:
        """Save the box (source text: “Save your changes.”)."""
        await self._save(person)

    async def _save(self, person: PersonDetails) -> None:
        if not self.unsaved:
            self._answer.tell("Nothing was changed.")
            return
        with self._answer.answering():
            said = await PersonFlows(self, self._who).save_forced(person, forced=self._box.ticked)
            await self._said(said, person)

    @work
    async def do(self, act: PersonAct, person: PersonDetails) -> None:
        """Do an act, and say what came of it."""
        with self._answer.answering():
            said = await getattr(PersonFlows(self, self._who), act.name)(person)
            if act.name == "delete" and said:
                self._person = None
                self.post_message(self.Gone(said))
            else:
                await self._said(said, person)

    async def _said(self, said: str, person: PersonDetails) -> None:
        """Show the person as he is now."""
        keeps_tick = self.unsaved and not said.startswith("Saved")
        await self._look(person.id, keeping=self._box.ticked if keeps_tick else None)
        if said:
            self._answer.tell(said, good=True)
            self.post_message(self.Changed())

    @work(exclusive=True, group="person")
    async def look(self, person_id: UUID) -> None:
        """Fetch somebody's details; a tick that is not saved stays where it is the same person."""
        keeps = self.unsaved and self._person is not None and self._person.id == person_id
        if self._person is None or self._person.id != person_id:
            self._answer.tell("")
        self._looking = True
        try:
            await self._look(person_id, keeping=self._box.ticked if keeps else None)
        except NotThere as gone:
            self._person = None
            self._show_nothing()
            self._answer.refuse(gone)
        except (Refusal, Fault) as trouble:
            self._answer.refuse(trouble)
        finally:
            self._looking = False

    async def _look(self, person_id: UUID, *, keeping: bool | None) -> None:
        services, session = self._who.services, self._who.session
        person = await answered(self, services.people.details, session, person_id)
        if self._who.role == OWNER:
            self._offer = await answered(self, services.ownership.offered, session)
        self._person = person
        self._show(person)
        self._box.ticked = person.force_sec_auth if keeping is None else keeping
        self._tell_unsaved()

    def _show(self, person: PersonDetails) -> None:
        panel = self.query_one("#person", Vertical)
        panel.border_title = shown(f"{person.family_name}, {person.given_name}", 60)
        self.query_one("#person-columns").display = True
        about = facts(person, offer=self._offer, now=self._who.services.now())
        self.query_one("#facts", Static).update(about)
        self._box.set_class(not may("forcing.force_people", person, who=self._who), "-locked")
        self._show_acts(acts_on(person, who=self._who, offer=self._offer))
        self.query_one("#headline", Static).update(self._headline(person))

    def _headline(self, person: PersonDetails) -> Text:
        lines = [headline(person)]
        if self.screen.has_class("-short"):  # where frames and their titles are left out
            lines.insert(0, shown(person.name))
        if person.role == OWNER != self._who.role:
            lines.append(Text(_NOTHING_ALLOWED))
        return Text("\n").join(lines)

    def _show_acts(self, acts: list[PersonAct]) -> None:
        options = self.query_one("#acts", OptionList)
        if acts != self._acts:
            at = options.highlighted or 0
            options.clear_options()
            options.add_options([Option(Text(f"{act.letter} {act.label}", no_wrap=True)) for act in acts])
            options.highlighted = min(at, len(acts) - 1) if acts else None
            self._acts = acts

    def _show_nothing(self) -> None:
        if not self.is_mounted:
            return
        self.query_one("#person", Vertical).border_title = ""
        self.query_one("#headline", Static).update("")
        self.query_one("#person-columns").display = False

    def _tell_unsaved(self) -> None:
        unsaved = self.unsaved
        hint = self.query_one("#force-hint", Static)
        hint.update("not saved yet" if unsaved else "effective with the next login")
        hint.set_class(unsaved, "careful")
        self.query_one("#save", Button).variant = "primary" if unsaved else "default"

    @property
    def _box(self) -> CheckBox:
        return self.query_one("#force", CheckBox)

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one(AnswerLine)
