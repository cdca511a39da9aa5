"""Resets of a second factor that the support desk asked for: who else could help, and how one is stopped.

Phone support is how second factors get stolen. So two agents have to agree, the person has a day to stop it, from any
console or with the code in the mail that tells him, and whom his own contract can help, the support desk does not.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, not_, or_, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col
from sqlmodel import select as select_rows

from core import sessions
from core.access import ADMINISTRATIVE
from core.known_person import AnyPerson
from core.mail import outbox
from core.password_codes import bound, new_code
from data.sealing import KeyRing
from data.support_tables import FactorReset, SupportCall
from data.tables import ConsoleSession, Person

USED_WITHIN = timedelta(days=7)
"""After it is due. Then it is void: who waits for his victim to forget it waits in vain."""

_PURPOSE = "stop code"


def still_due(due_at: datetime | None, *, now: datetime) -> datetime | None:
    """From when on a reset can be used, or could already; None where there is none, or none any more."""
    return due_at if due_at is not None and now < due_at + USED_WITHIN else None


def has_helper(db: Transaction, person: Person) -> bool:
    """Whether an owner or administrator has another one in his contract, who can reset his second factor.

    Users who are neither are helped by the desk all the same: theirs opens little.
    """
    if person.role not in ADMINISTRATIVE:
        return False
    another = exists().where(
        col(Person.contract_id) == person.contract_id,
        col(Person.role).in_(ADMINISTRATIVE),
        col(Person.active),
        col(Person.password_hash).is_not(None),
        col(Person.id) != person.id,
    )
    return bool(db.connection().execute(select(another)).scalar_one())


def drop(db: Transaction, person: AnyPerson) -> bool:
    """Let a reset not happen; whether one waited. The DELETE decides between two who want to end it."""
    return _taken(db, person.id) is not None


def drop_unapproved(db: Transaction, call_id: UUID) -> bool:
    """As `drop`, of what was asked for in a call that is over, unless a colleague has approved it."""
    of_call = (col(FactorReset.call_id) == call_id, col(FactorReset.due_at).is_(None))
    return db.connection().execute(delete(FactorReset).where(*of_call)).rowcount == 1


def drop_unused(db: Transaction, person_id: UUID, *, now: datetime) -> None:
    """As `drop`, of what nobody used in time."""
    _taken(db, person_id, col(FactorReset.due_at) <= now - USED_WITHIN)


def drop_of_finished_call(db: Transaction, person_id: UUID, *, now: datetime) -> None:
    """As `drop`, of what nobody approved in time: its call is over, or its agent gone, whether or not that was said."""
    agent_is_there = exists().where(col(ConsoleSession.id) == col(SupportCall.session_id), sessions.is_open(now))
    is_over = or_(col(SupportCall.ended_at).is_not(None), col(SupportCall.expires_at) <= now, not_(agent_is_there))
    over = select(col(SupportCall.id)).where(col(SupportCall.person_id) == person_id, is_over)
    _taken(db, person_id, col(FactorReset.due_at).is_(None), col(FactorReset.call_id).in_(over))


def drop_of_agent(db: Transaction, agent: Person) -> list[Person]:
    """As `drop`, of what an agent has asked for or approved; whose they were."""
    of_calls = select(col(SupportCall.id)).where(col(SupportCall.agent_id) == agent.id)
    query = (
        select_rows(Person)
        .join(FactorReset, col(FactorReset.person_id) == col(Person.id))
        .where(or_(col(FactorReset.call_id).in_(of_calls), col(FactorReset.approved_by_id) == agent.id))
        .order_by(col(Person.id))
        .with_for_update(of=Person, key_share=True)
    )
    return [person for person in db.exec(query).all() if drop(db, person)]


def take_due(db: Transaction, person_id: UUID, *, now: datetime) -> Any | None:
    """Take the reset out that is due by now: its row, or None."""
    return _taken(db, person_id, col(FactorReset.due_at) <= now)


def new_stop_code(db: Transaction, keys: KeyRing, person: Person) -> str | None:
    """A code for the mail that tells of a reset, in place of an earlier one; None where none waits (any more)."""
    code = new_code()
    code_hash = keys.keyed_hash(_PURPOSE, bound(person.id, code))
    waits = (col(FactorReset.person_id) == person.id, col(FactorReset.due_at).is_not(None))
    noted = db.connection().execute(update(FactorReset).where(*waits).values(code_hash=code_hash))
    return code if noted.rowcount == 1 else None


def is_stopped(db: Transaction, keys: KeyRing, person_id: UUID, code: str) -> bool:
    """Stop a reset by its code, which is used up with it; it costs the same for whoever has none."""
    return (
        _taken(db, person_id, col(FactorReset.code_hash).in_(keys.keyed_hashes(_PURPOSE, bound(person_id, code))))
        is not None
    )


def _taken(db: Transaction, person_id: UUID, *conditions: ColumnElement[bool]) -> Any | None:
    db.flush()
    gone = db.connection().execute(
        delete(FactorReset)
        .where(col(FactorReset.person_id) == person_id, *conditions)
        .returning(col(FactorReset.asked_by), col(FactorReset.approved_by), col(FactorReset.due_at))
    )
    row = gone.one_or_none()
    if row is not None:
        db.connection().execute(update(Person).where(col(Person.id) == person_id).values(factor_reset_at=None))
        outbox.withdraw(db, person_id, outbox.FACTOR_RESET)
        for person in db.identity_map.values():
            if isinstance(person, Person) and person.id == person_id:
                db.expire(person, ["factor_reset_at"])
    return row
