"""Who is let in to the host: what is passed has to be a terminal, and nobody takes the room of all others."""

import ctypes
import fcntl
import os
import pty
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.e2e.programs import as_root
from tui.hosting.callers import Caps, NotATerminal, Peer, peer_of, terminal_name

_DETACH = 2  # MNT_DETACH
_UNLOCK = 0x40045431  # TIOCSPTLCK


def test_one_caller_has_so_many_consoles_and_no_more() -> None:
    caps = Caps(in_all=10, of_one=2)
    for _ in range(2):
        assert caps.why_not("one") is None
        caps.take("one")

    assert caps.why_not("one") == ("You have as many consoles open here as one may (2). Close one, then try again.")
    assert caps.why_not("other") is None
    caps.give_back("one")
    assert caps.why_not("one") is None


def test_all_callers_together_have_so_many_consoles_and_no_more() -> None:
    caps = Caps(in_all=1_000, of_one=2)
    for number in range(1_000):
        assert caps.why_not(str(number)) is None
        caps.take(str(number))

    assert caps.why_not("another") == "All 1,000 consoles of this host are in use. Try again later."
    caps.give_back("7")
    assert caps.why_not("another") is None


def test_whoever_has_left_is_forgotten() -> None:
    caps = Caps(in_all=10, of_one=2)
    for number in range(100):
        caps.take(str(number))
        caps.give_back(str(number))

    assert caps.why_not("one") is None
    assert not caps._held


def test_a_pseudo_terminal_is_named_by_its_device() -> None:
    master, slave = pty.openpty()
    try:
        assert terminal_name(slave) == os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_of_somebodys_own_dev_pts_does_not_pass_for_one_of_this_machine(tmp_path: Path) -> None:
    """The attack: mount another /dev/pts in a namespace of one's own, take the number of somebody's terminal there,
    and have the audit name that.
    """
    as_root()
    libc = ctypes.CDLL(None, use_errno=True)
    options = b"newinstance,ptmxmode=0666"
    assert libc.mount(b"devpts", bytes(tmp_path), b"devpts", 0, options) == 0, os.strerror(ctypes.get_errno())
    try:
        master = os.open(tmp_path / "ptmx", os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(master, _UNLOCK, struct.pack("i", 0))
        slave = os.open(tmp_path / "0", os.O_RDWR | os.O_NOCTTY)

        assert terminal_name(slave) == "pts 0 of another system"

        os.close(slave)
        os.close(master)
    finally:
        libc.umount2(bytes(tmp_path), _DETACH)


@contextmanager
def a_pipe() -> Iterator[int]:
    ends = os.pipe()
    try:
        yield ends[0]
    finally:
        for end in ends:
            os.close(end)


@contextmanager
def a_socket() -> Iterator[int]:
    one, other = socket.socketpair()
    with one, other:
        yield one.fileno()


@contextmanager
def a_file() -> Iterator[int]:
    with Path(__file__).open("rb") as file:
        yield file.fileno()


@contextmanager
def opened(path: str, flags: int = os.O_RDONLY) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def the_masters_end() -> Iterator[int]:
    """It would answer, with what its owner likes, and never hang up."""
    with opened("/dev/ptmx", os.O_RDWR | os.O_NOCTTY) as master:
        yield master


OTHERS: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "pipe": a_pipe,
    "socket": a_socket,
    "file": a_file,
    "directory": lambda: opened("/tmp"),  # noqa: S108 - any directory
    "/dev/null": lambda: opened("/dev/null", os.O_RDWR),
    "/dev/zero": lambda: opened("/dev/zero"),
    "/dev/urandom": lambda: opened("/dev/urandom"),
    "master": the_masters_end,
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_terminal_is_refused(kind: str) -> None:
    with OTHERS[kind]() as descriptor, pytest.raises(NotATerminal):
        terminal_name(descriptor)


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_PATH], ids=["reading", "writing", "neither"])
def test_a_terminal_that_is_not_open_for_both_is_refused(flags: int) -> None:
    """Attack: a descriptor that is open for neither (O_PATH) is a terminal by its number, and fails wherever used."""
    master, slave = pty.openpty()
    try:
        with opened(os.ttyname(slave), flags | os.O_NOCTTY) as descriptor, pytest.raises(NotATerminal):
            terminal_name(descriptor)
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_that_its_owner_has_left_is_still_named_and_not_waited_for() -> None:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    os.close(master)
    told: list[str] = []

    asks = threading.Thread(target=lambda: told.append(terminal_name(slave)))
    asks.start()
    asks.join(5)
    os.close(slave)

    assert told == [name]


def test_the_kernel_says_who_connected() -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        assert peer_of(one) == Peer(os.getpid(), os.getuid())


def test_a_user_without_a_name_is_told_by_his_number() -> None:
    assert Peer(1, 4_000_000_123).unix_user == "4000000123"
    assert Peer(1, 0).unix_user == "root"
