"""What systemd and the host tell each other."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.hosting import systemd

ROOT = Path(__file__).parents[2]

# Tells what it found, and whether a child would find it again.
_TAKING = """
import os, sys
sys.path.insert(0, sys.argv[1])
from tui.hosting import systemd
if sys.argv[2]:
    os.environ["LISTEN_PID"] = sys.argv[2].replace("own", str(os.getpid()))
found = systemd.passed_socket()
left = [name for name in os.environ if name.startswith("LISTEN_")]
print(found.getsockname() if found else None, left, found and os.get_inheritable(found.fileno()), flush=True)
if found and len(sys.argv) > 3:
    systemd.pass_on(found)
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[3], sys.argv[1], ""])
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def taken(tmp_path: Path, *words: str, **environment: str) -> list[str]:
    """What programs say that were started with a socket as their third descriptor."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        ended = subprocess.run(
            ["/bin/sh", "-c", 'exec 3<&0; exec "$@"', "sh", sys.executable, "-c", _TAKING, str(ROOT), *words],
            stdin=listener.fileno(),
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    return ended.stdout.replace(str(tmp_path), "").splitlines()


def test_the_socket_that_was_passed_is_taken_and_no_child_is_told_of_it(tmp_path: Path) -> None:
    assert taken(tmp_path, "own", LISTEN_FDS="1", LISTEN_FDNAMES="x") == ["/s [] False"]


@pytest.mark.parametrize(("pid", "count"), [("1", "1"), ("own", "2"), ("own", "0"), ("own", "x"), ("own", "")])
def test_what_was_passed_to_another_or_is_not_one_socket_is_left_alone(tmp_path: Path, pid: str, count: str) -> None:
    assert taken(tmp_path, pid, LISTEN_FDS=count) == ["None [] None"]


def test_what_this_process_becomes_finds_the_socket_in_the_same_way(tmp_path: Path) -> None:
    assert taken(tmp_path, "own", _TAKING, LISTEN_FDS="1") == ["/s [] False", "/s [] False"]


def test_systemd_hears_what_it_is_told(notes: socket.socket) -> None:
    systemd.notify("READY=1")

    assert notes.recv(100) == b"READY=1"


def test_an_address_without_a_file_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"bartizan-test-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(5)
        systemd.notify("STOPPING=1")

        assert listener.recv(100) == b"STOPPING=1"


def test_where_nobody_listens_or_is_meant_to_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    systemd.notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    systemd.notify("READY=1")


def test_a_reload_is_told_with_its_moment(notes: socket.socket) -> None:
    before = time.monotonic_ns() // 1000

    systemd.notify(systemd.reloading())

    word, moment = notes.recv(100).decode().splitlines()
    assert word == "RELOADING=1"
    assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize(("told", "seconds"), [("30000000", 15.0), ("", None), ("x", None)])
def test_the_watchdog_is_told_twice_as_often_as_it_wants(
    told: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", told)

    assert systemd.watchdog_seconds() == seconds
