"""The counting of guesses: in the database, before anything is compared, by one statement."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func
from sqlmodel import select

from core import throttle
from core.errors import OnHold
from core.throttle import CODE, PASSWORD, Limit
from data.engine import reading, transaction
from data.tables import AttemptCounter
from tests.core.actors import SetClock


def _charge(engine: Engine, limit: Limit, now: datetime, subject: str = "olga") -> None:
    with transaction(engine) as db:
        throttle.charge(db, limit, subject, now=now)


def _give_back(engine: Engine, limit: Limit, subject: str = "olga") -> None:
    with transaction(engine) as db:
        throttle.give_back(db, limit, subject)


def _counted(engine: Engine, limit: Limit, subject: str = "olga") -> int:
    with reading(engine) as db:
        return throttle.attempts_counted(db, limit, subject)


def test_password_failures_slow_down_from_half_a_minute_to_half_an_hour(engine: Engine, clock: SetClock) -> None:
    waits = []

    for _ in range(13):
        _charge(engine, PASSWORD, clock())
        with reading(engine) as db:
            free_at = db.get_one(AttemptCounter, ("password", "olga", "any")).free_at
        waits.append(int((free_at - clock()).total_seconds()))
        clock.time = free_at

    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800]


def test_a_refused_attempt_is_not_counted_and_told_when_to_come_back(engine: Engine, clock: SetClock) -> None:
    for _ in range(5):
        _charge(engine, CODE, clock())

    for _ in range(3):
        with pytest.raises(OnHold) as hold:
            _charge(engine, CODE, clock())

    assert hold.value.until == clock() + timedelta(minutes=15)
    assert _counted(engine, CODE) == 5


def test_a_hundred_passwords_a_day_are_the_most(engine: Engine, clock: SetClock) -> None:
    start = clock()
    for _ in range(100):
        _charge(engine, PASSWORD, clock())
        clock.advance(seconds=1)
        _give_back_waits(engine)

    with pytest.raises(OnHold) as hold:
        _charge(engine, PASSWORD, clock())

    assert hold.value.until == start + timedelta(days=1)
    clock.time = start + timedelta(days=1)
    _charge(engine, PASSWORD, clock())


def test_twenty_codes_a_day_are_the_most_however_they_are_spread(engine: Engine, clock: SetClock) -> None:
    tried = 0

    for _ in range(95):
        clock.advance(minutes=15)
        for _ in range(5):
            try:
                _charge(engine, CODE, clock())
            except OnHold:
                break
            tried += 1

    assert tried == 20


def test_secrets_and_subjects_are_counted_apart(engine: Engine, clock: SetClock) -> None:
    for _ in range(5):
        _charge(engine, CODE, clock())

    _charge(engine, CODE, clock(), subject="ulf")
    _charge(engine, throttle.RECOVERY_CODE, clock())

    assert (_counted(engine, CODE), _counted(engine, CODE, "ulf")) == (5, 1)


def test_a_success_gives_its_attempt_back_and_leaves_the_day_as_it_was(engine: Engine, clock: SetClock) -> None:
    for _ in range(4):
        _charge(engine, CODE, clock())
    _give_back(engine, CODE)

    assert _counted(engine, CODE) == 3
    for _ in range(5):
        _charge(engine, CODE, clock())


def test_a_day_that_began_in_between_never_counts_below_none(engine: Engine, clock: SetClock) -> None:
    _charge(engine, CODE, clock())
    _charge(engine, CODE, clock())
    clock.advance(days=1)
    _charge(engine, CODE, clock())

    for _ in range(3):
        _give_back(engine, CODE)

    assert _counted(engine, CODE) == 0


def test_what_is_a_day_old_is_forgotten_and_what_holds_is_kept(engine: Engine, clock: SetClock) -> None:
    for number in range(5):
        _charge(engine, PASSWORD, clock(), subject=f"guess {number}")
    clock.advance(hours=13)
    _charge(engine, PASSWORD, clock())
    clock.advance(hours=12)

    with transaction(engine) as db:
        throttle.forget_stale(db, now=clock())

    with reading(engine) as db:
        assert db.exec(select(AttemptCounter.subject)).all() == ["olga"]


def test_guesses_at_unknown_names_do_not_fill_the_table(engine: Engine, clock: SetClock) -> None:
    for number in range(250):
        _charge(engine, PASSWORD, clock(), subject=f"guess {number}")
    clock.advance(days=2)

    left = []
    for _ in range(4):
        with transaction(engine) as db:
            throttle.forget_stale(db, now=clock())
            left.append(db.exec(select(func.count()).select_from(AttemptCounter)).one())

    assert left == [150, 50, 0, 0]


def _give_back_waits(engine: Engine) -> None:
    """As when the person's own right passwords end each wait."""
    with transaction(engine) as db:
        counter = db.get_one(AttemptCounter, ("password", "olga", "any"))
        counter.free_at, counter.recent = counter.recent_since, 0
