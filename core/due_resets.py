"""What becomes of a reset of 2-factor once it is due: its person uses it at a sign-in, or it turns out to be void.

It does nothing by itself. Whoever gives his password is asked for a code as always, and has to say that the app is
lost: or the advice to sign in and look would be what takes a second factor away.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, pending_resets, sessions
from core.errors import ResetOver
from core.factor_removal import remove_second_factor
from core.known_person import AnyPerson
from core.origin import Origin
from core.ownership import void_offers
from data.sealing import KeyRing
from data.support_tables import FactorReset
from data.tables import Person


def can_be_used(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> bool:
    """Whether a person, who is held, can sign in without his second factor now; a reset that is void is dropped."""
    if person.factor_reset_at is None or person.factor_reset_at > now:
        return False
    reset = db.connection().execute(_DUE, {"of_person": person.id, "at": now}).one_or_none()
    if reset is None:
        return False
    why = _why_void(db, reset, db.get_one(Person, person.id, populate_existing=True), now=now)
    if why is None:
        return True
    if pending_resets.drop(db, person):
        told = audit.Told("let a reset of 2-factor not happen", details={**_by_whom(reset), "why": why})
        audit.record(db, keys, told, at=now, origin=origin, target=person)
    return False


def use(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> None:
    """Remove the second factor of a person who is held, as `can_be_used` allows; a force flag stays.

    Raises:
        ResetOver: it was stopped in the meantime.
    """
    reset = pending_resets.take_due(db, person.id, now=now)
    if reset is None:
        raise ResetOver
    whole = db.get_one(Person, person.id, populate_existing=True)
    remove_second_factor(db, whole)
    void_offers(db, whole.id)
    ended = sessions.end_all(db, whole, why="2-factor reset", now=now)
    told = audit.Told("reset 2-factor after the cool-off", details={**_by_whom(reset), "sessions ended": ended})
    audit.record(db, keys, told, at=now, origin=origin, target=whole)


def stop_by_app(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> None:
    """Whoever signs in with a code of his app has not lost it: no reset is wanted, whoever asked for one."""
    if person.factor_reset_at is not None and pending_resets.drop(db, person):
        told = audit.Told("stop a reset of 2-factor", details={"with": "a code of the app"})
        audit.record(db, keys, told, at=now, origin=origin, actor=person)


def _why_void(db: Transaction, reset: Any, person: Person, *, now: datetime) -> str | None:
    """Why a reset that is due must not be used, or None.

    A helper may have come meanwhile: the person became an administrator, or got one.
    """
    if now >= reset.due_at + pending_resets.USED_WITHIN:
        return NOT_USED
    if person.last_code_at is not None and person.last_code_at > reset.asked_at:
        return APP_USED
    if not person.sec_auth_active:
        return GONE
    return HELPED if pending_resets.has_helper(db, person) else None


def _by_whom(reset: Any) -> dict[str, str]:
    return {"asked by": reset.asked_by, "approved by": reset.approved_by}


NOT_USED = "it was not used in time"
APP_USED = "the app was used meanwhile"
GONE = "2-factor was off already"
HELPED = "an owner or administrator can do it now"

_DUE = select(
    col(FactorReset.asked_by), col(FactorReset.approved_by), col(FactorReset.asked_at), col(FactorReset.due_at)
).where(col(FactorReset.person_id) == bindparam("of_person"), col(FactorReset.due_at) <= bindparam("at"))
