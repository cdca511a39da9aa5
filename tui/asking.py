"""Calling the core from a screen: off the event loop, with a fresh proof where the core asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from core.errors import ProofNeeded, Refusal
from tui.answers import answered

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.signed_in import SignedIn

T = TypeVar("T")


class SessionLost(Message):
    """The session is over; the console goes back to the login, which says why."""

    def __init__(self, over: Refusal) -> None:
        super().__init__()
        self.over = over


class AccountChanged(Message):
    """An act has changed the account; what shows it looks again."""


class NotProven(Exception):  # noqa: N818 - a fact
    """The person did not want to prove who he is; nothing was done."""


async def with_proof(screen: Screen[object], who: SignedIn, question: str, act: Callable[[], T]) -> T:
    """Do an act of the core; where it wants a fresh proof, ask for one, naming the act, and do it then.

    Raises:
        NotProven: the question was left.
        Refusal, Fault: as the act says.
    """
    from tui.screens.proof import ProofScreen

    while True:
        try:
            return await answered(screen, act)
        except ProofNeeded as needed:
            proven = await screen.app.push_screen_wait(
                ProofScreen(who.services.proof, who.session, needed, question=question)
            )
            if not proven:
                raise NotProven from None
