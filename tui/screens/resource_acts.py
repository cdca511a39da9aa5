"""What is done with one resource, from the list and from its details alike: asked, proved, done.

Each answers the sentence that says what was done, or nothing where it was left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from core.errors import NotAllowed
from tui.answers import answered
from tui.asking import with_proof
from tui.screens.confirm import ConfirmScreen
from tui.screens.forecast import ForecastScreen
from tui.screens.form import TYPED, Form, FormScreen
from tui.screens.protect import Choice, ProtectScreen
from tui.shown import shown_plain
from tui.wording import MANAGING

if TYPE_CHECKING:
    from uuid import UUID

    from textual.screen import Screen

    from core.forecast import Forecast
    from core.resources import Kind
    from tui.signed_in import SignedIn

_OPENED = "Everybody to whom his role or a group gives it sees it again, with 2-factor or without."


class Target(Protocol):
    """A row of the list, or the details."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


Act: TypeAlias = "Callable[[Screen[object], SignedIn, Target], Awaitable[str]]"
"""One of those below."""


def quoted(name: str) -> str:
    """A name in a sentence or a title, short enough that the rest of it is seen."""
    return f"“{shown_plain(name, 32)}”"


async def create(screen: Screen[object], who: SignedIn, kind: Kind, *, called: str) -> UUID | None:
    """A new one; its id, if one was made."""
    proof = f"To create the {called} {TYPED}, prove that it is you."
    form = Form(f"New {called}", {"Name": ""}, yes="Create", question=proof)
    return await screen.app.push_screen_wait(
        FormScreen(who, form, lambda name: who.services.resources.create(who.session, kind, name))
    )


async def rename(screen: Screen[object], who: SignedIn, resource: Target) -> str:
    """Give it another name."""
    await _ask_right(screen, who, resource, "rename", NotAllowed("rename a resource"))

    def act(name: str) -> str:
        who.services.resources.rename(who.session, resource.id, name)
        return name

    proof = f"To rename {quoted(resource.name)}, prove that it is you."
    form = Form(f"Rename {quoted(resource.name)}", {"Name": resource.name}, yes="Rename", question=proof)
    name: str | None = await screen.app.push_screen_wait(FormScreen(who, form, act))
    return f"{quoted(resource.name)} is called {quoted(name)} now." if name else ""


async def delete(screen: Screen[object], who: SignedIn, resource: Target) -> str:
    """Remove it, with what groups have of it."""
    await _ask_right(screen, who, resource, "delete", NotAllowed("delete a resource"))
    question = ForecastScreen(
        f"Delete {quoted(resource.name)}?",
        None,
        text=await _seen_by(screen, who, resource),
        yes="Delete",
        name_to_type=resource.name,
    )
    if not await screen.app.push_screen_wait(question):
        return ""
    act = partial(who.services.resources.delete, who.session, resource.id)
    await with_proof(screen, who, f"To delete {quoted(resource.name)}, prove that it is you.", act)
    return f"{quoted(resource.name)} is deleted."


async def protect(screen: Screen[object], who: SignedIn, resource: Target) -> str:
    """Open it to people with 2-factor alone."""
    _ask_role(who, "protect a resource with 2-factor")
    forecast = await answered(screen, who.services.forecast.of_protecting, who.session, resource.id)
    whom = await answered(screen, _forceable, who, forecast)
    himself = who.session.person_id in forecast.losers.ids
    choice = await screen.app.push_screen_wait(
        ProtectScreen(resource.name, forecast, can_force=len(whom), loses_himself=himself)
    )
    if choice is None:
        return ""
    question = f"To protect {quoted(resource.name)} with 2-factor, prove that it is you."
    if choice is Choice.FORCE_FIRST:
        await with_proof(screen, who, question, partial(who.services.forcing.force_people, who.session, whom))
    await with_proof(screen, who, question, partial(who.services.resources.protect, who.session, resource.id))
    return f"{quoted(resource.name)} is open only to people with 2-factor now."


async def unprotect(screen: Screen[object], who: SignedIn, resource: Target) -> str:
    """Open it to people without 2-factor, too."""
    _ask_role(who, "stop protecting a resource with 2-factor")
    title = f"Stop protecting {quoted(resource.name)} with 2-factor?"
    if not await screen.app.push_screen_wait(ConfirmScreen(title, text=_OPENED, yes="Stop protecting")):
        return ""
    question = f"To stop protecting {quoted(resource.name)} with 2-factor, prove that it is you."
    await with_proof(screen, who, question, partial(who.services.resources.unprotect, who.session, resource.id))
    return f"{quoted(resource.name)} is open to people without 2-factor, too."


def _ask_role(who: SignedIn, act: str) -> None:
    """Refuse before a dialog opens what the core would refuse behind it, and without a denial in the audit."""
    if who.role not in MANAGING:
        raise NotAllowed(act)


async def _ask_right(screen: Screen[object], who: SignedIn, resource: Target, right: str, refusal: NotAllowed) -> None:
    details = await answered(screen, who.services.resources.details, who.session, resource.id)
    if right not in details.rights:
        raise refusal


async def _seen_by(screen: Screen[object], who: SignedIn, resource: Target) -> str:
    if who.role not in MANAGING:
        return "Everybody who sees it loses it at once, you included."
    sees = (await answered(screen, who.services.sight.counts, who.session, resource.id)).sees
    return f"{sees} {'person sees' if sees.rows == 1 else 'people see'} it today, and all of them lose it at once."


def _forceable(who: SignedIn, forecast: Forecast) -> Collection[UUID]:
    """Those who would lose sight and on whom 2-factor can be forced: nobody forces himself or the contract owner.

    None where not all of them are named, since whoever presses the button means all.
    """
    if forecast.losers.count.rows > len(forecast.losers.ids):
        return ()
    others = [each for each in forecast.losers.ids if each != who.session.person_id]
    details = (who.services.people.details(who.session, each) for each in others)
    return [person.id for person in details if person.role != "owner"]
