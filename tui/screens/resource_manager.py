"""The Resource Manager: data centers, snapshots, the User Manager, groups and support calls, each on a tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from tui.answers import is_gone
from tui.answers_once import AnswersOnce
from tui.screens.panes.account_lines import show_account
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MANAGING, MENU

if TYPE_CHECKING:
    from tui.signed_in import SignedIn

DATA_CENTERS, SNAPSHOTS, USER_MANAGER, GROUPS = "data-centers", "snapshots", "user-manager", "groups"
SUPPORT_CALLS = "support-calls"
_TITLES = {
    DATA_CENTERS: "Data Centers",
    SNAPSHOTS: "Snapshots",
    USER_MANAGER: "User Manager",
    GROUPS: "Groups",
    SUPPORT_CALLS: "Support Calls",
}
_LETTERS = {DATA_CENTERS: "d", SNAPSHOTS: "s", USER_MANAGER: "u", GROUPS: "g", SUPPORT_CALLS: "c"}
_FOR_MANAGERS = (USER_MANAGER, GROUPS, SUPPORT_CALLS)
_KEYS = (
    ("d, s, u, g, c", "Data Centers, Snapshots, User Manager, Groups, Support Calls"),
    ("/", "search; enter, ↓ and esc go to the list"),
)


@runtime_checkable
class _Pane(Protocol):
    """What every pane of the Resource Manager does."""

    def opened(self) -> None:
        """Its tab was chosen: put the focus into the list and look again, keeping the place."""

    def keys(self) -> list[tuple[str, str]]:
        """The keys that do something in it, for the key line."""


class ResourceManagerScreen(AnswersOnce, Screen[None]):
    """The tabs. A pane is made when its tab is opened for the first time, so nothing is fetched that nobody sees."""

    CSS_PATH = "resource_manager.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-roomy")]  # noqa: RUF012 - Textual's type is no ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        *((letter, f"open('{tab}')", _TITLES[tab]) for tab, letter in _LETTERS.items()),
        ("q", "app.request_quit", "Quit"),
    ]

    def __init__(self, who: SignedIn, *, tab: str = DATA_CENTERS, only: str = "all", utf8: bool) -> None:
        """`only`: the filter with which the User Manager opens, by its value."""
        super().__init__()
        self._only = only
        self._who = who
        self._wanted = tab
        self._utf8 = utf8

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        with TabbedContent(id="tabs", initial=DATA_CENTERS if self._wanted in _FOR_MANAGERS else self._wanted):
            for tab, title in _TITLES.items():
                yield TabPane(title, id=tab)
        yield Bottom(StatusLine(), KeyLine([("esc", "Back")], outside_fields=ELSEWHERE, lines=2))

    def on_mount(self) -> None:
        self._offer()
        self.look()

    def on_screen_resume(self) -> None:
        self.look()

    @property
    def KEYS_HERE(self) -> tuple[tuple[str, str], ...]:  # noqa: N802 - a constant of the other screens
        """The keys of the open pane, for the help."""
        pane = self.pane
        keys = getattr(pane, "KEYS_HERE", None) or (pane.keys() if isinstance(pane, _Pane) else ())
        told = {key for key, _ in _KEYS}
        return (*(key for key in keys if key[0] not in told), *_KEYS)

    @property
    def pane(self) -> Widget | None:
        """What stands on the open tab, once it is made."""
        open_tab = self.query_one(TabbedContent).active_pane
        return open_tab.children[0] if open_tab is not None and open_tab.children else None

    def action_open(self, tab: str) -> None:
        """Show a tab, if this role has it, with the focus in its list."""
        if tab in _FOR_MANAGERS and self._who.role not in MANAGING:
            return
        tabs = self.query_one(TabbedContent)
        if tabs.active == tab:
            self._show_pane()
        tabs.active = tab

    def action_back(self) -> None:
        """Back to the home screen."""
        self.dismiss(None)

    @on(TabbedContent.TabActivated)
    def show_tab(self) -> None:
        """Another tab is open now."""
        self._show_pane()

    def on_people_pane_keys_changed(self) -> None:
        self.tell_keys()

    def on_groups_pane_keys_changed(self) -> None:
        self.tell_keys()

    def on_resources_pane_keys_changed(self) -> None:
        self.tell_keys()

    @work
    async def look(self) -> None:
        """Show whose console this is, and the tabs that are his."""
        if await show_account(self, self._who) is not None:
            self._offer()

    @work(exclusive=True, group="pane")
    async def _show_pane(self) -> None:
        """Make the pane of the open tab, if it is not there yet, and let it look."""
        tab = self.query_one(TabbedContent).active_pane
        if tab is None or tab.id is None or (tab.id in _FOR_MANAGERS and self._who.role not in MANAGING):
            return
        if not tab.children:
            await tab.mount(self._made(tab.id))
        if is_gone(self):
            return
        pane = self.pane
        if isinstance(pane, _Pane) and tab.id == self.query_one(TabbedContent).active:
            pane.opened()
            self.tell_keys()

    def tell_keys(self) -> None:
        """Tell the keys of the open pane."""
        may = self._who.role in MANAGING
        tabs = " ".join(letter for tab, letter in _LETTERS.items() if may or tab not in _FOR_MANAGERS)
        if isinstance(self.pane, _Pane):
            outside = (*self.pane.keys(), (tabs, "Tab"), ("esc", "Back"), *ELSEWHERE)
            self.query_one(KeyLine).tell((), outside_fields=outside)

    def _offer(self) -> None:
        """Show the tabs that the role has; open the one that was asked for, once it is clear that it is his."""
        tabs = self.query_one(TabbedContent)
        may = self._who.role in MANAGING
        if not may and tabs.active in _FOR_MANAGERS:
            tabs.active = DATA_CENTERS
        for tab in _FOR_MANAGERS:
            (tabs.show_tab if may else tabs.hide_tab)(tab)
        if may and self._wanted in _FOR_MANAGERS:
            wanted, self._wanted = self._wanted, ""
            tabs.active = wanted

    def _made(self, tab: str) -> Widget:
        from core.people import Filter, PeopleView
        from core.resources import Kind
        from tui.screens.panes.groups import GroupsPane
        from tui.screens.panes.people import PeoplePane
        from tui.screens.panes.resources import ResourcesPane
        from tui.screens.panes.support_calls import SupportCallsPane

        match tab:
            case "data-centers":
                return ResourcesPane(self._who, Kind.DATA_CENTER)
            case "snapshots":
                return ResourcesPane(self._who, Kind.SNAPSHOT)
            case "user-manager":
                return PeoplePane(self._who, view=PeopleView(filter=Filter(self._only)))
            case "support-calls":
                return SupportCallsPane(self._who)
            case _:
                return GroupsPane(self._who)
