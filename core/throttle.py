"""Counts guesses in the database, over all processes and hosts (ASVS 6.3.1; NIST SP 800-63B §3.2.2).

An attempt is charged, and the charge committed, before anything is compared; a success gives it back. One
statement decides, so that parallel guessers get exactly what the limit allows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.errors import OnHold
from data.tables import AttemptCounter

DAY = timedelta(days=1)
ANY_LANE = "any"


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


def charge(db: Transaction, limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one attempt; the caller commits before comparing.

    Raises:
        OnHold: a wait is running or the day's attempts are used up. Nothing was counted.
    """
    table = AttemptCounter
    stale = col(table.recent_since) <= now - limit.window
    new_day = col(table.today_since) <= now - DAY
    recent = case((stale, 1), else_=col(table.recent) + 1)
    waits = [(recent == limit.free + n, now + wait) for n, wait in enumerate(limit.waits)]
    last_wait = (recent >= limit.free + len(limit.waits), now + limit.waits[-1])
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    key = {"secret": limit.secret, "subject": subject, "lane": ANY_LANE}
    first = {"recent": 1, "recent_since": now, "today": 1, "today_since": now, "free_at": now}
    counted = db.connection().execute(
        dialect.insert(table)
        .values(**key, **first)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={
                "recent": recent,
                "recent_since": case((stale, now), else_=col(table.recent_since)),
                "today": case((new_day, 1), else_=col(table.today) + 1),
                "today_since": case((new_day, now), else_=col(table.today_since)),
                "free_at": case(*waits, last_wait, else_=now),
            },
            where=and_(col(table.free_at) <= now, or_(new_day, col(table.today) < limit.per_day)),
        )
    )
    if counted.rowcount != 1:
        raise OnHold(until=_free_at(db, limit, subject, now=now), now=now)


def give_back(db: Transaction, limit: Limit, subject: str) -> None:
    """Take back the charge of an attempt that was right; earlier wrong ones still count for their day."""
    db.connection().execute(
        update(AttemptCounter)
        .where(
            col(AttemptCounter.secret) == limit.secret,
            col(AttemptCounter.subject) == subject,
            col(AttemptCounter.lane) == ANY_LANE,
        )
        .values(recent=0, free_at=col(AttemptCounter.recent_since), today=col(AttemptCounter.today) - 1)
    )


def forget_stale(db: Transaction, *, now: datetime) -> None:
    """Drop counters that no longer say anything, so that guesses at unknown names do not fill the table."""
    db.connection().execute(
        delete(AttemptCounter).where(
            col(AttemptCounter.free_at) < now - DAY,
            col(AttemptCounter.today_since) < now - DAY,
            col(AttemptCounter.recent_since) < now - DAY,
        )
    )


def attempts_counted(db: Transaction, limit: Limit, subject: str) -> int:
    """How many attempts at this secret count for the current day."""
    query = select(func.coalesce(func.sum(AttemptCounter.today), 0)).where(
        AttemptCounter.secret == limit.secret, AttemptCounter.subject == subject
    )
    return db.exec(query).one()


def _free_at(db: Transaction, limit: Limit, subject: str, *, now: datetime) -> datetime:
    counter = db.get(AttemptCounter, (limit.secret, subject, ANY_LANE))
    if counter is None:
        return now
    if counter.today >= limit.per_day:
        return max(counter.free_at, counter.today_since + DAY)
    return counter.free_at
