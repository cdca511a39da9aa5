"""Signed-in consoles: begun by a login, held as a token, ended by time, by the person, or by others.

Idle for 15 minutes or older than 12 hours, a session is over (ASVS 7.3.1, 7.3.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Engine, Update, and_, bindparam, insert, update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit
from core.clock import Clock
from core.errors import ProofNeeded, SessionOver
from core.known_person import AnyPerson
from core.login_steps import Session
from core.origin import Origin
from core.tokens import new_token, token_hash
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import Authenticator, ConsoleSession, Contract, Person

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
PROOF_LASTS = timedelta(minutes=10)
_TOUCH_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Acting:
    """Who acts, as the transaction sees it."""

    session: ConsoleSession
    person: Person
    origin: Origin

    @property
    def proved_factor(self) -> bool:
        """Whether 2-factor is active for the person and was proved in this session."""
        return self.person.sec_auth_active and self.session.second_factor_at is not None


@dataclass(frozen=True)
class SessionService:
    """Keeps sessions alive and ends them."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def keep_alive(self, session: Session) -> None:
        """Note that a person is at the console.

        Raises:
            SessionOver: it was ended, is too old, or was idle for too long.
        """
        now = self.now()
        with reading(self.engine) as db:
            last_used_at = acting(db, session, now=now).session.last_used_at
        if now - last_used_at < _TOUCH_EVERY:
            return
        with transaction(self.engine) as db:
            acting(db, session, now=now).session.last_used_at = now

    def sign_out(self, session: Session) -> None:
        """End one's own session; one that is over already stays as it is."""
        now = self.now()
        with transaction(self.engine) as db:
            try:
                who = acting(db, session, now=now)
            except SessionOver:
                return
            end(who.session, why="signed out", now=now)
            audit.record(db, self.keys, audit.Told("sign out"), at=now, origin=who.origin, actor=who.person)


def begin(db: Transaction, person: AnyPerson, *, origin: Origin, second_factor: bool, now: datetime) -> Session:
    """Open a session for a person who has just proved who he is."""
    token = new_token()
    begun = {
        "id": uuid4(),
        "token_hash": token_hash(token),
        "person_id": person.id,
        "origin": origin.facts(),
        "started_at": now,
        "last_used_at": now,
        "expires_at": now + LONGEST,
        "proof_at": now,
        "second_factor_at": now if second_factor else None,
    }
    db.connection().execute(_BEGINNING, begun)
    return Session(token, person.id, second_factor)


def acting(db: Transaction, session: Session, *, now: datetime) -> Acting:
    """The person behind a session, with his rights as they are now.

    Raises:
        SessionOver: no such session, ended, too old, idle for too long, or of a deactivated person.
    """
    moments = {"at": now, "idle_since": now - IDLE}
    row = db.exec(_ACTING, params={"of_token": token_hash(session.token), **moments}).one_or_none()
    if row is None:
        raise SessionOver
    found, person = row
    return Acting(found, person, Origin(**found.origin))


def acting_alone(db: Transaction, session: Session, *, now: datetime) -> Acting:
    """As `acting`, and no other change of this person's credentials runs until the transaction ends.

    PostgreSQL lets writers run together: without this, two consoles that change the same thing of one person would
    both find it as it was.

    Raises:
        SessionOver: see `acting`.
    """
    db.connection().execute(_HOLDING, {"of_token": token_hash(session.token)})
    return acting(db, session, now=now)


def hold_contract(db: Transaction, session: Session) -> None:
    """No other administrative act of this contract runs until the transaction ends: what one decides by stays so."""
    db.connection().execute(_HOLDING_CONTRACT, {"of_token": token_hash(session.token)})


def ask_for_proof(db: Transaction, who: Acting, *, now: datetime) -> None:
    """Let an act pass only if the person proved himself in the last ten minutes (ASVS 7.5.1).

    Where 2-factor is active, a proof from before its activation, or of a session that never gave a second factor,
    is none.

    Raises:
        ProofNeeded: the last proof is older, or was by the password alone. Nobody was turned away: a question was
            asked, so the audit is not told.
    """
    authenticator = db.get(Authenticator, who.person.id)
    is_fresh = now - who.session.proof_at <= PROOF_LASTS
    if not is_fresh or (authenticator is not None and not _proved_with(who.session, authenticator)):
        raise ProofNeeded(with_code=authenticator is not None)


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a `ConsoleSession` row stands, as far as it says so itself."""
    return and_(
        col(ConsoleSession.ended_at).is_(None),
        col(ConsoleSession.expires_at) > now,
        col(ConsoleSession.last_used_at) > now - IDLE,
    )


def end(session: ConsoleSession, *, why: str, now: datetime) -> None:
    """End one session; felt by its console at its next action."""
    session.ended_at = now
    session.ended_why = why


def end_others(db: Transaction, who: Acting, *, why: str, now: datetime) -> int:
    """End every session of the person but this one; how many."""
    others = _ending(who.person.id).where(col(ConsoleSession.id) != who.session.id)
    return db.connection().execute(others.values(ended_at=now, ended_why=why)).rowcount


def end_all(db: Transaction, person: AnyPerson, *, why: str, now: datetime) -> int:
    """End every session of a person; how many."""
    return db.connection().execute(_ending(person.id).values(ended_at=now, ended_why=why)).rowcount


def _ending(person_id: UUID) -> Update:
    return update(ConsoleSession).where(
        col(ConsoleSession.person_id) == person_id, col(ConsoleSession.ended_at).is_(None)
    )


def _proved_with(session: ConsoleSession, authenticator: Authenticator) -> bool:
    return session.second_factor_at is not None and session.proof_at >= authenticator.confirmed_at


_ACTING = (
    select(ConsoleSession, Person)
    .join(Person, col(Person.id) == col(ConsoleSession.person_id))
    .where(
        col(ConsoleSession.token_hash) == bindparam("of_token"),
        col(ConsoleSession.ended_at).is_(None),
        col(ConsoleSession.expires_at) > bindparam("at"),
        col(ConsoleSession.last_used_at) > bindparam("idle_since"),
        col(Person.active).is_(True),
    )
)
_HOLDING = (
    select(col(Person.id))
    .join(ConsoleSession, col(ConsoleSession.person_id) == col(Person.id))
    .where(col(ConsoleSession.token_hash) == bindparam("of_token"))
    .with_for_update(of=Person, key_share=True)
)
_HOLDING_CONTRACT = (
    select(col(Contract.id))
    .join(Person, col(Person.contract_id) == col(Contract.id))
    .join(ConsoleSession, col(ConsoleSession.person_id) == col(Person.id))
    .where(col(ConsoleSession.token_hash) == bindparam("of_token"))
    .with_for_update(of=Contract, key_share=True)
)
_BEGINNING = insert(ConsoleSession)
