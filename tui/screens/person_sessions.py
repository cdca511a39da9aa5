"""The open sessions of one person, for those who may end them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui.answers_once import AnswersOnce
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.sessions import SessionsPane, sessions_of
from tui.shown import shown
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MENU

if TYPE_CHECKING:
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn


class PersonSessionsScreen(AnswersOnce, Screen[None]):
    """The list in a frame that says whose it is."""

    CSS_PATH = "resource_manager.tcss"
    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back"), ("q", "app.request_quit", "Quit")]
    KEYS_HERE = (("enter", "end the session"), ("x", "end all sessions"))

    def __init__(self, who: SignedIn, person: PersonDetails) -> None:
        super().__init__()
        self._who = who
        self._person = person

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        with Vertical(classes="panel") as panel:
            panel.border_title = shown(f"Sessions of {self._person.name}", 60)
            panel.styles.height = "1fr"
            yield SessionsPane(self._who, sessions_of(self._who, self._person))
        keys = [("enter", "End it"), ("x", "End all"), ("esc", "Back")]
        yield Bottom(StatusLine(), KeyLine(keys, outside_fields=ELSEWHERE))

    def on_mount(self) -> None:
        self.look()

    def action_back(self) -> None:
        """Back to the details."""
        self.dismiss(None)

    @work
    async def look(self) -> None:
        """Show whose console this is."""
        await show_account(self, self._who)
