"""The call code: six digits that a person reads from his console to the agent in place of his PIN, once."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import sessions
from data.sealing import KeyRing
from data.support_tables import CallCode
from data.tables import ConsoleSession

LASTS = timedelta(minutes=5)
DIGITS = 6
_PURPOSE = "call code"


@dataclass(frozen=True)
class ShownCode:
    """A call code, which is shown this once."""

    code: str = field(repr=False)
    expires_at: datetime


def issue(db: Transaction, keys: KeyRing, session: ConsoleSession, *, now: datetime) -> ShownCode:
    """A new code for a person who is held, at the console of this session; an earlier one is void."""
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    person_id = session.person_id
    code_hash = keys.keyed_hash(_PURPOSE, _bound(person_id, code))
    row = CallCode(person_id=person_id, session_id=session.id, code_hash=code_hash, expires_at=now + LASTS)
    db.merge(row)
    return ShownCode(code, now + LASTS)


def is_used_up(db: Transaction, keys: KeyRing, person_id: UUID, digits: str, *, now: datetime) -> bool:
    """Use a code up, if this is one that is good; the DELETE decides between two agents.

    One that a console showed which is signed out since is not.
    """
    console_is_there = exists().where(col(ConsoleSession.id) == col(CallCode.session_id), sessions.is_open(now))
    used = db.connection().execute(
        delete(CallCode).where(
            col(CallCode.person_id) == person_id,
            col(CallCode.code_hash).in_(keys.keyed_hashes(_PURPOSE, _bound(person_id, digits))),
            col(CallCode.expires_at) > now,
            console_is_there,
        )
    )
    return used.rowcount == 1


def void(db: Transaction, person_id: UUID) -> None:
    """Make a person's call code worthless."""
    db.connection().execute(delete(CallCode).where(col(CallCode.person_id) == person_id))


def _bound(person_id: UUID, digits: str) -> bytes:
    return f"{person_id}:{digits}".encode()
