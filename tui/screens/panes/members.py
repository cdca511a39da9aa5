"""The members of a group, of whom there may be any number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from core.people import PeopleView, PersonRow
from tui.answers import answered
from tui.asking import with_proof
from tui.foreseen import counted
from tui.screens.forecast import ForecastScreen
from tui.screens.panes.person_facts import second_factor, short_role
from tui.screens.pick import PickScreen
from tui.screens.resource_acts import quoted
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.groups import GroupDetails
    from core.listing import Count, Page, Stretch
    from core.login_steps import Session
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Name", width=18, fraction=3),
    Column("E-mail", width=20, fraction=3),
    Column("Role", width=6, min_columns=60),
    Column("2-Factor", width=9),
)
_EMPTY = "Nobody is in this group. Press a to add people."


class MembersPane(Widget):
    """Lists, finds, adds and removes them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x,delete", "remove", "Remove", show=False)]
    KEYS = (("a", "Add"), ("space", "Tick"), ("x", "Remove"), ("/", "Search"))

    class Changed(Message):
        """Others are in the group than before."""

    def __init__(self, who: SignedIn, group: GroupDetails) -> None:
        super().__init__()
        self._who = who
        self._group = group
        self.rows: SearchedList[PersonRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                _cells,
                one="member",
                many="members",
                count=self._count,
                selectable=True,
                empty=_EMPTY,
                unfound="No member of that name is found.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.rows

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()

    @on(RowList.Chosen)
    def open_person(self, event: RowList.Chosen[PersonRow]) -> None:
        """Show the user details."""
        event.stop()
        self.show_person(event.row.id)

    @work
    async def show_person(self, person_id: UUID) -> None:
        """Show the user details; the person may be gone when the list is back."""
        from tui.screens.person import PersonScreen

        self.rows.answer.tell(await self.app.push_screen_wait(PersonScreen(self._who, person_id)) or "")
        self.rows.look()

    def action_add(self) -> None:
        """Take people in."""
        if not self.rows.answer.busy:
            self.add()

    def action_remove(self) -> None:
        """Put out whoever is ticked, or the one under the cursor."""
        row = self.rows.list.current
        ticked = [each for each in self.rows.list.ticked if isinstance(each, UUID)]
        ids = ticked or ([row.id] if row is not None else [])
        if ids and not self.rows.answer.busy:
            self.put_out(ids, row.name if row is not None and ids == [row.id] else "")

    @work
    async def add(self) -> None:
        """Pick people, tell what they would feel, and take them in."""
        group, services = self._group, self._who.services
        with self.rows.answer.answering():
            title = f"Add to {quoted(group.name)}"
            ids = await self.app.push_screen_wait(PickScreen(self._who, title, self._everybody(), take="Add"))
            if not ids:
                return
            forecast = await answered(self, services.forecast.of_adding, self._who.session, group.id, ids)
            whom = counted(len(ids), "person", "people")
            question = ForecastScreen(f"Add {whom} to {quoted(group.name)}?", forecast, yes="Add")
            if not forecast.is_harmless and not await self.app.push_screen_wait(question):
                return
            proof = f"To add {whom} to {quoted(group.name)}, prove that it is you."
            act = partial(services.members.add, self._who.session, group.id, ids)
            await with_proof(self.screen, self._who, proof, act)
            self._done(f"{whom} added.")

    @work
    async def put_out(self, ids: Sequence[UUID], name: str) -> None:
        """Tell what they would lose, and put them out."""
        group, services = self._group, self._who.services
        with self.rows.answer.answering():
            forecast = await answered(self, services.forecast.of_removing, self._who.session, group.id, ids)
            whom = quoted(name) if name else counted(len(ids), "person", "people")
            question = ForecastScreen(f"Remove {whom} from {quoted(group.name)}?", forecast, yes="Remove")
            if not await self.app.push_screen_wait(question):
                return
            proof = f"To remove {whom} from {quoted(group.name)}, prove that it is you."
            act = partial(services.members.remove, self._who.session, group.id, ids)
            await with_proof(self.screen, self._who, proof, act)
            self.rows.list.clear_ticks()
            self._done(f"{whom} removed.")

    def _done(self, text: str) -> None:
        self.rows.look()
        self.rows.answer.tell(text, good=True)
        self.post_message(self.Changed())

    def _everybody(self) -> Listed[PersonRow]:
        people = self._who.services.people
        return Listed(
            _COLUMNS,
            lambda session, search, stretch: people.page(session, PeopleView(search), stretch),
            _cells,
            one="person",
            many="people",
            count=lambda session, search: people.count(session, PeopleView(search)),
            selectable=True,
            unfound="Nobody of that name or e-mail is found.",
        )

    def _page(self, session: Session, search: str, stretch: Stretch) -> Page[PersonRow]:
        return self._who.services.members.page(session, self._group.id, search, stretch)

    def _count(self, session: Session, search: str) -> Count:
        return self._who.services.members.count(session, self._group.id, search)


def _cells(row: PersonRow) -> tuple[Any, ...]:
    return row.name, row.email, short_role(row.role), second_factor(row)
