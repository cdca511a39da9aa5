"""My activity: everything that one did or that was done to one, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from core.activity import ActivityFilter
from tui.places import place
from tui.screens.activity_event import ActivityEventScreen
from tui.widgets.filter_line import FilterLine
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from core.activity import ActivityRow
    from core.listing import Page, Stretch
    from core.login_steps import Session
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("When (UTC)", width=16),
    Column("What", width=24, fraction=3),
    Column("By", width=14, fraction=1, min_columns=60),
    Column("Outcome", width=9, min_columns=60),
    Column("From", width=24, fraction=1, min_columns=110),
)
_FILTERS = {ActivityFilter.ALL: "all", ActivityFilter.REFUSED: "refused", ActivityFilter.BY_OTHERS: "by others"}
_NONE = {
    ActivityFilter.ALL: "Nothing has happened yet.",
    ActivityFilter.REFUSED: "Nothing was refused.",
    ActivityFilter.BY_OTHERS: "Others have done nothing.",
}
OUTCOMES = {
    "done": Text("✓ done", "good"),
    "denied": Text("! refused", "careful"),
    "failed": Text("! failed", "careful"),
}


class ActivityPane(Widget):
    """The list, its filters, and the details of one event."""

    DEFAULT_CSS = """
    ActivityPane { height: 1fr; layout: vertical; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "filter(1)", show=False),
        Binding("V", "filter(-1)", show=False),
    ]

    def __init__(self, who: SignedIn) -> None:
        super().__init__()
        self._who = who
        self._shown = ActivityFilter.ALL
        self.filters = FilterLine(tuple(_FILTERS.values()), at=_FILTERS[self._shown])
        self.events: SearchedList[ActivityRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page_of(self._shown),
                _cells,
                one="event",
                many="events",
                searched=False,
                identity=lambda row: row.key,
                empty=_NONE[self._shown],
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.filters
        yield self.events

    def focus_events(self) -> None:
        """Put the focus into the list."""
        self.events.focus_list()

    def action_filter(self, step: int) -> None:
        """The next filter, or the one before."""
        filters = list(_FILTERS)
        self._shown = filters[(filters.index(self._shown) + step) % len(filters)]
        self.filters.at = _FILTERS[self._shown]
        self.events.say_when_empty(_NONE[self._shown], unfound="")
        self.events.show(self._page_of(self._shown))

    @on(RowList.Chosen)
    def open_event(self, event: RowList.Chosen[ActivityRow]) -> None:
        """Show everything that is told of an event."""
        event.stop()
        self.app.push_screen(ActivityEventScreen(event.row))

    def _page_of(self, shown: ActivityFilter) -> Any:
        return partial(_page, self._who, shown)


def _page(who: SignedIn, shown: ActivityFilter, session: Session, _search: str, stretch: Stretch) -> Page[ActivityRow]:
    return who.services.activity.page(session, shown, stretch)


def _cells(row: ActivityRow) -> Sequence[str | Text]:
    return f"{row.at:%Y-%m-%d %H:%M}", row.what, row.by or "you", OUTCOMES[row.outcome], place(row.origin)
