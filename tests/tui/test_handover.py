"""The packets between `bartizan attach` and the host: what is no packet is refused, and leaves no descriptor open."""

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.seats import descriptors
from tui.hosting import handover

NAMES = st.text(st.characters(exclude_characters="\0=", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name != "what"
)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a line that does not wait."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (one, other):
        end.settimeout(0)
    with one, other:
        yield one, other


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES))
def test_facts_arrive_as_they_were_told(facts: dict[str, str]) -> None:
    assert handover.unpacked(handover.packed("hello", facts)) == {"what": "hello", **facts}


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_facts_or_malformed(packet: bytes) -> None:
    try:
        facts = handover.unpacked(packet)
    except handover.Malformed:
        return
    assert "what" in facts


def test_a_value_that_would_be_two_facts_is_left_out() -> None:
    packet = handover.packed("hello", {"TERM": "xterm\0unix_user=root", "LANG": "C"})

    assert handover.unpacked(packet) == {"what": "hello", "LANG": "C"}


def test_what_no_utf8_can_tell_becomes_a_question_mark() -> None:
    packet = handover.packed("hello", {"LANG": "\udcff"})

    assert handover.unpacked(packet) == {"what": "hello", "LANG": "?"}


@pytest.mark.parametrize(
    "packet", [b"what", b"=x\0what=hello", b"what=hello\0", b"what=hello\0what=other", b"TERM=xterm", b"\xff=x"]
)
def test_what_is_no_packet_of_ours_is_malformed(packet: bytes) -> None:
    with pytest.raises(handover.Malformed):
        handover.unpacked(packet)


def test_a_descriptor_comes_with_its_packet_and_is_no_childs(line: tuple[socket.socket, socket.socket]) -> None:
    """Python's own `recv_fds` takes flags and forgets them: what a reloaded host becomes kept terminals for ever."""
    reading, writing = os.pipe()

    handover.send(line[0], "hello", {}, [writing])
    _, (came,) = handover.receive(line[1], most_descriptors=1)

    os.write(came, b"x")
    assert os.read(reading, 1) == b"x"
    assert not os.get_inheritable(came)
    for descriptor in (reading, writing, came):
        os.close(descriptor)


@pytest.mark.parametrize(
    ("packet", "count"),
    [(b"nonsense", 1), (b"what=hello\0" * 2, 1), (b"what=hello", 2), (b"what=" + b"x" * 70_000, 1), (b"", 1)],
    ids=["nonsense", "twice", "two", "long", "empty"],
)
def test_what_came_with_a_packet_that_is_refused_is_closed(
    line: tuple[socket.socket, socket.socket], packet: bytes, count: int
) -> None:
    before = descriptors()
    with open(os.devnull) as file:  # noqa: PTH123 - any descriptor
        socket.send_fds(line[0], [packet], [file.fileno()] * count)

    with pytest.raises((handover.Malformed, handover.Gone)):
        handover.receive(line[1], most_descriptors=1)

    assert descriptors() == before


def test_where_nothing_has_come_yet_it_is_said_and_where_nobody_is_any_more_too(
    line: tuple[socket.socket, socket.socket],
) -> None:
    with pytest.raises(BlockingIOError):
        handover.receive(line[0])
    line[1].close()

    with pytest.raises(handover.Gone):
        handover.receive(line[0])
    with pytest.raises(OSError, match="Broken pipe"):
        handover.send(line[0], "hello")
