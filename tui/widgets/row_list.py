"""A list of any length, a page at a time: a million rows feel like ten."""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, get_current_worker

from core.errors import Fault, Refusal
from core.listing import Key, Page, Stretch, Way
from tui.answers import answered
from tui.shown import shown_plain
from tui.widgets.row_columns import GAP, Column, cell_strip, column_widths
from tui.widgets.row_window import RowWindow, page_rows

__all__ = ["Column", "RowList"]

R = TypeVar("R")
M = TypeVar("M")
Fetch = Callable[[Stretch], Page[R]]

A_MOMENT = 0.3
"""Seconds after which somebody is told that rows are being fetched."""

MOST_WISHES = 64
"""Keys that are remembered while a page is fetched."""

WHEEL_ROWS = 3


class Wish(Enum):
    """What a key asks for, apart from moving by some rows."""

    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    HOME = "home"
    END = "end"
    CHOOSE = "choose"
    TICK = "tick"


class Go(Enum):
    """Where the cursor goes when the list is fetched anew."""

    START = "to the first row"
    END = "to the last row"
    THERE = "to the row of a key"
    STAY = "nowhere: old rows are seen until the new ones are there"


@dataclass(frozen=True)
class Ask(Generic[R]):
    """A list that is to be fetched anew; `line` is where the first row of the stretch is to stand."""

    go: Go
    fetch: Fetch[R]
    stretch: Stretch
    line: int = 0
    asked_on: Hashable = None
    """The identity of the cursor's row when it was asked."""


class RowList(Widget, Generic[R], can_focus=True):
    """Shows the rows that `fetch` brings; arrows, `j` and `k` move, Space ticks, Enter chooses.

    `cells` gives what stands in the columns: strings from wherever, or a `Text` of our own, whose styles may be named
    “muted”, “good”, “careful” and “danger”. `identity` is what a row is known by when it is fetched again, `key` is
    where it stands in the order of the list.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"row-list--{part}" for part in ("header", "row", "cursor", "mark", "muted", "good", "careful", "danger"))
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr; width: 1fr; background: $background; color: $foreground;
        & > .row-list--header { color: $text-muted; text-style: bold; }
        & > .row-list--cursor { text-style: bold; }
        & > .row-list--mark { color: $accent; text-style: bold; }
        & > .row-list--muted { color: $text-muted; }
        & > .row-list--good { color: $success; }
        & > .row-list--careful { color: $warning; }
        & > .row-list--danger { color: $error; }
        &:focus > .row-list--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "wish('PAGE_UP')", "Page up", show=False),
        Binding("pagedown", "wish('PAGE_DOWN')", "Page down", show=False),
        Binding("home", "wish('HOME')", "First", show=False),
        Binding("end", "wish('END')", "Last", show=False),
        Binding("space", "tick", "Select", show=False),
        Binding("enter", "wish('CHOOSE')", "Open", show=False),
    ]

    class _Told(Message, Generic[M]):
        """Something about a list."""

        def __init__(self, row_list: "RowList[M]") -> None:
            super().__init__()
            self.row_list = row_list

        @property
        def control(self) -> "RowList[M]":
            """The list."""
            return self.row_list

    class Chosen(_Told[M]):
        """Enter was pressed on a row."""

        def __init__(self, row_list: "RowList[M]", row: M) -> None:
            super().__init__(row_list)
            self.row = row

    class Moved(_Told[M]):
        """The cursor is on another row, its row reads otherwise now, or (None) the list is empty."""

        def __init__(self, row_list: "RowList[M]", row: M | None) -> None:
            super().__init__(row_list)
            self.row = row

    class Ticked(_Told[M]):
        """Other rows are ticked than before."""

    class Failed(_Told[M]):
        """Rows could not be fetched; what was seen is still seen, and the next key tries again."""

        def __init__(self, row_list: "RowList[M]", trouble: Refusal | Fault) -> None:
            super().__init__(row_list)
            self.trouble = trouble

    def __init__(
        self,
        columns: Sequence[Column],
        fetch: Fetch[R],
        *,
        cells: Callable[[R], Sequence[str | Text]],
        key: Callable[[R], Key],
        identity: Callable[[R], Hashable],
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        empty: str = "Nothing here.",
        selectable: bool = True,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._cells = cells
        self._key = key
        self._identity = identity
        self._empty = empty
        self._selectable = selectable
        self._fetch = fetch
        self._window_fetch = fetch
        self._window: RowWindow[R] | None = None
        self._ask: Ask[R] | None = Ask(Go.START, fetch, Stretch())
        self._wishes: deque[Wish | int] = deque()
        self._ticks: dict[Hashable, None] = {}
        self._loader: Worker[None] | None = None
        self._told: list[R | None] = []
        self._drawn: Sequence[object] = []
        self._hint = ""
        self._is_slow = False

    # What a screen asks and tells

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self._window.current if self._window else None

    @property
    def ticked(self) -> tuple[Hashable, ...]:
        """The identities of the ticked rows, in the order in which they were ticked."""
        return tuple(self._ticks)

    def clear_ticks(self) -> None:
        """Untick everything."""
        if self._ticks:
            self._ticks.clear()
            self.post_message(self.Ticked(self))
            self._settle()

    def say_when_empty(self, sentence: str) -> None:
        """What an empty list says from now on."""
        self._empty = sentence
        if self.current is None:
            self.refresh()

    def reload(self, fetch: Fetch[R] | None = None, at: Key | None = None) -> None:
        """Fetch anew, perhaps something else: from the beginning, or around the row of a key.

        The old rows are seen until the new ones are there, but keys wait for the new ones.
        """
        self._fetch = fetch or self._fetch
        self._wishes.clear()
        if at is None:
            self._anew(Ask(Go.START, self._fetch, Stretch(rows=self._page_rows)))
            return
        line = self._window.cursor - self._window.top if self._window else self._lines // 3
        self._anew(Ask(Go.THERE, self._fetch, Stretch(Way.FROM, at, self._page_rows), line=line))

    def refresh_rows(self) -> None:
        """Fetch what is seen once more; the cursor stays on its row, and keys go on working meanwhile."""
        self._anew(self._ask or self._same_again())

    def _same_again(self) -> Ask[R]:
        window = self._window
        stretch = Stretch(rows=self._page_rows)
        if window is None or window.current is None or self._fetch is not self._window_fetch:
            return Ask(Go.START, self._fetch, stretch)
        if window.top or window.before is not None:
            stretch = Stretch(Way.FROM, self._key(window.rows[window.top]), self._page_rows)
        return Ask(Go.STAY, self._fetch, stretch, asked_on=self._identity(window.current))

    # Keys: they are wishes, done one after the other; what needs a page that is not there yet waits for it.

    async def _on_key(self, event: events.Key) -> None:
        # Done at once, before the focus moves: Textual's own way hands a key to the app first.
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.prevent_default()
                event.stop()
                return

    def action_move(self, steps: int) -> None:
        """Move by some rows."""
        self._wish(steps)

    def action_wish(self, name: str) -> None:
        """Do what a key asks for."""
        self._wish(Wish[name])

    def action_tick(self) -> None:
        """Tick the row, or untick it."""
        if not self._selectable:
            raise SkipAction
        self._wish(Wish.TICK)

    def _wish(self, wish: Wish | int) -> None:
        if len(self._wishes) < MOST_WISHES:
            self._wishes.append(wish)
        self._go_on()

    def _go_on(self) -> None:
        """Do what can be done now, show it, and fetch what is wanted next."""
        while self._wishes and self._window is not None and not self._is_waiting:
            rest = self._do(self._window, self._wishes.popleft())
            if rest:
                self._wishes.appendleft(rest)
                break
        self._settle()
        self._begin()

    @property
    def _is_waiting(self) -> bool:
        return self._ask is not None and self._ask.go is not Go.STAY

    def _do(self, window: RowWindow[R], wish: Wish | int) -> int:
        """Do it, and return the steps that are left until a page comes."""
        match wish:
            case Wish.CHOOSE:
                if window.current is not None:
                    self.post_message(self.Chosen(self, window.current))
            case Wish.TICK:
                self._tick(window)
            case Wish.HOME if window.before is not None:
                self._anew(Ask(Go.START, self._window_fetch, Stretch(rows=self._page_rows)))
            case Wish.END if window.after is not None:
                self._anew(Ask(Go.END, self._window_fetch, Stretch(Way.LAST, rows=self._page_rows)))
            case Wish.HOME | Wish.END:
                window.put_cursor(0 if wish is Wish.HOME else len(window.rows), line=0, lines=self._lines)
            case Wish.PAGE_UP | Wish.PAGE_DOWN:
                page = max(1, self._lines - 1)
                return window.move(page if wish is Wish.PAGE_DOWN else -page, lines=self._lines)
            case steps:
                return window.move(steps, lines=self._lines)
        return 0

    def _tick(self, window: RowWindow[R]) -> None:
        if window.current is None:
            return
        identity = self._identity(window.current)
        if identity in self._ticks:
            del self._ticks[identity]
        else:
            self._ticks[identity] = None
        self.post_message(self.Ticked(self))

    # Fetching: one thing at a time; what is asked anew makes the answer that is still on its way worthless.

    def _anew(self, ask: Ask[R]) -> None:
        self._ask = ask
        if self.is_attached:
            self._loader = self._load()

    def _begin(self) -> None:
        if self._window is None and self._ask is None:
            self._ask = Ask(Go.START, self._fetch, Stretch(rows=self._page_rows))
        if self._loader is None and (self._ask is not None or self._wanted() is not None):
            self._loader = self._load()

    def _wanted(self) -> Stretch | None:
        return self._window.wanted(self._lines) if self._window else None

    @work(exclusive=True, group="rows")
    async def _load(self) -> None:
        this = get_current_worker()
        try:
            while self._loader is this and await self._load_next():
                self._go_on()
        except (Refusal, Fault) as trouble:
            self._ask = None
            self._wishes.clear()
            self.post_message(self.Failed(self, trouble))
        if self._loader is this:
            self._loader = None

    async def _load_next(self) -> bool:
        """Fetch what is wanted next, if anything is."""
        if self._ask is not None:
            await self._load_anew(self._ask)
        elif self._window is not None and (stretch := self._wanted()):
            page = await self._page(self._window_fetch, stretch)
            self._window.put(stretch, page, lines=self._lines)
        else:
            return False
        return True

    async def _load_anew(self, ask: Ask[R]) -> None:
        page, first = await self._page(ask.fetch, ask.stretch), 0
        if ask.stretch.way is Way.FROM and not page.rows:
            page, first = await self._page(ask.fetch, Stretch(Way.LAST, rows=ask.stretch.rows)), -1
        elif page.before is not None and (ask.line or len(page.rows) < self._lines) and ask.go is not Go.END:
            front = await self._page(ask.fetch, Stretch(Way.BEFORE, page.before, ask.stretch.rows))
            page, first = Page(front.rows + page.rows, front.before, page.after), len(front.rows)
        window = RowWindow(page, key=self._key, identity=self._identity)
        if not self._place(window, ask, first):
            self._ask = self._same_again()
            return
        self._window, self._window_fetch, self._ask = window, ask.fetch, None

    def _place(self, window: RowWindow[R], ask: Ask[R], first: int) -> bool:
        """Put the cursor where it belongs among the new rows; not if it has gone far away in the meantime."""
        old = self._window
        identity = None if old is None or old.current is None else self._identity(old.current)
        same = None if identity is None else window.place_of(identity)
        first = first if first >= 0 else len(window.rows) - 1
        if ask.go is Go.END:
            window.put_cursor(len(window.rows), line=self._lines, lines=self._lines)
        elif ask.go is Go.THERE:
            exact = bool(window.rows) and self._key(window.rows[first]) == ask.stretch.key
            window.put_cursor(first if exact or same is None else same, line=ask.line, lines=self._lines)
        elif ask.go is Go.STAY and old is not None:
            if same is None and identity != ask.asked_on:
                return False
            line = old.cursor - old.top
            window.put_cursor(first + line if same is None else same, line=line, lines=self._lines)
        return True

    async def _page(self, fetch: Fetch[R], stretch: Stretch) -> Page[R]:
        timer = self.set_timer(A_MOMENT, self._say_slow)
        try:
            return await answered(self, fetch, stretch)
        finally:
            timer.stop()
            self._say_slow(slow=False)

    def _say_slow(self, *, slow: bool = True) -> None:
        if slow != self._is_slow:
            self._is_slow = slow
            self._settle()

    # What a person sees

    @property
    def _lines(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.size.height - self._header_lines)

    @property
    def _header_lines(self) -> int:
        return 1 if self.size.height > 1 else 0

    @property
    def _page_rows(self) -> int:
        return page_rows(self._lines)

    def on_mount(self) -> None:
        self._begin()

    def on_resize(self) -> None:
        if self._window is not None:
            self._window.keep_in_sight(self._lines)
        self._go_on()

    def on_click(self, event: events.Click) -> None:
        line = event.get_content_offset(self)
        if self._window is None or self._is_waiting or line is None:
            return
        place = self._window.top + line.y - self._header_lines
        if line.y >= self._header_lines and place < len(self._window.rows):
            self._window.put_cursor(place, line=line.y - self._header_lines, lines=self._lines)
            if event.chain > 1:
                self._wish(Wish.CHOOSE)
        self._go_on()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL_ROWS)

    def _scroll(self, rows: int) -> None:
        if self._window is not None and not self._is_waiting:
            self._window.scroll(rows, lines=self._lines)
            self._go_on()

    def _settle(self) -> None:
        """Repaint the lines that read otherwise now, and tell where the cursor is."""
        drawn = self._states()
        changed = [line for line, (was, now) in enumerate(zip_longest(self._drawn, drawn)) if was != now]
        self._drawn = drawn
        if changed:
            self.refresh(*(Region(0, line, self.size.width, 1) for line in changed))
        if self._window is not None and self._told != [self.current]:
            self._told = [self.current]
            self.post_message(self.Moved(self, self.current))

    def _states(self) -> Sequence[object]:
        """For each line what decides how it is drawn."""
        window = self._window
        header = [(window is None, *self._hint_words)][: self._header_lines]
        if window is None or not window.rows:
            return [*header, *[(self._empty, self._is_slow)] * self._lines]
        here = window.cursor - window.top
        seen = enumerate(window.seen(self._lines))
        return [*header, *((row, line == here, self._identity(row) in self._ticks) for line, row in seen)]

    @property
    def _hint_words(self) -> tuple[str, str]:
        """The hint at the end of the header, in words and short."""
        if self._is_slow:
            return "Loading…", "…"
        up, down = ("↑", "↓") if self._speaks_unicode else ("^", "v")
        window = self._window
        arrows = []
        if window is not None and (window.top or window.before is not None):
            arrows.append(up)
        if window is not None and (window.top + self._lines < len(window.rows) or window.after is not None):
            arrows.append(down)
        return "  ".join(f"{arrow} more" for arrow in arrows), "".join(arrows)

    @property
    def _speaks_unicode(self) -> bool:
        return bool(getattr(self.app, "unicode", True))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < self._header_lines:
            return self._header(width)
        line = y - self._header_lines
        window = self._window
        if window is None or not window.rows:
            return self._sentence(line, width)
        place = window.top + line
        if line >= self._lines or place >= len(window.rows):
            return Strip.blank(width, self.rich_style)
        return self._row(window.rows[place], width, is_current=place == window.cursor)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"row-list--{name}")

    def _named(self, name: str) -> Style:
        """A style given by its name: one of the list's own, or Rich's."""
        component = f"row-list--{name}"
        if component in self.COMPONENT_CLASSES:
            return self.get_component_rich_style(component, partial=True)
        return Style.parse(name)

    def _marks_width(self) -> int:
        return 3 if self._selectable else 2

    def _widths(self, width: int) -> dict[int, int]:
        return column_widths(self._columns, room=width - self._marks_width(), terminal=self.app.size.width)

    def _header(self, width: int) -> Strip:
        style, muted = self._style("header"), self._style("muted")
        marks = Segment(" " * self._marks_width(), style)
        strip = self._line({n: self._columns[n].title for n in range(len(self._columns))}, width, style, [marks])
        words, short = self._hint_words
        used = len(strip.text.rstrip())
        hint = words if used + len(words) + 1 < width else short
        if not hint or width < len(hint) + 2:
            return strip
        head = strip.crop(0, width - len(hint) - 1)
        return Strip([*head, Segment(f" {hint}", muted)]).adjust_cell_length(width, style)

    def _row(self, row: R, width: int, *, is_current: bool) -> Strip:
        style = self._style("cursor" if is_current else "row")
        mark = style if is_current else self._style("mark")
        here, ticked = ("▶", "✓") if self._speaks_unicode else (">", "*")
        marks = [Segment(here if is_current else " ", mark)]
        if self._selectable:
            marks.append(Segment(ticked if self._identity(row) in self._ticks else " ", mark))
        marks.append(Segment(" ", style))
        return self._line(dict(enumerate(self._cells(row))), width, style, marks)

    def _line(self, contents: dict[int, str | Text], width: int, style: Style, marks: list[Segment]) -> Strip:
        segments = marks
        for number, (column, cells) in enumerate(self._widths(width).items()):
            if number:
                segments.append(Segment(" " * GAP, style))
            segments += cell_strip(contents.get(column, ""), cells, style, self._named)
        return Strip(segments).adjust_cell_length(width, style)

    def _sentence(self, line: int, width: int) -> Strip:
        style = self._style("muted")
        if self._window is None:
            said = ["Loading…"] if self._is_slow else []
        else:
            said = wrap(shown_plain(self._empty), max(1, width - 2))
        above = 1 if self._lines > len(said) else 0
        text = said[line - above] if 0 <= line - above < len(said) else ""
        text = shown_plain(text, width)
        return Strip([Segment(text, style)]).text_align(width, "center").adjust_cell_length(width, style)
