"""Resets of 2-factor that wait for a colleague of whoever asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from core.factor_resets import WaitingReset
from core.listing import Page, Way
from core.wording import moment
from tui.asking import with_proof
from tui.screens.desk.approval import APPROVE, DECLINE, ApprovalScreen
from tui.screens.desk.verbs import cool_off
from tui.seen import is_seen
from tui.widgets.answer_line import AnswerLine
from tui.widgets.row_list import Column, RowList

if TYPE_CHECKING:
    from core.listing import Key, Stretch
    from tui.signed_in import SignedIn

_COLUMNS = (
    Column("Contract", width=14, fraction=2),
    Column("Account", width=13, fraction=1),
    Column("Asked by", width=10, fraction=1),
    Column("Until", width=9),
    Column("Reason", width=12, fraction=3, min_columns=76),
)
_TITLE = "Waiting for a colleague"
_NOTHING = "Nothing waits."
_EMPTY = "empty"


class WaitingPane(Widget):
    """The list, which is looked at anew by itself; Enter opens one."""

    LOOK_EVERY: ClassVar[float] = 2
    """Seconds."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="waiting")
        self._who = who
        self._under_way = 0
        self._told_at: object = None
        """Where the cursor was when the answer line was first seen; on another row, what it says is of before."""
        self.answer = AnswerLine(id="waiting-answer")
        self.list: RowList[WaitingReset] = RowList(
            _COLUMNS,
            self._page,
            cells=self._cells,
            key=_key,
            identity=attrgetter("id"),
            id="waiting-list",
            empty=_NOTHING,
            selectable=False,
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = _TITLE
            yield Static(_TITLE, classes="frame-title")
            yield self.answer
            yield self.list

    def on_mount(self) -> None:
        self.set_interval(self.LOOK_EVERY, self.look_if_seen)

    def focus_list(self) -> None:
        """Put the focus into the list."""
        self.list.focus()

    def look(self) -> None:
        """Look at what waits now."""
        self.list.refresh_rows()

    def look_if_seen(self) -> None:
        """Not while rows are on their way, or a slow line would never bring any."""
        if not self._under_way and is_seen(self):
            self.look()

    def forget_answer(self) -> None:
        """Something else was done since what the answer line says."""
        if not self.answer.busy:
            self.answer.tell("")

    @on(RowList.Moved)
    def forget_answer_of_another(self, event: RowList.Moved[WaitingReset]) -> None:
        """What is said of one is over when another is marked; not when the list only shows what was just done."""
        event.stop()
        at = event.row.id if event.row is not None else _EMPTY
        if self._told_at is None:
            self._told_at = at
        elif at != self._told_at:
            self.forget_answer()

    @on(RowList.Failed)
    def say_failure(self, event: RowList.Failed[Any]) -> None:
        """Say why no rows come."""
        event.stop()
        self.answer.refuse(event.trouble)

    @on(RowList.Chosen)
    def open_chosen(self, event: RowList.Chosen[WaitingReset]) -> None:
        """Show the one that is marked."""
        event.stop()
        if not self.answer.busy:
            self.decide(event.row)

    @work
    async def decide(self, reset: WaitingReset) -> None:
        """Show one, and do what is chosen."""
        resets, session = self._who.services.factor_resets, self._who.session
        with self.answer.answering():
            choice = await self.app.push_screen_wait(ApprovalScreen(reset, cool_off=cool_off(self._who)))
            whose = f"{reset.masked_email} ({reset.contract})"
            if choice == APPROVE:
                question = f"To approve the reset of 2-factor of {whose}, prove that it is you."
                due = await with_proof(self.screen, self._who, question, partial(resets.approve, session, reset.id))
                told = f"Approved. 2-factor of {reset.masked_email} can be removed at a sign-in from {moment(due)} on."
                self.answer.tell(told, good=True)
            elif choice == DECLINE:
                question = f"To decline the reset of 2-factor of {whose}, prove that it is you."
                await with_proof(self.screen, self._who, question, partial(resets.decline, session, reset.id))
                self.answer.tell(f"Declined. 2-factor of {reset.masked_email} stays.", good=True)
        self._told_at = None
        self.look()

    def _page(self, stretch: Stretch) -> Page[WaitingReset]:
        self._under_way += 1
        try:
            rows = self._who.services.factor_resets.waiting(self._who.session)
        finally:
            self._under_way -= 1
        is_all = stretch.way in {Way.FIRST, Way.LAST, Way.FROM}  # they are few: one page
        return Page(rows if is_all else (), None, None)

    def _cells(self, row: WaitingReset) -> Sequence[str | Text]:
        asked_by = "you" if row.is_own else row.asked_by
        until = f"{row.until:%H:%M} UTC" if row.due_at is None else f"✓ {row.due_at.day} {row.due_at:%b}"
        return (row.contract, row.masked_email, asked_by, until, row.reason)


def _key(row: WaitingReset) -> Key:
    return (row.asked_at, row.id)
