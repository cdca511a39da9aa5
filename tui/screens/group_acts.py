"""What is done with one group, from the list and from its details alike: asked, proved, done.

Each answers the sentence that says what was done, or nothing where it was left.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.answers import answered
from tui.asking import with_proof
from tui.screens.confirm import ConfirmScreen
from tui.screens.forecast import ForecastScreen
from tui.screens.form import TYPED, Form, FormScreen
from tui.screens.resource_acts import Target, quoted

if TYPE_CHECKING:
    from uuid import UUID

    from textual.screen import Screen

    from tui.signed_in import SignedIn

_RELEASED = "Whoever has set 2-factor up keeps it, and may then switch it off, unless something else forces it."


async def create(screen: Screen[object], who: SignedIn) -> UUID | None:
    """A new one; its id, if one was made."""
    form = Form("New group", {"Name": ""}, yes="Create", question=f"To create the group {TYPED}, prove that it is you.")
    return await screen.app.push_screen_wait(
        FormScreen(who, form, lambda name: who.services.groups.create(who.session, name))
    )


async def rename(screen: Screen[object], who: SignedIn, group: Target) -> str:
    """Give it another name."""

    def act(name: str) -> str:
        who.services.groups.rename(who.session, group.id, name)
        return name

    proof = f"To rename the group {quoted(group.name)}, prove that it is you."
    form = Form(f"Rename {quoted(group.name)}", {"Name": group.name}, yes="Rename", question=proof)
    name: str | None = await screen.app.push_screen_wait(FormScreen(who, form, act))
    return f"{quoted(group.name)} is called {quoted(name)} now." if name else ""


async def delete(screen: Screen[object], who: SignedIn, group: Target) -> str:
    """Remove it, with what its members had by it."""
    forecast = await answered(screen, who.services.forecast.of_dissolving, who.session, group.id)
    title = f"Delete the group {quoted(group.name)}?"
    question = ForecastScreen(title, forecast, yes="Delete", name_to_type=group.name)
    if not await screen.app.push_screen_wait(question):
        return ""
    act = partial(who.services.groups.delete, who.session, group.id)
    await with_proof(screen, who, f"To delete the group {quoted(group.name)}, prove that it is you.", act)
    return f"{quoted(group.name)} is deleted."


async def force(screen: Screen[object], who: SignedIn, group: Target) -> str:
    """Make 2-factor compulsory for its members."""
    forecast = await answered(screen, who.services.forecast.of_forcing_group, who.session, group.id)
    title = f"Force 2-factor for {quoted(group.name)}?"
    if not await screen.app.push_screen_wait(ForecastScreen(title, forecast, yes="Force 2-factor")):
        return ""
    question = f"To force 2-factor for the members of {quoted(group.name)}, prove that it is you."
    await with_proof(screen, who, question, partial(who.services.forcing.force_group, who.session, group.id))
    return "2-factor is forced for its members; effective with the next login."


async def release(screen: Screen[object], who: SignedIn, group: Target) -> str:
    """Make it no longer compulsory."""
    title = f"Stop forcing 2-factor for {quoted(group.name)}?"
    if not await screen.app.push_screen_wait(ConfirmScreen(title, text=_RELEASED, yes="Stop forcing")):
        return ""
    question = f"To stop forcing 2-factor for the members of {quoted(group.name)}, prove that it is you."
    await with_proof(screen, who, question, partial(who.services.forcing.release_group, who.session, group.id))
    return "This group forces 2-factor no longer; effective with the next login."
