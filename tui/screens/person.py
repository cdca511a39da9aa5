"""The user details over the list, where there is no room beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from tui.answers_once import AnswersOnce
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.person import PersonPane
from tui.screens.person_acts import ACTS
from tui.widgets.lines import Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MENU

if TYPE_CHECKING:
    from uuid import UUID

    from tui.signed_in import SignedIn

KEYS_OF_DETAILS = (
    ("f, space", "tick Force 2-Factor Auth; Save makes it count"),
    *((act.letter, act.label) for act in ACTS),
)


class PersonScreen(AnswersOnce, Screen[str]):
    """One person; the answer is what is to be said of him where he is gone."""

    CSS_PATH = "resource_manager.tcss"
    AUTO_FOCUS = "#force"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-two-columns")]  # noqa: RUF012 - Textual's type is no ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back"), ("q", "app.request_quit", "Quit")]
    KEYS_HERE = KEYS_OF_DETAILS

    def __init__(self, who: SignedIn, person_id: UUID) -> None:
        super().__init__()
        self._who = who
        self._person_id = person_id

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        yield PersonPane(self._who)
        yield Bottom(
            StatusLine(),
            KeyLine([("tab", "Next"), ("f", "Tick"), ("enter", "Do it"), ("esc", "Back to the list")]),
        )

    def on_mount(self) -> None:
        self.look()
        self.query_one(PersonPane).open(self._person_id)

    @on(PersonPane.Gone)
    def leave(self, event: PersonPane.Gone) -> None:
        """Nobody is left to show."""
        self.dismiss(event.told)

    @work
    async def look(self) -> None:
        """Show whose console this is."""
        await show_account(self, self._who)

    @work(exclusive=True)
    async def action_back(self) -> None:
        """Back to the list, once it is clear what becomes of a tick that is not saved."""
        if await self.query_one(PersonPane).may_leave():
            self.dismiss("")
