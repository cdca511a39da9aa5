"""What a terminal sends without end costs the other consoles of its worker little, whatever it is."""

import pytest

from tests.tui.seats import Hosting, Seat, hosting, until
from tui.hosting import pastes
from tui.hosting.driver import SIZES_AT_ONCE, TerminalDriver

NOTHING = "\x1b[?9;9$y"
"""A sequence that means nothing to a console."""


def driver_of(host: Hosting, seat: Seat) -> TerminalDriver:
    driver = host.app(seat)._driver
    assert isinstance(driver, TerminalDriver)
    return driver


def waits(host: Hosting, seat: Seat) -> bool:
    """Whether the terminal of a seat waits for its turn."""
    return driver_of(host, seat) in host.worker._turns._waiting


async def test_of_sizes_without_end_few_are_drawn_and_the_last_one_in_the_end() -> None:
    """The attack: change the size thousands of times a second. Each costs a tenth of a second of all consoles."""
    async with hosting() as host:
        seat = await host.seat()
        drawn = set()
        for number in range(60):
            seat.resize(100 + number, 30)
            driver_of(host, seat).look_at_size()
            drawn.add(driver_of(host, seat)._size)

        await until(lambda: host.app(seat).size.width == 159)

        await seat.sees("ready")
        assert len(drawn) <= SIZES_AT_ONCE + 1


async def test_a_terminal_that_talks_and_says_nothing_is_read_when_its_turn_comes() -> None:
    """The attack: send sequences of which no key comes; they are parsed, and were never counted."""
    async with hosting() as host:
        seat = await host.seat()

        driver_of(host, seat)._take(NOTHING)
        assert not waits(host, seat)
        driver_of(host, seat)._take(100 * NOTHING)

        assert waits(host, seat)
        seat.type("ab")
        await seat.sees("has 2 characters")


@pytest.mark.parametrize(("length", "has_to_wait"), [(1_000, False), (pastes.LONGEST + 1, True)])
async def test_a_paste_that_is_too_long_is_read_when_its_turn_comes(length: int, *, has_to_wait: bool) -> None:
    """The attack: begin a paste and never end it."""
    async with hosting() as host:
        seat = await host.seat()

        driver_of(host, seat)._take(pastes.BEGIN + length * "x")

        assert waits(host, seat) is has_to_wait
        await until(lambda: not waits(host, seat))
