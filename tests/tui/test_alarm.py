"""Whoever passes a descriptor keeps a hand on it; with that hand he holds nobody but himself."""

import asyncio
import os
import pty
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.programs import as_root
from tests.tui.front_door import front_door, hung_up, send_raw
from tests.tui.own_file_system import slow_to_close
from tests.tui.seats import hosting
from tui.hosting import alarm, handover
from tui.hosting.elsewhere import elsewhere
from tui.hosting.terminal import Abilities, Terminal
from tui.hosting.terminal_modes import make_raw, modes_of

HELD = 4
"""Seconds for which the attacks here would hold the process."""

AT_ONCE = 1.0


@pytest.fixture(autouse=True)
def with_alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    alarm.install()
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def lingering() -> Iterator[int]:
    """A connection with something to say to one who does not listen: its last closing waits, as its owner wants."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = socket.create_connection(server.getsockname())
        listener, _ = server.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, HELD))
        connection.settimeout(0)
        try:
            while True:
                connection.send(bytes(1 << 16))
        except BlockingIOError:
            pass
        with listener:
            yield connection.detach()


@pytest.fixture
def unread() -> Iterator[tuple[int, Terminal]]:
    """A terminal that a console has, and its owner's end, at which nobody reads before `HELD` seconds have passed."""
    master, slave = pty.openpty()
    make_raw(slave, modes_of(slave) or [])
    os.set_blocking(slave, False)
    terminal = Terminal(slave, Abilities())
    give_up = threading.Timer(HELD, lambda: [os.read(master, 1 << 16) for _ in range(100)])
    give_up.daemon = True
    give_up.start()
    yield master, terminal
    give_up.cancel()
    terminal.close()
    os.close(master)


async def test_an_owner_who_makes_his_terminal_block_and_does_not_read_it_loses_it(
    unread: tuple[int, Terminal],
) -> None:
    """The attack: pass a terminal, take O_NONBLOCK from it through one's own descriptor, and stop reading. The worker
    would wait in the next frame, and be killed after 20 seconds with all its consoles.
    """
    _, terminal = unread
    os.set_blocking(terminal._descriptor, True)
    begun = time.monotonic()

    terminal.write("x" * 250_000)

    assert time.monotonic() - begun < AT_ONCE
    assert terminal.lost


async def test_an_owner_who_takes_his_keys_away_before_they_are_read_loses_his_terminal(
    unread: tuple[int, Terminal],
) -> None:
    """The same for reading: what was announced was thrown away meanwhile."""
    _, terminal = unread
    os.set_blocking(terminal._descriptor, True)
    begun = time.monotonic()

    wake = threading.Timer(HELD, os.write, [unread[0], b"x"])
    wake.start()
    terminal._read(lambda _: None)
    wake.cancel()

    assert time.monotonic() - begun < AT_ONCE
    assert terminal.lost


async def test_a_slow_terminal_that_does_not_block_is_kept(unread: tuple[int, Terminal]) -> None:
    master, terminal = unread

    terminal.write("x" * 250_000)

    assert not terminal.lost
    assert not terminal.is_free
    os.read(master, 1)


@pytest.mark.parametrize(("rings", "at_once", "is_lost"), [(5, True, False), (20, True, True), (20, False, False)])
async def test_a_terminal_is_lost_for_many_alarms_in_a_short_time_and_not_for_a_few_on_a_busy_machine(
    unread: tuple[int, Terminal], monkeypatch: pytest.MonkeyPatch, *, rings: int, at_once: bool, is_lost: bool
) -> None:
    """The attack: let the descriptor block, and take that back just before the alarm looks, again and again."""
    _, terminal = unread
    now = 0.0

    def written(_: int, text: bytes) -> int:
        alarm._ring()
        return len(text)

    monkeypatch.setattr("tui.hosting.terminal.time.monotonic", lambda: now)
    monkeypatch.setattr(os, "write", written)

    for _ in range(rings):
        terminal.write("x")
        now += 0.1 if at_once else 2.0

    assert terminal.lost is is_lost


@pytest.mark.parametrize("packet", [handover.packed(handover.HELLO, {}), b"nonsense"])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_connection_that_lingers_holds_the_host_neither_when_it_is_closed_nor_when_thrown_away(
    tmp_path: Path, lingering: int, packet: bytes, times: int
) -> None:
    """The attack: pass a connection with SO_LINGER and unsent bytes, and close one's own descriptor of it. Whoever
    closes it last waits for so long: the host would, for years, with everybody who wants in.
    """
    async with front_door(tmp_path) as door:
        connection = door.connect()
        send_raw(connection, packet, [lingering] * times)
        os.close(lingering)
        begun = time.monotonic()

        assert await hung_up(connection) == b""

        await door.seat()
        assert time.monotonic() - begun < HELD - 1
        connection.close()


@pytest.mark.parametrize("packet", [handover.packed(handover.HELLO, {}), b"nonsense"])
async def test_a_file_whose_closing_does_not_end_holds_nobody_but_whoever_passed_it(
    tmp_path: Path, packet: bytes
) -> None:
    """The attack: mount a file system of one's own (FUSE), pass a file of it, and do not answer when the kernel says
    that it is closed. No signal ends that: the host would stand still until its watchdog ends it, with all consoles.
    """
    as_root()
    async with front_door(tmp_path) as door:
        connections = [door.connect() for _ in range(3)]
        begun = time.monotonic()
        with slow_to_close(tmp_path / "file", HELD) as descriptor:
            for connection in connections:
                send_raw(connection, packet, [descriptor])
            await door.seat()

            assert time.monotonic() - begun < HELD - 1
            assert door.host._unknown[os.getuid()] == len(connections)
            await elsewhere(partial(os.close, descriptor))
        for connection in connections:
            assert await hung_up(connection) == b""
            connection.close()


async def test_a_connection_that_lingers_holds_no_console_of_the_same_worker(lingering: int) -> None:
    """The attack: the same, in a packet behind the first one. The kernel throws it away within the worker."""
    async with hosting() as host:
        other, attacker = await host.seat(), await host.seat()
        send_raw(attacker.client, handover.packed(handover.RESIZED, {}), [lingering])
        os.close(lingering)
        begun = time.monotonic()
        await asyncio.sleep(0)

        other.type("ab")
        await other.sees("has 2 characters")

        assert time.monotonic() - begun < AT_ONCE
