"""What happened to somebody's account, in few lines: since his last visit, or since he was last told by mail.

Counted in SQL, and no more than `MOST` events of a sort: a guesser may have made a million failures, and whoever signs
in does not wait for it. Nothing here is about a resource.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, and_, cast, func, literal_column, not_, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.audit import DENIED, DONE, chain_of
from core.known_person import AnyPerson
from core.origin import Origin
from core.told import sentence
from data.tables import OTHERS_DID, AuditEvent

MOST = 20_000
"""So many events of a sort are looked at, the newest: counted in some hundredths of a second, half a second unread."""

_MOST_GROUPS = 500


class Kind(Enum):
    """What sort of thing happened; the gravest first."""

    REPLAYED_CODE = "replayed code"
    """By somebody who knows the password."""

    WRONG_SECOND_FACTOR = "wrong second factor"
    """By somebody who knows the password."""

    NEW_PLACE = "new place"
    WRONG_PROOF = "wrong proof"
    """Inside an open session: whoever sits there is perhaps not its person."""

    OWN_CHANGE = "own change"
    """The account changed its own credentials."""

    BY_NOBODY = "by nobody"
    """On the host, or with a code that was sent or handed over."""

    BY_OTHERS = "by others"
    REFUSED = "refused"
    """Somebody else wanted to, and may not."""

    CODE_ASKED = "code asked for"
    """A code to set another password, at the login."""

    WRONG_PASSWORD_CODE = "wrong password code"  # noqa: S105 - the name of what happened
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - the name of what happened


GRAVE = frozenset(
    {Kind.REPLAYED_CODE, Kind.WRONG_SECOND_FACTOR, Kind.NEW_PLACE, Kind.WRONG_PROOF, Kind.OWN_CHANGE, Kind.BY_NOBODY}
)
"""What calls for another password where the person did not do it himself."""


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

    def holds(self) -> ColumnElement[bool]:
        """Whether an `AuditEvent` is meant."""
        moment, number = col(AuditEvent.at), col(AuditEvent.number)
        meant = and_(moment > self.since, moment <= self.until, number > self.after)
        return meant if self.but_for is None else and_(meant, not_(self.but_for))


def summary(db: Transaction, person: AnyPerson, *, since: datetime, until: datetime) -> tuple[Notice, ...]:
    """What a person should know of, of what happened after `since` and not after `until`; the gravest first."""
    return notices(db, person, Window(since, until))


def notices(db: Transaction, person: AnyPerson, window: Window) -> tuple[Notice, ...]:
    """What a person should know of, of a window; the gravest first, then the latest."""
    groups = [group for stretch, acts in _STRETCHES for group in _groups(db, person, window, stretch, acts)]
    last = _events(db, chain_of(person), [group.number for group in groups])
    order = list(Kind)
    found = [_notice(group, last[group.number]) for group in groups]
    return tuple(sorted(found, key=lambda notice: (order.index(notice.kind), -notice.last.timestamp())))


def first_noteworthy(db: Transaction, person: AnyPerson, window: Window, among: ColumnElement[bool]) -> Any | None:
    """The first event of a window, `among` those of the account's own doing, that would be news; its number and moment.

    Of a sitting: it is looked for among the first `_MOST_GROUPS` of its acts that can be news.
    """
    query = (
        select(*_OF_EVENT, cast(col(AuditEvent.details), String).label("said"))
        .where(
            col(AuditEvent.target_id) == person.id,
            col(AuditEvent.outcome).in_([DONE, DENIED]),
            col(AuditEvent.act).in_({*OWN_CHANGES, *PROOFS, "sign in"}),
            window.holds(),
            among,
        )
        .order_by(col(AuditEvent.number))
        .limit(_MOST_GROUPS)
    )
    rows: Iterable[Any] = db.connection().execute(query)
    return next((row for row in rows if _kind(row, person.id)), None)


@dataclass(frozen=True)
class News:
    """An event that is news to a person."""

    person_id: UUID
    kind: Kind
    at: datetime


def news_in(db: Transaction, chain: str, *, after: int, up_to: int) -> list[News]:
    """What is news to anybody, of a stretch of a chain, in its order."""
    query = (
        select(*_OF_EVENT, cast(col(AuditEvent.details), String).label("said"))
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
    kinds = ((row, _kind(row, row.target_id)) for row in rows)
    return [News(row.target_id, kind, row.at) for row, kind in kinds if kind is not None]


@dataclass
class _Group:
    """Events that make one line, and the number of the last."""

    kind: Kind
    count: int
    first: datetime
    number: int
    is_more: bool


def _groups(
    db: Transaction, person: AnyPerson, window: Window, stretch: ColumnElement[bool], acts: Collection[str]
) -> Iterable[_Group]:
    """The lines of one stretch of an index. Rows are counted by what they say; what that means is decided here."""
    event = _newest(person, window, stretch)
    said = cast(event.c.details, String).label("said")
    query = (
        select(
            event.c.act,
            event.c.outcome,
            event.c.actor_id,
            said,
            func.count().label("times"),
            func.min(event.c.at).label("first"),
            func.max(event.c.number).label("number"),
        )
        .group_by(event.c.act, event.c.outcome, event.c.actor_id, said)
        .order_by(func.max(event.c.number).desc())
        .limit(_MOST_GROUPS)
    )
    rows = db.connection().execute(query.where(event.c.act.in_(acts)) if acts else query).all()
    is_more = sum(row.times for row in rows) > MOST or len(rows) == _MOST_GROUPS
    found: dict[tuple[Any, ...], _Group] = {}
    for row in rows:
        kind = _kind(row, person.id)
        if kind is None:
            continue
        key = (kind, row.act, row.actor_id)
        group = found.setdefault(key, _Group(kind, 0, row.first, row.number, is_more))
        group.count += row.times
        group.first, group.number = min(group.first, row.first), max(group.number, row.number)
    return found.values()


def _newest(person: AnyPerson, window: Window, stretch: ColumnElement[bool]) -> Any:
    columns = (AuditEvent.act, AuditEvent.outcome, AuditEvent.actor_id, AuditEvent.details, AuditEvent.at)
    return (
        select(*map(col, columns), col(AuditEvent.number))
        .where(col(AuditEvent.target_id) == person.id, stretch, window.holds(), col(AuditEvent.resource_id).is_(None))
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.number).desc())
        .limit(MOST + 1)
        .subquery()
    )


def _kind(row: Any, person_id: UUID) -> Kind | None:
    """What sort of thing a row of `_groups` is; None where it is no news."""
    details = json.loads(row.said)
    if row.act == ASKING and row.actor_id is None:
        return Kind.CODE_ASKED
    if row.outcome == DENIED:
        return _kind_of_refusal(row, details, person_id)
    if row.actor_id == person_id:
        is_new_place = row.act == "sign in" and details.get("new place")
        return Kind.NEW_PLACE if is_new_place else Kind.OWN_CHANGE if row.act in OWN_CHANGES else None
    if row.act in _NO_NEWS or details.get("with") == "activation code":
        return None
    return Kind.BY_NOBODY if row.actor_id is None else Kind.BY_OTHERS


def _kind_of_refusal(row: Any, details: Mapping[str, Any], person_id: UUID) -> Kind | None:
    if row.actor_id == person_id:
        return Kind.WRONG_PROOF if row.act in PROOFS else None
    if row.actor_id is not None:
        return Kind.REFUSED
    if row.act != "sign in":
        return Kind.WRONG_PASSWORD_CODE
    if details.get("replayed"):
        return Kind.REPLAYED_CODE
    return Kind.WRONG_PASSWORD if details.get("with") == "password" else Kind.WRONG_SECOND_FACTOR


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

ASKING = "ask for a reset code"

OWN_CHANGES = frozenset(
    {
        "activate 2-factor",
        "ask for another e-mail",
        "change an e-mail",
        "change password",
        "deactivate 2-factor",
        "new recovery codes",
        "set support PIN",
    }
)
"""What somebody who took over an open session would do."""

PROOFS = frozenset({"prove identity", "unlock console", "change an e-mail", "activate 2-factor"})
"""What is refused to whoever sits at an open session and does not know what its person knows."""

_UNTYPED = {"with", "replayed", "count", "sessions ended"}
"""Details that are words and numbers of ours."""

_NO_NEWS = frozenset(
    {
        "invite a person",
        "issue activation code",
        "mail a notice",
        "mail a reset code",
        "mail an activation code",
        "mail the code for a new e-mail",
        "tell the old e-mail that it was changed",
    }
)
"""What brings an account into being, and what follows from something that is told itself."""

# Three stretches of two indexes, so that neither failures without end nor one's own many acts hide what others did;
# with the acts that are meant, where not all are. The condition is literal: SQLite sees by that which index serves.
_STRETCHES: tuple[tuple[ColumnElement[bool], Collection[str]], ...] = (
    (col(AuditEvent.outcome) == DENIED, ()),
    (and_(col(AuditEvent.outcome) == DONE, literal_column(f"({OTHERS_DID})")), ()),
    (and_(col(AuditEvent.outcome) == DONE, literal_column("actor_id = target_id")), {*OWN_CHANGES, "sign in"}),
)
