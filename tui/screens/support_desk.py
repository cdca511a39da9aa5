"""The support desk: where an agent works. One call at a time, and what waits for his approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from core.errors import CallOver, Fault, NotThere, Refusal, SessionLocked, SessionOver
from core.support_calls import RAN_OUT
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.asking import SessionLost
from tui.screens.account_management import ACTIVITY, ENABLED, OLD_PASSWORD, AccountManagementScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.desk.call import CallPane
from tui.screens.desk.keys import keys_here, tell_keys
from tui.screens.desk.opening import OpeningPane
from tui.screens.desk.verbs import ASK_FACTOR_RESET, OF_CALL, VERBS, Verb, offered
from tui.screens.desk.waiting import WaitingPane
from tui.screens.panes.account_lines import show_account
from tui.screens.panes.since_last import SinceLastPane
from tui.seen import is_seen
from tui.widgets.answer_line import AnswerLine
from tui.widgets.countdown import Countdown
from tui.widgets.lines import Bottom, KeyLine, StatusLine
from tui.widgets.menu_bar import MenuBar
from tui.wording import AGENTS_MENU

if TYPE_CHECKING:
    from core.agents_call import AgentsCall
    from tui.signed_in import SignedIn


class SupportDeskScreen(AnswersOnce, Screen[str]):
    """The first screen of a signed-in agent; its answer is the notice that the login then shows."""

    CSS_PATH = "support_desk.tcss"
    AUTO_FOCUS = "#wanted-field"
    LOOK_EVERY: ClassVar[float] = 1.2
    """Seconds between two looks at an open call: that the caller has ended it is seen within two."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("c", "support_desk", "The call"),
        ("w", "waiting", "Waiting for a colleague"),
        ("a", "account_management", "Account Management"),
        ("v", "since_last", "Since your last visit"),
        ("e", "end_call", "End call"),
        *((verb.letter, f"verb('{verb.letter}')", verb.label) for verb in VERBS),
        ("q", "app.request_quit", "Quit"),
        ("escape", "leave", "Menu"),
    ]

    def __init__(self, who: SignedIn, *, utf8: bool) -> None:
        super().__init__()
        self._who = who
        self._utf8 = utf8
        self._offered = offered(who)
        self.KEYS_HERE = keys_here(self._offered)
        self._call: AgentsCall | None = None
        self._changes = 0
        self._looking = False
        self._failed = False

    def compose(self) -> ComposeResult:
        yield MenuBar(AGENTS_MENU, current="Support Desk")
        with Vertical(id="page"):
            yield SinceLastPane(self._who)
            yield AnswerLine(id="answer")
            yield OpeningPane(self._who)
            yield CallPane(self._who)
            yield WaitingPane(self._who)
        yield Bottom(StatusLine(), KeyLine((), lines=2))

    def on_mount(self) -> None:
        self.tell_keys()
        self.set_interval(self.LOOK_EVERY, self.look_if_due)

    def on_screen_resume(self) -> None:
        self.tell_account()
        self.look()

    # What is seen

    def look_if_due(self) -> None:
        """Look at an open call; one question at a time, however slow the answer is."""
        if self._call is not None and is_seen(self):
            self.look()

    @work
    async def look(self) -> None:
        """Show the call as it is now; one that this session has open already, where none is shown."""
        if self._looking:
            return
        self._looking = True
        changes = self._changes
        try:
            call = await answered(self, self._ask)
        except (Refusal, Fault) as trouble:
            if changes == self._changes:
                self._hear(trouble)
        else:
            if changes == self._changes:  # else something was done meanwhile, and the answer is of before
                self._take_back_failure()
                if call is not None:
                    self._show(call)
        finally:
            self._looking = False

    def _ask(self) -> AgentsCall | None:
        desk, session, call = self._who.services.support_desk, self._who.session, self._call
        return desk.current(session) if call is None else desk.look(session, call.id)

    def _show(self, call: AgentsCall) -> None:
        before, self._call = self._call, call
        self.query_one(CallPane).show(call)
        self.add_class("-calling")
        if before is None or before.proven != call.proven or before.id != call.id:
            self.query_one(CallPane).focus_next_thing()
        if before is None or before.done != call.done or before.proven != call.proven:
            self.query_one(WaitingPane).forget_answer()
            self.tell_keys()
        elif (before.reset_waits, before.reset_due_at) != (call.reset_waits, call.reset_due_at):
            self._answer.tell("")  # what was said of it is so no more

    def _close(self, told: str) -> None:
        """Show the desk without a call, and say why there is none any more."""
        self._call = None
        self._changes += 1
        for dialog in [screen for screen in self.app.screen_stack if screen.id == OF_CALL]:
            dialog.dismiss(None)
        self.query_one(CallPane).put_away()
        self.remove_class("-calling")
        self.query_one(OpeningPane).focus_field()
        self.query_one(WaitingPane).forget_answer()
        self._answer.tell(told)
        self.tell_keys()

    def _hear(self, trouble: Refusal | Fault) -> None:
        """What the core answered to a look or an act: the call may be over, or the session."""
        if isinstance(trouble, SessionLocked):
            return  # the app covers everything
        if isinstance(trouble, CallOver | NotThere) and self._call is not None:
            if isinstance(trouble, CallOver) and trouble.why == RAN_OUT:
                self.put_away(self._call)
            self._close(sentence(trouble))
        else:
            self._failed = True
            self._answer.refuse(trouble)

    def _take_back_failure(self) -> None:
        if self._failed:
            self._failed = False
            self._answer.tell("")

    # The call

    @on(OpeningPane.Opened)
    @on(CallPane.Proven)
    def begin(self, event: OpeningPane.Opened | CallPane.Proven) -> None:
        """A call is open, or has become a ticket; not one that was ended meanwhile."""
        if isinstance(event, CallPane.Proven) and self._call is None:
            return
        self._changes += 1
        self._answer.tell("")
        self._show(event.call)

    @on(CallPane.Unproven)
    def tell_tries(self, event: CallPane.Unproven) -> None:
        """Fewer tries are left, or the call is over."""
        if isinstance(event.trouble, CallOver | NotThere):
            self._hear(event.trouble)
        self.look()

    @on(Countdown.Over)
    def end_by_time(self) -> None:
        """The time is over: nothing can be done any more, whatever the database says to that."""
        if self._call is not None and getattr(self.app, "lock_screen", None) is None:  # unlocked, it looks anew
            self.put_away(self._call)
            self._close(sentence(CallOver(RAN_OUT)))

    @work
    async def put_away(self, call: AgentsCall) -> None:
        """Have the core note that a call is over, which it is in any case."""
        try:
            await answered(self, self._who.services.support_desk.end_call, self._who.session, call.id)
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault):
            pass  # the next call that the agent opens has it noted

    def action_end_call(self) -> None:
        """End the call; a ticket only after a question."""
        if self._call is None or self._answer.busy:
            return
        if self._call.proven:
            self.end_call_after_question(self._call)
        else:
            self.end_call(self._call)

    @work
    async def end_call(self, call: AgentsCall) -> None:
        """End it in the core, and show the desk without a call."""
        with self._answer.answering():
            await answered(self, self._who.services.support_desk.end_call, self._who.session, call.id)
            if self._call is not None:
                self._close("")
                self._answer.tell("The call is ended.", good=True)

    @work
    async def end_call_after_question(self, call: AgentsCall) -> None:
        """Ask first: Esc is pressed for many things, and a ticket is not had a second time without the caller."""
        text = f"The call about {call.masked_email}. What was done in it stays done."
        question = ConfirmScreen("End the call?", text=text, yes="End call", no="Go on", id=OF_CALL)
        if await self.app.push_screen_wait(question) and self._call is not None and self._call.id == call.id:
            self.end_call(call)

    def action_verb(self, letter: str) -> None:
        """Do something of the ticket, by its letter."""
        self._begin(next(verb for verb in VERBS if verb.letter == letter))

    @on(CallPane.Wanted)
    def begin_wanted(self, event: CallPane.Wanted) -> None:
        """Do something of the ticket, chosen in its list."""
        self._begin(event.verb)

    def _begin(self, verb: Verb) -> None:
        call = self._call
        if call is None or not call.proven or self._answer.busy:
            return
        if verb in self._offered and verb.function not in call.done:
            self.do(verb, call)

    @work
    async def do(self, verb: Verb, call: AgentsCall) -> None:
        """Do it, say what came of it, and show what is left."""
        self._failed = False
        with self._answer.answering():
            try:
                told = await verb.does(self, self._who, call)
            except (CallOver, NotThere) as over:
                self._hear(over)
                return
            if not told:
                return  # its question was left, perhaps because the call is over, which is told then
            self._answer.tell(told, good=True)
            if self._call is not None and self._call.id == call.id:
                self._changes += 1
                waits = self._call.reset_waits or verb.function == ASK_FACTOR_RESET
                self._show(replace(self._call, done=self._call.done | {verb.function}, reset_waits=waits))

    # Elsewhere

    def action_support_desk(self) -> None:
        """To the call, or to the field that opens one."""
        if self._call is None:
            self.query_one(OpeningPane).focus_field()
        else:
            self.query_one(CallPane).focus_next_thing()

    def action_waiting(self) -> None:
        """To what waits for a colleague."""
        self.query_one(WaitingPane).focus_list()

    def action_account_management(self) -> None:
        """Open Account Management at its Security tab."""
        self.app.push_screen(AccountManagementScreen(self._who, at=ENABLED, utf8=self._utf8))

    def action_since_last(self) -> None:
        """Show what happened since the last visit, if anything did."""
        self.query_one(SinceLastPane).open()

    def action_leave(self) -> None:
        """Ask whether the call is to be ended, or go to the menu bar."""
        if self._call is not None and not self._answer.busy:
            self.end_call_after_question(self._call)
        elif self._call is None:
            self.query_one(MenuBar).focus()

    @on(SinceLastPane.Wanted)
    def open_what_is_wanted(self, event: SinceLastPane.Wanted) -> None:
        """Open one's activity, or the change of the password."""
        at = OLD_PASSWORD if event.place == "password" else ACTIVITY
        self.app.push_screen(AccountManagementScreen(self._who, at=at, utf8=self._utf8))

    @work(exclusive=True, group="account")
    async def tell_account(self) -> None:
        """Say whose console this is, and what happened to his account."""
        if await show_account(self, self._who) is not None:
            await self.query_one(SinceLastPane).look()

    @on(SinceLastPane.Changed)
    def tell_keys(self) -> None:
        """Tell the keys that do something now."""
        news = (("v", "News"),) if self.query_one(SinceLastPane).visit is not None else ()
        tell_keys(self.query_one(KeyLine), self._call, verbs=self._offered, news=news)

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one("#answer", AnswerLine)
