"""Audit events: a keyed hash chain per contract, written in the transaction of what they tell.

The MAC of an event covers the MAC of the one before it, and the head of each chain carries a seal of its own: an
event that was edited, deleted, inserted or moved, and a tail that was cut, are found by `verify`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, insert, update
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.errors import AuditBroken
from core.known_person import AnyPerson
from core.origin import Origin
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import AuditEvent, AuditHead, Contract
from data.upserts import insert_into

HOST_CHAIN = "host"
BEGINNING = ""
DONE = "done"
DENIED = "denied"
_PAGE = 1000


@dataclass(frozen=True)
class Told:
    """What one event tells; `details` never holds a secret."""

    act: str
    outcome: str = DONE
    details: dict[str, Any] = field(default_factory=dict)


def record(
    db: Transaction,
    keys: KeyRing,
    told: Told,
    *,
    at: datetime,
    origin: Origin,
    actor: AnyPerson | None = None,
    target: AnyPerson | None = None,
) -> None:
    """Append one event to the chain of the target's (else the actor's) contract."""
    subject = target or actor
    chain = str(subject.contract_id) if subject and subject.contract_id else HOST_CHAIN
    facts: dict[str, Any] = {
        "chain": chain,
        "at": at,
        "actor_id": actor.id if actor else None,
        "actor": actor.email if actor else "nobody signed in",
        "target_id": subject.id if subject else None,
        "target": subject.email if subject else "unknown e-mail",
        "act": told.act,
        "outcome": told.outcome,
        "details": told.details,
        "origin": origin.facts(),
        "key_id": keys.active_id,
    }
    db.flush()  # the head comes last: who waits for it must hold nothing that its holder still wants
    connection = db.connection()
    place = connection.execute(_next_place(connection.dialect.name), {"of_chain": chain}).one()
    previous, number = place.mac, place.number
    facts["number"] = number
    mac = _mac(keys, facts, previous)
    connection.execute(_EVENT, {**facts, "mac": mac})
    seal = _seal(keys, chain, number, mac, keys.active_id)
    connection.execute(_HEAD, {"of_chain": chain, "new_mac": mac, "new_key_id": keys.active_id, "new_seal": seal})


def record_alone(
    engine: Engine,
    keys: KeyRing,
    told: Told,
    *,
    at: datetime,
    origin: Origin,
    actor: AnyPerson | None = None,
    target: AnyPerson | None = None,
) -> None:
    """Append the event of a denial after what was denied has been rolled back."""
    with transaction(engine) as db:
        record(db, keys, told, at=at, origin=origin, actor=actor, target=target)


def verify(db: Transaction, keys: KeyRing, chain: str) -> int:
    """Walk a chain from its first event to its head; the number of events that hold.

    Raises:
        AuditBroken: names the first event that is not what was written.
    """
    previous, count = BEGINNING, 0
    for event in _events(db, chain):
        count += 1
        if event.number != count:
            raise AuditBroken(chain, count, "the event is missing")
        if event.mac != _mac(keys, _facts(event), previous):
            raise AuditBroken(chain, count, "the event was changed, or the one before it was")
        previous = event.mac
    head = db.get(AuditHead, chain)
    if head is None or head.seal != _seal(keys, chain, head.number, head.mac, head.key_id):
        raise AuditBroken(chain, count, "the seal of the chain's head is missing or false")
    if (head.number, head.mac) != (count, previous):
        raise AuditBroken(chain, count + 1, "events at the end are missing")
    return count


def chains(db: Transaction) -> list[str]:
    """The names of all chains that there are or must be: each contract has begun one with its registration."""
    heads = db.exec(select(AuditHead.chain)).all()
    events = db.exec(select(AuditEvent.chain).distinct()).all()
    contracts = db.exec(select(Contract.id)).all()
    return sorted({*heads, *events, *map(str, contracts)})


@cache
def _next_place(dialect: str) -> ReturningInsert[str, int]:
    """Takes the next number of a chain and gives the MAC to follow; holds the head until the transaction ends."""
    return (
        insert_into(AuditHead, dialect)
        .values(chain=bindparam("of_chain"), number=1, mac=BEGINNING, key_id="", seal="")
        .on_conflict_do_update(index_elements=["chain"], set_={"number": col(AuditHead.number) + 1})
        .returning(col(AuditHead.mac), col(AuditHead.number))
    )


_EVENT = insert(AuditEvent)
_HEAD = (
    update(AuditHead)
    .where(col(AuditHead.chain) == bindparam("of_chain"))
    .values(mac=bindparam("new_mac"), key_id=bindparam("new_key_id"), seal=bindparam("new_seal"))
)


def _events(db: Transaction, chain: str) -> Iterator[AuditEvent]:
    """The events of a chain in their order, a page at a time."""
    after = select(AuditEvent).where(AuditEvent.chain == chain).order_by(col(AuditEvent.number)).limit(_PAGE)
    page = db.exec(after).all()
    while page:
        yield from page
        page = db.exec(after.where(AuditEvent.number > page[-1].number)).all()


def _facts(event: AuditEvent) -> dict[str, Any]:
    return event.model_dump(exclude={"mac"})


def _mac(keys: KeyRing, facts: dict[str, Any], previous: str) -> str:
    message = json.dumps({**facts, "previous": previous}, sort_keys=True, ensure_ascii=True, default=_plain)
    return keys.mac("audit event", message.encode(), key_id=facts["key_id"]).hex()


def _seal(keys: KeyRing, chain: str, number: int, mac: str, key_id: str) -> str:
    return keys.mac("audit head", json.dumps([chain, number, mac]).encode(), key_id=key_id).hex()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
