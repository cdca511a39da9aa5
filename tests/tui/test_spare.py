"""A console that stands ready before anybody comes: whoever gets it finds it as if it had been begun for him."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.e2e.hosted import TERMINAL
from tests.tui.hosted_app import FAIL, HostedApp
from tests.tui.seats import Hosting, Seat, alive, descriptors, hosting, make_app, until
from tui.guarded import GuardedApp
from tui.hosting import workers
from tui.hosting.terminal import Abilities


@asynccontextmanager
async def ready(
    make: Callable[[Mapping[str, str], Abilities], HostedApp] = make_app,
) -> AsyncIterator[tuple[Hosting, list[Mapping[str, str]]]]:
    """A worker in which a console stands ready; what was told of those who got one."""
    told: list[Mapping[str, str]] = []

    def be_at(_app: GuardedApp[Any], facts: Mapping[str, str]) -> None:
        told.append(facts)

    async with hosting(make, be_at=be_at) as host:
        yield host, told


def vanish(seat: Seat) -> None:
    """Both ends of a seat are gone without a word."""
    seat.hang_up()
    seat.close_client()


async def test_whoever_comes_gets_the_console_that_stands_ready_and_the_next_is_made() -> None:
    async with ready() as (host, told):
        spare = await host.spare()

        seat = await host.seat(told={**TERMINAL, "unix_user": "olga"})

        assert host.app(seat) is spare
        assert told[0]["unix_user"] == "olga"
        seat.type("mine")
        await seat.sees("has 4 characters: mine")
        assert await host.spare() is not spare


async def test_nothing_of_one_is_with_the_next() -> None:
    async with ready() as (host, _):
        for word in ("one", "other", "third"):
            await host.spare()
            seat = await host.seat()
            assert "characters" not in seat.text()
            seat.type(word)
            await seat.sees(f"has {len(word)} characters: {word}")


async def test_two_who_come_at_once_get_a_console_each() -> None:
    async with ready() as (host, _):
        await host.spare()

        one, other = host.sit_down(), host.sit_down()
        for seat in (one, other):
            await seat.sees("ready")

        assert host.app(one) is not host.app(other)


@pytest.mark.parametrize("size", [(80, 24), (100, 40), (40, 10), (1, 1)])
async def test_it_has_the_size_of_his_window(size: tuple[int, int]) -> None:
    async with ready() as (host, _):
        spare = await host.spare()

        seat = host.sit_down(size)
        wanted = (max(size[0], 20), max(size[1], 5))
        await until(lambda: spare.size == wanted)
        if size == wanted:
            await seat.sees("open", "secret", "ready")
            assert seat.text() == picture(spare)


def picture(app: HostedApp) -> str:
    """What an app wants to be seen."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize(
    ("told", "colours"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, rb"[34]8;2;\d+;\d+;\d+"),
        ({"TERM": "xterm-256color"}, rb"[34]8;5;\d+"),
        ({"TERM": "linux"}, rb"(3|4|9|10)\d"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, rb"$^"),
    ],
)
async def test_it_has_the_colours_of_his_terminal(told: dict[str, str], colours: bytes) -> None:
    async with ready() as (host, _):
        await host.spare()

        seat = await host.seat(told=told)
        await until(lambda: seat.text() == picture(host.app(seat)))

        attributes = rb"0|1|2|3|4|7|9|22|23|24|27|29|39|49|"
        codes = b";".join(re.findall(rb"\x1b\[([0-9;]*)m", bytes(seat.raw)))
        assert re.fullmatch(rb"((%b|%b)(;|$))*" % (attributes, colours), codes), codes
        assert re.search(rb"(^|;)(%b)(;|$)" % colours, codes) or "NO_COLOR" in told


async def test_a_terminal_without_utf8_gets_no_other_characters() -> None:
    async with ready() as (host, _):
        spare = await host.spare()

        seat = await host.seat(told={"TERM": "xterm", "LANG": "C"})

        assert seat.raw.isascii()
        assert host.app(seat) is not spare


async def test_keys_that_come_before_it_is_shown_are_his() -> None:
    async with ready() as (host, _):
        await host.spare()

        seat = host.sit_down()
        seat.type("early")

        await seat.sees("has 5 characters: early")


async def test_whoever_vanishes_with_it_leaves_nothing() -> None:
    async with ready() as (host, _):
        await host.spare()
        vanish(await host.seat())
        await until(host.closed)
        await host.spare()
        before = descriptors()

        for number in range(5):
            seat = host.sit_down()
            if number % 2:
                await seat.sees("ready")
            vanish(seat)
            await until(lambda: len(host.closed()) == number + 2)  # noqa: B023 - it is asked at once
            await host.spare()

        host.seats.clear()
        assert descriptors() == before
        assert await alive(host.apps) == 1
        assert host.faults == []


async def test_one_that_fails_before_anybody_comes_is_nobodys() -> None:
    made: list[HostedApp] = []

    def make(told: Mapping[str, str], can: Abilities) -> HostedApp:
        app = make_app(told, can)
        if not made:
            app.call_later(app.action_fail)
        made.append(app)
        return app

    async with ready(make) as (host, _):
        await until(lambda: host.faults)
        await until(lambda: host.worker._spare is None)

        seat = await host.seat()
        seat.type("on")

        await seat.sees("has 2 characters: on")
        assert host.app(seat) is not made[0]


async def test_a_fault_of_one_that_stood_ready_is_told_like_any_other() -> None:
    async with ready() as (host, _):
        await host.spare()
        seat = await host.seat()

        seat.type(FAIL)

        assert (await seat.ended())["code"] == "70"
        assert (await seat.ended())["sentence"][-8:] in host.faults[0]
        assert not seat.emulator.in_alternate_screen


@pytest.mark.parametrize("end", ["stop", "parent gone"])
async def test_it_keeps_no_process_that_is_to_end(end: str) -> None:
    async with ready() as (host, _):
        await host.spare()

        if end == "stop":
            host.tell(workers.STOP)
        else:
            host.leave_link()

        await asyncio.wait_for(host.work, 5)
