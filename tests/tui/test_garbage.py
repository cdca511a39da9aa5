"""When a worker looks for garbage: at what is new now and then, at everything after consoles have ended."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tui.hosting.garbage import ALL_AFTER, ALL_EVERY, NEW_EVERY, Garbage


class Knot:
    """Garbage that only looking finds: it holds itself."""

    def __init__(self) -> None:
        self.itself = self


@contextmanager
def as_python_does() -> Iterator[None]:
    """Whatever is set inside, afterwards it is as before."""
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def garbage(clock: Clock) -> Iterator[Garbage]:
    with as_python_does():
        made = Garbage(clock)
        made.begin()
        yield made


def knot() -> "weakref.ref[Knot]":
    return weakref.ref(Knot())


def test_where_nothing_is_made_nobody_looks(garbage: Garbage, clock: Clock) -> None:
    gone = knot()

    clock.now += 10 * NEW_EVERY
    garbage.look()

    assert gone() is not None


def test_what_is_new_is_looked_at_now_and_then(garbage: Garbage, clock: Clock) -> None:
    gone = knot()
    work = [[number] for number in range(20_000)]

    garbage.look()
    assert gone() is not None
    clock.now += NEW_EVERY
    garbage.look()

    assert gone() is None
    assert work


def test_what_has_lived_for_a_while_is_not_looked_at_until_consoles_have_ended(garbage: Garbage, clock: Clock) -> None:
    console = Knot()
    work = [[number] for number in range(20_000)]
    gone = weakref.ref(console)
    clock.now += NEW_EVERY
    garbage.look()
    del console, work
    clock.now += NEW_EVERY
    garbage.look()
    assert gone() is not None

    garbage.ended = ALL_AFTER
    garbage.look()

    assert gone() is None
    assert garbage.ended == 0


def test_consoles_that_have_begun_are_set_aside_without_a_look(garbage: Garbage, clock: Clock) -> None:
    console = Knot()
    gone = weakref.ref(console)
    before = gc.get_freeze_count()
    garbage.begun = 1

    garbage.look()
    del console
    clock.now += NEW_EVERY
    garbage.look()

    assert gc.get_freeze_count() > before
    assert gone() is not None
    assert garbage.begun == 0


def test_one_ended_console_is_looked_for_after_some_minutes(garbage: Garbage, clock: Clock) -> None:
    console = Knot()
    work = [[number] for number in range(20_000)]
    gone = weakref.ref(console)
    clock.now += NEW_EVERY
    garbage.look()
    del console, work
    garbage.ended = 1

    clock.now += ALL_EVERY - NEW_EVERY - 1
    garbage.look()
    assert gone() is not None
    clock.now += 1
    garbage.look()

    assert gone() is None


def test_python_never_looks_at_everything_by_itself(garbage: Garbage) -> None:
    assert gc.get_threshold()[2] >= 1_000_000
    assert gc.get_freeze_count() > 0
    assert garbage.ended == 0
