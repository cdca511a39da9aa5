"""Checks that the audit is what was written, chain by chain, for the account that owns database and keys.

An event covers the seal that the head had when it was written: a chain that went on from a false head is found. An
older copy that was put back whole cannot be found from inside, only by what was noted down elsewhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session as Transaction
from sqlmodel import SQLModel, col, select

from core.audit import BEGINNING, FIRST_ACT, HOST_CHAIN, Place, event_mac, head_seal
from core.errors import AuditBroken, FieldRefused
from data.engine import reading
from data.faults import KeyUnknown
from data.sealing import KeyRing
from data.tables import AuditEvent, AuditHead, Contract, Installation

_PAGE = 1000
_EVENTS = SQLModel.metadata.tables[str(AuditEvent.__tablename__)]
_HEADS = SQLModel.metadata.tables[str(AuditHead.__tablename__)]
# What reading a row that was filled with garbage raises, or computing with it.
_UNREADABLE = (SQLAlchemyError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)

Noted = Collection[tuple[int, str]]


@dataclass(frozen=True)
class CheckedChain:
    """What was found of one chain; it holds unless `broken` says where it does not.

    Every text is what the database says: whoever shows it treats it as text of people.
    """

    chain: str
    contract_number: str
    contract_name: str
    events: int
    """How many events hold, from the first on."""

    mac: str
    """The MAC of the last of these, which vouches for them all."""

    broken: AuditBroken | None

    @property
    def to_note(self) -> str:
        """What to write down elsewhere, and to give to a later check: `chain:number:mac`."""
        return f"{self.chain}:{self.events}:{self.mac}"


@dataclass(frozen=True)
class AuditCheck:
    """Walks every chain of the audit."""

    engine: Engine
    keys: KeyRing

    def verify_all(self, *, noted: Iterable[str] = ()) -> list[CheckedChain]:
        """Every chain that there is or must be, the host's first; one that is broken stops none of the others.

        A chain must still hold each event whose `chain:number:mac` was `noted` at an earlier check.

        Raises:
            FieldRefused: what was noted does not look like that.
        """
        wanted = _parsed(noted)
        with reading(self.engine) as db:
            try:
                contracts, names = _contracts(db), _chains(db)
            except _UNREADABLE:
                return [_broken("audit", "the list of its chains cannot be read")]
            walked = sorted({*names, *contracts, *wanted}, key=lambda chain: (chain != HOST_CHAIN, chain))
            checked = [self._walk(db, chain, contracts.get(chain), wanted.get(chain, ())) for chain in walked]
            if not contracts and _was_registered(db):
                checked.append(_broken("contract", "a contract was registered, and it is gone"))
            return checked

    def _walk(self, db: Transaction, chain: str, contract: tuple[str, str] | None, noted: Noted) -> CheckedChain:
        number, name = contract or ("", "")
        last, broken = Place(chain, 0, BEGINNING), None
        try:
            for place in _holding(db, self.keys, chain, noted):
                last = place
            _check_end(db, self.keys, last, noted)
        except AuditBroken as found:
            broken = AuditBroken(chain, found.number, found.why, contract=number)
        return CheckedChain(chain, number, name, last.number, last.mac, broken)


def _holding(db: Transaction, keys: KeyRing, chain: str, noted: Noted) -> Iterator[Place]:
    """The places of a chain's events in their order, for as long as these hold.

    Raises:
        AuditBroken: names the first event that is not what was written.
    """
    follows = BEGINNING, BEGINNING
    for number, event in enumerate(_events(db, chain), start=1):
        if event["number"] != number:
            raise AuditBroken(chain, number, "the event is missing")
        mac = _checked_mac(keys, event, follows)
        if number == 1 and chain != HOST_CHAIN and event["act"] != FIRST_ACT:
            raise AuditBroken(chain, number, "the chain's beginning is missing")
        if any(place == number and was != mac for place, was in noted):
            raise AuditBroken(chain, number, "it is another event than the one that was noted")
        place = Place(chain, number, mac)
        follows = mac, head_seal(keys, place, key_id=event["key_id"])
        yield place


def _checked_mac(keys: KeyRing, event: RowMapping, follows: tuple[str, str]) -> str:
    facts: dict[str, Any] = {str(name): value for name, value in event.items() if name != "mac"}
    try:
        mac = event_mac(keys, facts, follows)
    except KeyUnknown:
        raise AuditBroken(event["chain"], event["number"], "its key is not in the key ring") from None
    except _UNREADABLE:
        raise AuditBroken(event["chain"], event["number"], "the event cannot be read") from None
    if event["mac"] != mac:
        raise AuditBroken(event["chain"], event["number"], "the event was changed, or what stood before it was")
    return mac


def _check_end(db: Transaction, keys: KeyRing, last: Place, noted: Noted) -> None:
    """Compare the last event with the sealed head, and with what was noted of later ones.

    Raises:
        AuditBroken: they are not the same.
    """
    head = _head(db, last.chain)
    if head is None and last.number == 0:
        raise AuditBroken(last.chain, 1, "the whole chain is missing")
    if head is None or not _is_sealed(keys, head):
        raise AuditBroken(last.chain, last.number, "the seal of the chain's head is missing or false")
    if (head["number"], head["mac"]) != (last.number, last.mac) or any(number > last.number for number, _ in noted):
        raise AuditBroken(last.chain, last.number + 1, "events at the end are missing")
    if not _has_seen_its_last(db, last):
        raise AuditBroken(last.chain, last.number, "the latest moment of the chain was set back")


def _has_seen_its_last(db: Transaction, last: Place) -> bool:
    """Whether the chain's latest moment, which its head's seal does not cover, is at least that of its last event."""
    try:
        query = (
            select(AuditHead.at, AuditEvent.at)
            .join(AuditEvent, col(AuditEvent.chain) == col(AuditHead.chain))
            .where(AuditHead.chain == last.chain, AuditEvent.number == last.number)
        )
        latest, told = db.exec(query).one()
    except _UNREADABLE:
        return False
    return latest is not None and latest >= told


def _is_sealed(keys: KeyRing, head: RowMapping) -> bool:
    try:
        place = Place(head["chain"], head["number"], head["mac"])
        return bool(head["seal"] == head_seal(keys, place, key_id=head["key_id"]))
    except (KeyUnknown, *_UNREADABLE):
        return False


def _head(db: Transaction, chain: str) -> RowMapping | None:
    try:
        return db.connection().execute(_HEADS.select().where(_HEADS.c.chain == chain)).mappings().one_or_none()
    except _UNREADABLE:
        raise AuditBroken(chain, 1, "the chain's head cannot be read") from None


def _events(db: Transaction, chain: str) -> Iterator[RowMapping]:
    """The events of a chain in their order, a page at a time; singly once a page holds garbage, to name its place.

    Raises:
        AuditBroken: the next event cannot be read.
    """
    query = _EVENTS.select().where(_EVENTS.c.chain == chain).order_by(_EVENTS.c.number)
    count, size = 0, _PAGE
    while True:
        following = query.where(_EVENTS.c.number > count) if count else query
        try:
            page = db.connection().execute(following.limit(size)).mappings().all()
        except _UNREADABLE:
            if size == 1:
                raise AuditBroken(chain, count + 1, "the event cannot be read") from None
            size = 1
            continue
        if not page:
            return
        yield from page
        count += len(page)


def _contracts(db: Transaction) -> dict[str, tuple[str, str]]:
    """Number and name of each contract, by the name of its chain."""
    found = db.exec(select(Contract.id, Contract.number, Contract.name)).all()
    return {str(contract_id): (str(number), str(name)) for contract_id, number, name in found}


def _chains(db: Transaction) -> set[str]:
    heads = db.exec(select(AuditHead.chain)).all()
    events = db.exec(select(AuditEvent.chain).distinct()).all()
    return {str(chain) for chain in (*heads, *events)}


def _was_registered(db: Transaction) -> bool:
    return db.exec(select(Installation.id).where(col(Installation.registered_at).is_not(None))).first() is not None


def _broken(chain: str, why: str) -> CheckedChain:
    return CheckedChain(chain, "", "", 0, BEGINNING, AuditBroken(chain, 1, why))


def _parsed(noted: Iterable[str]) -> dict[str, set[tuple[int, str]]]:
    """What was noted, by chain."""
    found: dict[str, set[tuple[int, str]]] = {}
    for note in noted:
        parts = re.fullmatch(r"(.+):([1-9][0-9]{0,17}):([0-9a-f]{64})", note.strip())
        if parts is None:
            raise FieldRefused("What was noted", "look like chain:number:mac")
        chain, number, mac = parts.groups()
        found.setdefault(chain, set()).add((int(number), mac))
    return found
