"""Where a signed-in person comes first, and comes back to: the home screen, or an agent's support desk."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import Fault, Refusal
from tui.signed_in import HOME

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.signed_in import SignedIn


async def home_of(who: SignedIn, *, utf8: bool) -> Screen[str]:
    """That screen; its answer is the notice that the login then shows."""
    from tui.wording import AGENT

    with suppress(Refusal, Fault):  # the screen's own look says so
        who.role = (await asyncio.to_thread(who.services.account.account, who.session)).role
    home: Screen[str]
    if who.role == AGENT:
        from tui.screens.support_desk import SupportDeskScreen

        home = SupportDeskScreen(who, utf8=utf8)
    else:
        from tui.screens.home import HomeScreen

        home = HomeScreen(who, utf8=utf8)
    home.id = HOME
    return home
