"""A console that stands ready before anybody comes: it was begun, laid out and painted for a terminal that is nowhere.

Whoever comes next gets it, in the time that it takes to write one frame; then the next one is made.
"""

from collections.abc import Callable
from typing import Any, cast

from tui.guarded import GuardedApp
from tui.hosting.driver import TerminalDriver
from tui.hosting.terminal import Abilities, Terminal

SIZE = (80, 24)


class Nowhere(Terminal):
    """A terminal that takes nothing and gives nothing."""

    def __init__(self, abilities: Abilities) -> None:
        super().__init__(-1, abilities)

    @property
    def is_free(self) -> bool:
        """Never: no frame is made, and what is painted meanwhile comes together for the first one."""
        return False

    def size(self) -> tuple[int, int]:
        """What most terminals begin with."""
        return SIZE

    def listen(self, take: Callable[[str], None]) -> None:
        """Nobody types."""

    def write(self, text: str) -> None:
        """Nobody reads."""


def fits(app: GuardedApp[Any], can: Abilities) -> bool:
    """Whether a spare console can be shown on a terminal with these abilities, as if it had been begun there."""
    driver = app._driver
    if not isinstance(driver, TerminalDriver) or not app.is_fresh:
        return False
    was_for = driver.terminal.abilities
    return (was_for.utf8, was_for.no_color) == (can.utf8, can.no_color)


def move(app: GuardedApp[Any], terminal: Terminal) -> None:
    """Show a spare console on a terminal from now on."""
    cast("TerminalDriver", app._driver).move_to(terminal)
