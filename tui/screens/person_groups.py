"""The groups of the contract, with which of them somebody is in: Enter puts him in or takes him out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from core.errors import Fault, Refusal
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.asking import with_proof
from tui.screens.forecast import ForecastScreen
from tui.screens.panes.account_lines import show_account
from tui.shown import shown
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList
from tui.wording import MENU

if TYPE_CHECKING:
    from core.groups import GroupRow
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("", width=8),
    Column("Group", width=20, fraction=1),
    Column("2-Factor", width=8),
    Column("Members", width=8, min_columns=60),
)


class PersonGroupsScreen(AnswersOnce, Screen[None]):
    """Every group, searched while one types; those that the person is in say “member”."""

    CSS_PATH = "resource_manager.tcss"
    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        Binding("space", "change", show=False),
        ("q", "app.request_quit", "Quit"),
    ]
    KEYS_HERE = (("enter, space", "put into the group under the cursor, or take out of it"), ("/", "search"))

    def __init__(self, who: SignedIn, person: PersonDetails) -> None:
        super().__init__()
        self._who = who
        self._person = person
        self._member_of: frozenset[UUID] = frozenset(group_id for group_id, _ in person.groups)
        services = who.services
        self.groups: SearchedList[GroupRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                services.groups.page,
                self._cells,
                one="group",
                many="groups",
                count=services.groups.count,
                empty="There is no group yet. Make one on the tab Groups.",
                unfound="No group is called that.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        self.groups.border_title = shown(f"Groups of {self._person.name}", 60)
        self.groups.add_class("panel", "-fills")
        yield self.groups
        yield Bottom(
            StatusLine(),
            KeyLine([("enter", "Add or remove"), ("/", "Search"), ("esc", "Back")], outside_fields=ELSEWHERE),
        )

    def on_mount(self) -> None:
        self.look()

    def action_back(self) -> None:
        """Back to the details."""
        self.dismiss(None)

    def action_change(self) -> None:
        """Add or remove."""
        row = self.groups.list.current
        if row is not None:
            self._begin(row)

    @on(RowList.Chosen)
    def choose(self, event: RowList.Chosen[GroupRow]) -> None:
        """Add or remove."""
        event.stop()
        self._begin(event.row)

    def _begin(self, row: GroupRow) -> None:
        if not self.groups.answer.busy:
            self.change(row)

    @work
    async def look(self) -> None:
        """Show whose console this is, and of which groups he is a member."""
        await show_account(self, self._who)
        try:
            await self._look_at_memberships()
        except (Refusal, Fault) as trouble:
            self.groups.answer.refuse(trouble)

    @work
    async def change(self, row: GroupRow) -> None:
        """Put the person into a group or take him out, with the forecast of it."""
        services, session, person = self._who.services, self._who.session, self._person
        is_member = row.id in self._member_of
        with self.groups.answer.answering():
            foresee = services.forecast.of_removing if is_member else services.forecast.of_adding
            foreseen = await answered(self, foresee, session, row.id, [person.id])
            if not foreseen.is_harmless and not await self._agreed(row, foreseen, is_member=is_member):
                return
            act = services.members.remove if is_member else services.members.add
            verb = "take {} out of" if is_member else "put {} into"
            question = f"To {verb.format(person.name)} the group {row.name}, prove that it is you."
            await with_proof(self, self._who, question, partial(act, session, row.id, [person.id]))
            await self._look_at_memberships()
            done = "is no longer in" if is_member else "is in"
            self.groups.answer.tell(f"{person.name} {done} {row.name}.", good=True)

    async def _agreed(self, row: GroupRow, foreseen: object, *, is_member: bool) -> bool:
        title = f"Take out of {row.name}?" if is_member else f"Put into {row.name}?"
        question = ForecastScreen(title, foreseen, yes="Take out" if is_member else "Put in")  # type: ignore[arg-type]
        return bool(await self.app.push_screen_wait(question))

    async def _look_at_memberships(self) -> None:
        of_person = self._who.services.members.of_person
        groups = await answered(self, of_person, self._who.session, self._person.id)
        self._member_of = frozenset(group_id for group_id, _ in groups)
        self.groups.look()
        self.groups.list.refresh()

    def _cells(self, row: GroupRow) -> Sequence[str | Text]:
        member = Text("✓ member", "good") if row.id in self._member_of else ""
        forces = Text("! forces", "careful") if row.force_sec_auth else ""
        return member, row.name, forces, str(row.members)
