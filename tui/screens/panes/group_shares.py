"""The resources that a group sees, of those that this session may know of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from core.groups import ShareRow
from core.resources import Kind, ResourceRow, ResourceView
from core.shares import Given
from tui.answers import answered
from tui.asking import with_proof
from tui.foreseen import counted
from tui.screens.forecast import ForecastScreen
from tui.screens.give import GiveScreen
from tui.screens.in_sight import while_in_sight
from tui.screens.panes.shares import rights
from tui.screens.pick import PickScreen
from tui.screens.resource_acts import quoted
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from uuid import UUID

    from core.groups import GroupDetails
    from core.listing import Page, Stretch
    from core.login_steps import Session
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Name", width=20, fraction=1),
    Column("Kind", width=11, min_columns=60),
    Column("Protection", width=10, min_columns=60),
    Column("May", width=22),
)
_CHOICES = (Column("Name", width=20, fraction=1), Column("Protection", width=10))
_KINDS = {"data_center": "Data center", "snapshot": "Snapshot"}
_EMPTY = "Nothing is shared with this group. Press a to share data centers, A for snapshots."


class GroupSharesPane(Widget):
    """Lists them; shares others, and takes them back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x,delete", "remove", "Take back", show=False)]
    KEYS = (("a A", "Share data centers, snapshots"), ("enter", "Details"), ("x", "Take back"))

    def __init__(self, who: SignedIn, group: GroupDetails) -> None:
        super().__init__()
        self._who = who
        self._group = group
        self.rows: SearchedList[ShareRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                _cells,
                one="resource",
                many="resources",
                searched=False,
                look_every=2,
                identity=lambda row: row.resource_id,
                empty=_EMPTY,
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.rows

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()

    @on(RowList.Chosen)
    def open_details(self, event: RowList.Chosen[ShareRow]) -> None:
        """Show everything about one."""
        event.stop()
        self.show_details(event.row.resource_id)

    @work
    async def show_details(self, resource_id: UUID) -> None:
        """Show everything about one; it may be gone when the list is back."""
        from tui.screens.resource_details import ResourceDetailsScreen

        notice = await self.app.push_screen_wait(ResourceDetailsScreen(self._who, resource_id))
        self.rows.answer.tell(notice or "")
        self.rows.look()

    def action_add(self, kind: Kind) -> None:
        """Share some of a kind."""
        if not self.rows.answer.busy:
            self.add(kind)

    def action_remove(self) -> None:
        """Take back the one under the cursor."""
        row = self.rows.list.current
        if row is not None and not self.rows.answer.busy:
            self.take_back(row)

    @work
    async def add(self, kind: Kind) -> None:
        """Pick some, ask what the group may do with them, and share them."""
        many = "data centers" if kind is Kind.DATA_CENTER else "snapshots"
        with self.rows.answer.answering():
            title = f"Share {many} with {quoted(self._group.name)}"
            ids = await self.app.push_screen_wait(PickScreen(self._who, title, self._choices(kind), take="Share"))
            if not ids:
                return

            def act(given: Given) -> None:
                for resource_id in ids:
                    self._who.services.shares.share(self._who.session, resource_id, self._group.id, given)

            title = f"Share {counted(len(ids), many[:-1], many)} with {quoted(self._group.name)}"
            proof = f"{title.replace('Share', 'To share', 1)}, prove that it is you."
            question = GiveScreen(self._who, title, given=Given(), act=act, proof=proof, yes="Share")
            done = await self.app.push_screen_wait(question)
            self.rows.look()
            if done:
                self.rows.answer.tell("Shared. Its members see it at once.", good=True)

    @work
    async def take_back(self, row: ShareRow) -> None:
        """Tell who would lose it, and take it back."""
        with self.rows.answer.answering():
            async with while_in_sight(self, self._who, row.resource_id):
                done = await self._take_back(row)
            self.rows.answer.tell(done, good=True)
        self.rows.look()

    async def _take_back(self, row: ShareRow) -> str:
        services, session, group_id = self._who.services, self._who.session, self._group.id
        forecast = await answered(self, services.forecast.of_unsharing, session, row.resource_id, group_id)
        title = f"Take {quoted(row.name)} from the group?"
        if not await self.app.push_screen_wait(ForecastScreen(title, forecast, yes="Take back")):
            return ""
        question = f"To take {quoted(row.name)} from {quoted(self._group.name)}, prove that it is you."
        act = partial(services.shares.unshare, session, row.resource_id, group_id)
        await with_proof(self.screen, self._who, question, act)
        return f"The group has {quoted(row.name)} no longer."

    def _page(self, session: Session, _: str, stretch: Stretch) -> Page[ShareRow]:
        return self._who.services.groups.shares(session, self._group.id, stretch)

    def _choices(self, kind: Kind) -> Listed[ResourceRow]:
        resources = self._who.services.resources
        called = "data center" if kind is Kind.DATA_CENTER else "snapshot"
        return Listed(
            _CHOICES,
            lambda session, search, stretch: resources.page(session, ResourceView(kind, search), stretch),
            lambda row: (row.name, _protection(row)),
            one=called,
            many=f"{called}s",
            count=lambda session, search: resources.count(session, ResourceView(kind, search)),
            look_every=2,
            selectable=True,
        )


def _cells(row: ShareRow) -> tuple[Any, ...]:
    return row.name, _KINDS[row.kind], _protection(row), rights(edit=row.edit, share=row.share)


def _protection(row: ShareRow | ResourceRow) -> Text:
    return Text("2-Factor") if row.protected else Text("none", style="muted")
