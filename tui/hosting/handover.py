"""What `bartizan attach` and the console host tell each other: facts by name, one packet at a time, over a Unix socket.

The first packet of the client brings the descriptor of its terminal (SCM_RIGHTS). The standard library alone.
"""

from __future__ import annotations

import array
import os
import socket

TYPE_CHECKING = False  # typing takes 7 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Facts = Mapping[str, str]

SOCKET = "/run/bartizan/console.sock"
"""Where the host listens."""

MOST = 64 * 1024
"""Bytes of a packet; more is refused by both sides."""

HELLO, RESIZED = "hello", "resized"
OPENED, REFUSED, ENDED = "opened", "refused", "ended"


class Malformed(Exception):  # noqa: N818 - named for the fact
    """What came is no packet of ours."""


class Gone(Exception):  # noqa: N818 - named for the fact
    """The other side is not there any more."""


def packed(what: str, facts: Facts) -> bytes:
    """A packet; what has a NUL in it is left out, since no environment has one."""
    whole = {"what": what, **facts}
    text = "\0".join(f"{name}={value}" for name, value in whole.items() if "\0" not in value)
    return text.encode(errors="replace")


def unpacked(packet: bytes) -> dict[str, str]:
    """The facts of a packet.

    Raises:
        Malformed: it is none.
    """
    try:
        pairs = [pair.partition("=") for pair in packet.decode().split("\0")]
    except UnicodeDecodeError:
        raise Malformed from None
    facts = {name: value for name, is_there, value in pairs if name and is_there}
    if len(facts) != len(pairs) or "what" not in facts:
        raise Malformed
    return facts


def send(to: socket.socket, what: str, facts: Facts | None = None, descriptors: Sequence[int] = ()) -> None:
    """Send a packet, and copies of the descriptors with it.

    Raises:
        OSError: the other side is gone, takes nothing now (BlockingIOError), or the packet is too long.
    """
    passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    to.sendmsg([packed(what, facts or {})], passed, socket.MSG_NOSIGNAL)


def receive(
    source: socket.socket, *, most_descriptors: int = 0, give_back: Callable[[int], None] = os.close
) -> tuple[dict[str, str], list[int]]:
    """The next packet, and the descriptors that came with it: the caller's own now. Those of what is no packet are
    given back.

    Raises:
        Gone: the other side has closed.
        Malformed: it was no packet of ours, or a longer one than there are; nothing is left open.
        BlockingIOError, TimeoutError: there is none yet.
    """
    try:
        room = socket.CMSG_LEN(most_descriptors * array.array("i").itemsize) if most_descriptors else 0
        # Not `socket.recv_fds`, which forgets the flag: what this process becomes would have them for ever.
        packet, passed, flags, _ = source.recvmsg(MOST, room, socket.MSG_CMSG_CLOEXEC)
    except (BlockingIOError, TimeoutError):
        raise
    except OSError:
        raise Gone from None
    descriptors = _descriptors(passed)
    try:
        if not packet:
            raise Gone
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise Malformed
        return unpacked(packet), descriptors
    except (Gone, Malformed):
        for descriptor in descriptors:
            give_back(descriptor)
        raise


def _descriptors(passed: Sequence[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, content in passed:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    return list(found)
