"""Counts guesses in the database, over all processes and hosts (ASVS 6.3.1; NIST SP 800-63B §3.2.2).

An attempt is charged before anything is compared, and the charge is committed before anybody learns the answer; a
success gives it back. A slow comparison (argon2) waits for the commit; a quick one (a code) happens in the same
transaction, which holds the counter, so that guessers of one secret wait for each other. One statement decides:
parallel guessers get exactly what the limit allows.

What is guessed before somebody has signed in is counted in lanes: one for each place from which the person has
completed a login (`core.known_origins`), and one, ELSEWHERE, for all others. A stranger's guesses therefore never
delay the person where he always signs in. The bound for one person and day, over all processes and hosts: 100
passwords, 20 codes and 10 recovery codes are compared in each lane, that is at most 100 in each of 1 + 10
lanes, and 100 for an address that nobody has.

Activation and reset codes are counted for each place by itself, whoever signs in from there: that one has to wait is
told, and must not tell for whom the place is a known one. Proofs are counted for each session by itself, so that who
guesses at a locked console does not keep its person from proving himself at another.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, delete, func, not_, or_, tuple_, update
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session as Transaction
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from core import server_clock
from core.errors import OnHold
from data.sealing import KeyRing
from data.tables import AttemptCounter
from data.upserts import insert_into

DAY = timedelta(days=1)
ELSEWHERE = "any"
"""The lane of every place that is not known, and of what is guessed inside a session and has no lane of its own."""
_MOMENT = UTCDateTime()


@dataclass(frozen=True)
class Limit:
    """How often one secret of one subject may be guessed at.

    `waits[n]` is the pause after the n-th recent attempt beyond the free ones; the last one goes on for ever.
    Attempts are recent for `window`.
    """

    secret: str
    free: int
    window: timedelta
    waits: tuple[timedelta, ...]
    per_day: int
    until_quiet: bool = False
    """Whether attempts stay recent until there was none for `window`: no such stretch has more than `free`."""


PASSWORD = Limit(
    secret="password",  # noqa: S106 - the name of what is guessed
    free=5,
    window=DAY,
    waits=tuple(timedelta(seconds=min(30 * 2**n, 1800)) for n in range(7)),
    per_day=100,
)
CODE = Limit("code", free=5, window=timedelta(minutes=15), waits=(timedelta(minutes=15),), per_day=20)
RECOVERY_CODE = Limit("recovery code", free=5, window=timedelta(minutes=15), waits=(timedelta(minutes=15),), per_day=10)
ENROLMENT = Limit("new authenticator", free=10, window=timedelta(minutes=15), waits=(timedelta(minutes=5),), per_day=60)
PROOF = Limit("proof", free=5, window=timedelta(minutes=15), waits=(timedelta(minutes=15),), per_day=20)
BOOTSTRAP_CODE = Limit(
    "bootstrap code", free=5, window=timedelta(minutes=15), waits=(timedelta(minutes=15),), per_day=20
)
# Codes of 100 bits are not guessed: these bound what trying costs us, and keep a stranger from holding the person off.
PASSWORD_CODE = Limit(
    "password code", free=10, window=timedelta(minutes=15), waits=(timedelta(minutes=1),), per_day=200
)
EMAIL_CODE = Limit("e-mail code", free=10, window=timedelta(minutes=15), waits=(timedelta(minutes=5),), per_day=60)
# What is asked for is mailed: these bound how much of it anybody's mailbox gets, and how much one place may ask for.
RESET_REQUEST = Limit("reset request", free=3, window=timedelta(hours=1), waits=(timedelta(minutes=20),), per_day=10)
RESET_ORIGIN = Limit(
    "reset request from", free=30, window=timedelta(hours=1), waits=(timedelta(minutes=2),), per_day=300
)
SUPPORT_PIN = Limit(
    "support PIN",
    free=5,
    window=timedelta(hours=1),
    waits=(timedelta(hours=1),),
    per_day=20,
    until_quiet=True,
)
# An agent looks accounts up for callers, not for himself.
SUPPORT_CALL = Limit("support call", free=30, window=timedelta(hours=1), waits=(timedelta(minutes=10),), per_day=300)
# Nobody may be kept from stopping what takes a day: this one only slows down.
STOP_CODE = Limit("stop code", free=10, window=timedelta(minutes=15), waits=(timedelta(seconds=5),), per_day=20_000)
MAILED_CODE = Limit("mailed code", free=5, window=timedelta(hours=1), waits=(timedelta(minutes=10),), per_day=20)

AT_LOGIN = (PASSWORD, CODE, RECOVERY_CODE)
_BY_KNOWN_PLACE = {limit.secret for limit in AT_LOGIN}
LONGEST_WAIT = PASSWORD.waits[-1]

_LIMITS = (PASSWORD, CODE, RECOVERY_CODE, ENROLMENT, PROOF, PASSWORD_CODE, EMAIL_CODE, SUPPORT_PIN)


def subjects_of(keys: KeyRing, person_id: UUID, norm: str) -> list[str]:
    """The subjects under which guesses at the secrets of a person with this normalised address are counted."""
    return [str(person_id), *keys.keyed_hashes("throttle", norm.encode())]


def charge(db: Transaction, limit: Limit, subject: str, *, lane: str = ELSEWHERE, now: datetime) -> None:
    """Count one attempt; the caller commits before he tells anybody how it ended.

    Raises:
        ServerClockBehind: see `server_clock.check`. Nothing was counted.
        OnHold: a wait is running or the day's attempts are used up. Nothing was counted.
    """
    counter = _attempt(db, limit, subject, lane, now=now)
    if counter.refused:
        raise OnHold(until=_free_again(limit, counter), now=now, refused=counter.refused)


def is_charged(db: Transaction, limit: Limit, subject: str, *, lane: str = ELSEWHERE, now: datetime) -> bool:
    """Count one attempt as `charge` does, for the sign-in, which must not show that a wait is running.

    Raises:
        ServerClockBehind: see `charge`.
    """
    return not _attempt(db, limit, subject, lane, now=now).refused


def _attempt(db: Transaction, limit: Limit, subject: str, lane: str, *, now: datetime) -> Row[Any]:
    connection = db.connection()
    key = {"of_secret": limit.secret, "of_subject": subject, "of_lane": lane}
    moments = {"at": now, "window_began": now - limit.window, "day_began": now - DAY}
    waits = {f"wait_{n}": now + wait for n, wait in enumerate(limit.waits)}
    counter = connection.execute(_charging(limit, connection.dialect.name), key | moments | waits).one()
    server_clock.check_against(counter.latest, now=now)
    return counter


def held_until(db: Transaction, limit: Limit, subject: str, *, lane: str = ELSEWHERE, now: datetime) -> datetime | None:
    """Until when nothing is compared for this subject in this lane; None where the next attempt may come at once."""
    until = _free_at(db, limit, subject, lane, now=now)
    return until if until > now else None


@dataclass(frozen=True)
class Lock:
    """Nothing that is said about `secret` is compared until then.

    Everywhere, unless it is `elsewhere`, wherever the person has not signed in from, `at_known_place`, at one of
    those where he has, or `at_one_place`, at one console or one place of whatever kind.
    """

    secret: str
    until: datetime
    elsewhere: bool = False
    at_known_place: bool = False
    at_one_place: bool = False


def locks(db: Transaction, subjects: Collection[str], *, now: datetime) -> tuple[Lock, ...]:
    """The waits that are running for any of these subjects, the longest first; of lanes of a kind the longest one."""
    counters = db.exec(select(AttemptCounter).where(col(AttemptCounter.subject).in_(subjects)))
    limits = {limit.secret: limit for limit in _LIMITS}
    found = (_lock(limits[each.secret], each) for each in counters if each.secret in limits)
    longest: dict[tuple[str, bool, bool, bool], Lock] = {}
    running = (lock for lock in found if lock.until > now)
    for lock in sorted(running, key=lambda lock: (lock.until, lock.elsewhere), reverse=True):
        longest.setdefault((lock.secret, lock.elsewhere, lock.at_known_place, lock.at_one_place), lock)
    return tuple(longest.values())


def login_held_until(db: Transaction, subjects: Collection[str], *, now: datetime) -> datetime | None:
    """Until when these subjects wait at the login, in the lane that waits longest; None where they wait in none."""
    secrets = {limit.secret for limit in AT_LOGIN}
    return next((lock.until for lock in locks(db, subjects, now=now) if lock.secret in secrets), None)


def clear(db: Transaction, subjects: Collection[str], *, but: Collection[Limit] = ()) -> int:
    """Forget every attempt of these subjects, but those of some limits; how many counters there were."""
    of_subjects = col(AttemptCounter.subject).in_(subjects)
    others = col(AttemptCounter.secret).not_in([limit.secret for limit in but])
    return db.connection().execute(delete(AttemptCounter).where(of_subjects, others)).rowcount


def tries_left(db: Transaction, limit: Limit, subject: str, *, now: datetime) -> int:
    """How many attempts are compared before the next wait; none while one runs."""
    of_lane = {"of_secret": limit.secret, "of_subject": subject, "of_lane": ELSEWHERE}
    counter = db.connection().execute(_COUNTED, of_lane).one_or_none()
    if counter is None:
        return limit.free
    if _free_again(limit, counter) > now:
        return 0
    today = counter.today if counter.today_since > now - DAY else 0
    recent = counter.recent if counter.recent_since > now - limit.window else 0
    return max(0, min(limit.free - recent, limit.per_day - today))


def give_back(db: Transaction, limit: Limit, subject: str, *, lane: str = ELSEWHERE) -> None:
    """Take back the charge of an attempt that was right; earlier wrong ones still count for their day.

    Where attempts are recent until it was quiet, the wrong ones stay recent, too: who was right is perhaps another.
    """
    of_lane = {"of_secret": limit.secret, "of_subject": subject, "of_lane": lane}
    db.connection().execute(_GIVING_ONE_BACK if limit.until_quiet else _GIVING_BACK, of_lane)


def give_back_everywhere(db: Transaction, limit: Limit, subject: str) -> None:
    """As `give_back`, in every lane: what was guessed at is gone."""
    db.connection().execute(_GIVING_ALL_BACK, {"of_secret": limit.secret, "of_subject": subject})


def forget_stale(db: Transaction, *, now: datetime) -> None:
    """Drop counters that no longer say anything, so that guesses at unknown names do not fill the table.

    A hundred at a time, and none that another console is counting in.
    """
    db.connection().execute(_FORGETTING, {"day_began": now - DAY})


def attempts_counted(db: Transaction, limit: Limit, subject: str) -> int:
    """How many attempts at this secret count for the current day."""
    query = select(func.coalesce(func.sum(AttemptCounter.today), 0)).where(
        AttemptCounter.secret == limit.secret, AttemptCounter.subject == subject
    )
    return db.exec(query).one()


def _lock(limit: Limit, counter: AttemptCounter) -> Lock:
    is_elsewhere, by_known_place = counter.lane == ELSEWHERE, limit.secret in _BY_KNOWN_PLACE
    return Lock(
        limit.secret,
        _free_again(limit, counter),
        elsewhere=is_elsewhere and by_known_place,
        at_known_place=not is_elsewhere and by_known_place,
        at_one_place=not is_elsewhere and not by_known_place,
    )


def _free_at(db: Transaction, limit: Limit, subject: str, lane: str, *, now: datetime) -> datetime:
    of_lane = {"of_secret": limit.secret, "of_subject": subject, "of_lane": lane}
    counter = db.connection().execute(_COUNTED, of_lane).one_or_none()
    return now if counter is None else _free_again(limit, counter)


def _free_again(limit: Limit, counter: Any) -> datetime:
    """When the next attempt may come, by a counter's row."""
    free_at: datetime = counter.free_at
    return max(free_at, counter.today_since + DAY) if counter.today >= limit.per_day else free_at


_STATE: tuple[Any, ...] = (col(AttemptCounter.today), col(AttemptCounter.today_since), col(AttemptCounter.free_at))
_RECENT: tuple[Any, ...] = (col(AttemptCounter.recent), col(AttemptCounter.recent_since))


@cache
def _charging(limit: Limit, dialect: str) -> ReturningInsert[Any]:
    """The one statement that counts an attempt, or while a wait runs, that it was refused. Built once: it is long.

    Either way it writes, or a guesser would see by the time of the answer that he has to wait.
    """
    table = AttemptCounter
    at = bindparam("at", type_=_MOMENT)
    stale = col(table.recent_since) <= bindparam("window_began")
    new_day = col(table.today_since) <= bindparam("day_began")
    is_held = or_(col(table.free_at) > at, and_(not_(new_day), col(table.today) >= limit.per_day))
    recent = col(table.recent) + 1
    begins = (
        case((is_held, col(table.recent_since)), else_=at)
        if limit.until_quiet
        else case((and_(not_(is_held), stale), at), else_=col(table.recent_since))
    )
    waits = [(recent == limit.free + n, bindparam(f"wait_{n}", type_=_MOMENT)) for n in range(len(limit.waits))]
    last_wait = (recent >= limit.free + len(limit.waits), bindparam(f"wait_{len(limit.waits) - 1}", type_=_MOMENT))
    key: dict[str, Any] = {name: bindparam(f"of_{name}") for name in ("secret", "subject", "lane")}
    return (
        insert_into(table, dialect)
        .values(**key, recent=1, recent_since=at, today=1, today_since=at, free_at=at, refused=0)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={
                "recent": case((is_held, col(table.recent)), (stale, 1), else_=recent),
                "recent_since": begins,
                "today": case((is_held, col(table.today)), (new_day, 1), else_=col(table.today) + 1),
                "today_since": case((and_(not_(is_held), new_day), at), else_=col(table.today_since)),
                "free_at": case((is_held, col(table.free_at)), (stale, at), *waits, last_wait, else_=at),
                "refused": case((is_held, col(table.refused) + 1), else_=0),
            },
        )
        .returning(*_STATE, col(table.refused), server_clock.LATEST)
    )


_OF_LANE = (
    col(AttemptCounter.secret) == bindparam("of_secret"),
    col(AttemptCounter.subject) == bindparam("of_subject"),
    col(AttemptCounter.lane) == bindparam("of_lane"),
)
_COUNTED = select(*_STATE, *_RECENT).where(*_OF_LANE)
# A day may have begun between the charge and its return: `today` stops at none.
_GIVING_ALL_BACK = (
    update(AttemptCounter)
    .where(*_OF_LANE[:2])
    .values(
        recent=0,
        free_at=col(AttemptCounter.recent_since),
        today=case((col(AttemptCounter.today) > 0, col(AttemptCounter.today) - 1), else_=0),
    )
)
_GIVING_BACK = _GIVING_ALL_BACK.where(_OF_LANE[2])
_GIVING_ONE_BACK = _GIVING_BACK.values(
    recent=case((col(AttemptCounter.recent) > 0, col(AttemptCounter.recent) - 1), else_=0)
)

_KEY = (col(AttemptCounter.secret), col(AttemptCounter.subject), col(AttemptCounter.lane))
_FORGETTING = delete(AttemptCounter).where(
    tuple_(*_KEY).in_(
        select(*_KEY)
        .where(
            col(AttemptCounter.free_at) < bindparam("day_began"),
            col(AttemptCounter.today_since) < bindparam("day_began"),
            col(AttemptCounter.recent_since) < bindparam("day_began"),
        )
        .limit(100)
        .with_for_update(skip_locked=True)
    )
)
