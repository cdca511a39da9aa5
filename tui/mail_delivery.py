"""Sends the mails that wait, in the background of a console, while it is open.

However many consoles do so, each mail is sent by one of them. A thread that waits for the mail server is a daemon: who
quits is not kept waiting, and the mail is sent by another console, or by the next one.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.message import Message

from core.errors import Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.mail.service import MailService

LOOK_EVERY = 15.0
"""Seconds between two looks at what is due, where nobody says that something is."""


class MailQueued(Message):
    """Something waits to be mailed: it need not wait for the next look."""


async def deliver_now_and_then(mail: MailService, wanted: asyncio.Event) -> None:
    """Send what is due, again and again, and at once when it is `wanted`; until it is cancelled."""
    while True:
        wanted.clear()
        await _aside(lambda: _deliver(mail))
        with suppress(TimeoutError):
            await asyncio.wait_for(wanted.wait(), LOOK_EVERY)


def _deliver(mail: MailService) -> None:
    """One pass, and further ones as long as they send something. What refuses is tried again at the next look."""
    with suppress(Refusal, Fault):
        while mail.deliver_due().sent:
            pass


async def _aside(act: Callable[[], None]) -> None:
    """Do something in a thread that nobody waits for at the end; what it raises goes to the log of faults."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            act()
        finally:
            with suppress(RuntimeError):  # the console was closed meanwhile
                loop.call_soon_threadsafe(over.set)

    threading.Thread(target=run, name="mail", daemon=True).start()
    await over.wait()
