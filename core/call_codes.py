"""The call code: six digits that a person reads from his console to the agent in place of his PIN, once."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session as Transaction
from sqlmodel import col

from data.sealing import KeyRing
from data.support_tables import CallCode

LASTS = timedelta(minutes=5)
DIGITS = 6
_PURPOSE = "call code"


@dataclass(frozen=True)
class ShownCode:
    """A call code, which is shown this once."""

    code: str = field(repr=False)
    expires_at: datetime


def issue(db: Transaction, keys: KeyRing, person_id: UUID, *, now: datetime) -> ShownCode:
    """A new code for a person who is held; an earlier one is void."""
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    code_hash = keys.keyed_hash(_PURPOSE, _bound(person_id, code))
    db.merge(CallCode(person_id=person_id, code_hash=code_hash, expires_at=now + LASTS))
    return ShownCode(code, now + LASTS)


def is_used_up(db: Transaction, keys: KeyRing, person_id: UUID, digits: str, *, now: datetime) -> bool:
    """Use a code up, if this is one that is good; the DELETE decides between two agents."""
    used = db.connection().execute(
        delete(CallCode).where(
            col(CallCode.person_id) == person_id,
            col(CallCode.code_hash).in_(keys.keyed_hashes(_PURPOSE, _bound(person_id, digits))),
            col(CallCode.expires_at) > now,
        )
    )
    return used.rowcount == 1


def void(db: Transaction, person_id: UUID) -> None:
    """Make a person's call code worthless."""
    db.connection().execute(delete(CallCode).where(col(CallCode.person_id) == person_id))


def _bound(person_id: UUID, digits: str) -> bytes:
    return f"{person_id}:{digits}".encode()
