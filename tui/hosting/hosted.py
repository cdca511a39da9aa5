"""One console of a host: an app on a terminal of somebody else's process."""

import asyncio
import socket
import sys
from dataclasses import dataclass
from typing import Any

from tui.guarded import GuardedApp
from tui.hosting.driver import TerminalDriver, driver_on
from tui.hosting.terminal import Terminal
from tui.hosting.turns import Turns

_DRAINS_WITHIN = 1.0

Running = tuple[GuardedApp[Any], "asyncio.Task[None]"]


@dataclass(eq=False)
class Hosted:
    """One console with its terminal and the connection of its client."""

    number: str
    app: GuardedApp[Any]
    terminal: Terminal
    client: socket.socket
    task: "asyncio.Task[None]"
    last_resort: asyncio.TimerHandle | None = None
    """Ends what does not end by itself."""


async def show(app: GuardedApp[Any]) -> None:
    """Run a console to its end, and until its terminal has taken everything."""
    try:
        await app.run_async()
    except Exception as error:  # noqa: BLE001 - what escapes from Textual's own end concerns this console alone
        app.take_fault(error)
    if isinstance(app._driver, TerminalDriver):
        await app._driver.drain(_DRAINS_WITHIN)


def make_hosted(app: GuardedApp[Any], terminal: Terminal, turns: Turns) -> None:
    """Have an app show itself on a terminal of somebody else's process, and touch nothing of its own process."""
    app.unicode = terminal.abilities.utf8
    app.driver_class = driver_on(terminal, turns)
    # Textual sends whatever the process prints to the app that began last: one person's text to another's console.
    app._capture_stdout, app._capture_stderr = sys.stdout, sys.stderr  # type: ignore[assignment]
