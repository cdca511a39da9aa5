"""One group: whether it forces 2-factor, who is in it, what they may do, and what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static, TabbedContent, TabPane

from core.groups import GroupDetails
from core.resources import Kind
from tui.foreseen import counted
from tui.screens import group_acts
from tui.screens.confirm import ConfirmScreen
from tui.screens.details import DetailsScreen
from tui.screens.panes.group_shares import GroupSharesPane
from tui.screens.panes.members import MembersPane
from tui.screens.panes.privileges import PrivilegesPane
from tui.shown import shown
from tui.widgets.answer_line import AnswerLine
from tui.widgets.check_box import CheckBox
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MENU

if TYPE_CHECKING:
    from uuid import UUID

    from tui.signed_in import SignedIn

MEMBERS, PRIVILEGES, SHARES = "members", "privileges", "shares"
_PANES: dict[str, type[MembersPane | PrivilegesPane | GroupSharesPane]] = {
    MEMBERS: MembersPane,
    PRIVILEGES: PrivilegesPane,
    SHARES: GroupSharesPane,
}
_OFF = "Members are asked for a second factor only if something else forces it."
_UNSAVED = "The privileges that you ticked are not saved. Leave all the same?"


class GroupDetailsScreen(DetailsScreen[GroupDetails]):
    """Everything about one group."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("m", f"open('{MEMBERS}')", "Members"),
        ("p", f"open('{PRIVILEGES}')", "Privileges"),
        ("s", f"open('{SHARES}')", "Shares"),
        ("f", "force", "Force 2-Factor Auth"),
        ("e", "rename", "Rename"),
        ("a", "add('data_center')", "Add"),
        ("A", "add('snapshot')", "Add snapshots"),
    ]
    KEYS_HERE = (
        ("m, p, s", "Members, Privileges, Shares"),
        ("f", "Force 2-Factor Auth, on or off"),
        ("e", "another name"),
        ("a, x", "add members or shares, remove them; space ticks several"),
        ("A", "share snapshots"),
    )

    def __init__(self, who: SignedIn, group_id: UUID) -> None:
        super().__init__(who)
        self._group_id = group_id

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        with Vertical(id="head"):
            yield Static(id="title")
            yield Static(id="facts")
            yield CheckBox("Force 2-Factor Auth", id="force")
            yield Static(id="forced-state")
            yield AnswerLine(id="answer")
        with TabbedContent(id="tabs", initial=MEMBERS):
            yield TabPane("Members", id=MEMBERS)
            yield TabPane("Privileges", id=PRIVILEGES)
            yield TabPane("Shares", id=SHARES)
        yield Bottom(StatusLine(), KeyLine([("esc", "Back")], outside_fields=ELSEWHERE, lines=2))

    def _ask(self) -> GroupDetails:
        return self._who.services.groups.details(self._who.session, self._group_id)

    async def _show(self, details: GroupDetails, *, is_first: bool) -> None:
        self.query_one("#title", Static).update(shown(details.name))
        members = counted(details.members, "member", "members")
        sees = counted(details.shares, "resource", "resources")
        self.query_one("#facts", Static).update(f"Group · {members} · sees {sees}")
        self.query_one("#force", CheckBox).ticked = details.force_sec_auth
        by = f"Activated by {details.forced_by}. " if details.forced_by else ""
        state = f"{by}Effective with the next login of each member." if details.force_sec_auth else _OFF
        self.query_one("#forced-state", Static).update(shown(state))
        for pane in self.query(PrivilegesPane):
            pane.show(details)
        if is_first:
            await self.show_pane()

    # Tabs: a pane is made when its tab is opened for the first time

    def action_open(self, tab: str) -> None:
        """Show a tab and put the focus into it."""
        if self.open_tab == tab:
            self._open_pane()
            return
        self.set_focus(None)  # Textual would move it to another box of the tab that is left, and so stay there.
        self.query_one(TabbedContent).active = tab

    @on(TabbedContent.TabActivated)
    def _open_pane(self) -> None:
        self.open_pane()

    @work(exclusive=True, group="pane")
    async def open_pane(self) -> None:
        """Show what the open tab is about."""
        await self.show_pane()
        self.tell_keys()

    async def show_pane(self) -> None:
        """Make the pane of the open tab if it is not there yet, and put the focus into it."""
        tab = self.query_one(f"#{self.open_tab}", TabPane)
        if self._details is None:
            return
        if not tab.children:
            await tab.mount(_PANES[self.open_tab](self._who, self._details))
        for pane in tab.query(_PANES[self.open_tab]):
            pane.opened()

    def _keys(self) -> list[tuple[str, str]]:
        return [*_PANES[self.open_tab].KEYS, ("f", "Force 2-Factor Auth"), ("e", "Rename"), ("m p s", "Tabs")]

    # Acts

    def action_back(self) -> None:
        """Back to the list; what is ticked and not saved is not lost unasked."""
        if any(pane.is_unsaved for pane in self.query(PrivilegesPane)):
            self.leave_after_question()
        else:
            self.dismiss("")

    @work
    async def leave_after_question(self) -> None:
        """Leave, unless the person wants to save first."""
        if await self.app.push_screen_wait(ConfirmScreen("Not saved", text=_UNSAVED, yes="Leave", no="Stay")):
            self.dismiss("")

    def action_rename(self) -> None:
        """Give it another name."""
        self._do(group_acts.rename)

    @on(CheckBox.Asked, "#force")
    def action_force(self) -> None:
        """Force 2-factor for the members, or no longer."""
        if self._details is not None:
            self._do(group_acts.release if self._details.force_sec_auth else group_acts.force)

    def action_add(self, kind: str) -> None:
        """Add to what is listed on the open tab."""
        if self.open_tab == SHARES:
            for shares in self.query(GroupSharesPane):
                shares.action_add(Kind(kind))
        elif self.open_tab == MEMBERS:
            for members in self.query(MembersPane):
                members.action_add()

    @on(MembersPane.Changed)
    def look_at_members(self) -> None:
        """The count in the head reads otherwise now."""
        self.look()
