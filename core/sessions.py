"""Signed-in consoles: begun by a login, held as a token, locked, and ended by time, by the person, or by others.

Idle for 15 minutes a session is locked: it opens nothing before its person has proved that he is there. Older than
12 hours it is over (ASVS 7.3.1, 7.3.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Update, and_, bindparam, insert, update
from sqlalchemy import select as sa_select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import server_clock
from core.errors import ProofNeeded, SessionLocked, SessionOver
from core.known_person import AnyPerson
from core.login_steps import Session
from core.origin import Origin
from core.tokens import new_token, token_hash
from data.tables import Authenticator, ConsoleSession, Contract, Person

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
PROOF_LASTS = timedelta(minutes=10)
TOO_OLD = "too old"


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


def begin(db: Transaction, person: AnyPerson, *, origin: Origin, second_factor: bool, now: datetime) -> Session:
    """Open a session for a person who has just proved who he is."""
    token = new_token()
    begun = {
        "id": uuid4(),
        "token_hash": token_hash(token),
        "person_id": person.id,
        "origin": origin.facts(),
        "host": origin.host,
        "worker": origin.worker or None,
        "started_at": now,
        "last_used_at": now,
        "expires_at": now + LONGEST,
        "proof_at": now,
        "proofs": {},
        "second_factor_at": now if second_factor else None,
    }
    db.connection().execute(_BEGINNING, begun)
    return Session(token, person.id, second_factor)


def acting(db: Transaction, session: Session, *, now: datetime) -> Acting:
    """The person behind a session, with his rights as they are now.

    Raises:
        ServerClockBehind: see `server_clock.check`; the session goes on once the clock is right.
        SessionOver: no such session, ended, too old, or of a deactivated person.
        SessionLocked: idle for too long, or locked by its person.
    """
    who = acting_even_locked(db, session, now=now)
    since = locked_since(who.session, now=now)
    if since is not None:
        raise SessionLocked(since)
    return who


def acting_even_locked(db: Transaction, session: Session, *, now: datetime) -> Acting:
    """As `acting`, for what is allowed at a locked console: to end it, and to prove who sits there.

    Raises:
        ServerClockBehind, SessionOver: see `acting`.
    """
    server_clock.check(db, now=now)
    row = db.exec(_ACTING, params={"of_token": token_hash(session.token), "at": now}).one_or_none()
    if row is None:
        ask_whether_it_stands(db, session, now=now)
        raise SessionOver
    found, person = row
    _ask_about_its_time(found.last_used_at, now=now)
    return Acting(found, person, Origin(**found.origin, worker=found.worker or ""))


def ask_whether_it_stands(db: Transaction, session: Session, *, now: datetime) -> None:
    """Pass if the session stands; the cheapest question about one.

    Raises:
        ServerClockBehind, SessionOver, SessionLocked: see `acting`.
    """
    server_clock.check(db, now=now)
    found = db.connection().execute(_STANDING, {"of_token": token_hash(session.token)}).one_or_none()
    if found is None:
        raise SessionOver
    ask_whether_found_stands(found, now=now)


def ask_whether_found_stands(found: Any, *, now: datetime) -> None:
    """As `ask_whether_it_stands`, of a row of `STANDING`.

    Raises:
        SessionOver, SessionLocked: see `acting`.
    """
    if found.ended_at is not None:
        raise SessionOver(found.ended_why or "")
    if not found.active:
        raise SessionOver("deactivated")
    if found.expires_at <= now:
        raise SessionOver(TOO_OLD)
    _ask_about_its_time(found.last_used_at, now=now)
    since = _locked_since(found.locked_at, found.last_used_at, now=now)
    if since is not None:
        raise SessionLocked(since)


def _ask_about_its_time(last_used_at: datetime, *, now: datetime) -> None:
    """Pass if the session was not last used at a time that is yet to come; it could not grow old before."""
    if last_used_at - now > server_clock.TOLERANCE:
        raise SessionOver


def locked_since(session: ConsoleSession, *, now: datetime) -> datetime | None:
    """Since when a session that is not over waits for its person; None while it does not."""
    return _locked_since(session.locked_at, session.last_used_at, now=now)


def acting_alone(db: Transaction, session: Session, *, now: datetime) -> Acting:
    """As `acting`, and no other change of this person's credentials runs until the transaction ends.

    PostgreSQL lets writers run together: without this, two consoles that change the same thing of one person would
    both find it as it was.

    Raises:
        SessionOver: see `acting`.
    """
    hold_person(db, session)
    return acting(db, session, now=now)


def hold_person(db: Transaction, session: Session) -> None:
    """No other change of the credentials of the session's person runs until the transaction ends."""
    db.connection().execute(_HOLDING, {"of_token": token_hash(session.token)})


def hold_contract(db: Transaction, session: Session) -> None:
    """No other administrative act of this contract runs until the transaction ends: what one decides by stays so."""
    db.connection().execute(_HOLDING_CONTRACT, {"of_token": token_hash(session.token)})


def ask_for_proof(db: Transaction, who: Acting, act: str, *, now: datetime) -> None:
    """Let an act pass only if the person proved himself for it, in this session, in the last ten minutes (ASVS 7.5.1).

    `act` is the function, "service.name". Signing in is a proof for whichever act first asks for one, and for that
    alone: whoever finds the terminal unlocked after it has no other.

    Where 2-factor is active, a proof from before its activation, or of a session that never gave a second factor,
    is none.

    Raises:
        ProofNeeded: the proof is missing, older, or was by the password alone. Nobody was turned away: a question
            was asked, so the audit is not told.
    """
    look_for_proof(db, who, act, now=now)
    if act in who.session.proofs or who.session.proof_act is not None:
        return
    taken = db.connection().execute(_TAKING_PROOF, {"of_session": who.session.id, "act": act})
    if taken.rowcount != 1:
        raise ProofNeeded(with_code=who.person.sec_auth_active, act=act)
    set_committed_value(who.session, "proof_act", act)


def look_for_proof(db: Transaction, who: Acting, act: str, *, now: datetime) -> None:
    """As `ask_for_proof`, where nothing is changed yet: the sign-in's proof stays for whichever act takes it.

    Raises:
        ProofNeeded: see `ask_for_proof`.
    """
    authenticator = db.get(Authenticator, who.person.id)
    given = _proof_given(who.session, act)
    is_fresh = given is not None and -server_clock.TOLERANCE <= now - given <= PROOF_LASTS
    if not is_fresh or (authenticator is not None and not _is_after(authenticator, who.session, given)):
        raise ProofNeeded(with_code=authenticator is not None, act=act)


def use_proof(db: Transaction, who: Acting, act: str, *, now: datetime) -> None:
    """Let an act pass once for each time that the person proved himself for it; the sign-in's proof does not count.

    Raises:
        ProofNeeded: see `ask_for_proof`.
    """
    look_for_proof(db, who, act, now=now)
    if act not in who.session.proofs:
        raise ProofNeeded(with_code=who.person.sec_auth_active, act=act)
    who.session.proofs = {each: at for each, at in who.session.proofs.items() if each != act}


def keep_proof(session: ConsoleSession, act: str, *, now: datetime) -> None:
    """Note a proof that was just given for an act; those that count for nothing any more are forgotten."""
    fresh = {each: at for each, at in session.proofs.items() if now - datetime.fromisoformat(at) <= PROOF_LASTS}
    session.proofs = fresh | {act: now.isoformat()}


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a `ConsoleSession` row stands, locked or not, as far as it says so itself."""
    return and_(col(ConsoleSession.ended_at).is_(None), col(ConsoleSession.expires_at) > now)


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


def _locked_since(locked_at: datetime | None, last_used_at: datetime, *, now: datetime) -> datetime | None:
    idle_since = last_used_at + IDLE
    return locked_at or (idle_since if idle_since <= now else None)


def _proof_given(session: ConsoleSession, act: str) -> datetime | None:
    """When the person last proved himself for this act."""
    if act in session.proofs:
        return datetime.fromisoformat(session.proofs[act])
    return session.proof_at if session.proof_act in {None, act} else None


def _is_after(authenticator: Authenticator, session: ConsoleSession, given: datetime | None) -> bool:
    return given is not None and session.second_factor_at is not None and given >= authenticator.confirmed_at


_ACTING = (
    select(ConsoleSession, Person)
    .join(Person, col(Person.id) == col(ConsoleSession.person_id))
    .where(
        col(ConsoleSession.token_hash) == bindparam("of_token"),
        col(ConsoleSession.ended_at).is_(None),
        col(ConsoleSession.expires_at) > bindparam("at"),
        col(Person.active).is_(True),
    )
)
STANDING: tuple[Any, ...] = (
    col(ConsoleSession.ended_at),
    col(ConsoleSession.ended_why),
    col(ConsoleSession.expires_at),
    col(ConsoleSession.locked_at),
    col(ConsoleSession.last_used_at),
    col(Person.active),
)
"""Of a session and its person: what decides whether it stands."""

_STANDING = (
    sa_select(*STANDING)
    .join(Person, col(Person.id) == col(ConsoleSession.person_id))
    .where(col(ConsoleSession.token_hash) == bindparam("of_token"))
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
_TAKING_PROOF = (
    update(ConsoleSession)
    .where(col(ConsoleSession.id) == bindparam("of_session"), col(ConsoleSession.proof_act).is_(None))
    .values(proof_act=bindparam("act"))
)
