"""Dialogs about a resource stand no longer than it is in sight: its name is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from core.errors import Fault, NotThere, Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from textual.widget import Widget

    from tui.signed_in import SignedIn

LOOK_EVERY = 2.0
"""Seconds between two looks."""


@asynccontextmanager
async def while_in_sight(asking: Widget, who: SignedIn, resource_id: UUID) -> AsyncIterator[None]:
    """Stop what a worker does with a resource, and close what lies over its screen, once the resource is gone.

    Raises:
        NotThere: it is not in sight any more.
    """
    doing = asyncio.current_task()
    gone: list[NotThere] = []

    async def watch() -> None:
        while doing is not None and not gone:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await asyncio.to_thread(who.services.resources.details, who.session, resource_id)
            except NotThere as refusal:
                gone.append(refusal)
                doing.cancel()
            except (Refusal, Fault):
                return  # the act itself will say so

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not gone or doing is None or not asking.is_attached:
            raise
        doing.uncancel()
        _close_what_lies_over(asking)
        raise gone[0] from None
    finally:
        watching.cancel()


def _close_what_lies_over(asking: Widget) -> None:
    """At once; below a locked console's cover, once its person has proved that he is there."""
    lock = getattr(asking.app, "lock_screen", None)
    if lock is not None:
        lock.afterwards.append(partial(_close_what_lies_over, asking))
        return
    while asking.app.screen is not asking.screen and asking.screen in asking.app.screen_stack:
        asking.app.pop_screen()
