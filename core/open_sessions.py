"""The open sessions of a person, as he and his administrators see them, and the end of one of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import sessions
from core.origin import Origin
from data.tables import ConsoleSession

_MOST_SHOWN = 100


@dataclass(frozen=True)
class SessionRow:
    """One open console; times are UTC."""

    id: UUID
    origin: Origin
    started_at: datetime
    last_used_at: datetime
    second_factor: bool
    """Whether a second factor was proved in it."""

    is_locked: bool
    is_this: bool
    """Whether it is the one that asks."""

    @property
    def key(self) -> tuple[datetime, UUID]:
        """Its place in the list."""
        return self.last_used_at, self.id


def rows_of(db: Transaction, person_id: UUID, *, this: UUID | None = None, now: datetime) -> tuple[SessionRow, ...]:
    """A person's open sessions, the last used first."""
    query = (
        select(ConsoleSession)
        .where(col(ConsoleSession.person_id) == person_id, sessions.is_open(now))
        .order_by(col(ConsoleSession.last_used_at).desc(), col(ConsoleSession.id))
        .limit(_MOST_SHOWN)
    )
    return tuple(_row(found, this=this, now=now) for found in db.exec(query))


def place_of(db: Transaction, person_id: UUID, session_id: UUID) -> str | None:
    """Where one of the person's sessions is or was, for the audit; None if he has none such."""
    query = select(ConsoleSession.origin).where(
        col(ConsoleSession.id) == session_id, col(ConsoleSession.person_id) == person_id
    )
    found = db.exec(query).one_or_none()
    if found is None:
        return None
    origin = Origin(**found)
    return " ".join(part for part in (origin.host, origin.terminal) if part) or "unknown"


def is_ended(db: Transaction, person_id: UUID, session_id: UUID, *, why: str, now: datetime) -> bool:
    """End one session of a person; whether it was open until now. The UPDATE decides which of two did it."""
    ending = (
        update(ConsoleSession)
        .where(
            col(ConsoleSession.id) == session_id,
            col(ConsoleSession.person_id) == person_id,
            sessions.is_open(now),
        )
        .values(ended_at=now, ended_why=why)
    )
    return db.connection().execute(ending).rowcount == 1


def _row(found: ConsoleSession, *, this: UUID | None, now: datetime) -> SessionRow:
    return SessionRow(
        id=found.id,
        origin=Origin(**found.origin),
        started_at=found.started_at,
        last_used_at=found.last_used_at,
        second_factor=found.second_factor_at is not None,
        is_locked=sessions.locked_since(found, now=now) is not None,
        is_this=found.id == this,
    )
