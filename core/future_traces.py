"""What was begun at a time that is yet to come, when the server's clock was ahead, and is void now that it is right."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session as Transaction
from sqlmodel import SQLModel, col, select

from core import email_change, enrolment, half_logins, registration, throttle
from core.person_details import throttled_as
from core.server_clock import TOLERANCE
from data.sealing import KeyRing
from data.tables import (
    AttemptCounter,
    Authenticator,
    ConsoleSession,
    EmailChange,
    Installation,
    KnownOrigin,
    OutgoingMail,
    OwnershipOffer,
    PasswordCode,
    PendingAuthenticator,
    PendingLogin,
    Person,
)

_ENDED = "the server's clock was set right"


@dataclass(frozen=True)
class Cleared:
    """How many there were of each."""

    sessions: int
    waits: int
    codes: int
    """Activation, reset and e-mail codes, and one's half logins and setups."""


def clear(db: Transaction, keys: KeyRing, *, now: datetime) -> Cleared:
    """End or drop everything of a person that says it began after now; waits that remain are no longer than any is."""
    ended = _end_sessions(db, now=now)
    codes = _drop_half_done(db, now=now)
    waits = _shorten_waits(db, keys, now=now)
    _bring_moments_back(db, now=now)
    return Cleared(ended, waits, codes)


def _end_sessions(db: Transaction, *, now: datetime) -> int:
    session = ConsoleSession
    moments = (session.started_at, session.last_used_at, session.proof_at, session.second_factor_at, session.locked_at)
    is_ahead = or_(*(col(moment) > now + TOLERANCE for moment in moments))
    ending = update(session).where(col(session.ended_at).is_(None), is_ahead)
    return db.connection().execute(ending.values(ended_at=now, ended_why=_ENDED)).rowcount


def _drop_half_done(db: Transaction, *, now: datetime) -> int:
    """Where no moment of the beginning is kept, the end tells it."""
    dropped = [
        _drop(db, PasswordCode, col(PasswordCode.issued_at) > now + TOLERANCE),
        _drop(db, EmailChange, _ends_after(EmailChange.expires_at, email_change.LASTS, now)),
        _drop(db, PendingLogin, _ends_after(PendingLogin.expires_at, half_logins.PENDING_LASTS, now)),
        _drop(db, PendingAuthenticator, _ends_after(PendingAuthenticator.expires_at, enrolment.PENDING_LASTS, now)),
        _drop(db, OwnershipOffer, col(OwnershipOffer.offered_at) > now + TOLERANCE),
    ]
    is_ahead = _ends_after(Installation.bootstrap_expires_at, registration.BOOTSTRAP_LASTS, now)
    voided = update(Installation).where(is_ahead).values(bootstrap_hash=None, bootstrap_expires_at=None)
    return sum(dropped) + db.connection().execute(voided).rowcount


def _shorten_waits(db: Transaction, keys: KeyRing, *, now: datetime) -> int:
    counter = AttemptCounter
    began_ahead = or_(col(counter.recent_since) > now + TOLERANCE, col(counter.today_since) > now + TOLERANCE)
    waits = _drop(db, counter, began_ahead)
    longest = now + throttle.LONGEST_WAIT
    shortened = update(counter).where(col(counter.free_at) > longest).values(free_at=longest)
    waits += db.connection().execute(shortened).rowcount
    for person in db.exec(select(Person).where(col(Person.locked_until) > now).order_by(col(Person.id))):
        locks = throttle.locks(db, throttled_as(keys, person), now=now)
        person.locked_until = max((lock.until for lock in locks), default=None)
    return waits


def _bring_moments_back(db: Transaction, *, now: datetime) -> None:
    """Moments that others are held against: a proof of now would be older than an authenticator of the time ahead."""
    for table, name in (
        (Authenticator, "confirmed_at"),
        (Person, "acknowledged_at"),
        (Person, "notified_at"),
        (KnownOrigin, "last_at"),
        (KnownOrigin, "first_at"),
        (OutgoingMail, "asked_at"),
        (OutgoingMail, "due_at"),
    ):
        db.connection().execute(update(table).where(getattr(table, name) > now).values({name: now}))


def _ends_after(expires_at: Any, lasts: timedelta, now: datetime) -> ColumnElement[bool]:
    return col(expires_at) > now + lasts + TOLERANCE


def _drop(db: Transaction, table: type[SQLModel], which: ColumnElement[bool]) -> int:
    return db.connection().execute(delete(table).where(which)).rowcount
