"""Somebody's walk through a list: his keys, one after the other, and the rows that they need. Nothing is drawn here."""

from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

from core.listing import Key, Page, Stretch, Way
from tui.widgets.row_window import RowWindow, page_rows

R = TypeVar("R")
Fetch = Callable[[Stretch], Page[R]]
FetchLater = Callable[[Fetch[R], Stretch], Awaitable[Page[R]]]


class Wish(Enum):
    """What a key asks for, apart from moving by some rows."""

    HOME = "the first row"
    END = "the last row"
    CHOOSE = "open the row"
    TICK = "tick the row, or untick it"


class Go(Enum):
    """Where the cursor goes when the list is fetched anew."""

    START = "to the first row"
    END = "to the last row"
    THERE = "to the row of a key"
    STAY = "nowhere: keys go on working on the old rows until the new ones are there"


@dataclass(frozen=True)
class Ask(Generic[R]):
    """A list that is to be fetched anew; `line` is where the first row of the stretch is to stand."""

    go: Go
    fetch: Fetch[R]
    stretch: Stretch
    line: int = 0
    asked_on: Hashable = None
    """The identity of the cursor's row when it was asked."""


class RowWalk(Generic[R]):
    """Keys are wishes. What needs a page that is not there yet waits for it, and what was typed behind it, too.

    So typing quickly over a slow line does what typing slowly does. `lines` is how many rows are seen at once.
    """

    def __init__(self, fetch: Fetch[R], *, key: Callable[[R], Key], identity: Callable[[R], Hashable]) -> None:
        self._key = key
        self._identity = identity
        self._fetch = fetch
        self._window_fetch = fetch
        self._wishes: deque[Wish | int] = deque()
        self.lines = 1
        self.window: RowWindow[R] | None = None
        self.ask: Ask[R] | None = None

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.window.current if self.window else None

    @property
    def is_waiting(self) -> bool:
        """Do keys wait for rows that are fetched anew?"""
        return self.window is None or (self.ask is not None and self.ask.go is not Go.STAY)

    @property
    def is_wanting(self) -> bool:
        """Is there anything to fetch?"""
        return self.ask is not None or self.window is None or self.window.wanted(self.lines) is not None

    # Fetching anew

    def start_again(self, fetch: Fetch[R] | None, at: Key | None) -> None:
        """Ask for the list anew, and forget the keys that were meant for the old one."""
        self._fetch = fetch or self._fetch
        self._wishes.clear()
        if at is None:
            self.ask = self._from_the_start(self._fetch)
            return
        line = self.window.cursor - self.window.top if self.window else self.lines // 3
        self.ask = Ask(Go.THERE, self._fetch, self._stretch(Way.FROM, at), line=line)

    def look_again(self) -> None:
        """Ask for the same rows once more."""
        self.ask = replace(self.ask) if self.ask else self._same_again()

    def give_up(self) -> None:
        """Nothing came. The rows that are there go on belonging to the fetch that brought them."""
        self.ask = None
        self._wishes.clear()

    def _stretch(self, way: Way, key: Key | None = None) -> Stretch:
        return Stretch(way, key, page_rows(self.lines))

    def _from_the_start(self, fetch: Fetch[R]) -> Ask[R]:
        return Ask(Go.START, fetch, self._stretch(Way.FIRST))

    def _same_again(self) -> Ask[R]:
        window = self.window
        if window is None or window.current is None or self._fetch is not self._window_fetch:
            return self._from_the_start(self._fetch)
        stretch = self._stretch(Way.FIRST)
        if window.top or window.before is not None:
            stretch = self._stretch(Way.FROM, self._key(window.rows[window.top]))
        return Ask(Go.STAY, self._fetch, stretch, asked_on=self._identity(window.current))

    # Wishes

    def wish(self, wish: Wish | int) -> None:
        """Take a key, as steps or by name; `go_on` then does it."""
        if wish in {Wish.HOME, Wish.END}:
            while self._wishes and self._wishes[-1] not in {Wish.CHOOSE, Wish.TICK}:
                self._wishes.pop()
        last = self._wishes[-1] if self._wishes else None
        if isinstance(wish, int) and isinstance(last, int):
            self._wishes[-1] = last + wish
        else:
            self._wishes.append(wish)

    def go_on(self) -> Iterator[Wish]:
        """Do what can be done now; what concerns the row under the cursor is left to the caller."""
        while self._wishes and self.window is not None and not self.is_waiting:
            wish = self._wishes.popleft()
            if wish in {Wish.CHOOSE, Wish.TICK}:
                yield wish
            elif rest := self._move(self.window, wish):
                self._wishes.appendleft(rest)
                return

    def _move(self, window: RowWindow[R], wish: Wish | int) -> int:
        """Move, and return the steps that are left until a page comes."""
        match wish:
            case Wish.HOME if window.before is not None:
                self.ask = self._from_the_start(self._window_fetch)
            case Wish.END if window.after is not None:
                self.ask = Ask(Go.END, self._window_fetch, self._stretch(Way.LAST))
            case Wish.HOME:
                window.put_cursor(0, line=0, lines=self.lines)
            case Wish.END:
                window.put_cursor(len(window.rows), line=self.lines, lines=self.lines)
            case int():
                return window.move(wish, lines=self.lines)
        return 0

    def point_at(self, line: int) -> bool:
        """Put the cursor on the row in a line; answers whether there is one."""
        window = self.window
        if window is None or self.is_waiting or not 0 <= line < len(window.seen(self.lines)):
            return False
        window.put_cursor(window.top + line, line=line, lines=self.lines)
        return True

    def scroll(self, rows: int) -> None:
        """Move what is seen by some of the rows that are at hand."""
        if self.window is not None and not self.is_waiting:
            self.window.scroll(rows, lines=self.lines)

    # What comes

    async def load_next(self, fetched: FetchLater[R]) -> bool:
        """Fetch what is wanted next, if anything is."""
        if self.window is None and self.ask is None:
            self.ask = self._from_the_start(self._fetch)
        if self.ask is not None:
            await self._load_anew(self.ask, fetched)
            return True
        window = self.window
        stretch = window.wanted(self.lines) if window else None
        if window is None or stretch is None:
            return False
        window.put(stretch, await fetched(self._window_fetch, stretch), lines=self.lines)
        return True

    async def _load_anew(self, ask: Ask[R], fetched: FetchLater[R]) -> None:
        page, first = await fetched(ask.fetch, ask.stretch), 0
        if ask.stretch.way is Way.FROM:
            page, first = await self._with_rows_around(page, ask, fetched)
        window = RowWindow(page, key=self._key, identity=self._identity)
        if self._place(window, ask, first):
            self.window, self._window_fetch, self.ask = window, ask.fetch, None
        else:
            self.ask = self._same_again()

    async def _with_rows_around(self, page: Page[R], ask: Ask[R], fetched: FetchLater[R]) -> tuple[Page[R], int]:
        """The page with the rows in front that are seen, too, and where its own rows begin."""
        if not page.rows:
            last = await fetched(ask.fetch, replace(ask.stretch, way=Way.LAST, key=None))
            return last, max(0, len(last.rows) - 1)
        if page.before is None or (not ask.line and len(page.rows) >= self.lines):
            return page, 0
        front = await fetched(ask.fetch, replace(ask.stretch, way=Way.BEFORE, key=page.before))
        return Page(front.rows + page.rows, front.before, page.after), len(front.rows)

    def _place(self, window: RowWindow[R], ask: Ask[R], first: int) -> bool:
        """Put the cursor where it belongs among the new rows; False if it has walked away from them meanwhile."""
        old = self.window
        identity = None if old is None or old.current is None else self._identity(old.current)
        same = None if identity is None else window.place_of(identity)
        if ask.go is Go.END:
            window.put_cursor(len(window.rows), line=self.lines, lines=self.lines)
        elif ask.go is Go.THERE:
            exact = window.current is not None and self._key(window.rows[first]) == ask.stretch.key
            window.put_cursor(first if exact or same is None else same, line=ask.line, lines=self.lines)
        elif ask.go is Go.STAY and old is not None:
            if same is None and identity != ask.asked_on:
                return False
            line = old.cursor - old.top
            window.put_cursor(first + line if same is None else same, line=line, lines=self.lines)
        return True
