"""A support call as its agent sees it: no more of the account than he needs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Transaction
from sqlmodel import select

from core import support_calls, throttle
from core.administration import Act
from core.emails import masked_email
from core.person_details import throttled_as
from data.support_tables import FactorReset, SupportCall
from data.tables import Contract, Person, SupportPin


@dataclass(frozen=True)
class AgentsCall:
    """What an agent sees of a call and its account, and no more of that than he needs; times are UTC."""

    id: UUID
    phrase: str
    """The two words that the caller's own console shows, too."""

    masked_email: str
    contract: str
    """Its number and name."""

    active: bool
    has_pin: bool
    is_locked: bool
    """Whether the person has to wait at the login, from some places at least."""

    tries_left: int
    """Answers of the caller that are compared within the hour, over all agents."""

    opened_at: datetime
    expires_at: datetime
    proven: bool
    """Whether the caller has proved who he is: then it is a ticket, until `expires_at`."""

    done: frozenset[str]
    """The functions that were used in it, each once."""

    reset_waits: bool
    """Whether the reset of 2-factor that was asked for in it waits for a colleague's approval."""

    reset_due_at: datetime | None
    """When it takes effect, once it is approved. Neither, after it was asked for: it was declined or stopped."""

    others: tuple[str, ...]
    """Names of other agents who have a call about this account open."""


def seen(act: Act, call: SupportCall, person: Person) -> AgentsCall:
    """A call, as it is now, about this person."""
    db, now = act.db, act.now
    contract = db.get_one(Contract, call.contract_id)
    reset = db.exec(select(FactorReset).where(FactorReset.call_id == call.id)).one_or_none()
    return AgentsCall(
        id=call.id,
        phrase=call.phrase,
        masked_email=masked_email(person.email),
        contract=f"{contract.number} {contract.name}",
        active=person.active,
        has_pin=pin_of(db, person) is not None,
        is_locked=throttle.login_held_until(db, throttled_as(act.keys, person), now=now) is not None,
        tries_left=throttle.tries_left(db, throttle.SUPPORT_PIN, str(person.id), now=now),
        opened_at=call.opened_at,
        expires_at=call.expires_at,
        proven=call.matched_at is not None,
        done=support_calls.acts_done(db, call.id),
        reset_waits=reset is not None and reset.due_at is None,
        reset_due_at=reset.due_at if reset else None,
        others=_others(db, call, now=now),
    )


def _others(db: Transaction, call: SupportCall, *, now: datetime) -> tuple[str, ...]:
    about_him = (SupportCall.person_id == call.person_id, SupportCall.id != call.id, support_calls.is_open(now))
    return tuple(db.exec(select(SupportCall.agent).where(*about_him).order_by(SupportCall.agent)))


def pin_of(db: Transaction, person: Person) -> str | None:
    """The hash of the person's support PIN, where he has set one."""
    return db.exec(select(SupportPin.pin_hash).where(SupportPin.person_id == person.id)).one_or_none()
