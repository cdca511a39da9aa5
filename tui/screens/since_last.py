"""What happened since the last visit: stands over the home screen until somebody has read it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from core.news import GRAVE, Kind
from core.wording import moment
from tui.answers_once import AnswersOnce
from tui.places import place
from tui.shown import shown, shown_plain

if TYPE_CHECKING:
    from core.last_visit import Visit
    from core.visits import Notice

SEEN, ACTIVITY, PASSWORD = "seen", "activity", "password"
"""The answers; "" is left for later."""

_MOST = 100
_PASSWORD, _PASSWORD_AND_PIN = "your password", "your password and your support PIN"
_TELL, _ON_THE_HOST = "and tell an administrator", "and have “bartizan rescue” run on the host"
_STOP_IT = "A removal of 2-factor that still waits is stopped in the Security tab: press a, then s."
_BY_TELEPHONE = {Kind.FACTOR_RESET, Kind.WRONG_PIN, Kind.AT_DESK}
_FIRST = "Read this first …"
_AROUND = 9
"""Lines that frame, words and keys take around the notices."""


class SinceLastScreen(AnswersOnce, ModalScreen[str]):
    """Takes no key before it has stood for a moment in which none came: what was typed before acknowledges nothing."""

    CSS_PATH = "since_last.tcss"
    AUTO_FOCUS = "#notices"
    STILL: ClassVar[float] = 0.5
    """Seconds without a key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", f"answer('{SEEN}')", "I have seen this"),
        Binding("a", f"answer('{ACTIVITY}')", "My activity"),
        Binding("p", f"answer('{PASSWORD}')", "Change password"),
        Binding("escape", "answer('')", "Later"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    KEYS_HERE = (
        ("enter", "say that you have seen this; it is not shown again"),
        ("a", "everything that you did or that was done to you"),
        ("p", "change your password"),
        ("esc", "leave it for later; it comes again with the next sign-in"),
    )

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit
        self._pause: Timer | None = None
        self.is_ready = False
        """Whether keys count."""

    def compose(self) -> ComposeResult:
        title = "Since your last visit"
        with Vertical(classes="dialog", id="since-last-visit") as dialog:
            dialog.border_title = title
            yield Static(title, classes="frame-title")
            yield Static(f"Since {moment(self._visit.since)}:", classes="muted")
            with VerticalScroll(id="notices"):
                yield Static(_told(self._visit))
            yield Static(classes="gap")
            yield Static(_FIRST, id="keys")

    def on_mount(self) -> None:
        self._fit(self.app.size.height)
        self.call_after_refresh(self._wait)

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.height)

    def on_key(self, event: events.Key) -> None:
        """Drop what was typed before anybody can have read this."""
        if not self.is_ready:
            event.stop()
            event.prevent_default()
            self._wait()

    def action_answer(self, answer: str) -> None:
        """Close, with what is to be done."""
        self.dismiss(answer)

    def action_scroll(self, lines: int) -> None:
        """Move what does not fit."""
        self.query_one("#notices").scroll_relative(y=lines, animate=False)

    def _fit(self, height: int) -> None:
        self.query_one("#notices").styles.max_height = max(3, height - _AROUND)

    def _wait(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(self.STILL, self._be_ready)

    def _be_ready(self) -> None:
        self.is_ready = True
        self.query_one("#keys", Static).update(_keys())


def _told(visit: Visit) -> Table:
    """A mark for each notice, and its words beside it."""
    notices = visit.notices
    told = Table.grid(padding=(0, 1))
    told.add_column(width=1)
    told.add_column(ratio=1, overflow="fold")
    shown_ones = notices[:_MOST]
    grave = [notice for notice in shown_ones if notice.kind in GRAVE]
    for kind, of_kind in groupby(grave, key=lambda notice: notice.kind):
        for notice in of_kind:
            told.add_row("!", _words(notice), style="bold")
        if kind is Kind.FACTOR_RESET:
            told.add_row("", Text(_STOP_IT, style="bold"))
    if grave:
        changes = _PASSWORD_AND_PIN if any(notice.kind in _BY_TELEPHONE for notice in grave) else _PASSWORD
        whom = _ON_THE_HOST if visit.is_alone else _TELL
        told.add_row("", Text(f"Was one of these not you? Then change {changes} now (p), {whom}.\n", style="bold"))
    for notice in shown_ones:
        if notice.kind not in GRAVE:
            told.add_row("•", _words(notice))
    if len(notices) > _MOST:
        told.add_row("", f"And {len(notices) - _MOST:,} more: see My activity (a).")
    return told


def _words(notice: Notice) -> Text:
    """What happened, how often, and below it the last time, by whom and from where."""
    more = "+" if notice.is_more else ""
    times = f" ({notice.count:,}{more} times)" if notice.count > 1 or notice.is_more else ""
    by = f", by {shown_plain(notice.by, 60)}" if notice.by else ""
    when = f"{'last ' if times else ''}{moment(notice.last)}"
    text = shown(notice.what)
    text.end = "\n"
    text.append(times)
    text.append(f"\n{when}{by}, from {shown_plain(place(notice.origin), 60)}", style="not bold")
    return text


def _keys() -> Text:
    keys = (("enter", "I have seen this"), ("a", "My activity"), ("p", "Change password"), ("esc", "Later"))
    text = Text()
    for key, words in keys:
        text.append(f"{key}\N{NO-BREAK SPACE}", style="bold")
        text.append(words.replace(" ", "\N{NO-BREAK SPACE}"))
        text.append("   ")
    text.rstrip()
    return text
