"""Who sees a resource, and what is in the way of everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from core.errors import Fault, Refusal
from core.sight import SightFilter, Verdict, Why
from tui.answers import answered
from tui.foreseen import counted
from tui.widgets.row_list import Column
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from core.listing import Page, Stretch
    from core.login_steps import Session
    from core.sight import SightCounts
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Name", width=20, fraction=2),
    Column("E-mail", width=20, fraction=2, min_columns=70),
    Column("Sees it, or why not", width=28),
)
_WHY = {
    Why.SEES: Text("sees it"),
    Why.NO_GROUP: Text("in no group that has access", style="muted"),
    Why.NO_SECOND_FACTOR: Text("no 2-factor", style="careful"),
    Why.DEACTIVATED: Text("deactivated", style="muted"),
}
_FILTERS = {
    SightFilter.SEES: "those who see it",
    SightFilter.DOES_NOT: "those who don't, and why",
    SightFilter.ALL: "everybody",
}


class SightPane(Widget):
    """The verdict on each person of the contract."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("v", "filter", "Filter", show=False)]

    def __init__(self, who: SignedIn, resource_id: UUID) -> None:
        super().__init__()
        self._who = who
        self._resource_id = resource_id
        self._filter = SightFilter.SEES
        self._counts: SightCounts | None = None
        self.rows: SearchedList[Verdict] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._paging(self._filter),
                lambda row: (row.name, row.email, _WHY[row.why]),
                one="person",
                many="people",
                searched=False,
                empty="Nobody.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield Static(classes="heading")
        yield self.rows

    def on_mount(self) -> None:
        self._tell()

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()
        self.count()

    def action_filter(self) -> None:
        """Show the next kind of people."""
        filters = list(_FILTERS)
        self._filter = filters[(filters.index(self._filter) + 1) % len(filters)]
        self.rows.show(self._paging(self._filter))
        self._tell()
        self.count()

    @work(exclusive=True, group="count")
    async def count(self) -> None:
        """Say how many see it and how many do not."""
        try:
            counts = self._who.services.sight.counts
            self._counts = await answered(self, counts, self._who.session, self._resource_id)
        except (Refusal, Fault) as trouble:
            self.rows.answer.refuse(trouble)
        else:
            self._tell()

    def _tell(self) -> None:
        told = f"Shown: {_FILTERS[self._filter]}"
        if self._counts:
            sees, others = self._counts
            told = f"{counted(sees, 'person sees', 'people see')} it, {others} {_do_not(others.rows)}. {told}"
        self.query_one(".heading", Static).update(told)

    def _paging(self, shown: SightFilter) -> Callable[[Session, str, Stretch], Page[Verdict]]:
        def page(session: Session, _: str, stretch: Stretch) -> Page[Verdict]:
            return self._who.services.sight.people(session, self._resource_id, shown, stretch)

        return page


def _do_not(others: int) -> str:
    return "does not" if others == 1 else "do not"
