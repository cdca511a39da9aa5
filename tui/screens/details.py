"""What the details of a resource and of a group have in common: they look again, and close when it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on, work
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import TabbedContent

from core.errors import Fault, NotThere, Refusal
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.screens.panes.account_lines import show_account
from tui.seen import is_seen
from tui.widgets.answer_line import AnswerLine
from tui.widgets.lines import ELSEWHERE, KeyLine
from tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.screens.resource_acts import Act, Target
    from tui.signed_in import SignedIn

D = TypeVar("D", bound="Target")


class DetailsScreen(AnswersOnce, Screen[str], Generic[D]):
    """Its answer is what the list then says: why the screen has closed by itself, or nothing."""

    CSS_PATH = "details.tcss"
    AUTO_FOCUS = ""
    LOOK_EVERY: ClassVar[float] = 10
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back"), ("q", "app.request_quit", "Quit")]

    def __init__(self, who: SignedIn) -> None:
        super().__init__()
        self._who = who
        self._details: D | None = None
        self._looks = 0

    def on_mount(self) -> None:
        self.tell_account()
        self.look()
        self.set_interval(self.LOOK_EVERY, self._look_if_seen)

    def on_screen_resume(self) -> None:
        self._look_if_seen()

    # What each of them is

    def _ask(self) -> D:
        """Ask the core for the details; runs in a thread."""
        raise NotImplementedError

    async def _show(self, details: D, *, is_first: bool) -> None:
        """Show them."""
        raise NotImplementedError

    def _keys(self) -> list[tuple[str, str]]:
        """The keys that do something on the open tab."""
        raise NotImplementedError

    # What they share

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show everything as it is now; close if it is no longer in sight."""
        self._looks += 1
        try:
            details = await answered(self, self._ask)
        except NotThere as gone:
            self.dismiss(sentence(gone))
        except (Refusal, Fault) as trouble:
            self._answer.refuse(trouble)
        else:
            is_first, self._details = self._details is None, details
            await self._show(details, is_first=is_first)
            self.tell_keys()
        finally:
            self._looks -= 1

    def _look_if_seen(self) -> None:
        """Not while an answer is on its way, or a slow line would never bring one."""
        if not self._looks and is_seen(self):
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

    def tell_keys(self) -> None:
        """Tell the keys of the open tab."""
        self.query_one(KeyLine).tell((), outside_fields=(*self._keys(), ("esc", "Back"), *ELSEWHERE))

    @property
    def open_tab(self) -> str:
        """Which tab is open."""
        return self.query_one(TabbedContent).active

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss("")

    def _do(self, act: Act) -> None:
        if self._details is not None and not self._answer.busy:
            self.do(act, self._details)

    @work
    async def do(self, act: Act, details: D) -> None:
        """Do something with it and say what came of it."""
        with self._answer.answering():
            self._answer.tell(await act(self, self._who, details), good=True)
        self.look()

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one("#answer", AnswerLine)
