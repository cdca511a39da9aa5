"""Whoever comes to the host's socket: an honest client gets his console, whatever others do there."""

import asyncio
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.as_user import UnixUser
from tests.e2e.hosted import TERMINAL
from tests.e2e.programs import as_root
from tests.tui.front_door import close_all, front_door, hung_up, left_terminal, send_raw
from tests.tui.seats import descriptors, until
from tui.hosting import handover, workers
from tui.hosting.callers import Caps

HELLO = handover.packed(handover.HELLO, TERMINAL)


def with_nothing() -> tuple[bytes, list[int]]:
    return HELLO, []


def with_two_terminals() -> tuple[bytes, list[int]]:
    return HELLO, [left_terminal(), left_terminal()]


def with_a_pipe() -> tuple[bytes, list[int]]:
    one, other = os.pipe()
    os.close(other)
    return HELLO, [one]


def with_its_own_socket() -> tuple[bytes, list[int]]:
    return HELLO, [os.open("/dev/null", os.O_RDWR)]


def of_100_kilobytes() -> tuple[bytes, list[int]]:
    return HELLO + b"\0LANG=" + b"x" * 100_000, [left_terminal()]


def not_of_this_protocol() -> tuple[bytes, list[int]]:
    return b"GET / HTTP/1.1\r\n\r\n", [left_terminal()]


def not_of_text() -> tuple[bytes, list[int]]:
    return b"what=hello\0TERM=\xff\xfe", [left_terminal()]


def with_a_name_twice() -> tuple[bytes, list[int]]:
    return HELLO + b"\0TERM=other", [left_terminal()]


def empty() -> tuple[bytes, list[int]]:
    return b"", []


def with_another_word() -> tuple[bytes, list[int]]:
    return handover.packed("console", TERMINAL), [left_terminal()]


NONSENSE = [
    with_nothing,
    with_two_terminals,
    with_a_pipe,
    with_its_own_socket,
    of_100_kilobytes,
    not_of_this_protocol,
    not_of_text,
    with_a_name_twice,
    empty,
    with_another_word,
]


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_a_packet_that_is_none_is_answered_by_the_end_and_leaves_nothing_open(
    tmp_path: Path, nonsense: Callable[[], tuple[bytes, list[int]]]
) -> None:
    async with front_door(tmp_path) as door:
        before = descriptors()
        for _ in range(3):
            packet, passed = nonsense()
            connection = door.connect()
            send_raw(connection, packet, passed)
            close_all(passed)

            assert await hung_up(connection) == b""
            connection.close()

        await until(lambda: descriptors() == before)
        await door.seat()


async def test_whoever_says_nothing_is_sent_away_after_his_time(tmp_path: Path) -> None:
    async with front_door(tmp_path, hello_within=0.2) as door:
        before = descriptors()
        silent = door.connect()

        assert await hung_up(silent) == b""

        silent.close()
        await until(lambda: descriptors() == before)
        await door.seat()


async def test_silent_connections_are_so_many_of_one_user_and_no_more(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door:
        silent = [door.connect() for _ in range(70)]
        await until(lambda: door.host._unknown[os.getuid()] == 16)

        too_many = await hung_up(silent[-1])

        assert too_many == b""
        assert door.host._unknown.total() == 16
        for connection in silent:
            connection.close()
        await until(lambda: door.host._unknown.total() == 0)
        await door.seat()


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A directory into which other Unix users may come."""
    as_root()
    with tempfile.TemporaryDirectory(prefix="bartizan-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


async def test_seventy_silent_connections_of_one_user_keep_no_other_out(open_to_all: Path) -> None:
    silence = """
silent = []
for _ in range(70):
    silent.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    silent[-1].connect(sys.argv[1])
print("here", flush=True)
sys.stdin.read()
"""
    async with front_door(open_to_all) as door:
        door.path.chmod(0o666)
        stranger = await asyncio.create_subprocess_exec(
            *UnixUser("games").command(silence, door.path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert stranger.stdout is not None
        assert stranger.stdin is not None
        assert await stranger.stdout.readline() == b"here\n"
        await until(lambda: door.host._unknown[UnixUser("games").uid] == 16)

        await door.seat()

        stranger.stdin.close()
        await stranger.wait()


async def test_a_client_that_is_gone_at_once_leaves_nothing(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door:
        await door.leave(await door.seat())
        before = descriptors()

        for _ in range(20):
            door.connect().close()
            seat = door.come()
            seat.close_client()
            seat.hang_up()
        await until(lambda: descriptors() == before)

        assert door.consoles() == 0
        assert not door.host.caps._held
        assert door.host._unknown.total() == 0
        await door.seat()


@pytest.mark.parametrize("name", ["TERM", "LANG"])
async def test_a_client_that_tells_much_takes_nobody_elses_console(tmp_path: Path, name: str) -> None:
    """Attack: with what the parent adds, a packet of the longest kind was too long for the worker, which took that
    for the end of its parent, and ended the consoles of all."""
    async with front_door(tmp_path) as door:
        other = await door.seat()
        facts = {**TERMINAL, name: ""}
        facts[name] = "x" * (handover.MOST - len(handover.packed(handover.HELLO, facts)))

        greedy = door.come(facts)
        await until(lambda: greedy.packets or gone(greedy.client), greedy.text)
        other.type("still here")

        await other.sees("has 10 characters: still here")
        await door.seat()


def gone(connection: socket.socket) -> bool:
    """Whether nobody is at the other end."""
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


# Caps


async def test_a_cap_is_told_in_a_sentence_and_room_is_given_back(tmp_path: Path) -> None:
    async with front_door(tmp_path, caps=Caps(in_all=2, of_one=1)) as door:
        one = await door.seat({**TERMINAL, "caller": "one"})
        await door.seat({**TERMINAL, "caller": "two"})

        again, third = door.come({**TERMINAL, "caller": "one"}), door.come({**TERMINAL, "caller": "three"})
        await until(lambda: again.packets and third.packets)

        assert again.packets[0]["sentence"].startswith("You have as many consoles open here as one may (1)")
        assert third.packets[0]["sentence"].startswith("All 2 consoles of this host are in use.")
        assert {again.packets[0]["what"], third.packets[0]["what"]} == {handover.REFUSED}
        await door.leave(one)
        await door.seat({**TERMINAL, "caller": "three"})


async def test_who_opens_and_closes_consoles_without_end_waits_and_nobody_else_does(tmp_path: Path) -> None:
    """Attack: fifty consoles a second, each begun and thrown away, made the others of the host wait half a second."""
    one, two = {**TERMINAL, "caller": "one"}, {**TERMINAL, "caller": "two"}
    async with front_door(tmp_path, caps=Caps(in_all=9, of_one=2), opens_a_second=2) as door:
        for _ in range(2):
            await door.leave(await door.seat(one))

        third = door.come(one)
        await door.seat(two)

        assert not third.packets
        await until(lambda: third.packets)
        assert third.packets[0]["what"] == handover.OPENED


async def test_those_who_come_while_a_worker_is_awaited_never_pass_the_cap(tmp_path: Path) -> None:
    async with front_door(tmp_path, caps=Caps(in_all=3, of_one=3), is_open=False) as door:
        seats = [door.come() for _ in range(8)]
        await until(lambda: sum(bool(seat.packets) for seat in seats) == 5)

        door.is_open.set()
        await until(lambda: all(seat.packets for seat in seats))

        assert [seat.packets[0]["what"] for seat in seats].count(handover.OPENED) == 3
        assert door.consoles() == 3


async def test_where_no_worker_is_ready_in_time_it_is_said_and_nothing_is_kept(tmp_path: Path) -> None:
    async with front_door(tmp_path, caps=Caps(1, 1), waits_for_worker=0.2, is_open=False) as door:
        seat = door.come()
        await until(lambda: seat.packets)

        assert seat.packets[0]["sentence"] == "The console host is starting. Try again in a few seconds."

        door.is_open.set()
        await door.seat()


async def test_each_new_console_goes_to_the_worker_that_has_the_fewest(tmp_path: Path) -> None:
    async with front_door(tmp_path, workers=3) as door:
        for _ in range(6):
            await door.seat()

        assert [len(worker.consoles) for worker in door.host.workers] == [2, 2, 2]


# Workers


async def test_a_worker_that_gave_no_sign_of_life_gets_no_more_consoles(tmp_path: Path) -> None:
    async with front_door(tmp_path, workers=2) as door:
        slow, other = door.host.workers
        slow.beat_at -= workers.IS_SLOW_AFTER

        seats = [door.come() for _ in range(3)]
        for seat in seats:
            await seat.sees("ready")

        assert (len(slow.consoles), len(other.consoles)) == (0, 3)
        await until(lambda: slow.silent_for < workers.IS_SLOW_AFTER)
        await door.seat()
        assert len(slow.consoles) == 1


async def test_a_worker_that_is_silent_for_long_is_ended(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door:
        with subprocess.Popen(["/bin/sleep", "20"]) as process:
            [worker] = door.host.workers
            worker.process = process
            worker.beat_at -= workers.IS_DEAD_AFTER
            async with asyncio.timeout(10):
                while process.poll() is None:
                    worker.beat_at = min(worker.beat_at, time.monotonic() - workers.IS_DEAD_AFTER - 1)
                    await asyncio.sleep(0.01)


async def test_what_a_dead_worker_held_is_given_back_and_another_is_started(tmp_path: Path) -> None:
    async with front_door(tmp_path, caps=Caps(in_all=2, of_one=2)) as door:
        seats = [await door.seat() for _ in range(2)]
        [dead] = door.host.workers

        dead.link.shutdown(socket.SHUT_RDWR)  # as the kernel does at the end of its process
        await until(lambda: dead not in door.host.workers)

        assert not door.host.caps._held
        ends = [await seat.ended() for seat in seats]
        assert {end["sentence"][:27] for end in ends} == {"The console host went away;"}
        await until(lambda: door.host.workers)
        assert [worker.name for worker in door.host.workers] == ["run/1"]
        assert door.started_after == ["", "run/0"]
        await door.seat()
