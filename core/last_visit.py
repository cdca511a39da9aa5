"""“Since your last visit”: what a person has not yet said to have seen.

What is seen is told by the number of an event in his chain. Numbers are given out in the order of commits; by moments,
what began before and was written after would count as seen. What the session that asks has done itself is no news to
it, and is not seen by it either: who took over an account must not clear away the traces for its person.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, String, and_, cast, literal_column, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, pending_resets, sessions, visits
from core.clock import Clock
from core.login_steps import Session
from core.sessions import Acting
from core.visits import Notice, Window
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import USER, AuditEvent, AuditHead, ConsoleSession, Person

LATE = timedelta(minutes=30)
"""An event bears the moment at which its act began: so much earlier it may be than others that were written before."""

_QUIET = timedelta(days=1)
"""After so long without any news the search begins later: it would get longer for ever."""


@dataclass(frozen=True)
class Seen:
    """Up to where somebody has seen what happened. For `acknowledge` alone: the number is told to nobody."""

    number: int = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Visit:
    """What happened after `since`, the gravest first."""

    notices: tuple[Notice, ...]
    since: datetime
    up_to: Seen
    is_alone: bool = False
    """Whether nobody else in his contract can help him; the host can."""


@dataclass(frozen=True)
class VisitService:
    """Tells people what happened to their accounts while they were away."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def since_last(self, session: Session) -> Visit | None:
        """What happened that this person has not said to have seen; None where there is nothing.

        Raises:
            SessionOver: sign in again.
        """
        now = self.now()
        with reading(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            window = _window(who, now=now)
            reach = _reach(db, who, window, now=now)
            found = visits.notices(db, who.person, window)
            is_alone = bool(found) and who.person.role != USER and not pending_resets.has_helper(db, who.person)
        if found:
            return Visit(found, who.person.acknowledged_at or who.person.created_at, reach, is_alone)
        if reach.at - window.since > _QUIET:
            with transaction(self.engine) as db:
                _move(db, who.person, reach)
        return None

    def acknowledge(self, session: Session, up_to: Seen) -> None:
        """Note that the person has seen what happened up to there; what came later is told the next time.

        Moves forward only, never beyond what there is, and not beyond what this session did itself.

        Raises:
            SessionOver: sign in again.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            reach = _reach(db, who, _window(who, now=now), now=now)
            seen = min(up_to, reach, key=lambda each: each.number)
            if _move(db, who.person, Seen(seen.number, min(seen.at, reach.at))):
                told = audit.Told("see what happened")
                audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)


def _window(who: Acting, *, now: datetime) -> Window:
    since = who.person.acknowledged_at or who.person.created_at
    return Window(since - LATE, now + LATE, who.person.acknowledged_number, _done_here(who))


def _done_here(who: Acting) -> ColumnElement[bool]:
    """Whether an `AuditEvent` tells of the session that asks, as far as an event says where something was done."""
    place = select(cast(col(ConsoleSession.origin), String)).where(col(ConsoleSession.id) == who.session.id)
    return and_(
        literal_column("actor_id = target_id"),
        col(AuditEvent.actor_id) == who.person.id,
        col(AuditEvent.at) >= who.session.started_at,
        cast(col(AuditEvent.origin), String) == place.scalar_subquery(),
    )


def _reach(db: Transaction, who: Acting, window: Window, *, now: datetime) -> Seen:
    """Up to where this session may say that all is seen: the end, or right before what it did itself and is news."""
    head = select(col(AuditHead.number)).where(col(AuditHead.chain) == audit.chain_of(who.person))
    end = db.connection().execute(head).scalar_one_or_none() or 0  # first, so that what comes meanwhile is beyond it
    own = visits.first_noteworthy(db, who.person, replace(window, but_for=None), _done_here(who))
    return Seen(end, now) if own is None else Seen(own.number - 1, own.at)


def _move(db: Transaction, person: Person, seen: Seen) -> bool:
    """Whether it was moved; the UPDATE decides between two consoles of one person."""
    moved = db.connection().execute(
        update(Person)
        .where(col(Person.id) == person.id, col(Person.acknowledged_number) < seen.number)
        .values(acknowledged_number=seen.number, acknowledged_at=seen.at)
    )
    return moved.rowcount == 1
