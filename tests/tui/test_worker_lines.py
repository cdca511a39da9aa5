"""What a console of the host reads from its terminal and writes to it, and that it touches nothing else of the host."""

import asyncio
import fcntl
import os
import re
import termios
from pathlib import Path

import pytest
from textual._compositor import CompositorUpdate

from tests.tui.hosted_app import ACT_ON_HOST, FILL
from tests.tui.seats import Hosting, Seat, hosting, time_flies, until
from tui.hosting import pastes
from tui.hosting.driver import TerminalDriver

WINDOW = (300, 100)
ONE_FRAME = 300 * 100 + 8_000
"""Bytes of a frame of that size: each cell, and how the pen gets there."""

_PARAMETERS = re.compile(rb"\x1b\[([0-9;]*)m")


def colour_codes(seat: Seat) -> set[bytes]:
    """What kinds of colours were set: `38;5` and `48;5` of 256, `38;2` and `48;2` of all, else the number itself."""
    codes = b";".join(_PARAMETERS.findall(bytes(seat.raw)))
    codes = re.sub(rb"\b([34]8);(5;\d+|2;\d+;\d+;\d+)", lambda found: found[1] + b"/" + found[2][:1], codes)
    return {code for code in codes.split(b";") if re.fullmatch(rb"[34]8/\d|3\d|4\d|9\d|10\d", code)}


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, {b"38/2", b"48/2"}),
        ({"TERM": "xterm-256color"}, {b"38/5", b"48/5"}),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, set()),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""}, set()),
    ],
)
async def test_colours_are_those_of_the_clients_terminal_and_not_of_the_hosts(
    told: dict[str, str], kinds: set[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "NO_COLOR" not in told:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "" if "COLORTERM" in told else "truecolor")
    async with hosting() as host:
        seat = await host.seat(told=told)
        seat.type("ab")
        await seat.sees("has 2 characters")

        assert colour_codes(seat) == kinds


async def test_a_terminal_of_sixteen_colours_is_sent_no_others() -> None:
    async with hosting() as host:
        seat = await host.seat(told={"TERM": "linux"})

        codes = colour_codes(seat)

        assert codes
        assert all(b"/" not in code for code in codes)


async def test_the_characters_are_those_of_the_clients_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    async with hosting() as host:
        utf8 = await host.seat(told={"TERM": "xterm", "LANG": "de_DE.UTF-8"})
        monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
        ascii_ = await host.seat(told={"TERM": "xterm", "LANG": "C"})

        assert not utf8.raw.isascii()
        assert ascii_.raw.isascii()


# Keys


async def test_a_lone_escape_is_the_key() -> None:
    async with hosting() as host:
        seat = await host.seat()

        seat.type(b"\x1b")

        await seat.sees("escaped")


async def test_half_a_character_is_no_end_of_the_file_and_its_other_half_makes_it_whole() -> None:
    async with hosting() as host:
        seat = await host.seat()
        terminal = host.console(seat).terminal

        for byte in "ä€".encode():
            seat.type(bytes([byte]))
            await until(lambda: not waits_to_be_read(terminal._descriptor))
        await seat.sees("has 2 characters: ä€")
        seat.type("z")

        await seat.sees("has 3 characters: ä€z")


def waits_to_be_read(terminal: int) -> bool:
    """Whether something was typed that nobody has read."""
    return any(fcntl.ioctl(terminal, termios.FIONREAD, bytes(4)))


async def test_bytes_that_are_no_characters_end_nothing() -> None:
    async with hosting() as host:
        seat = await host.seat()

        seat.type(b"a\xff\xfe\xc3b\x04\x1a")

        await seat.sees("has 5 characters")


async def test_a_paste_that_is_never_ended_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pastes, "PATIENCE", 2)
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()

        one.type("\x1b[200~abc")
        other.type("meanwhile")
        await other.sees("has 9 characters: meanwhile")
        await one.sees("has 3 characters: abc")
        one.type("de")

        await one.sees("has 5 characters: abcde")


# A slow line


async def test_a_client_that_stops_reading_is_kept_one_frame_and_sees_the_last_picture_when_it_reads_on() -> None:
    async with hosting() as host:
        slow, other = await host.seat(WINDOW), await host.seat()
        terminal, app = host.console(slow).terminal, host.app(slow)
        slow.stop_reading()
        slow.type(FILL)
        await until(lambda: not terminal.is_free)

        for number in range(1, 31):
            slow.type(FILL)
            await until(lambda: app.filled == number + 1)  # noqa: B023 - it is asked at once
            other.type("x")
            await other.sees(f"has {number} characters")
            assert len(terminal._waiting) <= ONE_FRAME

        slow.read_on()
        await until(lambda: terminal.is_free and slow.text() == picture(host, slow), slow.text)
        slow.type("a")
        await slow.sees("has 1 characters: a")
        assert slow.text() == picture(host, slow)


def picture(host: Hosting, seat: Seat) -> str:
    """What the app at a seat wants to be seen."""
    strips = host.app(seat).screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def test_nothing_is_painted_while_nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks costs half a processor core at 200 consoles."""
    async with hosting() as host:
        seat = await host.seat()
        await time_flies(1)  # the beginning is over
        driver, begun = host.app(seat)._driver, asyncio.get_running_loop().time()
        assert isinstance(driver, TerminalDriver)
        paint, painted = driver.paint, [0]

        def counted(update: CompositorUpdate, cursor: tuple[int, int]) -> None:
            painted[0] += 1
            paint(update, cursor)

        monkeypatch.setattr(driver, "paint", counted)
        for _ in range(20):
            await time_flies(0.25)

        assert asyncio.get_running_loop().time() > begun + 4
        assert painted == [0]
        seat.type("a")
        await seat.sees("has 1 characters: a")
        assert painted > [0]


# The host's own


async def test_what_would_act_on_the_host_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_DOWNLOAD_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("BROWSER", f"touch {tmp_path}/browser-%s")
    monkeypatch.chdir(tmp_path)
    async with hosting() as host:
        one, other = await host.seat(), await host.seat()

        one.type(ACT_ON_HOST)
        await one.sees("did nothing")
        other.type("on")
        await other.sees("has 2 characters: on")

        assert list(tmp_path.iterdir()) == []
        assert not re.search(rb"\x1b\](?!22;)", bytes(one.raw)), "something was sent to the terminal beside the screen"
        assert host.faults == []


async def test_the_hosts_own_terminal_and_streams_are_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    master, slave = os.openpty()
    modes = termios.tcgetattr(slave)
    own = os.dup(0)
    os.dup2(slave, 0)
    try:
        async with hosting() as host:
            seat = await host.seat()
            seat.type("on")
            await seat.sees("has 2 characters: on")

            assert termios.tcgetattr(slave) == modes
            assert os.get_blocking(0)
    finally:
        os.dup2(own, 0)
        for descriptor in (own, master, slave):
            os.close(descriptor)
    assert capfd.readouterr() == ("", "")
