"""The User Manager's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.panes.not_yet import NotYetPane

if TYPE_CHECKING:
    from tui.signed_in import SignedIn


class PeoplePane(NotYetPane):
    def __init__(self, who: SignedIn, *, utf8: bool) -> None:
        super().__init__("User Manager")
