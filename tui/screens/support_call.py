"""One support call about a person of the contract: plain text that can be copied from the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from core.permissions import words_of
from tui.answers_once import AnswersOnce
from tui.screens.activity_event import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.contract_calls import CallRow

_DONE = {
    "tickets.unlock": "Unlock",
    "tickets.send_reset_code": "Reset code",
    "tickets.end_sessions": "Sessions ended",
    "tickets.ask_factor_reset": "Reset of 2-factor asked",
}
_ENDS = {
    "ended by the agent": ("by agent", "The agent ended it."),
    "ended by the caller": ("by caller", "Ended from a console of this account."),
    "ran out": ("ran out", "Its time ran out."),
    "agent gone": ("agent gone", "It ended with the agent's session."),
}
"""By the reasons that calls carry: in a column, and whole."""


class SupportCallScreen(AnswersOnce, ModalScreen[None]):
    """When, about whom, with which agent, whether the caller proved who he was, what was done, how it ended."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "close", "Close")]

    def __init__(self, row: CallRow) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Support call"
            dialog.border_subtitle = "esc Close"
            yield Static("Support call", classes="frame-title")
            yield Static(table_of(_facts(self._row)))

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)


def done(row: CallRow) -> tuple[str, ...]:
    """What the agent did, in words and in its order."""
    return tuple(_DONE.get(function) or words_of(function) for function in row.done)


def end(row: CallRow) -> str:
    """How a call ended, as short as a column wants it."""
    return _ENDS.get(row.ended_why, ("ended", ""))[0] if row.ended_at else "goes on"


def _facts(row: CallRow) -> Iterator[tuple[str, str]]:
    yield "Opened", f"{row.opened_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "About", f"{row.name} ({row.email})"
    yield "Agent", row.agent
    unproven = "did not prove who he was" if row.ended_at else "has not proved yet who he is"
    yield "Caller", "proved who he was" if row.proven else unproven
    for number, words in enumerate(done(row) or ("nothing",)):
        yield "" if number else "Done", words
    if row.ended_at:
        yield "Ended", f"{row.ended_at:%Y-%m-%d %H:%M:%S} UTC"
        yield "How", _ENDS.get(row.ended_why, ("", "It is over."))[1]
    else:
        yield "Ended", "not yet: it goes on"
