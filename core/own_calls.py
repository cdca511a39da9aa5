"""Support calls as the person sees them whom they are about: shown at his console while they go on, and ended there.

So a caller can check the agent: his own console shows the agent's name and the same two words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, call_codes, pending_resets, server_clock, sessions, support_calls
from core.call_codes import ShownCode
from core.clock import Clock
from core.errors import Refusal, ServerClockBehind, SessionOver
from core.login_steps import Session
from core.sessions import Acting
from core.support_calls import BY_CALLER
from core.tokens import token_hash
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.support_tables import SupportCall
from data.tables import ConsoleSession, Person

_CODE = "own_calls.new_call_code"


@dataclass(frozen=True)
class CallOnMe:
    """A call that goes on about the reader's account; times are UTC."""

    id: UUID
    agent: str
    phrase: str
    opened_at: datetime
    proven: bool
    """Whether the caller has proved himself to be the reader, and the agent acts for him."""


@dataclass(frozen=True)
class Heard:
    """What a console has to show at once."""

    calls: tuple[CallOnMe, ...] = ()
    factor_reset_at: datetime | None = None
    """When the support desk's reset of the reader's second factor takes effect, unless he stops it."""


NOTHING = Heard()
"""What there is to show mostly."""


@dataclass(frozen=True)
class OwnCallService:
    """A person's own calls; nobody else's are within reach."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def heard(self, session: Session) -> Heard:
        """What goes on at the support desk about one's account; for a console that asks every second or two.

        Raises:
            SessionOver, SessionLocked: see `SessionService.stands`.
        """
        now = self.now()
        with reading(self.engine) as db:
            sessions.ask_whether_it_stands(db, session, now=now)
            of_token = {"of_token": token_hash(session.token)}
            reset_at = db.connection().execute(_RESET, of_token).scalar_one()
            rows = db.connection().execute(_CALLS.where(support_calls.is_open(now)), of_token)
            return Heard(tuple(map(_call, rows)), pending_resets.still_due(reset_at, now=now))

    def heard_all(self, of: Sequence[Session]) -> list[Heard | Refusal]:
        """What `heard` would say to each, or the refusal that it would raise; for a process with many consoles.

        Three statements, however many ask: the clock, the sessions with their people, the calls about these.
        """
        now = self.now()
        hashes = [token_hash(session.token) for session in of]
        with reading(self.engine) as db:
            try:
                server_clock.check(db, now=now)
            except ServerClockBehind as behind:
                return [ServerClockBehind(latest=behind.latest, now=now) for _ in hashes]  # each is raised elsewhere
            found = {row.token_hash: row for row in db.connection().execute(_FOUND, {"hashes": hashes})}
            people = {row.person_id for row in found.values()}
            about: dict[UUID, list[CallOnMe]] = {}
            for row in db.connection().execute(_CALLS_ABOUT.where(support_calls.is_open(now)), {"people": [*people]}):
                about.setdefault(row.person_id, []).append(_call(row))
        return [_heard_or_refused(found.get(each), about, now=now) for each in hashes]

    def end(self, session: Session) -> int:
        """End every call that goes on about one's account, and the tickets with them; how many there were.

        Raises:
            SessionOver, SessionLocked: see `sessions`.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)  # himself before his calls, as agents hold them
            about_him = (col(SupportCall.person_id) == who.person.id, support_calls.is_open(now))
            # Agent's act or end: whichever comes first is done whole before the other.
            open_calls = select(col(SupportCall.id)).where(*about_him).with_for_update(of=SupportCall, key_share=True)
            ended = [
                call_id
                for call_id in db.connection().execute(open_calls).scalars().all()
                if support_calls.end(db, call_id, why=BY_CALLER, now=now)
            ]
            for _ in ended:
                self._tell(db, who, audit.Told("end a support call", details={"why": BY_CALLER}), now=now)
            return len(ended)

    def new_call_code(self, session: Session) -> ShownCode:
        """Six digits to read to an agent in place of the support PIN, once, within five minutes.

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            sessions.ask_for_proof(db, who, _CODE, now=now)
            shown = call_codes.issue(db, self.keys, who.session, now=now)
            self._tell(db, who, audit.Told("get a call code"), now=now)
            return shown

    def _tell(self, db: Transaction, who: Acting, told: audit.Told, *, now: datetime) -> None:
        audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)


def _call(row: Any) -> CallOnMe:
    return CallOnMe(row.id, row.agent, row.phrase, row.opened_at, row.matched_at is not None)


def _heard_or_refused(found: Any | None, about: Mapping[UUID, list[CallOnMe]], *, now: datetime) -> Heard | Refusal:
    if found is None:
        return SessionOver()
    try:
        sessions.ask_whether_found_stands(found, now=now)
    except Refusal as refusal:
        return refusal
    calls, reset_at = about.get(found.person_id), pending_resets.still_due(found.factor_reset_at, now=now)
    return Heard(tuple(calls or ()), reset_at) if calls or reset_at else NOTHING


_OF_TOKEN = col(ConsoleSession.token_hash) == bindparam("of_token")
_RESET = (
    select(col(Person.factor_reset_at))
    .join(ConsoleSession, col(ConsoleSession.person_id) == col(Person.id))
    .where(_OF_TOKEN)
)
_OPEN_CALLS = select(
    col(SupportCall.id),
    col(SupportCall.person_id),
    col(SupportCall.agent),
    col(SupportCall.phrase),
    col(SupportCall.opened_at),
    col(SupportCall.matched_at),
).order_by(col(SupportCall.opened_at), col(SupportCall.id))
_CALLS = _OPEN_CALLS.where(col(SupportCall.person_id).in_(select(col(ConsoleSession.person_id)).where(_OF_TOKEN)))
_CALLS_ABOUT = _OPEN_CALLS.where(col(SupportCall.person_id).in_(bindparam("people", expanding=True)))
_FOUND = (
    select(
        col(ConsoleSession.token_hash), col(ConsoleSession.person_id), col(Person.factor_reset_at), *sessions.STANDING
    )
    .join(Person, col(Person.id) == col(ConsoleSession.person_id))
    .where(col(ConsoleSession.token_hash).in_(bindparam("hashes", expanding=True)))
)
