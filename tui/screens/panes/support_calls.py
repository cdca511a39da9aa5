"""Support Calls: what the support desk did for the people of the contract, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from tui.screens.support_call import SupportCallScreen, done, end
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList

if TYPE_CHECKING:
    from core.contract_calls import CallRow
    from core.listing import Page, Stretch
    from core.login_steps import Session
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("When (UTC)", width=16),
    Column("About", width=10, fraction=2),
    Column("Agent", width=8, fraction=1),
    Column("Proven", width=6),
    Column("Ended", width=10),
    Column("Done", width=8, fraction=4),
)
_LOOK_EVERY = 2
"""Seconds between two looks: the caller and his administrator see what goes on while it goes on."""


class SupportCallsPane(Widget):
    """The list, and the details of one call. It changes nothing."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(classes="pane")
        self._who = who
        self.calls: SearchedList[CallRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                _cells,
                one="call",
                many="calls",
                searched=False,
                look_every=_LOOK_EVERY,
                empty="The support desk has had no calls about this contract.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.calls

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.calls.focus_list()
        self.calls.look()

    def keys(self) -> list[tuple[str, str]]:
        """The keys that do something here."""
        return [("enter", "Details")]

    @on(RowList.Chosen)
    def open_call(self, event: RowList.Chosen[CallRow]) -> None:
        """Show everything that is known of a call."""
        event.stop()
        self.app.push_screen(SupportCallScreen(event.row))

    def _page(self, session: Session, _search: str, stretch: Stretch) -> Page[CallRow]:
        return self._who.services.contract_calls.page(session, stretch)


def _cells(row: CallRow) -> Sequence[str | Text]:
    proven = Text("✓ yes", "good") if row.proven else Text("! no", "careful")
    ended = Text(end(row), "" if row.ended_at else "careful")
    return f"{row.opened_at:%Y-%m-%d %H:%M}", row.name, row.agent, proven, ended, ", ".join(done(row)) or "nothing"
