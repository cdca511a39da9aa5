"""Who is at the other end of a connection to the host, by the kernel's word, and what he may not do to others."""

import fcntl
import os
import pwd
import socket
import stat
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_CREDENTIALS = struct.Struct("iII")

# Terminals whose questions the kernel answers itself: consoles and serial lines, pseudo-terminals.
_MAJORS = {4, 188, 204, 229, *range(136, 144)}
_PSEUDO_TERMINALS = range(136, 144)

_PTS = Path("/dev/pts")
"""Whose numbers name terminals here. Anybody may mount another one in a namespace of his own, and have any number."""


class NotATerminal(Exception):  # noqa: N818 - named for the fact
    """What was passed is no terminal, or not open for reading and writing."""


@dataclass(frozen=True)
class Peer:
    """The process that connected."""

    pid: int
    uid: int

    @property
    def unix_user(self) -> str:
        """Its user's name, the number where there is none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)


def peer_of(connection: socket.socket) -> Peer:
    """Who connected (SO_PEERCRED), as the kernel noted it then."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(told)
    return Peer(pid, uid)


def terminal_name(descriptor: int) -> str:
    """The name of a terminal that somebody passed, by its device number; nothing is asked of the device itself.

    Raises:
        NotATerminal: it is something else, which might answer late or never.
    """
    about, flags = os.fstat(descriptor), fcntl.fcntl(descriptor, fcntl.F_GETFL)
    if flags & os.O_ACCMODE != os.O_RDWR or flags & os.O_PATH:  # the latter is a descriptor that fails at each use
        raise NotATerminal
    major, minor = os.major(about.st_rdev), os.minor(about.st_rdev)
    if not stat.S_ISCHR(about.st_mode) or major not in _MAJORS:
        raise NotATerminal
    if major not in _PSEUDO_TERMINALS:
        return f"tty {major}:{minor}"
    return f"/dev/pts/{minor}" if about.st_dev == _device_of(_PTS) else f"pts {minor} of another system"


def _device_of(place: Path) -> int | None:
    try:
        return place.stat().st_dev
    except OSError:
        return None


def close_unless_socket(descriptor: int) -> bool:
    """Close something of which nothing is known; whether it is closed. It may take for ever: who has mounted a file
    system of his own (FUSE) is asked by the kernel, and need not answer. A socket's closing ends by `touching`.
    """
    try:
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
    except OSError:
        pass
    os.close(descriptor)
    return True


@dataclass
class Caps:
    """How many consoles there may be: in all, and of one caller, so that nobody takes the room of all others."""

    in_all: int
    of_one: int
    _held: Counter[str] = field(default_factory=Counter)

    def why_not(self, caller: str) -> str | None:
        """The sentence that refuses one more, if there is a reason."""
        if self._held[caller] >= self.of_one:
            return f"You have as many consoles open here as one may ({self.of_one:,}). Close one, then try again."
        if self._held.total() >= self.in_all:
            return f"All {self.in_all:,} consoles of this host are in use. Try again later."
        return None

    def take(self, caller: str) -> None:
        """One more is open."""
        self._held[caller] += 1

    def give_back(self, caller: str) -> None:
        """One less is open."""
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
