"""A list of any length, a page at a time: a million rows feel like ten."""

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, get_current_worker

from core.errors import Fault, Refusal
from core.listing import Key, Page, Stretch
from tui.answers import answered
from tui.widgets.row_columns import Column
from tui.widgets.row_lines import TONES, RowLines
from tui.widgets.row_picture import Cells, RowPicture
from tui.widgets.row_walk import Ask, Fetch, RowWalk, Wish

__all__ = ["Column", "RowList"]

R = TypeVar("R")
M = TypeVar("M")

A_MOMENT = 0.3
"""Seconds after which somebody is told that rows are being fetched."""

WHEEL_ROWS = 3


class RowList(Widget, Generic[R], can_focus=True):
    """Shows the rows that `fetch` brings; arrows, `j` and `k` move, Space ticks, Enter chooses.

    `cells` gives what stands in the columns: strings from wherever, or a `Text` of our own, whose styles may be named
    “muted”, “good”, “careful” and “danger”. `identity` is what a row is known by when it is fetched again, `key` is
    where it stands in the order of the list.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"row-list--{part}" for part in ("header", "row", "cursor", "mark", *TONES))
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
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
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
        cells: Cells[R],
        key: Callable[[R], Key],
        identity: Callable[[R], Hashable],
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        empty: str = "Nothing here.",
        selectable: bool = True,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._identity = identity
        self._selectable = selectable
        self._walk = RowWalk(fetch, key=key, identity=identity)
        self._line = RowLines(columns, styles=self.get_component_rich_style, selectable=selectable)
        self._ticks: dict[Hashable, None] = {}
        self._picture = RowPicture(self._walk, self._line, cells=cells, identity=identity, ticks=self._ticks)
        self._picture.empty = empty
        self._loader: Worker[None] | None = None
        self._loads: Ask[R] | None = None
        self._told: list[R | None] = []

    # What a screen asks and tells

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self._walk.current

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
        self._picture.empty = sentence
        self._settle()

    def reload(self, fetch: Fetch[R] | None = None, at: Key | None = None) -> None:
        """Fetch anew, perhaps something else: from the beginning, or around the row of a key.

        The old rows are seen until the new ones are there, but keys wait for the new ones.
        """
        self._walk.start_again(fetch, at)
        self._go_on()

    def refresh_rows(self) -> None:
        """Fetch what is seen once more; the cursor stays on its row, and keys go on working meanwhile."""
        self._walk.look_again()
        self._go_on()

    # Keys

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

    def action_page(self, pages: int) -> None:
        """Move by what is seen, but for one row that stays in sight."""
        self._wish(pages * max(1, self._walk.lines - 1))

    def action_wish(self, name: str) -> None:
        """Do what a key asks for."""
        self._wish(Wish[name])

    def action_tick(self) -> None:
        """Tick the row, or untick it."""
        if not self._selectable:
            raise SkipAction
        self._wish(Wish.TICK)

    def _wish(self, wish: Wish | int) -> None:
        self._walk.wish(wish)
        self._go_on()

    def _go_on(self) -> None:
        """Do what can be done now, show it, and fetch what is wanted next."""
        for wish in self._walk.go_on():
            row = self.current
            if row is not None:
                self._choose(row) if wish is Wish.CHOOSE else self._tick(self._identity(row))
        self._settle()
        self._load_if_wanted()

    def _choose(self, row: R) -> None:
        # Whoever hears that a row was chosen has heard before that the cursor is on it.
        self._tell_where()
        self.post_message(self.Chosen(self, row))

    def _tick(self, identity: Hashable) -> None:
        if identity in self._ticks:
            del self._ticks[identity]
        else:
            self._ticks[identity] = None
        self.post_message(self.Ticked(self))

    # Fetching: one thing at a time; what is asked anew makes the answer that is still on its way worthless.

    def _load_if_wanted(self) -> None:
        ask = self._walk.ask
        is_new = ask is not None and ask is not self._loads
        if self.is_attached and (is_new or (self._loader is None and self._walk.is_wanting)):
            self._loads = ask
            self._loader = self._load()

    @work(exclusive=True, group="rows")
    async def _load(self) -> None:
        this = get_current_worker()
        try:
            while self._loader is this and await self._walk.load_next(self._fetched):
                self._go_on()
        except (Refusal, Fault) as trouble:
            self._walk.give_up()
            self.post_message(self.Failed(self, trouble))
        if self._loader is this:
            self._loader = None

    async def _fetched(self, fetch: Fetch[R], stretch: Stretch) -> Page[R]:
        timer = self.set_timer(A_MOMENT, self._say_slow)
        try:
            return await answered(self, fetch, stretch)
        finally:
            timer.stop()
            self._say_slow(slow=False)

    def _say_slow(self, *, slow: bool = True) -> None:
        if slow != self._picture.is_slow:
            self._picture.is_slow = slow
            self._settle()

    # The window and the mouse

    def on_mount(self) -> None:
        if self._walk.ask is None:
            self._walk.start_again(None, None)  # or the loader asks by itself, and the first layout asks once more
        self._go_on()

    def on_resize(self) -> None:
        self._picture.fit(self.size.height)
        self._go_on()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and self._walk.point_at(offset.y - self._picture.header_lines):
            if event.chain > 1:
                self._walk.wish(Wish.CHOOSE)
            self._go_on()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -WHEEL_ROWS)

    def _scroll(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        self._walk.scroll(rows)
        self._go_on()

    # What a person sees

    def _settle(self) -> None:
        """Repaint the lines that read otherwise now, and tell where the cursor is."""
        changed = self._picture.changed()
        if changed:
            self.refresh(*(Region(0, line, self.size.width, 1) for line in changed))
        self._tell_where()

    def _tell_where(self) -> None:
        if self._walk.window is not None and self._told != [self.current]:
            self._told = [self.current]
            self.post_message(self.Moved(self, self.current))

    def render_line(self, y: int) -> Strip:
        self._line.width = self.size.width
        self._line.terminal = self.app.size.width
        self._line.unicode = bool(getattr(self.app, "unicode", True))
        return self._picture.line(y)
