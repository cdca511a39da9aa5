"""What an agent does in a ticket, each with its letter, its question, and what it then says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from core.wording import moment
from tui.answers import answered
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import Form, FormScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from core.agents_call import AgentsCall
    from tui.signed_in import SignedIn

ASK_FACTOR_RESET = "tickets.ask_factor_reset"
OF_CALL = "of-call"
"""The id of dialogs that make no sense when their call is over."""

Does = Callable[["Screen[Any]", "SignedIn", "AgentsCall"], Awaitable[str]]


@dataclass(frozen=True)
class Verb:
    """One of them. `does` gives what is said of it, or nothing where its question was left."""

    letter: str
    label: str
    short: str
    """As the line of keys tells it."""

    hint: str
    function: str
    """By which name the core notes that it was done."""

    done: Callable[[AgentsCall], str]
    """What is said of it once it was done."""

    does: Does
    by_mail: bool = False
    """Whether it exists only where mail is configured."""


async def _unlock(screen: Screen[Any], who: SignedIn, call: AgentsCall) -> str:
    await answered(screen, who.services.tickets.unlock, who.session, call.id)
    return f"Unlocked: {call.masked_email} need not wait at the login any more."


async def _send_reset_code(screen: Screen[Any], who: SignedIn, call: AgentsCall) -> str:
    text = f"It is mailed to {call.masked_email}, the address of the account. The old password works until it is used."
    if not await _is_sure(screen, ConfirmScreen("Send a reset code?", text=text, yes="Send the code", id=OF_CALL)):
        return ""
    await answered(screen, who.services.tickets.send_reset_code, who.session, call.id)
    return f"A reset code was mailed to {call.masked_email}. Nobody sees it here."


async def _end_sessions(screen: Screen[Any], who: SignedIn, call: AgentsCall) -> str:
    text = f"{call.masked_email} is signed out of every console at once and can sign in again."
    if not await _is_sure(screen, ConfirmScreen("End the sessions?", text=text, yes="End sessions", id=OF_CALL)):
        return ""
    ended = await answered(screen, who.services.tickets.end_sessions, who.session, call.id)
    return f"{ended} {'session' if ended == 1 else 'sessions'} of {call.masked_email} ended."


async def _reset_factor(screen: Screen[Any], who: SignedIn, call: AgentsCall) -> str:
    whose = f"{call.masked_email} ({call.contract})"
    form = Form(
        "Reset 2-factor",
        {"Reason": ""},
        yes="Ask for it",
        question=f"To ask for a reset of 2-factor of {whose}, prove that it is you.",
        text=f"Of {whose}. A colleague must approve it while this call lasts. Then it waits {cool_off(who)}, in which "
        "the caller and his administrators can stop it. He reads the reason, too.",
    )
    dialog: FormScreen[bool] = FormScreen(who, form, partial(_ask_factor_reset, who, call))
    dialog.id = OF_CALL
    if not await screen.app.push_screen_wait(dialog):
        return ""
    return f"Asked for. A colleague must approve it while this call lasts; then it waits {cool_off(who)}."


def _ask_factor_reset(who: SignedIn, call: AgentsCall, reason: str) -> bool:
    who.services.tickets.ask_factor_reset(who.session, call.id, reason=reason)
    return True


async def _is_sure(screen: Screen[Any], question: ConfirmScreen) -> bool:
    return bool(await screen.app.push_screen_wait(question))


def offered(who: SignedIn) -> tuple[Verb, ...]:
    """What there is here: nothing that needs mail where none is configured."""
    return tuple(verb for verb in VERBS if who.services.mail.is_configured or not verb.by_mail)


def cool_off(who: SignedIn) -> str:
    """How long an approved reset waits, in words."""
    hours = round(who.services.factor_resets.cool_off.total_seconds() / 3600)
    return f"{hours} hour{'' if hours == 1 else 's'}"


def _what_became_of_reset(call: AgentsCall) -> str:
    if call.reset_due_at is not None:
        return f"approved; it takes effect on {moment(call.reset_due_at)}"
    return "asked for; a colleague must approve it" if call.reset_waits else "declined or stopped"


VERBS = (
    Verb("u", "Unlock", "Unlock", "no more waiting at the login", "tickets.unlock", lambda _: "unlocked", _unlock),
    Verb(
        "r",
        "Send reset code",
        "Reset code",
        "by mail to the address of the account",
        "tickets.send_reset_code",
        lambda _: "mailed",
        _send_reset_code,
        by_mail=True,
    ),
    Verb(
        "x",
        "End sessions",
        "End sessions",
        "out of every console",
        "tickets.end_sessions",
        lambda _: "ended",
        _end_sessions,
    ),
    Verb(
        "f",
        "Reset 2-factor…",
        "Reset 2-factor",
        "a colleague must approve it",
        ASK_FACTOR_RESET,
        _what_became_of_reset,
        _reset_factor,
    ),
)
