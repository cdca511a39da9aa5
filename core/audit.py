"""Audit events: a keyed hash chain per contract, written in the transaction of what they tell.

The head of each chain carries a seal of its own, and the MAC of an event covers MAC and seal of the head that it
follows: an event that was edited, deleted, inserted or moved, and a tail that was cut, are found by `audit_check`,
also after the chain has gone on.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, insert, update
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import server_clock
from core.known_person import Named
from core.origin import Origin
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import AuditEvent, AuditHead
from data.upserts import insert_into

HOST_CHAIN = "host"
FIRST_ACT = "register contract"  # of each contract's chain
BEGINNING = ""
DONE = "done"
DENIED = "denied"
FAILED = "failed"


@dataclass(frozen=True)
class Told:
    """What one event tells; `details` never holds a secret."""

    act: str
    outcome: str = DONE
    details: dict[str, Any] = field(default_factory=dict)
    resource_id: UUID | None = None
    """The resource that it is about: nobody who may not see that one sees the event."""


@dataclass(frozen=True)
class Place:
    """An event's place in its chain, which a head's seal vouches for."""

    chain: str
    number: int
    mac: str


def record(
    db: Transaction,
    keys: KeyRing,
    told: Told,
    *,
    at: datetime,
    origin: Origin,
    actor: Named | None = None,
    target: Named | None = None,
) -> None:
    """Append one event to the chain of the target's (else the actor's) contract.

    Raises:
        ServerClockBehind: a chain has seen a much later moment. What the event tells is rolled back with it.
    """
    subject = target or actor
    chain = chain_of(subject)
    facts: dict[str, Any] = {
        "chain": chain,
        "at": at,
        "actor_id": actor.id if actor else None,
        "actor": actor.email if actor else "nobody signed in",
        "target_id": subject.id if subject else None,
        "target": subject.email if subject else "unknown e-mail",
        "resource_id": told.resource_id,
        "act": told.act,
        "outcome": told.outcome,
        "details": told.details,
        "origin": origin.facts(),
        "key_id": keys.active_id,
    }
    db.flush()  # the head comes last: who waits for it must hold nothing that its holder still wants
    connection = db.connection()
    head = connection.execute(_next_place(connection.dialect.name), {"of_chain": chain}).one()
    server_clock.check_against(head.latest, now=at, tolerance=server_clock.LONGEST_ACT)
    facts["number"] = head.number
    mac = event_mac(keys, facts, (head.mac, head.seal))
    connection.execute(_EVENT, {**facts, "mac": mac})
    seal = head_seal(keys, Place(chain, head.number, mac), key_id=keys.active_id)
    sealed = {"new_mac": mac, "new_key_id": keys.active_id, "new_seal": seal}
    connection.execute(_HEAD, {"of_chain": chain, **sealed, "moment": max(at, head.at or at)})


def record_alone(
    engine: Engine,
    keys: KeyRing,
    told: Told,
    *,
    at: datetime,
    origin: Origin,
    actor: Named | None = None,
    target: Named | None = None,
) -> None:
    """Append the event of a denial after what was denied has been rolled back.

    Raises:
        ServerClockBehind: see `record`.
    """
    with transaction(engine) as db:
        record(db, keys, told, at=at, origin=origin, actor=actor, target=target)


def chain_of(person: Named | None) -> str:
    """The chain in which what concerns a person is told."""
    return str(person.contract_id) if person and person.contract_id else HOST_CHAIN


def event_mac(keys: KeyRing, facts: dict[str, Any], follows: tuple[str, str]) -> str:
    """The MAC of an event with these facts that follows a head of this MAC and seal.

    Raises:
        KeyUnknown: the ring lacks the event's key.
    """
    told = {name: value for name, value in facts.items() if name != "resource_id" or value is not None}
    message = json.dumps({**told, "follows": follows}, sort_keys=True, ensure_ascii=True, default=_plain)
    return keys.mac("audit event", message.encode(), key_id=facts["key_id"]).hex()


def head_seal(keys: KeyRing, place: Place, *, key_id: str) -> str:
    """The seal of a chain's head.

    Raises:
        KeyUnknown: the ring lacks the key.
    """
    message = json.dumps([place.chain, place.number, place.mac])
    return keys.mac("audit head", message.encode(), key_id=key_id).hex()


@cache
def _next_place(dialect: str) -> ReturningInsert[Any]:
    """Takes the next number of a chain and gives what to follow; holds the head until the transaction ends."""
    head = AuditHead
    return (
        insert_into(head, dialect)
        .values(chain=bindparam("of_chain"), number=1, mac=BEGINNING, key_id="", seal=BEGINNING)
        .on_conflict_do_update(index_elements=["chain"], set_={"number": col(head.number) + 1})
        .returning(col(head.mac), col(head.number), col(head.seal), col(head.at), server_clock.LATEST)
    )


_EVENT = insert(AuditEvent)
_HEAD = (
    update(AuditHead)
    .where(col(AuditHead.chain) == bindparam("of_chain"))
    .values(
        mac=bindparam("new_mac"), key_id=bindparam("new_key_id"), seal=bindparam("new_seal"), at=bindparam("moment")
    )
)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
