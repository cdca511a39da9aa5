"""The User Manager: every person of the contract, found, filtered and ticked by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from core.people import Filter, Order, PeopleView
from tui.screens import people_flows
from tui.screens.panes.people_rows import COLUMNS, FILTERS, KEYS_OF_THE_LIST, cells
from tui.screens.panes.person import PersonPane
from tui.screens.person import PersonScreen
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_list import RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from core.listing import Count, Page, Stretch
    from core.login_steps import Session
    from core.people import PersonRow
    from tui.portions import Progress
    from tui.signed_in import SignedIn

BESIDE_FROM = 110
"""Columns from which the details stand beside the list."""

FOLLOWS_AFTER = 0.15
"""Seconds after which the details follow the cursor that has come to rest."""


class PeoplePane(Widget):
    """The list with its filter; from `BESIDE_FROM` columns on, the details beside it."""

    DEFAULT_CSS = """
    PeoplePane { height: 1fr; layout: horizontal; }
    PeoplePane > #people { width: 1fr; height: 1fr; }
    PeoplePane > PersonPane { width: 48; display: none; margin-left: 2; }
    PeoplePane.-beside > PersonPane { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "bulk('force')", show=False),
        Binding("F", "bulk('release')", show=False),
        Binding("x", "bulk('deactivate')", show=False),
        Binding("y", "bulk('activate')", show=False),
        Binding("i", "invite", show=False),
        Binding("e", "details", show=False),
        Binding("v", "filter(1)", show=False),
        Binding("V", "filter(-1)", show=False),
        Binding("o", "order", show=False),
        Binding("escape", "leave", show=False),
    ]

    KEYS_HERE = KEYS_OF_THE_LIST

    class KeysChanged(Message):
        """Other keys do something now."""

    def __init__(self, who: SignedIn, *, view: PeopleView | None = None) -> None:
        super().__init__(classes="pane")
        self._who = who
        self._view = view or PeopleView()
        self._rest: Timer | None = None
        self._progress: Progress | None = None
        self.filters = FilterLine(tuple(FILTERS.values()), at=FILTERS[self._view.filter])
        self.people: SearchedList[PersonRow] = SearchedList(
            who,
            Listed(
                COLUMNS,
                self._page_of(self._view),
                self._cells,
                one="person",
                many="people",
                count=self._count,
                selectable=True,
                unfound="Nobody is found.",
                empty="Nobody is here.",
            ),
        )
        self.details = PersonPane(who)

    def compose(self) -> ComposeResult:
        with Vertical(id="people"):
            yield self.filters
            yield self.people
        yield self.details

    # What the Resource Manager asks

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.people.focus_list()
        self.people.look()

    def keys(self) -> list[tuple[str, str]]:
        """The keys that do something here."""
        ticked = len(self.people.list.ticked)
        whom = f" ({ticked})" if ticked else ""
        other = "name" if self._view.order is Order.EMAIL else "e-mail"
        return [
            ("enter", "Details"),
            ("space", "Tick"),
            ("f", f"Force 2-factor{whom}"),
            ("x", "Deactivate"),
            ("i", "Invite"),
            ("/", "Search"),
            ("v", "Filter"),
            ("o", f"By {other}"),
        ]

    def show_only(self, only: Filter) -> None:
        """Show the people of a filter from now on."""
        self._show(replace(self._view, filter=only))

    # Keys

    def action_filter(self, step: int) -> None:
        """The next filter, or the one before."""
        filters = list(FILTERS)
        self.show_only(filters[(filters.index(self._view.filter) + step) % len(filters)])

    def action_order(self) -> None:
        """By name or by e-mail; the cursor goes to the first row."""
        self._show(replace(self._view, order=Order.NAME if self._view.order is Order.EMAIL else Order.EMAIL))
        self.post_message(self.KeysChanged())

    def action_details(self) -> None:
        """Open the details of the row under the cursor."""
        row = self.people.list.current
        if row is not None:
            self._open(row.id)

    def action_leave(self) -> None:
        """Stop what goes on, or untick, or go back to the list, or leave the Resource Manager."""
        if self._progress is not None:
            self._progress.stop()
        elif self.details.has_focus_within:
            self.leave_details()
        elif self.people.list.ticked:
            self.people.list.clear_ticks()
        else:
            self.leave_screen()

    def action_bulk(self, act: str) -> None:
        """Do something to the ticked people, or to the one under the cursor."""
        row = self.people.list.current
        ticked = [identity for identity in self.people.list.ticked if isinstance(identity, UUID)]
        ids = ticked or ([row.id] if row is not None else [])
        if ids and not self.people.answer.busy:
            self.do_to_many(act, ids)

    def action_invite(self) -> None:
        """Ask for somebody new."""
        if not self.people.answer.busy:
            self.invite()

    @on(RowList.Chosen)
    def choose(self, event: RowList.Chosen[PersonRow]) -> None:
        """Open the details."""
        event.stop()
        self._open(event.row.id)

    @on(RowList.Moved)
    def follow(self, event: RowList.Moved[PersonRow]) -> None:
        """Let the details follow, once the cursor rests."""
        event.stop()
        if self._rest is not None:
            self._rest.stop()
        if self.has_class("-beside"):
            self._rest = self.set_timer(FOLLOWS_AFTER, self.show_beside)

    @on(RowList.Ticked)
    def tell_ticked(self, event: RowList.Ticked[PersonRow]) -> None:
        """Say how many are ticked."""
        event.stop()
        ticked = len(self.people.list.ticked)
        self.filters.tell(f"{ticked:,} ticked   esc Untick" if ticked else "")
        self.post_message(self.KeysChanged())

    @on(PersonPane.Changed)
    def look_again(self, event: PersonPane.Changed) -> None:
        """The list shows what was changed beside it."""
        event.stop()
        self.people.look()

    @on(PersonPane.Gone)
    def say_gone(self, event: PersonPane.Gone) -> None:
        """Say that somebody is not there any more."""
        event.stop()
        self.people.list.focus()
        self.people.answer.tell(event.told, good=True)
        self.people.look()

    def on_resize(self) -> None:
        beside = self.app.size.width >= BESIDE_FROM
        if beside != self.has_class("-beside"):
            self.set_class(beside, "-beside")
            if beside:
                self.show_beside()

    # Workers

    @work(exclusive=True, group="beside")
    async def show_beside(self) -> None:
        """Show the person under the cursor beside the list, unless a tick there is not saved."""
        if await self.details.may_leave():
            row = self.people.list.current
            self.details.open(row.id if row is not None else None)

    @work
    async def leave_details(self) -> None:
        """From the details to the list."""
        if await self.details.may_leave():
            self.people.list.focus()

    @work
    async def leave_screen(self) -> None:
        """Out of the Resource Manager."""
        if await self.details.may_leave():
            await self.screen.run_action("back")

    @work
    async def show_details(self, person_id: UUID) -> None:
        """The details over the list."""
        said = await self.app.push_screen_wait(PersonScreen(self._who, person_id))
        self.people.answer.tell(said or "", good=True)
        self.people.look()

    @work
    async def do_to_many(self, act: str, ids: Sequence[UUID]) -> None:
        """Do something to several people, with its forecast, in portions."""
        answer = self.people.answer
        with answer.answering():
            many = people_flows.ManyPeople(self, self._who, ids, tell=answer.tell)
            self._progress = many.progress
            try:
                said = await many.do(act)
            finally:
                self._progress = None
                self.people.look()
                self.details.look_again()
            if said:
                self.people.list.clear_ticks()
                answer.tell(said, good=True)

    @work
    async def invite(self) -> None:
        """Ask who is invited, and show the code."""
        with self.people.answer.answering():
            said = await people_flows.invite(self, self._who)
            if said:
                self.people.look()
                self.people.answer.tell(said, good=True)

    # Small things

    def _open(self, person_id: UUID) -> None:
        if self.has_class("-beside"):
            self.details.query_one("#force").focus()
        else:
            self.show_details(person_id)

    def _show(self, view: PeopleView) -> None:
        self._view = view
        self.filters.at = FILTERS[view.filter]
        self.people.show(self._page_of(view))

    def _page_of(self, view: PeopleView) -> Any:
        def page(session: Session, search: str, stretch: Stretch) -> Page[PersonRow]:
            return self._who.services.people.page(session, replace(view, search=search), stretch)

        return page

    def _count(self, session: Session, search: str) -> Count:
        return self._who.services.people.count(session, replace(self._view, search=search))

    def _cells(self, row: PersonRow) -> Sequence[str | Text]:
        return cells(row, now=self._who.services.now())
