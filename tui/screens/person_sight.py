"""What somebody sees of the data centers and snapshots, and why he does not see the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from core.sight import SightFilter, Why
from tui.answers_once import AnswersOnce
from tui.screens.panes.account_lines import show_account
from tui.shown import shown
from tui.widgets.filter_line import FilterLine
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.widgets.row_list import Column
from tui.widgets.searched_list import Listed, SearchedList
from tui.wording import MENU

if TYPE_CHECKING:
    from core.listing import Page, Stretch
    from core.login_steps import Session
    from core.person_details import PersonDetails
    from core.sight import ResourceVerdict
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Resource", width=20, fraction=1),
    Column("Kind", width=11, min_columns=60),
    Column("Seen", width=30, fraction=1),
)
_FILTERS = {SightFilter.ALL: "all", SightFilter.SEES: "seen", SightFilter.DOES_NOT: "not seen"}
_WHY = {
    Why.SEES: Text("✓ seen", "good"),
    Why.NO_GROUP: Text("– no group gives it", "muted"),  # noqa: RUF001
    Why.NO_SECOND_FACTOR: Text("! 2-factor is needed", "careful"),
    Why.DEACTIVATED: Text("! the person is inactive", "careful"),
}


class PersonSightScreen(AnswersOnce, Screen[None]):
    """Each resource that the asker may know of, with the verdict."""

    CSS_PATH = "resource_manager.tcss"
    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        Binding("v", "filter(1)", show=False),
        Binding("V", "filter(-1)", show=False),
        ("q", "app.request_quit", "Quit"),
    ]
    KEYS_HERE = (("v, V", "next and previous filter"),)

    def __init__(self, who: SignedIn, person: PersonDetails) -> None:
        super().__init__()
        self._who = who
        self._person = person
        self._shown = SightFilter.ALL
        self.filters = FilterLine(tuple(_FILTERS.values()), at=_FILTERS[self._shown])
        self.resources: SearchedList[ResourceVerdict] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page_of(self._shown),
                self._cells,
                one="resource",
                many="resources",
                searched=False,
                empty="There is no resource here.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        with Vertical(classes="panel -fills") as panel:
            panel.border_title = shown(f"What {self._person.name} sees", 60)
            yield self.filters
            yield self.resources
        yield Bottom(StatusLine(), KeyLine([("v", "Filter"), ("esc", "Back")], outside_fields=ELSEWHERE))

    def on_mount(self) -> None:
        self.look()

    def action_back(self) -> None:
        """Back to the details."""
        self.dismiss(None)

    def action_filter(self, step: int) -> None:
        """The next filter, or the one before."""
        filters = list(_FILTERS)
        self._shown = filters[(filters.index(self._shown) + step) % len(filters)]
        self.filters.at = _FILTERS[self._shown]
        self.resources.show(self._page_of(self._shown))

    @work
    async def look(self) -> None:
        """Show whose console this is."""
        await show_account(self, self._who)

    def _page_of(self, which: SightFilter) -> Any:
        def page(session: Session, _search: str, stretch: Stretch) -> Page[ResourceVerdict]:
            return self._who.services.sight.resources(session, self._person.id, stretch, shown=which)

        return page

    def _cells(self, row: ResourceVerdict) -> Sequence[str | Text]:
        return row.name, row.kind.value.replace("_", " "), _WHY[row.why]
