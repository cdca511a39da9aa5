"""What happened to somebody's account, in few lines: since his last visit, or since he was last told by mail.

Counted in SQL, and no more than `MOST` events of a sort: a guesser may have made a million failures, and whoever signs
in does not wait for it. Nothing here is about a resource.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.audit import DENIED, DONE, chain_of
from core.known_person import AnyPerson
from core.news import OWN_CHANGES, PROOFS, Kind, kind_of
from core.origin import Origin
from core.told import sentence
from data.tables import OTHERS_DID, AuditEvent

MOST = 20_000
"""So many events of a sort are looked at, the newest: counted in some hundredths of a second, half a second unread."""

_MOST_LOOKED_AT = 500


@dataclass(frozen=True)
class Notice:
    """One line: how often something happened, and the last time of it; moments are UTC.

    `what` may hold what people have typed. `by` is an e-mail, "" where it was the account itself or nobody signed in.
    """

    kind: Kind
    what: str
    count: int
    first: datetime
    last: datetime
    origin: Origin
    by: str = ""
    untyped: str = ""
    """As `what`, without anything that people have typed: for mails, which are no place for what others say."""

    is_more: bool = False
    """Whether there may be more than were counted."""


@dataclass(frozen=True)
class Window:
    """Which events are meant: those with a later number than `after`, and with a moment in between."""

    since: datetime
    until: datetime
    after: int = 0
    but_for: ColumnElement[bool] | None = field(default=None, repr=False)
    """Events that are left out."""

    def spans(self) -> ColumnElement[bool]:
        """Whether an `AuditEvent` has a moment in between: what an index can say."""
        return and_(col(AuditEvent.at) > self.since, col(AuditEvent.at) <= self.until)

    def holds(self) -> ColumnElement[bool]:
        """Whether an `AuditEvent` is meant."""
        meant = and_(self.spans(), col(AuditEvent.number) > self.after)
        return meant if self.but_for is None else and_(meant, not_(self.but_for))


def summary(db: Transaction, person: AnyPerson, *, since: datetime, until: datetime) -> tuple[Notice, ...]:
    """What a person should know of, of what happened after `since` and not after `until`; the gravest first."""
    return notices(db, person, Window(since, until))


def notices(db: Transaction, person: AnyPerson, window: Window) -> tuple[Notice, ...]:
    """What a person should know of, of a window; the gravest first, then the latest."""
    groups = [group for stretch in _STRETCHES for group in _groups(db, person, window, stretch)]
    last = _events(db, chain_of(person), [group.number for group in groups])
    order = list(Kind)
    found = [_notice(group, last[group.number]) for group in groups]
    return tuple(sorted(found, key=lambda notice: (order.index(notice.kind), -notice.last.timestamp())))


def first_noteworthy(db: Transaction, person: AnyPerson, window: Window, among: ColumnElement[bool]) -> Any | None:
    """The first event of a window, `among` those of the account's own doing, that would be news; its number and moment.

    Of a sitting: it is looked for among the first `_MOST_LOOKED_AT` of its acts that can be news.
    """
    query = (
        select(*_OF_EVENT, _SAID)
        .where(
            col(AuditEvent.target_id) == person.id,
            or_(
                and_(col(AuditEvent.outcome) == DONE, col(AuditEvent.act).in_({*OWN_CHANGES, "sign in"})),
                and_(col(AuditEvent.outcome) == DENIED, col(AuditEvent.act).in_(PROOFS)),
            ),
            window.holds(),
            among,
        )
        .order_by(col(AuditEvent.number))
        .limit(_MOST_LOOKED_AT)
    )
    rows: Iterable[Any] = db.connection().execute(query)
    return next((row for row in rows if kind_of(row, person.id)), None)


@dataclass(frozen=True)
class News:
    """An event that is news to a person."""

    person_id: UUID
    kind: Kind
    at: datetime


def news_in(db: Transaction, chain: str, *, after: int, up_to: int) -> list[News]:
    """What is news to anybody, of a stretch of a chain, in its order."""
    query = (
        select(*_OF_EVENT, _SAID)
        .where(
            col(AuditEvent.chain) == chain,
            col(AuditEvent.number) > after,
            col(AuditEvent.number) <= up_to,
            col(AuditEvent.outcome).in_([DONE, DENIED]),
            col(AuditEvent.target_id).is_not(None),
            col(AuditEvent.resource_id).is_(None),
        )
        .order_by(col(AuditEvent.number))
    )
    rows: Iterable[Any] = db.connection().execute(query)
    kinds = ((row, kind_of(row, row.target_id)) for row in rows)
    return [News(row.target_id, kind, row.at) for row, kind in kinds if kind is not None]


@dataclass
class _Group:
    """Events that make one line, and the number of the last."""

    kind: Kind
    count: int
    first: datetime
    number: int
    is_more: bool


@dataclass(frozen=True)
class _Stretch:
    """A range of an index of the audit, and what of it is looked at."""

    ranged: ColumnElement[bool]
    meant: ColumnElement[bool] = field(default_factory=true)


def _groups(db: Transaction, person: AnyPerson, window: Window, stretch: _Stretch) -> Iterable[_Group]:
    """The lines of one stretch. Events are counted by what they say; what that means is decided here.

    All of them: who may rename a person could else hide what he did behind hundreds of names.
    """
    of_person = col(AuditEvent.target_id) == person.id
    floor = db.connection().execute(_FLOOR.where(of_person, stretch.ranged, window.spans()), {"most": MOST})
    newest_from = floor.scalar_one_or_none()
    if newest_from is not None:
        window = replace(window, since=newest_from - timedelta(microseconds=1))
    query = _COUNTED.where(
        of_person, stretch.ranged, stretch.meant, window.holds(), col(AuditEvent.resource_id).is_(None)
    )
    rows = db.connection().execute(query).all()
    is_more = newest_from is not None
    found: dict[tuple[Any, ...], _Group] = {}
    for row in rows:
        kind = kind_of(row, person.id)
        if kind is None:
            continue
        key = (kind, row.act, row.actor_id)
        group = found.setdefault(key, _Group(kind, 0, row.first, row.number, is_more))
        group.count += row.times
        group.first, group.number = min(group.first, row.first), max(group.number, row.number)
    return found.values()


def _events(db: Transaction, chain: str, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    """Events of a chain by their numbers."""
    query = select(*_OF_EVENT).where(col(AuditEvent.chain) == chain, col(AuditEvent.number).in_(numbers))
    return {row.number: row for row in db.connection().execute(query)}


def _notice(group: _Group, last: Row[Any]) -> Notice:
    by_another = last.actor_id is not None and last.actor_id != last.target_id
    return Notice(
        kind=group.kind,
        what=sentence(last.act, last.outcome, last.details),
        count=min(group.count, MOST),
        first=group.first,
        last=last.at,
        origin=Origin(**last.origin),
        by=last.actor if by_another else "",
        untyped=sentence(last.act, last.outcome, {name: last.details[name] for name in _UNTYPED & {*last.details}}),
        is_more=group.is_more,
    )


_OF_EVENT: tuple[Any, ...] = (
    col(AuditEvent.number),
    col(AuditEvent.at),
    col(AuditEvent.actor_id),
    col(AuditEvent.actor),
    col(AuditEvent.target_id),
    col(AuditEvent.act),
    col(AuditEvent.outcome),
    col(AuditEvent.details),
    col(AuditEvent.origin),
)

_SAID = cast(col(AuditEvent.details), String).label("said")

# From where on the newest are counted: read from the index alone, so that what comes before costs nothing.
_FLOOR = (
    select(col(AuditEvent.at))
    .order_by(col(AuditEvent.at).desc(), col(AuditEvent.number).desc())
    .offset(bindparam("most"))
    .limit(1)
)
_SORTS: tuple[Any, ...] = (col(AuditEvent.act), col(AuditEvent.outcome), col(AuditEvent.actor_id), _SAID)
_COUNTED: Select[Any] = select(
    *_SORTS,
    func.count().label("times"),
    func.min(AuditEvent.at).label("first"),
    func.max(AuditEvent.number).label("number"),
).group_by(*_SORTS)

_UNTYPED = {"with", "replayed", "count", "sessions ended"}
"""Details that are words and numbers of ours."""


# Three ranges of two indexes, so that neither failures without end nor one's own many acts hide what others did.
# The condition is literal: SQLite sees by that which index serves.
_STRETCHES = (
    _Stretch(col(AuditEvent.outcome) == DENIED),
    _Stretch(and_(col(AuditEvent.outcome) == DONE, literal_column(f"({OTHERS_DID})"))),
    _Stretch(
        col(AuditEvent.outcome) == DONE,
        and_(literal_column("actor_id = target_id"), col(AuditEvent.act).in_({*OWN_CHANGES, "sign in"})),
    ),
)
