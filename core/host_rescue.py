"""The way back for somebody whom nobody in the contract can help, the owner above all; for whoever owns the data.

Whoever can run it can read database and key ring, so it grants him nothing that he could not take. It leaves traces
where everybody looks: in the person's own history, and as news to each active administrator and the owner.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session as Transaction
from sqlmodel import select

from core import audit, password_codes, server_clock, sessions, throttle
from core.clock import Clock
from core.emails import email_norm
from core.errors import NotThere, PersonInactive, SecondFactorNotActive
from core.factor_removal import remove_second_factor
from core.in_charge import others_in_charge
from core.names import taken_name
from core.origin import HostUser, Origin
from core.ownership import void_offers
from core.password_codes import ACTIVATION, RESET, IssuedCode
from core.person_details import throttled_as
from core.throttle import Lock
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import OWNER, Contract, Person

_RESCUING = "rescue on the host"
_RESETTING = "reset 2-factor on the host"
_UNLOCKING = "unlock on the host"
_TOLD_OTHERS = {
    _RESCUING: "be told of a rescue on the host",
    _RESETTING: "be told of a reset of 2-factor on the host",
    _UNLOCKING: "be told of an unlocking on the host",
}


@dataclass(frozen=True)
class Rescue:
    """Who is to be helped and why, as somebody on the host says, and who that is."""

    email: str
    reason: str
    by: HostUser = field(default_factory=HostUser)


@dataclass(frozen=True)
class Found:
    """Somebody who may be helped, as he is now."""

    email: str
    name: str
    role: str
    contract: str
    """Number and name; empty for whoever is in none."""

    active: bool
    second_factor: bool
    locks: tuple[Lock, ...]
    helpers: tuple[str, ...]
    """The addresses of active people of the contract who could do the same in the User Manager; some of them."""


@dataclass(frozen=True)
class Rescued:
    """What was done. The code is shown this once."""

    issued: IssuedCode
    sessions_ended: int


@dataclass(frozen=True)
class HostRescueService:
    """Unlocks people and lets them set another password, whoever they are."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def find(self, email: str) -> Found:
        """Somebody by his address, so that whoever helps him sees whom.

        Raises:
            NotThere: nobody has it.
        """
        with reading(self.engine) as db:
            person = _person(db, email)
            if person is None:
                raise NotThere("person")
            contract = db.get(Contract, person.contract_id) if person.contract_id else None
            return Found(
                email=person.email,
                name=f"{person.given_name} {person.family_name}",
                role=person.role,
                contract=f"{contract.number}, {contract.name}" if contract else "",
                active=person.active,
                second_factor=person.sec_auth_active,
                locks=throttle.locks(db, throttled_as(self.keys, person), now=self.now()),
                helpers=tuple(each.email for each in others_in_charge(db, person)[:3]) if person.role != OWNER else (),
            )

    def rescue(self, wanted: Rescue, *, origin: Origin) -> Rescued:
        """Forget a person's failures, and issue a code with which he sets his password; an earlier one is void.

        2-factor, sessions and the old password stay until the code is used, which ends the sessions.

        Raises:
            ServerClockBehind: set it right first.
            FieldEmpty, FieldRefused: the reason is wanted, and is told to the audit.
            NotThere: nobody has the address.
            PersonInactive: he could not use a code.
        """
        return self._rescue(wanted, _RESCUING, origin=origin)

    def rescue_without_second_factor(self, wanted: Rescue, *, origin: Origin) -> Rescued:
        """As `rescue`, for somebody whose device and recovery codes are lost: both are gone, and all sessions end.

        A force flag stays, so that the next login leads into the setup assistant.

        Raises:
            ServerClockBehind, FieldEmpty, FieldRefused, NotThere, PersonInactive: see `rescue`.
            SecondFactorNotActive: there is nothing to reset. Nothing was done.
        """
        return self._rescue(wanted, _RESETTING, origin=origin)

    def unlock(self, wanted: Rescue, *, origin: Origin) -> tuple[Lock, ...]:
        """Forget a person's failures; the waits that ran.

        Raises:
            ServerClockBehind, FieldEmpty, FieldRefused, NotThere: see `rescue`.
        """
        reason, now = taken_name(wanted.reason, field="Reason"), self.now()
        with transaction(self.engine) as db:
            person = _held(db, wanted.email, now=now)
            locks = _unlock(db, self.keys, person, now=now)
            facts = _said(wanted, reason) | {"locks": _secrets(locks)}
            self._tell(db, _UNLOCKING, person, facts, origin=origin, now=now)
            return locks

    def _rescue(self, wanted: Rescue, doing: str, *, origin: Origin) -> Rescued:
        reason, now = taken_name(wanted.reason, field="Reason"), self.now()
        with transaction(self.engine) as db:
            person = _held(db, wanted.email, now=now)
            if not person.active:
                raise PersonInactive
            ended = _take_second_factor(db, person, now=now) if doing == _RESETTING else 0
            locks = _unlock(db, self.keys, person, now=now)
            void_offers(db, person.id)
            kind = ACTIVATION if person.password_hash is None else RESET
            issued = password_codes.issue(db, self.keys, person, kind, now=now)
            facts = _said(wanted, reason) | {"locks": _secrets(locks), "code": kind, "sessions ended": ended}
            self._tell(db, doing, person, facts, origin=origin, now=now)
            return Rescued(issued, ended)

    def _tell(
        self, db: Transaction, act: str, person: Person, facts: dict[str, Any], *, origin: Origin, now: datetime
    ) -> None:
        """One event on the person, and one on each whom it concerns that this was done."""
        audit.record(db, self.keys, audit.Told(act, details=facts), at=now, origin=origin, target=person)
        heard = audit.Told(_TOLD_OTHERS[act], details={"about": person.email} | facts)
        for each in others_in_charge(db, person):
            audit.record(db, self.keys, heard, at=now, origin=origin, target=each)


def _person(db: Transaction, email: str) -> Person | None:
    return db.exec(select(Person).where(Person.email_norm == email_norm(email))).one_or_none()


def _held(db: Transaction, email: str, *, now: datetime) -> Person:
    """Whoever has the address; no act of his contract, and no change of his credentials, runs until the end."""
    server_clock.check(db, now=now)
    found = _person(db, email)
    if found is None:
        raise NotThere("person")
    db.exec(select(Contract.id).where(Contract.id == found.contract_id).with_for_update(key_share=True)).all()
    return db.get_one(Person, found.id, populate_existing=True, with_for_update={"key_share": True})


def _unlock(db: Transaction, keys: KeyRing, person: Person, *, now: datetime) -> tuple[Lock, ...]:
    subjects = throttled_as(keys, person)
    locks = throttle.locks(db, subjects, now=now)
    throttle.clear(db, subjects)
    person.locked_until = None
    return locks


def _take_second_factor(db: Transaction, person: Person, *, now: datetime) -> int:
    if not person.sec_auth_active:
        raise SecondFactorNotActive
    remove_second_factor(db, person)
    return sessions.end_all(db, person, why="2-factor reset", now=now)


def _secrets(locks: tuple[Lock, ...]) -> list[str]:
    return list(dict.fromkeys(lock.secret for lock in locks))


def _said(wanted: Rescue, reason: str) -> dict[str, Any]:
    """Who did it as far as it is known, and why."""
    return {"reason": reason} | wanted.by.facts()
