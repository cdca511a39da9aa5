"""A call: about whose account, by which phrase the caller knows it, who he is, and what may be done for him."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from core.errors import CallOver, Fault, NotThere, Refusal, SessionOver
from core.wording import sentence
from tui.answers import answered
from tui.asking import SessionLost
from tui.screens.desk.verbs import VERBS, Verb, offered
from tui.shown import shown_plain
from tui.widgets.countdown import Countdown
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.agents_call import AgentsCall
    from tui.signed_in import SignedIn

_SAME_WORDS = "the caller's own console shows the same two words"


class CallPane(Widget):
    """Before the caller has proved who he is one field, and then the ticket."""

    class Proven(Message):
        """The caller has proved who he is."""

        def __init__(self, call: AgentsCall) -> None:
            super().__init__()
            self.call = call

    class Unproven(Message):
        """What he said did not match, or was not compared; `trouble` stands at the field already."""

        def __init__(self, trouble: Refusal | Fault) -> None:
            super().__init__()
            self.trouble = trouble

    class Wanted(Message):
        """Something of the ticket is to be done."""

        def __init__(self, verb: Verb) -> None:
            super().__init__()
            self.verb = verb

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="call")
        self._who = who
        self._offered = offered(who)
        self._busy = False
        self._call: AgentsCall | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel", id="call-panel"):
            yield Static(id="call-title", classes="frame-title")
            yield Static(id="call-facts")
            yield Static(id="call-phrase")
            yield Countdown(self._who.services.now, id="call-time")
            yield LabelledField("PIN or call code", id="said", password=True, last=True)
            yield OptionList(id="verbs", markup=False)

    def show(self, call: AgentsCall) -> None:
        """Show a call as it is now. Nothing that was typed about another one stays."""
        before, self._call = self._call, call
        if before is None or before.id != call.id or before.proven != call.proven:
            self._forget_said()
        title = f"{'Ticket for' if call.proven else 'Call about'} {shown_plain(call.masked_email, 40)}"
        self.query_one("#call-panel").border_title = Text(title)
        self.query_one("#call-title", Static).update(Text(title))
        self.query_one("#call-facts", Static).update(_facts(call))
        self.query_one("#call-phrase", Static).update(_phrase(call))
        self.query_one(Countdown).count_to(call.expires_at)
        self.set_class(call.proven, "-proven")
        if before is None or before.id != call.id or _done(before) != _done(call):
            self._show_verbs(call)

    def put_away(self) -> None:
        """The call is over: nothing of it stays."""
        self._call = None
        self._forget_said()
        self.query_one(Countdown).count_to(None)
        self.query_one("#verbs", OptionList).clear_options()
        self.remove_class("-proven")

    def focus_next_thing(self) -> None:
        """Put the focus where the call goes on."""
        where = "#verbs" if self._call is not None and self._call.proven else "#said-field"
        self.query_one(where).focus()

    @on(OptionList.OptionSelected, "#verbs")
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter on one of the lines."""
        event.stop()
        self.post_message(self.Wanted(next(verb for verb in self._offered if verb.letter == event.option_id)))

    @on(Input.Submitted)
    def submit(self) -> None:
        """Take what the caller said, once."""
        if not self._busy and self._call is not None:
            self._busy = True
            self.check(self._call, self._said.field.take())

    @work
    async def check(self, call: AgentsCall, said: str) -> None:
        """Ask the core, and say at the field what it answers. What was typed is gone, whatever that is."""
        self._said.accept()
        act = partial(self._who.services.support_desk.check_caller, self._who.session, call.id, said)
        try:
            proven = await answered(self, act)
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            if self._call is not None and not isinstance(trouble, CallOver | NotThere):
                self._said.complain(sentence(trouble))
            self.post_message(self.Unproven(trouble))
        else:
            self.post_message(self.Proven(proven))
        finally:
            self._busy = False

    def _show_verbs(self, call: AgentsCall) -> None:
        verbs = self.query_one("#verbs", OptionList)
        at = verbs.highlighted
        verbs.clear_options()
        verbs.add_options(_line(verb, _done(call).get(verb, "")) for verb in self._offered)
        left = [number for number, verb in enumerate(self._offered) if verb.function not in call.done]
        verbs.highlighted = at if at in left else next(iter(left), None)

    def _forget_said(self) -> None:
        self._said.clear()
        self._said.accept()

    @property
    def _said(self) -> LabelledField:
        return self.query_one("#said", LabelledField)


def _facts(call: AgentsCall) -> Text:
    lines = [f"Account      {call.masked_email}, of {shown_plain(call.contract, 60)}"]
    if call.proven:
        lines.append(f"Caller       ✓ has proved who he is · {_locked(call)}")
    else:
        left = f"{call.tries_left} {'try' if call.tries_left == 1 else 'tries'} left in this hour"
        lines.append(f"Support PIN  {'✓ set' if call.has_pin else '! not set: ask for a call code'} · {left}")
        lines.append(f"At sign-in   {_locked(call)}")
    if call.others:
        names = ", ".join(shown_plain(name, 40) for name in call.others)
        lines.append(f"! Open about the same account, too: {names}")
    if not call.active:
        lines.append("! This person is deactivated: nothing can be done here.")
    return Text("\n").join(Text(line) for line in lines)


def _locked(call: AgentsCall) -> str:
    return "! locked after too many wrong answers" if call.is_locked else "✓ not locked"


def _phrase(call: AgentsCall) -> Text:
    """Told apart from all else; what it is for is said as long as it is asked about."""
    said = "" if call.proven else f"\n{'':13}— {_SAME_WORDS}"
    return Text.assemble("Call phrase  ", (f" {call.phrase} ", "bold reverse"), said)


def _done(call: AgentsCall) -> dict[Verb, str]:
    """What was done in a call, each with what has become of it."""
    return {verb: verb.done(call) for verb in VERBS if verb.function in call.done}


def _line(verb: Verb, done: str) -> Option:
    """One line of the ticket; what was done has no key any more."""
    if done:
        return Option(Text(f"✓ {verb.label.rstrip('…'):<17} {done}", no_wrap=True), id=verb.letter, disabled=True)
    text = Text.assemble((verb.letter, "bold"), f" {verb.label:<17} {verb.hint}", no_wrap=True)
    return Option(text, id=verb.letter)
