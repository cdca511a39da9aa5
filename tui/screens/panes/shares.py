"""The groups that have a resource, and what they may do with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from core.shares import Given, GroupChoice, ResourceShareRow
from tui.answers import answered
from tui.asking import with_proof
from tui.screens.confirm import ConfirmScreen
from tui.screens.forecast import ForecastScreen
from tui.screens.give import GiveScreen
from tui.screens.pick import PickScreen
from tui.screens.resource_acts import quoted
from tui.widgets.row_list import Column, RowList
from tui.widgets.searched_list import Listed, SearchedList
from tui.wording import MANAGING

if TYPE_CHECKING:
    from core.listing import Page, Stretch
    from core.login_steps import Session
    from core.resources import ResourceDetails
    from tui.signed_in import SignedIn

_COLUMNS = (Column("Group", width=20, fraction=1), Column("May", width=22))
_CHOICES = (Column("Group", fraction=1),)
_EMPTY = "No group has access: only the contract owner, administrators and the creator see it. Press a to share it."
_LOST = "Members who see it by nothing else lose it at once."


def rights(*, edit: bool, share: bool) -> str:
    """What a share lets members do, in words."""
    more = [word for word, given in (("edit", edit), ("share", share)) if given]
    return " and ".join(filter(None, [", ".join(["read", *more[:-1]]), *more[-1:]]))


class SharesPane(Widget):
    """Lists them; gives the resource to others, and takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "remove", "Take back", show=False),
    ]
    KEYS = (("a", "Share with a group"), ("enter", "Change"), ("x", "Take back"))

    def __init__(self, who: SignedIn, resource: ResourceDetails) -> None:
        super().__init__()
        self._who = who
        self._resource = resource
        self.rows: SearchedList[ResourceShareRow] = SearchedList(
            who,
            Listed(
                _COLUMNS,
                self._page,
                lambda row: (row.group, rights(edit=row.edit, share=row.share)),
                one="group",
                many="groups",
                searched=False,
                identity=lambda row: row.group_id,
                empty=_EMPTY,
            ),
        )

    def compose(self) -> ComposeResult:
        yield Static("Groups that have access", classes="heading")
        yield self.rows

    def opened(self) -> None:
        """Put the focus into the list and look again."""
        self.rows.focus_list()
        self.rows.look()

    # Keys

    def action_add(self) -> None:
        """Give the resource to groups."""
        if not self.rows.answer.busy:
            self.add()

    @on(RowList.Chosen)
    def change(self, event: RowList.Chosen[ResourceShareRow]) -> None:
        """Let a group do more with it, or less."""
        event.stop()
        row = event.row
        if not self.rows.answer.busy:
            self.give([row.group_id], Given(row.edit, row.share), title=f"What may {quoted(row.group)} do?", yes="Save")

    def action_remove(self) -> None:
        """Take it from the group under the cursor."""
        row = self.rows.list.current
        if row is not None and not self.rows.answer.busy:
            self.take_back(row)

    # Acts

    @work
    async def add(self) -> None:
        """Pick groups and give them the resource."""
        with self.rows.answer.answering():
            listed: Listed[GroupChoice] = Listed(
                _CHOICES, self._choices, lambda row: (row.name,), one="group", many="groups", selectable=True
            )
            title = f"Share {quoted(self._resource.name)} with"
            picked = await self.app.push_screen_wait(PickScreen(self._who, title, listed, take="Share with"))
            if picked:
                whom = "1 group" if len(picked) == 1 else f"{len(picked)} groups"
                await self._give([UUID(str(each)) for each in picked], Given(), title=f"{title} {whom}", yes="Share")

    @work
    async def give(self, group_ids: Sequence[UUID], given: Given, *, title: str, yes: str) -> None:
        """Change what groups may do."""
        with self.rows.answer.answering():
            await self._give(group_ids, given, title=title, yes=yes)

    async def _give(self, group_ids: Sequence[UUID], given: Given, *, title: str, yes: str) -> None:
        def act(new: Given) -> None:
            for group_id in group_ids:
                self._who.services.shares.share(self._who.session, self._resource.id, group_id, new)

        proof = f"To share {quoted(self._resource.name)}, prove that it is you."
        done = await self.app.push_screen_wait(GiveScreen(self._who, title, given=given, act=act, proof=proof, yes=yes))
        self.rows.look()
        if done:
            self.rows.answer.tell("Saved. It counts at once.", good=True)

    @work
    async def take_back(self, row: ResourceShareRow) -> None:
        """Tell who would lose it, and take it back."""
        with self.rows.answer.answering():
            if not await self.app.push_screen_wait(await self._question(row)):
                return
            question = f"To take {quoted(self._resource.name)} from {quoted(row.group)}, prove that it is you."
            act = partial(self._who.services.shares.unshare, self._who.session, self._resource.id, row.group_id)
            await with_proof(self.screen, self._who, question, act)
            self.rows.look()
            self.rows.answer.tell(f"{quoted(row.group)} has it no longer.", good=True)

    async def _question(self, row: ResourceShareRow) -> Any:
        title = f"Take it from {quoted(row.group)}?"
        if self._who.role not in MANAGING:
            return ConfirmScreen(title, text=_LOST, yes="Take back")
        ask = self._who.services.forecast.of_unsharing
        forecast = await answered(self, ask, self._who.session, self._resource.id, row.group_id)
        return ForecastScreen(title, forecast, yes="Take back")

    # What is shown

    def _page(self, session: Session, _: str, stretch: Stretch) -> Page[ResourceShareRow]:
        return self._who.services.shares.of_resource(session, self._resource.id, stretch)

    def _choices(self, session: Session, search: str, stretch: Stretch) -> Page[GroupChoice]:
        return self._who.services.shares.groups(session, self._resource.id, search, stretch)
