"""The support desk: a call about an account, and the question who is calling (source text, "Setting your support PIN":
"In order to ensure support calls are made by authorized users, we usually ask for the support PIN")."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import call_codes, call_phrase, support_calls, throttle
from core.administration import Act, Desk
from core.agents_call import AgentsCall, pin_of, seen
from core.emails import email_norm, is_address
from core.errors import (
    CallerProven,
    CallerUnproven,
    CallUnderWay,
    FieldEmpty,
    NotThere,
    OnHold,
    PersonInactive,
    PinMalformed,
)
from core.login_steps import Session
from core.passwords import PasswordMismatch, Passwords
from core.support_calls import AGENT_GONE, BY_AGENT, RAN_OUT, TICKET_LASTS, UNPROVEN_LASTS
from data.support_tables import SupportCall
from data.tables import OWNER, SUPPORT_AGENT, Contract, Person

_CHECKING = "check a caller"
_LONGEST_NAMED = 320


@dataclass(frozen=True)
class SupportDeskService:
    """Opens calls, checks callers."""

    desk: Desk
    pins: Passwords

    def open_call(self, session: Session, wanted: str) -> AgentsCall:
        """Begin a call about the account of an e-mail, or about the owner's of a contract's number; exactly that.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
            FieldEmpty: nothing was asked for.
            CallUnderWay: the agent has one open.
            NotThere: there is no such account. Counted under a limit, and told to the audit.
            OnHold: too many calls were opened in this hour.
        """
        named = wanted.strip()[:_LONGEST_NAMED]
        if not named:
            raise FieldEmpty("E-mail or contract number")
        with self.desk.acting(session, "support_desk.open_call") as act:
            may_open = throttle.is_charged(act.db, throttle.SUPPORT_CALL, str(act.who.person.id), now=act.now)
            if not may_open:
                act.tell_refused("open a support call", why=OnHold.__name__)
                until = throttle.held_until(act.db, throttle.SUPPORT_CALL, str(act.who.person.id), now=act.now)
            else:
                _put_away_finished(act)  # told to its own contract, and done before another's is told of the new one
        if not may_open:
            raise OnHold(until=until or act.now, now=act.now)
        with self.desk.acting(session, "support_desk.open_call") as act:
            _ask_whether_free(act)
            person = _account(act, named)
            if person is None or person.contract_id is None:
                # What is no address may be anything that was typed in the wrong place: it is not kept.
                raise NotThere("account").of(email=named if is_address(named) else "")
            call = SupportCall(
                contract_id=person.contract_id,
                person_id=person.id,
                agent_id=act.who.person.id,
                agent=act.name,
                session_id=act.who.session.id,
                phrase=call_phrase.new_phrase(),
                opened_at=act.now,
                expires_at=act.now + UNPROVEN_LASTS,
            )
            act.db.add(call)
            act.db.flush()
            act.tell("open a support call", target=person)
            return seen(act, call, person)

    def current(self, session: Session) -> AgentsCall | None:
        """The call that is open in this session; None where none is.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "support_desk.current") as act:
            of_session = (col(SupportCall.session_id) == act.who.session.id, support_calls.is_open(act.now))
            found = support_calls.held(act, *of_session)
            return seen(act, *found) if found is not None else None

    def look(self, session: Session, call_id: UUID) -> AgentsCall:
        """The call as it is now.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
            NotThere, CallOver: see `support_calls.own_call`.
        """
        with self.desk.asking(session, "support_desk.look") as act:
            return seen(act, *support_calls.own_call(act, call_id))

    def check_caller(self, session: Session, call_id: UUID, said: str) -> AgentsCall:
        """Compare what the caller says with his support PIN, and with the call code that his console shows.

        A match opens the ticket. Tries count for the account, over all agents and processes, before they are compared.

        Raises:
            SessionOver, NotAllowed, NotThere, CallOver: see `look`.
            PinMalformed: nothing that could be either. Not counted.
            CallerProven: he has proved it already.
            PersonInactive: a deactivated person is not helped here.
            OnHold: too many tries; nothing was compared. The audit is told of the first in each wait.
            CallerUnproven: no match.
        """
        digits = said.replace(" ", "")
        if not re.fullmatch("[0-9]{6,20}", digits):
            raise PinMalformed
        held = None
        with self.desk.acting(session, "support_desk.check_caller") as act:
            person = _unproven(act, call_id)
            try:
                throttle.charge(act.db, throttle.SUPPORT_PIN, str(person.id), now=act.now)
            except OnHold as refusal:
                held = refusal
                if refusal.refused == 1:  # the counter has the others; a caller who goes on fills no audit
                    act.tell_refused(_CHECKING, target=person, why=OnHold.__name__)
            stored = pin_of(act.db, person)
        if held is not None:
            raise held
        is_pin = self._is_pin(stored, digits)
        with self.desk.acting(session, "support_desk.check_caller") as act:
            person = _unproven(act, call_id)
            is_pin = is_pin and pin_of(act.db, person) == stored  # or it was replaced while it was compared
            is_right = is_pin or call_codes.is_used_up(act.db, act.keys, person.id, digits, now=act.now)
            if is_right:
                throttle.give_back(act.db, throttle.SUPPORT_PIN, str(person.id))
                call = act.db.get_one(SupportCall, call_id)
                call.matched_at, call.expires_at = act.now, act.now + TICKET_LASTS
                act.db.flush()
                act.tell(_CHECKING, target=person, by="the support PIN" if is_pin else "a call code")
                return seen(act, call, person)
            left = throttle.tries_left(act.db, throttle.SUPPORT_PIN, str(person.id), now=act.now)
            act.tell_refused(_CHECKING, target=person, why=CallerUnproven.__name__)
        raise CallerUnproven(left)

    def end_call(self, session: Session, call_id: UUID) -> None:
        """End a call; one that is over stays as it is.

        Raises:
            SessionOver, NotAllowed, NotThere: see `look`.
        """
        with self.desk.acting(session, "support_desk.end_call") as act:
            found = support_calls.held(act, *support_calls.of_console(act, call_id))
            if found is None:
                raise NotThere("call")
            call, person = found
            _put_away(act, call, person, BY_AGENT if call.expires_at > act.now else RAN_OUT)

    def _is_pin(self, stored: str | None, digits: str) -> bool:
        try:
            self.pins.check(stored, digits)
        except PasswordMismatch:
            return False
        return True


def _account(act: Act, named: str) -> Person | None:
    """Whose account is named; nobody deletes him until the call about him is open."""
    found = _named(act.db, named)
    if found is None or found.contract_id is None:
        return None
    return support_calls.held_caller(act, found.contract_id, found.id)


def _named(db: Transaction, named: str) -> Person | None:
    if not named.isprintable():  # nobody's, and no database takes it in a question
        return None
    query = select(Person).where(Person.role != SUPPORT_AGENT)
    if "@" in named:
        return db.exec(query.where(Person.email_norm == email_norm(named))).one_or_none()
    contract_id = select(Contract.id).where(Contract.number == named).scalar_subquery()
    return db.exec(query.where(Person.contract_id == contract_id, Person.role == OWNER)).one_or_none()


def _unproven(act: Act, call_id: UUID) -> Person:
    """The person of a call in which nobody has proved yet who he is."""
    call, person = support_calls.own_call(act, call_id)
    if call.matched_at is not None:
        raise CallerProven
    if not person.active:
        raise PersonInactive
    return person


def _put_away_finished(act: Act) -> None:
    """End the agent's calls that are over without anybody having said so.

    Raises:
        CallUnderWay: one of them goes on.
    """
    found = support_calls.held(act, *_unfinished(act))  # there is one at most
    if found is None:
        return
    call, person = found
    if call.expires_at <= act.now:
        _put_away(act, call, person, RAN_OUT)
    elif support_calls.held(act, *_unfinished(act), support_calls.is_open(act.now)) is None:
        _put_away(act, call, person, AGENT_GONE)
    else:
        raise CallUnderWay(call.expires_at)


def _ask_whether_free(act: Act) -> None:
    """Pass if the agent has opened no call meanwhile.

    Raises:
        CallUnderWay: he has, on another console.
    """
    expires_at = act.db.exec(select(SupportCall.expires_at).where(*_unfinished(act))).one_or_none()
    if expires_at is not None:
        raise CallUnderWay(expires_at)


def _unfinished(act: Act) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(SupportCall.agent_id) == act.who.person.id, col(SupportCall.ended_at).is_(None)


def _put_away(act: Act, call: SupportCall, person: Person, why: str) -> None:
    if support_calls.end(act.db, call.id, why=why, now=act.now):
        act.tell("end a support call", target=person, why=why)
