"""Data centers, or snapshots: what this session sees of them, and what it may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from core.errors import Fault, NotAllowed, Refusal
from core.resources import Kind, ResourceView
from tui.answers import answered
from tui.screens import resource_acts
from tui.screens.in_sight import while_in_sight
from tui.times import told
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList
from tui.wording import MANAGING

if TYPE_CHECKING:
    from uuid import UUID

    from core.listing import Count, Page, Stretch
    from core.login_steps import Session
    from core.resources import ResourceRow
    from tui.screens.resource_acts import Act
    from tui.signed_in import SignedIn

LOOK_EVERY = 2
"""Seconds until something that was protected elsewhere is gone from an open list."""

_CALLED = {Kind.DATA_CENTER: ("data center", "data centers"), Kind.SNAPSHOT: ("snapshot", "snapshots")}
_COLUMNS = (
    Column("Name", width=24, fraction=3),
    Column("Protection", width=10),
    Column("Created by", width=14, fraction=1, min_columns=60),
    Column("Created", width=15, min_columns=60),
)
_SOME_MAY_BE_HIDDEN = "Some may be open only to people with 2-factor authentication."


class ResourcesPane(Widget):
    """One kind of resources."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", show=False),
        Binding("e", "rename", "Rename", show=False),
        Binding("x,delete", "delete", "Delete", show=False),
        Binding("p", "protect", "2-Factor protection", show=False),
    ]

    class KeysChanged(Message):
        """Other keys do something now."""

    def __init__(self, who: SignedIn, kind: Kind) -> None:
        super().__init__(classes="pane")
        self._who = who
        self._kind = kind
        self._one, self._many = _CALLED[kind]
        self._may_create = who.role in MANAGING
        self.rows: SearchedList[ResourceRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                self._cells,
                one=self._one,
                many=self._many,
                count=self._count,
                look_every=LOOK_EVERY,
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.rows

    def on_mount(self) -> None:
        self._say_why_empty()

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()
        self.look_what_one_may()

    def keys(self) -> list[tuple[str, str]]:
        """The keys that do something here."""
        keys = [("enter", "Details"), ("/", "Search")]
        keys += [("n", "New")] if self._may_create else []
        keys += [("p", "2-Factor protection")] if self._who.role in MANAGING else []
        return [*keys, ("e", "Rename"), ("x", "Delete")] if self._may_create else keys

    @work(exclusive=True, group="may")
    async def look_what_one_may(self) -> None:
        """Whether something can be made here; groups give and take that."""
        try:
            self._may_create = await answered(
                self, self._who.services.resources.may_create, self._who.session, self._kind
            )
        except (Refusal, Fault) as trouble:
            self.rows.answer.refuse(trouble)
        self._say_why_empty()
        self.post_message(self.KeysChanged())

    # Keys

    @on(RowList.Chosen)
    def open_details(self, event: RowList.Chosen[ResourceRow]) -> None:
        """Show everything about one."""
        event.stop()
        self.show_details(event.row.id)

    @work
    async def show_details(self, resource_id: UUID) -> None:
        """Show everything about one; it may be gone when the list is back."""
        from tui.screens.resource_details import ResourceDetailsScreen

        notice = await self.app.push_screen_wait(ResourceDetailsScreen(self._who, resource_id))
        self.rows.answer.tell(notice or "")
        self.rows.look()

    def action_new(self) -> None:
        """Make one."""
        if not self.rows.answer.busy:
            self.create()

    def action_rename(self) -> None:
        """Give the one under the cursor another name."""
        self._do(resource_acts.rename)

    def action_delete(self) -> None:
        """Delete the one under the cursor."""
        self._do(resource_acts.delete)

    def action_protect(self) -> None:
        """Protect the one under the cursor, or no longer."""
        row = self.rows.list.current
        self._do(resource_acts.unprotect if row is not None and row.protected else resource_acts.protect)

    @work
    async def create(self) -> None:
        """Make one and show it."""
        with self.rows.answer.answering():
            if not self._may_create:
                raise NotAllowed(f"create a {self._one}")
            made = await resource_acts.create(self.screen, self._who, self._kind, called=self._one)
            if made is not None:
                self.rows.look()
                self.show_details(made)

    def _do(self, act: Act) -> None:
        row = self.rows.list.current
        if row is not None and not self.rows.answer.busy:
            self.do(act, row)

    @work
    async def do(self, act: Act, row: ResourceRow) -> None:
        """Do something with one of them and say what came of it."""
        try:
            with self.rows.answer.answering():
                async with while_in_sight(self, self._who, row.id):
                    done = await act(self.screen, self._who, row)
                self.rows.answer.tell(done, good=True)
        finally:
            self.rows.look()

    # What is shown

    def _page(self, session: Session, search: str, stretch: Stretch) -> Page[ResourceRow]:
        return self._who.services.resources.page(session, ResourceView(self._kind, search), stretch)

    def _count(self, session: Session, search: str) -> Count:
        return self._who.services.resources.count(session, ResourceView(self._kind, search))

    def _cells(self, row: ResourceRow) -> tuple[str | Text, ...]:
        created = told(row.created_at, now=self._who.services.now())
        return row.name, Text("2-Factor") if row.protected else Text("none", style="muted"), row.creator, created

    def _say_why_empty(self) -> None:
        """The same whether or not there is something that this session may not see."""
        hidden = "" if self._who.session.second_factor else f" {_SOME_MAY_BE_HIDDEN}"
        if self._who.role in MANAGING:
            empty = f"There are no {self._many} to show. Press n to make one."
        else:
            what = "Press n to make one" if self._may_create else "Ask your contract owner or an administrator"
            empty = f"No {self._many} are shared with you. {what}."
        self.rows.say_when_empty(empty + hidden, unfound=f"No {self._one} of that name is found.{hidden}")
