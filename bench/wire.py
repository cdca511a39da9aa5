"""How many bytes the console writes to its terminal, against the same screens as Textual alone writes them.

Each step is done on both: the painter's console with the driver of `tui/hosting`, and the stock one with Textual's
`App._display` and its repaint of the whole screen when the focus moves. What either hands to its terminal is counted.
Prints bytes and ratios for two sizes and three colour systems; 1 if the median or the largest ratio misses its bar.

Each colour system has a process of its own: Textual keeps the codes of the first one that a style was shown in.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2.profiles import CHEAPEST
from rich.console import Console
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.keys import _character_to_key
from textual.screen import Screen

from bench.large_contract import OWNER, PASSWORD, open_large
from core.config import Settings
from core.origin import Origin
from core.services import open_services
from tui.app import BartizanApp
from tui.hosting.driver import TerminalDriver
from tui.hosting.terminal import Abilities
from tui.screens.home import HomeScreen
from tui.screens.login import LoginScreen
from tui.widgets.row_list import RowList

COLOURS = ("truecolor", "256", "standard")
SIZES = ((80, 24), (200, 50))
PEOPLE = 50
MEDIAN_BAR, LARGEST_BAR = 0.2, 0.5
PATIENCE = 30.0
"""Seconds."""


def main() -> int:
    """Measure every colour system in its own process, print, judge."""
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(_measure(sys.argv[1]))))
        return 0
    ratios = []
    print(f"{'bytes to the terminal':34}{'Textual':>9} {'bartizan':>9}  ratio")
    for colours in COLOURS:
        output = subprocess.run(
            [sys.executable, "-m", "bench.wire", colours], check=True, stdout=subprocess.PIPE
        ).stdout
        for name, stock, ours in json.loads(output):
            ratios.append(ours / stock)
            print(f"{f'{colours}, {name}':34}{stock:9,} {ours:9,} {ratios[-1]:6.2f}")
    median, largest = statistics.median(ratios), max(ratios)
    print(f"median {median:.3f} (bar: {MEDIAN_BAR})   largest {largest:.3f} (bar: {LARGEST_BAR})")
    return int(median > MEDIAN_BAR or largest > LARGEST_BAR)


async def _measure(colours: str) -> list[tuple[str, int, int]]:
    found = []
    with tempfile.TemporaryDirectory() as directory:
        open_large(Path(directory), people=PEOPLE, groups=5, resources=20, cost=CHEAPEST).close()
        for width, height in SIZES:
            with _stock():
                stock = await _bytes(_StockCounter, Path(directory), colours, (width, height))
            ours = await _bytes(_painter_counter(colours, (width, height)), Path(directory), colours, (width, height))
            found += [(f"{width}x{height}, {step}", stock[step], ours[step]) for step in stock]
    return found


class _StockCounter(HeadlessDriver):
    """Counts what Textual writes; not headless, or it would write nothing."""

    written = 0

    @property
    def is_headless(self) -> bool:
        """It is taken for a terminal."""
        return False

    def write(self, data: str) -> None:
        """Count."""
        self.written += len(data.encode())


@contextmanager
def _stock() -> Iterator[None]:
    """Textual as it comes: when the focus moves it paints the whole screen."""
    Screen.focused._repaint = True
    try:
        yield
    finally:
        Screen.focused._repaint = False


class _CountingTerminal:
    """A terminal whose line is always free."""

    is_free = True

    def __init__(self, abilities: Abilities, size: tuple[int, int]) -> None:
        self.abilities = abilities
        self.written = 0
        self._size = size

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._size

    def write(self, text: str) -> None:
        """Count."""
        self.written += len(text.encode())

    def listen(self, take: Callable[[str], None]) -> None:
        """Nobody types here: keys are given to the app."""

    def stop_listening(self) -> None:
        """Nobody typed."""


def _painter_counter(colours: str, size: tuple[int, int]) -> Callable[..., TerminalDriver]:
    terminal: Any = _CountingTerminal(Abilities(utf8=True, colours=colours, erases_in_colour=True), size)

    class Counter(TerminalDriver):
        """Counts what the painter's console writes."""

        def __init__(self, app: BartizanApp, **options: Any) -> None:
            super().__init__(app, terminal=terminal, **options)

        @property
        def written(self) -> int:
            """Bytes so far."""
            return int(terminal.written)

    return Counter


async def _bytes(driver: Any, place: Path, colours: str, size: tuple[int, int]) -> dict[str, int]:
    """The bytes of each step of a walk from the login to a list of people."""
    data = place / "data"
    settings = Settings(f"sqlite:///{data}/bartizan.db", place / "keys" / "keys.json", data / "bartizan.log")
    services = open_services(settings, cost=CHEAPEST)
    app = BartizanApp(settings, origin=Origin(), open_services=lambda: services, no_color=False)
    app.driver_class = driver
    app.console = Console(color_system=colours, force_terminal=True, legacy_windows=False, file=open(os.devnull, "w"))  # type: ignore[arg-type]  # noqa: SIM115, PTH123
    found: dict[str, int] = {}
    try:
        async with app.run_test(headless=False, size=size):
            await _walk(app, found)
    finally:
        services.close()
    return found


async def _walk(app: BartizanApp, found: dict[str, int]) -> None:
    async def step(name: str, act: Callable[[], Awaitable[None]]) -> None:
        before = _written(app)
        await act()
        await _settle(app)
        found[name] = _written(app) - before

    found["first paint"] = 0
    await _until(lambda: isinstance(app.screen, LoginScreen) and app.focused is not None)
    await _settle(app)
    found["first paint"] = _written(app)
    await step("focus change", lambda: _press(app, "tab"))
    await _press(app, "shift+tab")
    await _settle(app)
    await step("key in a field", lambda: _press(app, "x"))
    await _press(app, "backspace", *OWNER, "enter", *PASSWORD, "enter")
    await _until(lambda: isinstance(app.screen, HomeScreen))
    await _settle(app)
    await step("table screen", lambda: _to_people(app))
    await step("row down", lambda: _press(app, "down"))
    await step("page down", lambda: _press(app, "pagedown"))


async def _to_people(app: BartizanApp) -> None:
    await _press(app, "u")
    await _until(lambda: isinstance(app.focused, RowList))


async def _press(app: BartizanApp, *keys: str) -> None:
    for key in keys:
        if len(key) == 1:
            app.post_message(events.Key(_character_to_key(key), key))
        else:
            app.post_message(events.Key(key, "\r" if key == "enter" else None))
        await asyncio.sleep(0)


def _written(app: BartizanApp) -> int:
    driver: Any = app._driver
    return int(driver.written)


async def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError
        await asyncio.sleep(0.01)


async def _settle(app: BartizanApp) -> None:
    """Wait until nothing was written for a while."""
    quiet, written = 0, _written(app)
    while quiet < 10:
        await asyncio.sleep(0.04)
        quiet, written = (quiet + 1, written) if _written(app) == written else (0, _written(app))


if __name__ == "__main__":
    sys.exit(main())
