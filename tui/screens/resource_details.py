"""One data center or snapshot: its facts, who has access, and who sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static, TabbedContent, TabPane

from core.errors import Fault, NotThere, Refusal
from core.resources import Kind
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.screens import resource_acts
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.shares import SharesPane
from tui.screens.panes.sight import SightPane
from tui.seen import is_seen
from tui.shown import shown
from tui.times import told
from tui.widgets.answer_line import AnswerLine
from tui.widgets.check_box import CheckBox
from tui.widgets.lines import ELSEWHERE, Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.widgets.row_list import RowList
from tui.wording import MANAGING, MENU

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any
    from uuid import UUID

    from core.resources import ResourceDetails
    from tui.signed_in import SignedIn

LOOK_EVERY = 2
"""Seconds until the details of what is no longer in sight close."""

SECURITY, SIGHT = "security", "sight"
_KINDS = {Kind.DATA_CENTER: "Data center", Kind.SNAPSHOT: "Snapshot"}
_ON = "Open only to people with 2-factor authentication, whatever their role. Others find it nowhere."
_OFF = "Open to everybody whom role or group gives it, with 2-factor or without."


class ResourceDetailsScreen(AnswersOnce, Screen[str]):
    """Its answer is what the list then says: why the screen has closed by itself, or nothing."""

    CSS_PATH = "details.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("s", f"open('{SECURITY}')", "Security"),
        ("w", f"open('{SIGHT}')", "Who can see this"),
        ("e", "rename", "Rename"),
        ("q", "app.request_quit", "Quit"),
    ]
    KEYS_HERE = (
        ("s, w", "Security, Who can see this"),
        ("e", "another name"),
        ("a, enter, x", "share with groups, change a share, take it back"),
        ("f", "who sees it, who does not and why, everybody"),
    )

    def __init__(self, who: SignedIn, resource_id: UUID) -> None:
        super().__init__()
        self._who = who
        self._resource_id = resource_id
        self._details: ResourceDetails | None = None
        self._looks = 0

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
        self.tell_account()
        self.look()
        self.set_interval(LOOK_EVERY, self._look_if_seen)
        self.query_one(CheckBox).focus()

    # Looking

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show the resource as it is now; close if it is no longer in sight."""
        self._looks += 1
        try:
            details = await answered(self, self._who.services.resources.details, self._who.session, self._resource_id)
        except NotThere as gone:
            self.dismiss(sentence(gone))
        except (Refusal, Fault) as trouble:
            self._answer.refuse(trouble)
        else:
            await self._show(details)
        finally:
            self._looks -= 1

    def _look_if_seen(self) -> None:
        if not self._looks and self.is_attached and is_seen(self):
            self.look()

    @on(RowList.Failed)
    def close_if_gone(self, event: RowList.Failed[Any]) -> None:
        """One of the lists knows it before the screen does."""
        if isinstance(event.trouble, NotThere):
            self.dismiss(sentence(event.trouble))

    @work
    async def tell_account(self) -> None:
        """Say whose console this is."""
        await show_account(self, self._who)

    async def _show(self, details: ResourceDetails) -> None:
        is_first, self._details = self._details is None, details
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
        if "share" in details.rights:
            await self.query_one(f"#{SECURITY}").mount(SharesPane(self._who, details))
        if self._who.role in MANAGING:
            await self.query_one(f"#{SIGHT}").mount(SightPane(self._who, details.id))
        self._tell_keys()

    # Tabs

    def action_open(self, tab: str) -> None:
        """Show a tab and put the focus into it."""
        if tab == SIGHT and self._who.role not in MANAGING:
            return
        self.query_one(TabbedContent).active = tab
        self.call_after_refresh(self._focus_on, tab)

    def _focus_on(self, tab: str) -> None:
        if tab == SECURITY:
            self.query_one(CheckBox).focus()

    @on(TabbedContent.TabActivated)
    def tell_tab(self) -> None:
        """Another tab is open now."""
        sight = self.query(SightPane)
        if sight and self.query_one(TabbedContent).active == SIGHT:
            sight.first().opened()
        self._tell_keys()

    def _tell_keys(self) -> None:
        is_sight = self.query_one(TabbedContent).active == SIGHT
        panes = [*(self.query(SightPane) if is_sight else self.query(SharesPane))]
        keys = panes[0].keys() if panes else []
        if self._details is not None and "rename" in self._details.rights:
            keys.append(("e", "Rename"))
        tabs = [("s", "Security"), ("w", "Who can see this")] if self._who.role in MANAGING else []
        outside = (*keys, *tabs, ("esc", "Back"), *ELSEWHERE)
        self.query_one(KeyLine).tell((), outside_fields=outside)

    # Acts

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss("")

    def action_rename(self) -> None:
        """Give it another name."""
        self._do(resource_acts.rename)

    @on(CheckBox.Asked)
    def change_protection(self, event: CheckBox.Asked) -> None:
        """Protect it, or no longer."""
        self._do(resource_acts.unprotect if event.box.ticked else resource_acts.protect)

    def _do(self, act: Callable[..., Awaitable[str]]) -> None:
        if self._details is not None and not self._answer.busy:
            self.do(act, self._details)

    @work
    async def do(self, act: Callable[..., Awaitable[str]], details: ResourceDetails) -> None:
        """Do something and say what came of it."""
        with self._answer.answering():
            self._answer.tell(await act(self, self._who, details), good=True)
        self.look()

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one("#answer", AnswerLine)
