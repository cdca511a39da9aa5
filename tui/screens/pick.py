"""Picks some of a list, which may be of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.answers_once import AnswersOnce
from tui.shown import shown
from tui.widgets.row_list import RowList
from tui.widgets.searched_list import Listed, SearchedList, SearchField

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tui.signed_in import SignedIn

R = TypeVar("R")


class PickScreen(AnswersOnce, ModalScreen[tuple[Any, ...]], Generic[R]):
    """Its answer: the identities of the rows that were ticked, or of the one on which Enter was pressed; () of none.

    What is ticked stays so while something else is searched.
    """

    CSS_PATH = "pick.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "Cancel")]
    KEYS_HERE = (
        ("/", "search; enter or ↓ goes to the list"),
        ("space", "tick a row, or untick it"),
        ("enter", "take what is ticked; nothing ticked: the row"),
    )

    def __init__(self, who: SignedIn, title: str, listed: Listed[R], *, take: str) -> None:
        super().__init__()
        self._title_text = title
        self._take = take
        self._rows: SearchedList[R] = SearchedList(who, listed)
        self._identity = listed.identity

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="pick") as dialog:
            dialog.border_title = shown(self._title_text, 68)
            yield self._rows

    def on_mount(self) -> None:
        self._tell_keys()
        self._rows.query_one(SearchField).focus()

    @on(RowList.Ticked)
    @on(events.DescendantFocus)
    def tell_keys(self) -> None:
        """Say what the keys do where the focus is now, and how many are ticked."""
        self._tell_keys()

    @on(RowList.Chosen)
    def take(self, event: RowList.Chosen[R]) -> None:
        """Enter: take what is ticked, or else this row."""
        ticked: tuple[Hashable, ...] = self._rows.list.ticked
        self.dismiss(ticked or (self._identity(event.row),))

    def action_cancel(self) -> None:
        """Leave; nothing is taken."""
        self.dismiss(())

    def _tell_keys(self) -> None:
        ticked = len(self._rows.list.ticked)
        what = f"{self._take} {ticked} ticked" if ticked else self._take
        keys = f"/ Search · space Tick · enter {what} · esc Cancel"
        if isinstance(self.focused, SearchField):
            keys = "enter, ↓ and esc go to the list"
        self.query_one("#pick").border_subtitle = shown(keys)
