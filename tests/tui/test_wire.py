"""What the painter sends makes a terminal show, cell by cell, what Textual wants to be seen."""

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._context import visible_screen_stack
from textual.geometry import Region
from textual.strip import Strip

from tests.core.actors import new_person
from tests.tui.consoles import Console, console
from tests.tui.painted import SYSTEMS, Painted, Stock, Told, cells_of, differences

STEPS = 200
"""In each colour system; beside these are 9,576 updates without an app."""

SEED = int(os.environ.get("WIRE_SEED", "20"))

ALPHABETS = (
    *(
        "abc",
        "           ",
        "─│╭╯━▌▐",
        "世界名前",
        "a 世 b",
        "…•✓äß\xa0",
        "한국어",
        "x  y      z",
        "░░░",
        "🙂🚀x",
        "\uff46\uff55\uff4c",
        "𠮷a",
    ),
    ("e\u0301", "o\u0308\u0301", "a", "世\u0300"),
)
COLOURS = ("default", "red", "bright_blue", "color(99)", "color(240)", "#1a212c", "#d5dbe5", "#5fb3d9", "#232c3a")
ATTRIBUTES: tuple[dict[str, Any], ...] = (
    *({}, {}, {}, {}, {"bold": True}, {"underline": True}, {"reverse": True}, {"italic": True}, {"strike": True}),
    *({"bold": True, "reverse": True}, {"dim": True}, {"blink": True}),
)


class _Pictures:
    """Random strips and updates of one screen.

    Their styles are nobody else's: Rich shares equal ones, with the codes of the first colours they were shown in.
    """

    def __init__(self, random: Random, width: int, height: int, colours: str) -> None:
        self._random = random
        self.width, self.height = width, height
        fore, back = random.choices(COLOURS, k=3), random.choices(COLOURS, k=3)
        self._styles = [
            Style(
                color=random.choice(fore),
                bgcolor=random.choice(back),
                meta={"for": colours},
                **random.choice(ATTRIBUTES),
            )
            for _ in range(random.randint(1, 6))
        ]

    def strip(self, width: int) -> Strip:
        """Some styled text of this width."""
        segments: list[Segment] = []
        length = 0
        while length < width:
            text = "".join(
                self._random.choices(self._random.choice(ALPHABETS), k=self._random.choice((1, 2, 3, 9, 30)))
            )
            segment = Segment(text, self._random.choice(self._styles))
            segments.append(segment)
            length += segment.cell_length
        return Strip(segments).crop(0, width)

    def full(self) -> LayoutUpdate:
        """The whole screen."""
        strips = [self._line() for _ in range(self.height)]
        return LayoutUpdate([list(line.values()) for line in strips], Region(0, 0, self.width, self.height))

    def _line(self) -> dict[int, Strip]:
        at, line = 0, {}
        while at < self.width:
            size = self._random.randint(1, self.width - at)
            line[at] = self.strip(size)
            at += size
        return line

    def partial(self) -> ChopsUpdate:
        """Some spans of some rows; strips may begin before their span and end behind it."""
        chops: list[dict[int, Strip | None]] = []
        ends: list[list[int]] = []
        spans = []
        rows = sorted(self._random.sample(range(self.height), self._random.choice((1, 1, 2, self.height))))
        for y in range(self.height):
            line: dict[int, Strip | None] = {**self._line()} if y in rows else {}
            chops.append(line)
            ends.append([*list(line)[1:], self.width])
        for y in rows:
            start = self._random.randrange(self.width)
            spans.append((y, start, _whole(self._random.randint(start + 1, self.width), chops[y])))
        return ChopsUpdate(chops, spans, ends)

    def cursor(self) -> tuple[int, int]:
        """Anywhere."""
        return self._random.randrange(self.width), self._random.randrange(self.height)


def _whole(end: int, line: Mapping[int, Strip | None]) -> int:
    """The end of a span, not where Rich's cutting would lose a combining character."""
    for at, strip in line.items():
        if strip is not None and at < end < at + strip.cell_length and any(map(unicodedata.combining, strip.text)):
            return at + strip.cell_length
    return end


@pytest.mark.parametrize("erasing", ["in-colour", "plainly"])
@pytest.mark.parametrize("colours", SYSTEMS)
def test_any_updates_look_as_when_textual_paints_them(colours: str, erasing: str) -> None:
    random = Random(f"{SEED} {colours} {erasing}")

    for _ in range(38):
        pictures = _Pictures(random, random.randint(20, 40), random.randint(5, 8), colours)
        painted = Painted(pictures.width, pictures.height, colours=colours, bce=erasing == "in-colour")
        stock = Stock(pictures.width, pictures.height, colours=colours)
        _take(pictures.full(), pictures.cursor(), painted, stock)
        for _ in range(41):
            cursor = pictures.cursor()
            update = pictures.full() if random.random() < 0.05 else pictures.partial()
            _take(update, cursor, painted, stock)
            if random.random() < 0.8:  # else the line was not free, and the frame is skipped
                painted.show()
                assert not differences(painted.cells(), stock.cells())
                assert painted.cursor == cursor


def _take(update: CompositorUpdate, cursor: tuple[int, int], painted: Painted, stock: Stock) -> None:
    painted.take(update, cursor)
    stock.take(update)


NAMES = (("Ana", "Janes"), ("さくら", "佐藤"), ("민준", "김"), ("Ngo\u0323c", "Nguye\u0302\u0303n"), ("Zoë", "O'Neil"))
KEYS = (
    *("tab", "tab", "shift+tab", "enter", "escape", "escape", "up", "down", "down", "down", "left", "right", "home"),
    *("end", "pageup", "pagedown", "space", "slash", "backspace", "delete", *"aAbcdeEfghijklmnopqrstuvwxyz?1234+-"),
)
SIZES = ((80, 24), (80, 24), (80, 24), (100, 30), (132, 43), (60, 20), (40, 12), (20, 5))


@pytest.mark.parametrize("colours", SYSTEMS)
async def test_any_keys_and_sizes_of_the_console_look_as_told(tmp_path: Path, colours: str) -> None:
    random = Random(f"{SEED} {colours}")
    steps = 0
    while steps < STEPS:
        home = tmp_path / str(steps)
        home.mkdir()
        async with console(home) as seen:
            _add_people(seen)
            await seen.sign_in()
            await seen.sees("How your account is protected")
            steps += await _walk(seen, random, colours, steps=STEPS - steps)


def _add_people(seen: Console) -> None:
    """More than fit a screen, with names of one, two and no cells a character."""
    for number, (given, family) in enumerate(NAMES * 8):
        new_person(
            seen.services,
            seen.clock,
            email=f"p{number}@example.com",
            given_name=given,
            family_name=f"{family} {number}",
        )


async def _walk(seen: Console, random: Random, colours: str, *, steps: int) -> int:
    """Press keys and change sizes until the console ends or so many were; how many there were."""
    size = (80, 24)
    painted, told = Painted(*size, colours=colours), Told(*size, colours=colours)

    def paint(update: CompositorUpdate, cursor: tuple[int, int]) -> None:
        painted.take(update, cursor)
        told.take(update)

    setattr(seen.app._driver, "paint", paint)  # noqa: B010 - what a driver has that sends only what changed
    paint(seen.app.screen._compositor.render_full_update(), (0, 0))
    for step in range(steps):
        if random.random() < 0.02:
            size = random.choice(SIZES)
            painted.resize(*size)
            told = Told(*size, colours=colours)
            await seen.pilot.resize_terminal(*size)
        else:
            key = random.choice(KEYS)
            seen.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await seen.pilot.pause()
        if not seen.app.is_running:
            return step + 1
        if random.random() < 0.5:  # else the line was not free
            painted.show()
            assert not differences(painted.cells(), told.cells())
    await seen.until(lambda: _is_drawn(seen, painted, colours), "the picture of the compositor")
    return steps


def _is_drawn(seen: Console, painted: Painted, colours: str) -> bool:
    """Does the terminal show what the screen would be if it were drawn anew?"""
    visible_screen_stack.set(seen.app._background_screens)
    painted.show()
    compositor = seen.app.screen._compositor
    chops = compositor._render_chops(compositor.size.region, lambda _: True)
    return painted.cells() == [[cell for part in cells_of(line.values(), colours) for cell in part] for line in chops]
