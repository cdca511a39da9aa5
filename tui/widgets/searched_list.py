"""A list of any length with a field that searches it, its count, and the line that answers what is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from core.errors import Fault, Refusal
from core.listing import Count, Key, Page, Stretch
from tui.answers import answered
from tui.seen import is_seen
from tui.widgets.answer_line import AnswerLine
from tui.widgets.field import Field
from tui.widgets.row_list import Column, RowList
from tui.widgets.row_picture import Cells

if TYPE_CHECKING:
    from core.login_steps import Session
    from tui.signed_in import SignedIn

R = TypeVar("R")

PAUSE = 0.15
"""Seconds after the last key until what was typed is searched."""

_REMEMBERED = 8
"""Pages by which a change of the list is noticed."""


@dataclass(frozen=True)
class Listed(Generic[R]):
    """What a list shows, and how: `page` and `count` ask the core, with the session and what is searched."""

    columns: Sequence[Column]
    page: Callable[[Session, str, Stretch], Page[R]]
    cells: Cells[R]
    one: str
    """What a row is, as the count says it of one."""

    many: str
    count: Callable[[Session, str], Count] | None = None
    """None where counting costs more than it tells, or the list is not searched."""

    searched: bool = True
    look_every: float = 10
    """Seconds between two looks at rows that are seen: others change them, too."""

    identity: Callable[[R], Hashable] = attrgetter("id")
    selectable: bool = False
    empty: str = "Nothing here."
    unfound: str = "Nothing is found."


class SearchField(Field):
    """Searches while one types; Enter, Down and Esc go to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,escape", "leave", "To the list", show=False)]

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__(classes="search-field")
        self._leave = leave

    async def go_on(self) -> bool:
        """Enter: to the list, which then shows what is searched. A second Enter that comes at once finds that.

        What was typed just before may not have reached the field yet; without it another row would be chosen.
        """
        all_is_typed = asyncio.Event()
        if self.call_later(all_is_typed.set):
            await all_is_typed.wait()
        self._leave()
        return True

    def action_leave(self) -> None:
        """Go to the list."""
        self._leave()


class SearchedList(Widget, Generic[R]):
    """The field, the count, the list, and the answer line below it."""

    DEFAULT_CSS = """
    SearchedList { height: 1fr; width: 1fr; layout: vertical; }
    SearchedList .search-line { height: 1; }
    SearchedList .search-mark { width: 2; color: $text-muted; }
    SearchedList SearchField { width: 1fr; max-width: 50; }
    SearchedList .count { width: 1fr; text-align: right; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "search", "Search", show=False)]

    class _Fetched(Message):
        """A page has come; it was asked for in a thread, where nothing can be shown."""

        def __init__(self, search: str, stretch: Stretch, page: Page[Any]) -> None:
            super().__init__()
            self.search = search
            self.stretch = stretch
            self.page = page

    def __init__(self, who: SignedIn, listed: Listed[R], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._who = who
        self._listed = listed
        self._page = listed.page
        self._empty, self._unfound = listed.empty, listed.unfound
        self._search = ""
        self._pause: Timer | None = None
        self._under_way: set[object] = set()
        self._is_counted = False
        self._seen: dict[Stretch, tuple[R, ...]] = {}
        self._failed = False
        self.answer = AnswerLine()
        self.list: RowList[R] = RowList(
            listed.columns,
            self._fetching(""),
            cells=listed.cells,
            key=attrgetter("key"),
            identity=listed.identity,
            empty=listed.empty,
            selectable=listed.selectable,
        )

    def compose(self) -> ComposeResult:
        if self._listed.searched:
            with Horizontal(classes="search-line"):
                yield Static("/", classes="search-mark")
                yield SearchField(self.leave_field)
                yield Static(classes="count")
        yield self.list
        yield self.answer

    def on_mount(self) -> None:
        self.set_interval(self._listed.look_every, self._look_if_seen)

    @property
    def search(self) -> str:
        """What is searched now."""
        return self._search

    def focus_list(self) -> None:
        """Put the focus into the list."""
        self.list.focus()

    def look(self) -> None:
        """Fetch what is seen once more, keeping the place, and count again."""
        self._is_counted = False
        self.list.refresh_rows()

    def show(self, page: Callable[[Session, str, Stretch], Page[R]], *, at: Key | None = None) -> None:
        """Show another list from now on."""
        self._page = page
        self._is_counted = False
        self.list.reload(self._fetching(self._search), at=at)

    def say_when_empty(self, empty: str, *, unfound: str) -> None:
        """What an empty list says from now on: where nothing is searched, and where something is."""
        self._empty, self._unfound = empty, unfound
        self._say_empty()

    # Searching

    def action_search(self) -> None:
        """Go to the search field."""
        if self._listed.searched:
            self.query_one(SearchField).focus()

    def leave_field(self) -> None:
        """Search what was typed, now, and go to the list."""
        self._search_now()
        self.screen.set_focus(self.list)

    @on(Input.Changed)
    def search_soon(self, event: Input.Changed) -> None:
        """Search when the next key has been waited for."""
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._search_now)

    def _search_now(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        typed = self.query_one(SearchField).value
        if typed != self._search:
            self._search = typed
            self._is_counted = False
            self._say_empty()
            self.list.reload(self._fetching(typed))

    def _say_empty(self) -> None:
        self.list.say_when_empty(self._unfound if self._search.strip() else self._empty)

    # Fetching

    def _fetching(self, search: str) -> Callable[[Stretch], Page[R]]:
        page_of = self._page

        def fetch(stretch: Stretch) -> Page[R]:
            this = object()
            self._under_way.add(this)
            try:
                page = page_of(self._who.session, search, stretch)
            finally:
                self._under_way.discard(this)
            self.post_message(self._Fetched(search, stretch, page))
            return page

        return fetch

    def _look_if_seen(self) -> None:
        """Look at the rows that are seen; not while some are on their way, or a slow line would never bring any."""
        if not self._under_way and is_seen(self):
            self.list.refresh_rows()

    @on(RowList.Failed)
    def say_failure(self, event: RowList.Failed[Any]) -> None:
        """Say why no rows come; a screen about what is gone hears it, too, and closes."""
        self._failed = True
        self.answer.refuse(event.trouble)

    @on(_Fetched)
    def take_page(self, event: _Fetched) -> None:
        """Count again where the page does not tell the count and reads otherwise than when it was counted."""
        event.stop()
        if self._failed:
            self._failed = False
            self.answer.tell("")
        if event.search == self._search and self._listed.searched:
            self._count_if_new(event.stretch, event.page)

    def _count_if_new(self, stretch: Stretch, page: Page[R]) -> None:
        if page.before is None and page.after is None and (page.rows or stretch.key is None):
            self._tell_count(Count(len(page.rows)))
        elif self._listed.count and (not self._is_counted or self._seen.get(stretch, page.rows) != page.rows):
            self.count(self._listed.count, self._search)
        self._is_counted = True
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        self._seen[stretch] = page.rows

    @work(exclusive=True, group="count")
    async def count(self, counting: Callable[[Session, str], Count], search: str) -> None:
        """Show how many rows there are."""
        try:
            count = await answered(self, counting, self._who.session, search)
        except (Refusal, Fault) as trouble:
            self.answer.refuse(trouble)
        else:
            self._tell_count(count)

    def _tell_count(self, count: Count) -> None:
        noun = self._listed.one if count.rows == 1 else self._listed.many
        self.query_one(".count", Static).update(f"{count} {noun}")
