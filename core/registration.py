"""The first contract and its owner.

On one's own database whoever starts it first registers; on a console host only the command does, or the person
who holds the one-time bootstrap code that the command printed: never simply whoever connects first.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit, throttle
from core.account import check_new_password
from core.clock import Clock
from core.emails import taken_email
from core.errors import AlreadyRegistered, AnswerRefused, RegistrationClosed, WrongBootstrapCode
from core.names import taken_name
from core.new_person import new_person, write_address
from core.origin import Origin
from core.password_policy import PasswordPolicy, personal_words
from core.passwords import Passwords
from core.recovery_codes import cleaned, new_set
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import OWNER, Contract, Installation

BOOTSTRAP_LASTS = timedelta(hours=24)
_HERE = "this installation"
_REGISTERING = audit.FIRST_ACT


@dataclass(frozen=True)
class Registration:
    """What the first-start screen asks. The password is chosen by the person himself."""

    contract: str
    given_name: str
    family_name: str
    email: str
    password: str = field(repr=False)
    repeated: str = field(repr=False)
    bootstrap_code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Registered:
    """The contract that was registered, and its owner's e-mail."""

    contract_number: str
    email: str


@dataclass(frozen=True)
class RegistrationService:
    """Registers the first contract, once."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    on_first_start: bool
    now: Clock

    def is_open(self) -> bool:
        """Whether there is no contract yet."""
        with reading(self.engine) as db:
            return _is_open(db)

    def register(self, wanted: Registration, *, origin: Origin) -> Registered:
        """Register from the first-start screen.

        Raises:
            AlreadyRegistered: there is a contract.
            RegistrationClosed, WrongBootstrapCode, OnHold: this host wants the bootstrap code.
            FieldEmpty, FieldRefused, PasswordUnmet, PasswordsDiffer: what was typed is not taken.
        """
        return self._register(wanted, origin=origin, with_code=not self.on_first_start)

    def register_by_command(self, wanted: Registration, *, origin: Origin) -> Registered:
        """Register from the command, which only the account that owns the database can run.

        Raises:
            AlreadyRegistered, FieldEmpty, FieldRefused, PasswordUnmet, PasswordsDiffer: see `register`.
        """
        return self._register(wanted, origin=origin, with_code=False)

    def new_bootstrap_code(self) -> str:
        """A code with which one person may register at this host's first-start screen; 24 hours, once.

        Raises:
            AlreadyRegistered: there is a contract.
        """
        now = self.now()
        if not self.is_open():
            self._tell_second("issue bootstrap code", origin=Origin(), now=now)
            raise AlreadyRegistered
        code = f"{new_set()[0]}-{new_set()[1]}"
        with transaction(self.engine) as db:
            if not _is_open(db):
                raise AlreadyRegistered
            row = db.get_one(Installation, 1)
            row.bootstrap_hash = self.keys.keyed_hash("bootstrap code", _hashable(code))
            row.bootstrap_expires_at = now + BOOTSTRAP_LASTS
            audit.record(db, self.keys, audit.Told("issue bootstrap code"), at=now, origin=Origin())
        return code

    def _register(self, wanted: Registration, *, origin: Origin, with_code: bool) -> Registered:
        now = self.now()
        if not self.is_open():
            self._tell_second(_REGISTERING, origin=origin, now=now)
            raise AlreadyRegistered
        if with_code and not wanted.bootstrap_code.strip():
            raise RegistrationClosed
        contract = Contract(number=_new_number(), name=taken_name(wanted.contract, field="Contract"), created_at=now)
        given_name = taken_name(wanted.given_name, field="Given name")
        family_name = taken_name(wanted.family_name, field="Family name")
        email = taken_email(wanted.email)
        person = new_person(None, email=email, given_name=given_name, family_name=family_name, role=OWNER, now=now)
        personal = personal_words(person.given_name, person.family_name, person.email, contract.name)
        check_new_password(PasswordPolicy(), wanted.password, repeated=wanted.repeated, personal=personal)
        if with_code:
            self._check_bootstrap_code(wanted.bootstrap_code, origin=origin, now=now)
        person.password_hash = self.passwords.hash(wanted.password)
        person.password_changed_at = now
        person.contract_id = contract.id
        with transaction(self.engine) as db:
            if with_code and not self._use_bootstrap_code(db, wanted.bootstrap_code, now=now):
                raise WrongBootstrapCode
            _take_registration(db, now=now)
            db.add(contract)
            db.flush()
            db.add(person)
            write_address(db, person.email)
            told = audit.Told(_REGISTERING, details={"contract": contract.name, "number": contract.number})
            audit.record(db, self.keys, told, at=now, origin=origin, actor=person)
            return Registered(contract.number, person.email)

    def _tell_second(self, act: str, *, origin: Origin, now: datetime) -> None:
        told = audit.Told(act, audit.DENIED, {"why": "a contract is registered"})
        audit.record_alone(self.engine, self.keys, told, at=now, origin=origin)

    def _check_bootstrap_code(self, code: str, *, origin: Origin, now: datetime) -> None:
        """Count a try at the code and compare it; it is used up only together with the registration."""
        hashes = self.keys.keyed_hashes("bootstrap code", _hashable(code))
        try:
            with transaction(self.engine) as db:
                throttle.charge(db, throttle.BOOTSTRAP_CODE, _HERE, now=now)
            with transaction(self.engine) as db:
                row = db.get_one(Installation, 1)
                expires_at = row.bootstrap_expires_at
                if row.bootstrap_hash not in hashes or expires_at is None or expires_at <= now:
                    raise WrongBootstrapCode
                throttle.give_back(db, throttle.BOOTSTRAP_CODE, _HERE)
        except AnswerRefused:
            told = audit.Told(_REGISTERING, audit.DENIED, {"with": throttle.BOOTSTRAP_CODE.secret})
            audit.record_alone(self.engine, self.keys, told, at=now, origin=origin)
            raise

    def _use_bootstrap_code(self, db: Transaction, code: str, *, now: datetime) -> bool:
        used = db.connection().execute(
            update(Installation)
            .where(
                col(Installation.bootstrap_hash).in_(self.keys.keyed_hashes("bootstrap code", _hashable(code))),
                col(Installation.bootstrap_expires_at) > now,
            )
            .values(bootstrap_hash=None, bootstrap_expires_at=None)
        )
        return used.rowcount == 1


def _is_open(db: Transaction) -> bool:
    return db.exec(select(Installation.registered_at)).one_or_none() is None


def _take_registration(db: Transaction, *, now: datetime) -> None:
    """The UPDATE decides which of two first starts registers."""
    taken = db.connection().execute(
        update(Installation).where(col(Installation.registered_at).is_(None)).values(registered_at=now)
    )
    if taken.rowcount != 1:
        raise AlreadyRegistered


def _new_number() -> str:
    return str(secrets.choice(range(10_000_000, 100_000_000)))


def _hashable(code: str) -> bytes:
    return cleaned(code).encode("utf-8", "surrogatepass")
