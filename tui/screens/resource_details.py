"""One data center or snapshot: its facts, who has access, and who sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static, TabbedContent, TabPane

from core.resources import Kind, ResourceDetails
from tui.screens import resource_acts
from tui.screens.details import DetailsScreen
from tui.screens.panes.shares import SharesPane
from tui.screens.panes.sight import SightPane
from tui.shown import shown
from tui.times import told
from tui.widgets.answer_line import AnswerLine
from tui.widgets.check_box import CheckBox
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import MANAGING, MENU

if TYPE_CHECKING:
    from uuid import UUID

    from tui.signed_in import SignedIn

SECURITY, SIGHT = "security", "sight"
_KINDS = {Kind.DATA_CENTER: "Data center", Kind.SNAPSHOT: "Snapshot"}
_ON = "Open only to people with 2-factor authentication, whatever their role. Others find it nowhere."
_OFF = "Open to everybody whom role or group gives it, with 2-factor or without."


class ResourceDetailsScreen(DetailsScreen[ResourceDetails]):
    """What is no longer in sight closes within two seconds."""

    LOOK_EVERY = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        ("s", f"open('{SECURITY}')", "Security"),
        ("w", f"open('{SIGHT}')", "Who can see this"),
        ("e", "rename", "Rename"),
        ("p", "protect", "2-Factor protection"),
        ("a", "share", "Share with a group"),
    ]
    KEYS_HERE = (
        ("s, w", "Security, Who can see this"),
        ("p", "2-Factor protection, on or off"),
        ("e", "another name"),
        ("a, enter, x", "share with groups, change a share, take it back"),
        ("v", "who sees it, who does not and why, everybody"),
    )

    def __init__(self, who: SignedIn, resource_id: UUID) -> None:
        super().__init__(who)
        self._resource_id = resource_id

    def compose(self) -> ComposeResult:
        yield MenuBar(MENU, current="Resource Manager")
        with Vertical(id="head"):
            yield Static(id="title")
            yield Static(id="facts")
            yield AnswerLine(id="answer")
        with TabbedContent(id="tabs", initial=SECURITY):
            with TabPane("Security", id=SECURITY):
                yield CheckBox("2-Factor protection", id="protection")
                yield Static(id="protection-state")
            yield TabPane("Who can see this", id=SIGHT)
        yield Bottom(StatusLine(), KeyLine([("esc", "Back")], outside_fields=ELSEWHERE, lines=2))

    def on_mount(self) -> None:
        if self._who.role not in MANAGING:
            self.query_one(TabbedContent).hide_tab(SIGHT)
        self.query_one(CheckBox).focus()

    def _ask(self) -> ResourceDetails:
        return self._who.services.resources.details(self._who.session, self._resource_id)

    async def _show(self, details: ResourceDetails, *, is_first: bool) -> None:
        self.query_one("#title", Static).update(shown(details.name))
        created = told(details.created_at, now=self._who.services.now())
        facts = f"{_KINDS[details.kind]} · created {created} by {details.creator}"
        self.query_one("#facts", Static).update(shown(facts))
        box = self.query_one(CheckBox)
        box.ticked = details.protected
        box.set_class("protect" not in details.rights, "-locked")
        self.query_one("#protection-state", Static).update(_ON if details.protected else _OFF)
        if is_first:
            await self._fill(details)

    async def _fill(self, details: ResourceDetails) -> None:
        """Bring the lists that this session may see; asking for others would be a denial in the audit."""
        if self._who.role in MANAGING:
            await self.query_one(f"#{SIGHT}").mount(SightPane(self._who, details.id))
        if "share" in details.rights:
            await self.query_one(f"#{SECURITY}").mount(SharesPane(self._who, details))
            self._focus_on(SECURITY)

    # Tabs

    def action_open(self, tab: str) -> None:
        """Show a tab and put the focus into it."""
        if tab == SIGHT and self._who.role not in MANAGING:
            return
        self.query_one(TabbedContent).active = tab
        self.call_after_refresh(self._focus_on, tab)

    def _focus_on(self, tab: str) -> None:
        panes = [*(self.query(SightPane) if tab == SIGHT else self.query(SharesPane))]
        if panes:
            panes[0].opened()
        else:
            self.query_one(CheckBox).focus()

    @on(TabbedContent.TabActivated)
    def tell_tab(self) -> None:
        """Another tab is open now."""
        self.tell_keys()

    def _keys(self) -> list[tuple[str, str]]:
        rights = self._details.rights if self._details else frozenset()
        keys = [("p", "2-Factor protection")] if "protect" in rights else []
        keys += [("e", "Rename")] if "rename" in rights else []
        keys += [("s w", "Tabs")] if self._who.role in MANAGING else []
        if self.open_tab == SIGHT:
            return [("v", "Filter"), *keys]
        return [*SharesPane.KEYS, *keys] if "share" in rights else keys

    # Acts

    def action_rename(self) -> None:
        """Give it another name."""
        self._do(resource_acts.rename)

    @on(CheckBox.Asked)
    def action_protect(self) -> None:
        """Protect it, or no longer."""
        if self._details is not None:
            self._do(resource_acts.unprotect if self._details.protected else resource_acts.protect)

    def action_share(self) -> None:
        """Share it with groups, wherever the focus is."""
        for pane in self.query(SharesPane):
            pane.action_add()
