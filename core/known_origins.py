"""Places from which a person has completed a login: what is guessed elsewhere does not make him wait there.

What a place is, `Origin.place` says: nothing that is only claimed. It is kept as a keyed hash, the lane in which
guesses from there are counted (`core.throttle`). Who signs in only from where he always does has one; at most ten are
kept, and one that was not used for 90 days is forgotten.
"""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, delete, func, update
from sqlalchemy.sql.dml import Insert
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.known_person import AnyPerson
from core.origin import Origin
from core.throttle import ELSEWHERE
from data.sealing import KeyRing
from data.tables import KnownOrigin, Person
from data.upserts import insert_into

MOST = 10
FORGOTTEN_AFTER = timedelta(days=90)
NOTED_EVERY = timedelta(hours=1)
_PURPOSE = "known origin"


def lane_of(db: Transaction, keys: KeyRing, whose: str | UUID, origin: Origin, *, now: datetime) -> str:
    """The lane in which guesses from here are counted for a person, or for whoever has a normalised address.

    ELSEWHERE for everybody who has not completed a login from here; a name that nobody has costs the same question.
    """
    query = _OF_PERSON if isinstance(whose, UUID) else _OF_ADDRESS
    return db.connection().execute(query, {"whose": whose, **here(keys, origin, now=now)}).scalar() or ELSEWHERE


def place_of(keys: KeyRing, origin: Origin) -> str:
    """The lane of this place, for whoever it is and whether it is known of him or not."""
    return next(iter(_lanes(keys, origin)), ELSEWHERE)


def forget_others(db: Transaction, keys: KeyRing, person_id: UUID, origin: Origin) -> None:
    """Know no place of a person any more but this one.

    Whoever signed in with the password alone, before there was a second factor, had made his places known ones.
    """
    others = and_(col(KnownOrigin.person_id) == person_id, col(KnownOrigin.lane).not_in(_lanes(keys, origin)))
    db.connection().execute(delete(KnownOrigin).where(others))


def here(keys: KeyRing, origin: Origin, *, now: datetime) -> dict[str, Any]:
    """What `LANE` is asked with."""
    return {"lanes": _lanes(keys, origin), "used_since": now - FORGOTTEN_AFTER}


def remember(
    db: Transaction,
    keys: KeyRing,
    person: AnyPerson,
    origin: Origin,
    *,
    noted_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Note that a person, whom the caller holds, has completed a login from here; not again within the hour.

    Whether he has signed in before, but not from here, or not from here for 90 days.
    """
    if noted_at is not None and timedelta(0) <= now - noted_at < NOTED_EVERY:
        return False
    lanes = _lanes(keys, origin)
    if not lanes or _was_known(db, person.id, lanes, now=now):
        return False
    connection, of_person = db.connection(), {"of_person": person.id}
    has_others = connection.execute(_COUNTING, of_person).scalar_one() > 0
    connection.execute(_noting(connection.dialect.name), {**of_person, "of_lane": lanes[0], "at": now})
    connection.execute(_FORGETTING, {**of_person, "of_lane": lanes[0], "used_since": now - FORGOTTEN_AFTER})
    return has_others


def _was_known(db: Transaction, person_id: UUID, lanes: list[str], *, now: datetime) -> bool:
    """Note the moment at a place that is known; one that is known by an older key is known by the active one now."""
    active, *older = lanes
    used = {"of_person": person_id, "at": now, "active": active, "used_since": now - FORGOTTEN_AFTER}
    if db.connection().execute(_USING, {**used, "of_lane": active}).rowcount:
        return True
    return any(db.connection().execute(_REKEYING, {**used, "of_lane": lane}).rowcount for lane in older)


def _lanes(keys: KeyRing, origin: Origin) -> list[str]:
    """What may be stored of this place, under each live key, the active one first; nothing if no host is told."""
    if not origin.host:
        return []
    return keys.keyed_hashes(_PURPOSE, json.dumps(origin.place).encode())


_FRESH = col(KnownOrigin.last_at) > bindparam("used_since")
LANE = (
    select(KnownOrigin.lane)
    .where(
        col(KnownOrigin.person_id) == col(Person.id),
        col(KnownOrigin.lane).in_(bindparam("lanes", expanding=True)),
        _FRESH,
    )
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
"""The lane of a `Person` row that is asked for; NULL for ELSEWHERE. It costs no question of its own."""

_OF_PERSON = select(LANE).where(col(Person.id) == bindparam("whose"))
_OF_ADDRESS = select(  # which gives a row for nobody too
    select(KnownOrigin.lane)
    .join(Person, col(Person.id) == col(KnownOrigin.person_id))
    .where(
        col(Person.email_norm) == bindparam("whose"),
        col(KnownOrigin.lane).in_(bindparam("lanes", expanding=True)),
        _FRESH,
    )
    .limit(1)
    .scalar_subquery()
)
_THIS_ONE = (col(KnownOrigin.person_id) == bindparam("of_person"), col(KnownOrigin.lane) == bindparam("of_lane"))
_USING = update(KnownOrigin).where(*_THIS_ONE, _FRESH).values(last_at=bindparam("at"))
_REKEYING = _USING.values(lane=bindparam("active"))
_COUNTING = select(func.count()).where(col(KnownOrigin.person_id) == bindparam("of_person"))
_KEPT = (
    select(KnownOrigin.lane)
    .where(col(KnownOrigin.person_id) == bindparam("of_person"), _FRESH)
    .order_by((col(KnownOrigin.lane) == bindparam("of_lane")).desc(), col(KnownOrigin.last_at).desc())
    .limit(MOST)
)
_FORGETTING = delete(KnownOrigin).where(
    col(KnownOrigin.person_id) == bindparam("of_person"), col(KnownOrigin.lane).not_in(_KEPT)
)


@cache
def _noting(dialect: str) -> Insert:
    """A place that was forgotten, and not yet deleted, begins anew."""
    at: BindParameter[datetime] = bindparam("at")
    return (
        insert_into(KnownOrigin, dialect)
        .values(person_id=bindparam("of_person"), lane=bindparam("of_lane"), first_at=at, last_at=at)
        .on_conflict_do_update(index_elements=["person_id", "lane"], set_={"first_at": at, "last_at": at})
    )
