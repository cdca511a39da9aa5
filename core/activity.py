"""My activity: everything in the audit that somebody did or that was done to him, the newest first.

Events of resources are there for sessions that see the resource; of one that was deleted, or that is hidden, for none.
Numbers of events are told to nobody: they would say how much happens that one may not see.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, exists, literal_column, or_, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import access, sessions
from core.audit import DENIED, DONE, FAILED
from core.clock import Clock
from core.emails import masked_email
from core.listing import Key, Page, Stretch, Way, beyond_downwards, page_of
from core.login_steps import Session
from core.origin import Origin
from core.sessions import Acting
from core.told import facts_of, sentence
from data.engine import reading
from data.group_tables import Resource
from data.tables import DID_TO_OTHERS, OTHERS_DID, SUPPORT_AGENT, AuditEvent


class ActivityFilter(Enum):
    """Which events are listed."""

    ALL = "all"
    REFUSED = "refused"
    BY_OTHERS = "by others"
    """By others, or by nobody who was signed in: on the host, or with a password or code that was tried."""


@dataclass(frozen=True)
class ActivityRow:
    """One event. `what`, `by` and `facts` may hold what people have typed; `by` is "" for the reader himself.

    `outcome` is done, denied or failed.
    """

    at: datetime
    what: str
    by: str
    outcome: str
    origin: Origin
    facts: tuple[tuple[str, str], ...]
    """What else is told of it, old and new values among it."""

    key: Key = field(repr=False)


@dataclass(frozen=True)
class ActivityService:
    """Shows a person his own events."""

    engine: Engine
    now: Clock

    def page(self, session: Session, shown: ActivityFilter, stretch: Stretch) -> Page[ActivityRow]:
        """A stretch of one's activity, the newest first.

        Raises:
            SessionOver: sign in again.
        """
        with reading(self.engine) as db:
            who = sessions.acting(db, session, now=self.now())
            fitting = stretch if _fits(stretch) else Stretch(rows=stretch.rows)
            found = [_row(who, row) for row in _events(db, who, shown, fitting)]
            return page_of(found, fitting, key_of=lambda row: row.key)


def _events(db: Transaction, who: Acting, shown: ActivityFilter, stretch: Stretch) -> list[Row[Any]]:
    """One row more than wanted, in the direction of the search: the first of each range of an index, merged."""
    found = [
        row
        for of_range in _ranges(who.person.id, shown)
        for row in db.connection().execute(_first_of(who, of_range, stretch))
    ]
    found.sort(key=_key, reverse=not stretch.is_backwards)
    return found[: stretch.rows + 1]


def _first_of(who: Acting, of_range: ColumnElement[bool], stretch: Stretch) -> Select[Any]:
    seen = exists().where(col(Resource.id) == col(AuditEvent.resource_id), access.visible_to(who))
    query = select(*_COLUMNS).where(of_range, or_(col(AuditEvent.resource_id).is_(None), seen))
    if stretch.way in {Way.AFTER, Way.BEFORE, Way.FROM} and stretch.key is not None:
        query = query.where(beyond_downwards(_ORDER, stretch))
    order = (column if stretch.is_backwards else column.desc() for column in _ORDER)
    return query.order_by(*order).limit(stretch.rows + 1)


def _ranges(person_id: UUID, shown: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    """The ranges of the indexes that together hold what is shown, each of them once."""
    on_him, by_him = col(AuditEvent.target_id) == person_id, col(AuditEvent.actor_id) == person_id
    conditions = {
        ActivityFilter.BY_OTHERS: [and_(on_him, literal_column(f"({OTHERS_DID})"))],
        ActivityFilter.ALL: [on_him, and_(by_him, literal_column(DID_TO_OTHERS))],
    }
    outcomes = [DENIED, FAILED] if shown is ActivityFilter.REFUSED else [DONE, DENIED, FAILED]
    for condition in conditions.get(shown, conditions[ActivityFilter.ALL]):
        for outcome in outcomes:
            yield and_(condition, col(AuditEvent.outcome) == outcome)


def _row(who: Acting, row: Row[Any]) -> ActivityRow:
    is_his_own = row.actor_id == who.person.id
    is_on_him = row.target_id == who.person.id
    # What an agent has done stays his to see; of the accounts he sees no more than the desk shows.
    target = masked_email(row.target) if who.person.role == SUPPORT_AGENT else row.target
    return ActivityRow(
        at=row.at,
        what=sentence(row.act, row.outcome, row.details, whom="" if is_on_him else target),
        by="" if is_his_own else row.actor,
        outcome=row.outcome,
        origin=Origin(**row.origin),
        facts=facts_of(row.act, row.details),
        key=_key(row),
    )


def _key(row: Row[Any]) -> Key:
    return (row.at, row.number, row.chain)


def _fits(stretch: Stretch) -> bool:
    return stretch.key is None or (len(stretch.key) == len(_ORDER) and isinstance(stretch.key[0], datetime))


_ORDER: tuple[Any, ...] = (col(AuditEvent.at), col(AuditEvent.number), col(AuditEvent.chain))
_COLUMNS: tuple[Any, ...] = (
    *_ORDER,
    col(AuditEvent.actor_id),
    col(AuditEvent.actor),
    col(AuditEvent.target_id),
    col(AuditEvent.target),
    col(AuditEvent.act),
    col(AuditEvent.outcome),
    col(AuditEvent.details),
    col(AuditEvent.origin),
)
