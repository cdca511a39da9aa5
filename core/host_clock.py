"""The step by which a server's clock that was ahead, and is right now, counts again, for whoever owns the data.

While the clock was ahead, the database saw moments that are yet to come, and lets nobody in before they have come
(`core.server_clock`). Whoever is on the host, and knows from another clock what time it is, says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit, codes, future_traces, server_clock, totp
from core.clock import Clock
from core.errors import ClockNotBehind, ClockUnconfirmed
from core.future_traces import Cleared
from core.origin import Origin
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import OWNER, AuditEvent, AuditHead, Contract, Installation, Person

_ACCEPTING = "accept the server's clock"
_AS_SAID = timedelta(minutes=3)
"""A person reads another clock to the minute, and types."""


@dataclass(frozen=True)
class LatestMoment:
    """The latest moment of a chain, and what was told there last. Its texts are texts of people."""

    at: datetime
    contract_number: str
    """Empty for what concerns no contract."""

    contract_name: str
    act: str
    actor: str
    host: str


@dataclass(frozen=True)
class ClockReport:
    """What the clocks say, in UTC."""

    now: datetime
    latest: LatestMoment | None
    """None while nothing has happened yet."""

    database: datetime | None
    """The database server's clock, where there is a server."""

    @property
    def behind(self) -> timedelta | None:
        """How far this server's clock is behind what was seen, where that keeps everybody out."""
        gap = self.latest.at - self.now if self.latest else timedelta()
        return gap if gap > server_clock.TOLERANCE else None

    @property
    def apart(self) -> timedelta | None:
        """How far the two servers' clocks are apart, where it is more than it may be."""
        gap = abs(self.database - self.now) if self.database else timedelta()
        return gap if gap > server_clock.TOLERANCE else None


@dataclass(frozen=True)
class ClockAccepted:
    """What the step did."""

    people_freed: int
    """Whose codes were judged by the time that was ahead, and count again."""

    cleared: Cleared


@dataclass(frozen=True)
class HostClockService:
    """Tells what the clocks say, and takes the present for the present."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def look(self) -> ClockReport:
        """This server's clock, and what it is held against."""
        with reading(self.engine) as db:
            return ClockReport(self.now(), _latest(db), _database_clock(db))

    def accept(self, confirmed: datetime, *, origin: Origin) -> ClockAccepted:
        """Take what this server's clock says now for the latest moment, since another clock says the same.

        What was begun in the time that was ahead ends or is void. Security codes count again from the next half
        minute on; those that were accepted in that time are not accepted a second time when it comes. Nobody's
        password, authenticator, recovery codes, PIN or force flag is touched. Every chain concerned is told.

        Raises:
            ClockNotBehind: there is nothing to accept.
            ClockUnconfirmed: `confirmed`, to the minute, is not what this server's clock says.
        """
        with transaction(self.engine) as db:
            _hold(db)
            now = self.now()
            if abs(confirmed - now) > _AS_SAID:
                raise ClockUnconfirmed(now)
            latest = db.connection().execute(server_clock.LATEST_MOMENT).scalar_one()
            if latest is None or latest - now <= server_clock.TOLERANCE:
                raise ClockNotBehind
            done = ClockAccepted(_free_codes(db, now=now), future_traces.clear(db, self.keys, now=now))
            self._tell(db, done, latest, origin=origin, now=now)
            return done

    def _tell(self, db: Transaction, done: ClockAccepted, latest: datetime, *, origin: Origin, now: datetime) -> None:
        """Set every chain's latest moment to now, and say so in each; the heads come last, in their order."""
        db.flush()
        ahead = db.exec(select(AuditHead.chain).where(col(AuditHead.at) > now)).all()
        owners = db.exec(select(Person).where(Person.role == OWNER).order_by(col(Person.contract_id))).all()
        db.connection().execute(update(AuditHead).where(col(AuditHead.at) > now).values(at=now))
        facts = {"latest before": latest.isoformat(), "now": now.isoformat()}
        for owner in owners:
            if str(owner.contract_id) in ahead:
                told = audit.Told(_ACCEPTING, details=facts)
                audit.record(db, self.keys, told, at=now, origin=origin, target=owner)
        ended = {"sessions ended": done.cleared.sessions, "codes of people": done.people_freed}
        audit.record(db, self.keys, audit.Told(_ACCEPTING, details=facts | ended), at=now, origin=origin)


def _hold(db: Transaction) -> None:
    """Two who accept do it one after the other."""
    db.exec(select(Installation.id).with_for_update()).all()


def _latest(db: Transaction) -> LatestMoment | None:
    query = select(AuditHead).where(col(AuditHead.at).is_not(None)).order_by(col(AuditHead.at).desc()).limit(1)
    head = db.exec(query).one_or_none()
    if head is None or head.at is None:
        return None
    contracts = {str(each.id): each for each in db.exec(select(Contract))}
    contract = contracts.get(head.chain)
    last = db.get(AuditEvent, (head.chain, head.number))
    return LatestMoment(
        at=head.at,
        contract_number=contract.number if contract else "",
        contract_name=contract.name if contract else "",
        act=last.act if last else "",
        actor=last.actor if last else "",
        host=str(last.origin.get("host", "")) if last else "",
    )


def _database_clock(db: Transaction) -> datetime | None:
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        return None
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


def _free_codes(db: Transaction, *, now: datetime) -> int:
    """Let the codes of everybody count again whose last one lies ahead; how many people there were."""
    query = select(Person).where(col(Person.last_step) > totp.step_at(now) + totp.WINDOW).order_by(col(Person.id))
    people = db.exec(query.with_for_update(key_share=True)).all()
    for person in people:
        codes.count_again(db, person, now=now)
    return len(people)
