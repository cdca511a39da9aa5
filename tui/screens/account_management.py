"""Account Management: the Security tab, and Password & Security."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import TabbedContent, TabPane

from tui.answers_once import AnswersOnce
from tui.asking import AccountChanged
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.activity import ActivityPane
from tui.screens.panes.change_password import ChangePasswordPane
from tui.screens.panes.own_email import OwnEmailPane
from tui.screens.panes.security import SecurityPane
from tui.screens.panes.sessions import SessionsPane, own_sessions
from tui.screens.panes.support_pin import SupportPinPane
from tui.widgets.lines import ELSEWHERE, IN_FIELDS, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import AGENT, menu_of

if TYPE_CHECKING:
    from core.account import Account
    from tui.signed_in import SignedIn

SECURITY = "security"
PASSWORD_AND_SECURITY = "password-and-security"  # noqa: S105 - the name of a tab

MY_ACTIVITY = "my-activity"
SESSIONS = "sessions"

ENABLED, NEW_CODES, OLD_PASSWORD, PIN = "enabled", "new-codes", "old-field", "pin-field"
ACTIVITY, OPEN_SESSIONS = "activity-events", "open-sessions"
"""Where the focus may stand at first."""

_TABS = {ENABLED: SECURITY, NEW_CODES: SECURITY, ACTIVITY: MY_ACTIVITY, OPEN_SESSIONS: SESSIONS}
_KEYS = (("s p n m", "Tabs"), ("e", "E-mail"), *ELSEWHERE)
_AGENTS_KEYS = (("s p n m", "Tabs"), *ELSEWHERE)


class AccountManagementScreen(AnswersOnce, Screen[None]):
    """One's own account. Each pane does its own act and asks for a fresh look afterwards."""

    CSS_PATH = "account_management.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("s", f"open('{SECURITY}', '{ENABLED}')", "Security"),
        ("p", f"open('{PASSWORD_AND_SECURITY}', '{OLD_PASSWORD}')", "Password & Security"),
        ("e", "email", "E-mail"),
        ("n", f"open('{SESSIONS}', '{OPEN_SESSIONS}')", "Sessions"),
        ("m", f"open('{MY_ACTIVITY}', '{ACTIVITY}')", "My activity"),
        ("q", "app.request_quit", "Quit"),
    ]
    KEYS_HERE = (
        ("s, p", "Security, Password & Security"),
        ("n", "Sessions; there enter ends one, x all others"),
        ("m", "My activity; there v and V choose what is listed"),
        ("e", "the e-mail by which you sign in, and the code of a new one"),
    )

    def __init__(self, who: SignedIn, *, at: str = ENABLED, utf8: bool) -> None:
        super().__init__()
        self._who = who
        self._at = at
        self._tab = _TABS.get(at, PASSWORD_AND_SECURITY)
        self._utf8 = utf8

    def compose(self) -> ComposeResult:
        yield MenuBar(menu_of(self._who.role), current="Account Management")
        with TabbedContent(initial=self._tab, id="tabs"):
            with TabPane("Security", id=SECURITY):
                yield SecurityPane(self._who, utf8=self._utf8)
                if not self._is_agents:  # an agent's address is the host's to change
                    yield OwnEmailPane(self._who)
            with TabPane("Password & Security", id=PASSWORD_AND_SECURITY):
                yield ChangePasswordPane(self._who)
                if not self._is_agents:  # nobody asks an agent for a PIN: he does the asking
                    yield SupportPinPane(self._who)
            with TabPane("Sessions", id=SESSIONS):
                yield SessionsPane(self._who, own_sessions(self._who))
            with TabPane("My activity", id=MY_ACTIVITY):
                yield ActivityPane(self._who)
        yield Bottom(
            StatusLine(),
            KeyLine(
                [("esc", "Back")],
                outside_fields=_AGENTS_KEYS if self._is_agents else _KEYS,
                in_fields=(("tab", "Next"), *IN_FIELDS),
            ),
        )

    @property
    def _is_agents(self) -> bool:
        return self._who.role == AGENT

    def on_mount(self) -> None:
        self.look()
        self.call_after_refresh(self._focus_on, self._at)

    def action_open(self, tab: str, at: str) -> None:
        """Show a tab and put the focus into it."""
        tabs = self.query_one(TabbedContent)
        if tabs.active == tab:
            self.look_at_activity()
        tabs.active = tab
        self.call_after_refresh(self._focus_on, at)

    @on(TabbedContent.TabActivated)
    def look_at_activity(self) -> None:
        """What was done since is listed, too, when My activity is shown again; sessions look by themselves."""
        if self.query_one(TabbedContent).active == MY_ACTIVITY:
            self.query_one(ActivityPane).events.look()

    def action_email(self) -> None:
        """Show one's e-mail, with the focus on what can be done about it."""
        for pane in self.query(OwnEmailPane):
            self.query_one(TabbedContent).active = SECURITY
            self.call_after_refresh(pane.focus_email)

    def _focus_on(self, at: str) -> None:
        if at == ACTIVITY:
            self.query_one(ActivityPane).focus_events()
        elif at == OPEN_SESSIONS:
            self.query_one(SessionsPane).focus_rows()
        else:
            self.query_one(f"#{at}").focus()

    def action_back(self) -> None:
        """Back to the home screen."""
        self.dismiss(None)

    @on(AccountChanged)
    def look_again(self) -> None:
        """An act has changed the account."""
        self.look()

    @work
    async def look(self) -> None:
        """Show the account as it is now."""
        account = await show_account(self, self._who)
        if account is not None:
            self._show(account)

    def _show(self, account: Account) -> None:
        self.query_one(SecurityPane).show(account)
        self.query_one(ChangePasswordPane).show(account)
        for email in self.query(OwnEmailPane):
            email.show(account)
        for pin in self.query(SupportPinPane):
            pin.show(account)
