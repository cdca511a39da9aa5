"""Calls at the support desk, as rows: whose is open, who is called about, and that each act in one happens once.

A call is about one account and belongs to one agent's session. It is a ticket from the moment on at which the caller
has proved who he is.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col
from sqlmodel import select as select_rows

from core import call_codes, pending_resets, sessions
from core.administration import Act
from core.errors import CallOver, NotThere, PersonInactive, TicketMissing, TicketUsed
from core.permissions import words_of
from data.support_tables import SupportCall, TicketUse
from data.tables import ConsoleSession, Contract, Person
from data.upserts import insert_into

UNPROVEN_LASTS = timedelta(minutes=15)
TICKET_LASTS = timedelta(minutes=10)

RAN_OUT = "ran out"
AGENT_GONE = "agent gone"
BY_AGENT = "ended by the agent"
BY_CALLER = "ended by the caller"
ACCOUNT_CHANGED = "account changed"


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a `SupportCall` goes on: not ended, not too old, and its agent still signed in."""
    agent_is_there = exists().where(col(ConsoleSession.id) == col(SupportCall.session_id), sessions.is_open(now))
    return and_(col(SupportCall.ended_at).is_(None), col(SupportCall.expires_at) > now, agent_is_there)


def held(act: Act, *which: ColumnElement[bool]) -> tuple[SupportCall, Person] | None:
    """A call and the person about whom it is, if there is one such; where something is changed, nobody else changes
    them until that is done.

    Contract, person, call, and what hangs on it, in this order: so do administrators hold who delete him.
    """
    call = act.db.exec(select_rows(SupportCall).where(*which)).one_or_none()
    person = held_caller(act, call.contract_id, call.person_id) if call is not None else None
    if call is None or person is None:
        return None
    if act.holds:
        again = select_rows(SupportCall).where(SupportCall.id == call.id).with_for_update(key_share=True)
        call = act.db.exec(again.execution_options(populate_existing=True)).one_or_none()
    return (call, person) if call is not None else None


def held_caller(act: Act, contract_id: UUID, person_id: UUID) -> Person | None:
    """A person of a contract. No administrator changes him until the act is done, where it changes something."""
    if not act.holds:
        return act.db.get(Person, person_id)
    contract = select(col(Contract.id)).where(col(Contract.id) == contract_id).with_for_update(key_share=True)
    act.db.connection().execute(contract)
    return act.db.get(Person, person_id, populate_existing=True, with_for_update={"key_share": True})


def own_call(act: Act, call_id: UUID) -> tuple[SupportCall, Person]:
    """A call that the acting agent has open in this session, and its person; see `held`.

    Raises:
        NotThere: there is none such, or it is another agent's or another console's.
        CallOver: it is over, and why.
    """
    found = held(act, *of_console(act, call_id))
    if found is None:
        raise NotThere("call")
    ask_whether_open(found[0], now=act.now)
    return found


def of_console(act: Act, call_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a `SupportCall` is this one, and of the console at which the agent acts."""
    return col(SupportCall.id) == call_id, col(SupportCall.session_id) == act.who.session.id


def ask_whether_open(call: SupportCall, *, now: datetime) -> None:
    """Pass if a call is not over.

    Raises:
        CallOver: it is, and why.
    """
    if call.ended_at is not None:
        raise CallOver(call.ended_why or "")
    if call.expires_at <= now:
        raise CallOver(RAN_OUT)


def ticket(act: Act, call_id: UUID) -> tuple[SupportCall, Person]:
    """Take what an act needs: a call in which the caller has proved who he is, and in which it was not done yet.

    The INSERT decides which of two did it first.

    Raises:
        NotThere, CallOver: see `own_call`.
        TicketMissing, TicketUsed: nobody has proved who he is, or it was done already.
        PersonInactive: nothing of this is for somebody who is deactivated.
    """
    call, person = own_call(act, call_id)
    if call.matched_at is None:
        raise TicketMissing(words_of(act.function)).of(person_id=call.person_id)
    if not person.active:
        raise PersonInactive
    use_once(act, call)
    return call, person


def use_once(act: Act, call: SupportCall) -> None:
    """Note that an act was done in a call.

    Raises:
        TicketUsed: it was done before.
    """
    connection = act.db.connection()
    use: dict[str, Any] = {"call_id": call.id, "act": act.function, "at": act.now}
    insertion = insert_into(TicketUse, connection.dialect.name).values(**use).on_conflict_do_nothing()
    if connection.execute(insertion.returning(col(TicketUse.act))).one_or_none() is None:
        raise TicketUsed(words_of(act.function)).of(person_id=call.person_id)


def acts_done(db: Transaction, call_id: UUID) -> frozenset[str]:
    """What was done in a call, by the names of the functions."""
    return frozenset(db.exec(select_rows(TicketUse.act).where(TicketUse.call_id == call_id)))


def end(db: Transaction, call_id: UUID, *, why: str, now: datetime) -> bool:
    """End a call, whether it was open until now; what was asked for in it and not approved is gone with it."""
    of_call = (col(SupportCall.id) == call_id, col(SupportCall.ended_at).is_(None))
    ended = db.connection().execute(update(SupportCall).where(*of_call).values(ended_at=now, ended_why=why))
    pending_resets.drop_unapproved(db, call_id)
    return ended.rowcount == 1


def shut(db: Transaction, person: Person, *, now: datetime) -> None:
    """Leave nothing in agents' hands of an account that is another one from now on: its role, its address, whether it
    may sign in. Calls about it are over, its call code is void, and a reset of 2-factor that waits does not happen.

    The caller holds the person, and tells the audit what he has changed.
    """
    _end_about(db, person, now=now)
    call_codes.void(db, person.id)
    pending_resets.drop(db, person)


def end_of_agent(db: Transaction, agent: Person, *, now: datetime) -> None:
    """End the calls of an agent who may not work any more."""
    of_agent = (col(SupportCall.agent_id) == agent.id, col(SupportCall.ended_at).is_(None))
    for call_id in db.connection().execute(select(col(SupportCall.id)).where(*of_agent)).scalars().all():
        end(db, call_id, why=AGENT_GONE, now=now)


def end_tickets(db: Transaction, person: Person, *, now: datetime) -> None:
    """End the calls in which somebody has proved to be this person, who is held, by what counts no more."""
    _end_about(db, person, col(SupportCall.matched_at).is_not(None), now=now)


def _end_about(db: Transaction, person: Person, *which: ColumnElement[bool], now: datetime) -> None:
    query = select(col(SupportCall.id)).where(
        col(SupportCall.person_id) == person.id, col(SupportCall.ended_at).is_(None), *which
    )
    for call_id in db.connection().execute(query.order_by(col(SupportCall.id))).scalars().all():
        end(db, call_id, why=ACCOUNT_CHANGED, now=now)
