"""Consoles whose client or terminal goes away without a word, at any moment: nothing of them is left."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from tests.tui.hosted_app import ASK, FILL, LEAVE
from tests.tui.seats import Hosting, Seat, alive, descriptors, hosting, timers, until
from tui.hosting.worker import HANGUP

Moment = Callable[[Hosting], Awaitable[Seat]]


async def before_it_is_begun(host: Hosting) -> Seat:
    return host.sit_down()


async def while_it_starts(host: Hosting) -> Seat:
    seat = host.sit_down()
    await until(lambda: seat.raw)
    return seat


async def while_it_is_used(host: Hosting) -> Seat:
    seat = await host.seat()
    seat.type("a\x1b[98;1u")  # as kitty's keyboard protocol has it, which Textual keeps, with the app
    await seat.sees("has 2 characters: ab")
    return seat


async def while_a_dialog_is_open(host: Hosting) -> Seat:
    seat = await host.seat()
    seat.type(ASK)
    await seat.sees("really?")
    return seat


async def while_it_waits_for_the_line(host: Hosting) -> Seat:
    seat = await host.seat((200, 100))
    seat.stop_reading()
    terminal = host.console(seat).terminal
    seat.type(FILL)
    await until(lambda: not terminal.is_free)
    return seat


async def while_a_key_is_half(host: Hosting) -> Seat:
    seat = await host.seat()
    seat.type(b"\x1b[200~pas")
    seat.type(b"\x1b\xc3")
    await asyncio.sleep(0)
    return seat


async def while_it_leaves(host: Hosting) -> Seat:
    seat = await host.seat()
    seat.type(LEAVE)
    return seat


MOMENTS = [
    before_it_is_begun,
    while_it_starts,
    while_it_is_used,
    while_a_dialog_is_open,
    while_it_waits_for_the_line,
    while_a_key_is_half,
    while_it_leaves,
]


def client_goes(seat: Seat) -> None:
    seat.close_client()


def line_breaks(seat: Seat) -> None:
    seat.hang_up()


def both_at_once(seat: Seat) -> None:
    seat.hang_up()
    seat.close_client()


@pytest.mark.parametrize("end", [client_goes, line_breaks, both_at_once])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_whoever_vanishes_leaves_no_app_task_descriptor_or_timer(
    moment: Moment, end: Callable[[Seat], None]
) -> None:
    async with hosting() as host:
        await leave_once(host, while_it_is_used)
        before, tasks, waiting = descriptors(), asyncio.all_tasks(), timers()

        await leave_once(host, moment, end)

        assert host.worker.consoles == {}
        assert descriptors() == before
        assert await alive(host.apps) == 0
        assert asyncio.all_tasks() == tasks
        assert timers() <= waiting
        assert host.faults == []


async def leave_once(host: Hosting, moment: Moment, end: Callable[[Seat], None] = both_at_once) -> None:
    """Sit down, and vanish at that moment; back when the console is closed and nothing of the seat is open."""
    seat = await moment(host)
    end(seat)
    await until(lambda: seat.number in host.closed(), seat.text)
    both_at_once(seat)
    host.seats.clear()
    await asyncio.sleep(0)


async def test_the_session_is_ended_once_and_the_code_is_a_hang_ups() -> None:
    async with hosting() as host:
        seat = await host.seat()
        app = host.app(seat)

        seat.hang_up()
        end = await seat.ended()

        assert end["code"] == str(HANGUP) == str(128 + signal.SIGHUP)
        assert app.ended_sessions == 1


async def test_fifty_who_vanish_leave_nothing() -> None:
    async with hosting() as host:
        await leave_once(host, while_it_is_used)
        before, tasks = descriptors(), asyncio.all_tasks()

        for _ in range(10):
            seats = [host.sit_down() for _ in range(5)]
            await seats[0].sees("ready")
            for seat in seats:
                both_at_once(seat)
            await until(lambda: not host.worker.consoles)
            host.seats.clear()

        del seats, seat
        assert descriptors() == before
        assert await alive(host.apps) == 0
        assert asyncio.all_tasks() == tasks
