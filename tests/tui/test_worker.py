"""One process that shows many consoles: what happens to one happens to no other, and leaves nothing behind."""

import asyncio
import re
import socket
import string
from collections.abc import Mapping

import pytest

from tests.e2e.emulator import Emulator
from tests.tui import seats
from tests.tui.hosted_app import ASK, FAIL, FAIL_IN_WORKER, LEAVE, PRINT, SECRET, HostedApp
from tests.tui.seats import Seat, descriptors, hosting, make_app, until
from tui.hardened import FAULT
from tui.hosting import handover, workers
from tui.hosting.terminal import Abilities


async def types(seat: Seat, text: str) -> None:
    """Type into the open field, and wait until it is seen."""
    seat.type(text)
    await seat.sees(f"has {len(text)} characters: {text}")


@pytest.mark.parametrize("key", [FAIL, FAIL_IN_WORKER], ids=["handler", "worker"])
async def test_a_fault_ends_one_console_with_a_reference_and_the_others_go_on(key: bytes) -> None:
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()

        one.type(key)
        end = await one.ended()

        assert end["code"] == str(FAULT)
        assert re.fullmatch(r"Something went wrong. Reference: [0-9A-F]{8}", end["sentence"])
        [fault] = host.faults
        assert end["sentence"][-8:] in fault
        assert "builtins.ValueError" in fault
        assert SECRET not in fault
        assert SECRET.encode() not in one.raw
        await types(other, "goes on")
        assert host.closed() == {one.number}
        assert not one.emulator.in_alternate_screen


async def test_an_app_that_cannot_be_made_ends_alone_and_its_descriptors_are_given_back() -> None:
    def make(told: Mapping[str, str], can: Abilities) -> HostedApp:
        if told["TERM"] == "broken":
            raise ValueError(SECRET)
        return make_app(told, can)

    async with hosting(make) as host:
        other = await host.seat()

        one = host.sit_down(told={"TERM": "broken"})
        await until(lambda: host.closed() == {one.number})

        assert gone(one)
        assert len(host.faults) == 1
        assert SECRET not in host.faults[0]
        await types(other, "goes on")


def gone(seat: Seat) -> bool:
    """Whether the other side has closed a seat's connection."""
    try:
        handover.receive(seat.client)
    except handover.Gone:
        return True
    except BlockingIOError:
        return False
    return False


async def test_what_one_console_prints_is_on_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Textual sends what the process prints to the app that began last."""
    async with hosting() as host:
        consoles = [await host.seat() for _ in range(3)]

        consoles[1].type(PRINT)
        await consoles[1].sees("has printed")
        for seat in consoles:
            await types(seat, "on")

        assert not any(SECRET.encode() in seat.raw for seat in consoles)
    printed = capfd.readouterr()
    assert SECRET in printed.out
    assert SECRET in printed.err


async def test_twenty_consoles_that_type_at_once_show_each_only_its_own() -> None:
    async with hosting() as host:
        consoles = [host.sit_down() for _ in range(20)]
        for seat in consoles:
            await seat.sees("ready")
        start = [len(seat.raw) for seat in consoles]

        for _ in range(8):
            for seat, letter in zip(consoles, string.ascii_uppercase, strict=False):
                seat.type(letter)
            await asyncio.sleep(0)
        for seat, letter in zip(consoles, string.ascii_uppercase, strict=False):
            await seat.sees(f"has 8 characters: {letter * 8}")

        for seat, begun, letter in zip(consoles, start, string.ascii_uppercase, strict=False):
            text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", bytes(seat.raw[begun:])).decode()
            assert set(text) & set(string.ascii_uppercase) == {letter}


@pytest.mark.parametrize("packet", [b"", b"nonsense", b"what=resized\0" * 9_000, b"what=\xff"])
async def test_a_client_that_speaks_another_language_loses_its_own_console_alone(packet: bytes) -> None:
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()

        before = descriptors()
        socket.send_fds(one.client, [packet], [one.master])
        await until(lambda: host.closed() == {one.number})

        assert host.faults == []
        assert len(descriptors()) == len(before) - 2
        await types(other, "goes on")


async def test_a_word_that_nobody_knows_is_passed_over() -> None:
    async with hosting() as host:
        seat = await host.seat()

        handover.send(seat.client, "console", {"number": "7", "TERM": "xterm"})
        handover.send(host.link, "console", {"number": "8"})  # without a terminal
        await types(seat, "goes on")

        assert list(host.worker.consoles) == [seat.number]


async def test_each_console_is_told_its_own_code_and_sentence() -> None:
    async with hosting() as host:
        seat = await host.seat()

        seat.type(LEAVE)

        assert await seat.ended() == {"what": "ended", "code": "0", "sentence": "See you."}
        await until(lambda: host.closed() == {seat.number})


async def test_whoever_leaves_while_a_screen_is_being_opened_has_met_no_fault() -> None:
    async with hosting() as host:
        for before in range(0, 24, 2):
            seat = await host.seat()
            app = host.app(seat)

            seat.type(ASK)
            for _ in range(before):
                await asyncio.sleep(0)
            app.exit()

            assert (await seat.ended())["code"] == "0"
        assert host.faults == []


# The end of the host


async def test_a_stop_is_told_to_every_console_and_after_its_time_each_is_ended_with_a_sentence() -> None:
    async with hosting(stops_within=1.0) as host:
        consoles = [await host.seat() for _ in range(2)]

        host.tell(workers.STOP)
        for seat in consoles:
            await seat.sees("This console host stops")
        ends = [await seat.ended() for seat in consoles]

        assert {end["sentence"] for end in ends} == {"The console host has stopped. Start again in a minute."}
        assert {end["code"] for end in ends} == {"75"}
        await asyncio.wait_for(host.work, 5)


async def test_consoles_may_be_used_until_the_stop_and_the_last_that_leaves_ends_the_process() -> None:
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()

        host.tell(workers.STOP)
        await one.sees("This console host stops")
        one.type(LEAVE)
        await one.ended()
        await types(other, "still here")
        assert not host.work.done()
        other.type(LEAVE)

        await asyncio.wait_for(host.work, 5)


async def test_without_its_parent_every_console_ends_at_once_with_a_sentence() -> None:
    async with hosting() as host:
        consoles = [await host.seat() for _ in range(2)]

        host.leave_link()
        ends = [await seat.ended() for seat in consoles]

        assert {end["sentence"] for end in ends} == {
            "The console host went away; your session has ended. Start again in a minute."
        }
        await asyncio.wait_for(host.work, 5)


async def test_a_console_that_does_not_end_by_itself_is_ended_all_the_same() -> None:
    async with hosting(ends_within=0.3) as host:
        one, other = await host.seat(), await host.seat()
        host.app(one).hangs = True

        one.close_client()
        await until(lambda: host.closed() == {one.number})

        await types(other, "goes on")
        assert list(host.worker.consoles) == [other.number]


# Sizes


@pytest.mark.parametrize(
    ("told", "drawn"),
    [
        ((1, 1), (20, 5)),
        ((0, 0), (80, 24)),
        ((5_000, 5_000), (500, 200)),
        ((65_535, 65_535), (500, 200)),
        ((65_535, 1), (500, 5)),
    ],
)
async def test_a_size_that_nobody_can_want_is_drawn_within_bounds(
    told: tuple[int, int], drawn: tuple[int, int]
) -> None:
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()
        app = host.app(one)
        one.stop_reading()  # the emulator would take longer than the console

        one.resize(*told, shown=False)
        await until(lambda: app.size == drawn)
        await types(other, "goes on")
        one.resize(80, 24)
        await until(lambda: app.size == (80, 24))


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (65_535, 65_535)])
async def test_a_console_begins_in_a_window_of_any_size(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "Emulator", lambda *_: Emulator(500, 200))  # one of 65,535 lines takes minutes
    async with hosting() as host:
        other, odd = await host.seat(), await host.seat(size)

        await types(odd, "on")
        await types(other, "goes on")


async def test_a_new_size_lays_the_console_out_anew() -> None:
    async with hosting() as host:
        seat = await host.seat()

        seat.resize(40, 10)
        await until(lambda: host.app(seat).size == (40, 10))
        await types(seat, "on")

        assert (seat.emulator.columns, seat.emulator.lines) == (40, 10)
        assert "secret" in seat.text()
