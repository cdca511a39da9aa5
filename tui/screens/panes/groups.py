"""The groups of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens import group_acts
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from uuid import UUID

    from core.groups import GroupRow
    from tui.screens.resource_acts import Act
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Name", width=24, fraction=1),
    Column("Force 2-Factor", width=14),
    Column("Members", width=8),
)


class GroupsPane(Widget):
    """Lists and finds them, makes new ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", show=False),
        Binding("e", "rename", "Rename", show=False),
        Binding("x,delete", "delete", "Delete", show=False),
    ]

    def __init__(self, who: SignedIn) -> None:
        super().__init__(classes="pane")
        self._who = who
        self.rows: SearchedList[GroupRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                who.services.groups.page,
                _cells,
                one="group",
                many="groups",
                count=who.services.groups.count,
                empty="There are no groups. Press n to make one.",
                unfound="No group of that name is found.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.rows

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()

    def keys(self) -> list[tuple[str, str]]:
        """The keys that do something here."""
        return [("enter", "Details"), ("/", "Search"), ("n", "New"), ("e", "Rename"), ("x", "Delete")]

    @on(RowList.Chosen)
    def open_details(self, event: RowList.Chosen[GroupRow]) -> None:
        """Show everything about one."""
        event.stop()
        self.show_details(event.row.id)

    @work
    async def show_details(self, group_id: UUID) -> None:
        """Show everything about one; it may be gone when the list is back."""
        from tui.screens.group_details import GroupDetailsScreen

        notice = await self.app.push_screen_wait(GroupDetailsScreen(self._who, group_id))
        self.rows.answer.tell(notice or "")
        self.rows.look()

    def action_new(self) -> None:
        """Make one."""
        if not self.rows.answer.busy:
            self.create()

    def action_rename(self) -> None:
        """Give the one under the cursor another name."""
        self._do(group_acts.rename)

    def action_delete(self) -> None:
        """Delete the one under the cursor."""
        self._do(group_acts.delete)

    @work
    async def create(self) -> None:
        """Make one and show it."""
        with self.rows.answer.answering():
            made = await group_acts.create(self.screen, self._who)
            if made is not None:
                self.rows.look()
                self.show_details(made)

    def _do(self, act: Act) -> None:
        row = self.rows.list.current
        if row is not None and not self.rows.answer.busy:
            self.do(act, row)

    @work
    async def do(self, act: Act, row: GroupRow) -> None:
        """Do something with one of them and say what came of it."""
        try:
            with self.rows.answer.answering():
                self.rows.answer.tell(await act(self.screen, self._who, row), good=True)
        finally:
            self.rows.look()


def _cells(row: GroupRow) -> tuple[str | Text, ...]:
    return row.name, Text("forced") if row.force_sec_auth else Text("no", style="muted"), f"{row.members!s:>7}"
