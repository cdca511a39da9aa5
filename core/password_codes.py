"""Codes with which a person sets his own password: an activation code for the first one, a reset code for a lost one.

100 bits, single use, one open code a person. What is stored is a keyed hash that is bound to the person, so a code
is worth nothing with another address, and a copy of the database gives none (ASVS 6.4.1, 6.5.2).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import recovery_codes
from core.errors import WrongPasswordCode
from core.known_person import Named
from core.mail import outbox
from data.sealing import KeyRing
from data.tables import PasswordCode, Person

ACTIVATION = "activation"
RESET = "reset"
LASTS = {ACTIVATION: timedelta(hours=72), RESET: timedelta(minutes=30)}

_GROUPS = 5
_PURPOSE = "password code"
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class IssuedCode:
    """A code to pass on to the person at `email`; it is shown this once."""

    code: str = field(repr=False)
    """Empty where it is mailed: then the person alone gets one."""

    email: str
    expires_at: datetime
    activation: bool = False

    @property
    def is_mailed(self) -> bool:
        """Whether a mail brings it."""
        return not self.code

    @property
    def how(self) -> dict[str, Any]:
        """What the audit is told of its way."""
        return {"by": "mail"} if self.is_mailed else {}


def new_code() -> str:
    """A fresh code of 100 bits, in groups, as it is shown."""
    return recovery_codes.new_code(_GROUPS)


def bound(person_id: UUID, typed: str) -> bytes:
    """What is hashed of a code: it counts for this person alone."""
    return f"{person_id}:{recovery_codes.cleaned(typed)}".encode("utf-8", "surrogatepass")


def issue(db: Transaction, keys: KeyRing, person: Person, kind: str, *, now: datetime) -> IssuedCode:
    """A new code for a person, whom the caller holds; an earlier one is void."""
    issued, row = made(keys, person.id, person.email, kind, now=now)
    db.merge(PasswordCode(**row))
    return issued


def made(keys: KeyRing, person_id: UUID, email: str, kind: str, *, now: datetime) -> tuple[IssuedCode, dict[str, Any]]:
    """A new code for somebody, and the row by which it will be known."""
    code, expires_at = new_code(), now + LASTS[kind]
    code_hash = keys.keyed_hash(_PURPOSE, bound(person_id, code))
    row = {"person_id": person_id, "kind": kind, "code_hash": code_hash, "issued_at": now, "expires_at": expires_at}
    return IssuedCode(code, email, expires_at, activation=kind == ACTIVATION), row


def is_right(db: Transaction, keys: KeyRing, person: Named | None, typed: str, *, now: datetime) -> bool:
    """Whether a code was issued to this active person and may still be used; it costs the same for nobody."""
    of_person = person.id if person else _NOBODY
    hashes = keys.keyed_hashes(_PURPOSE, bound(of_person, typed))
    found = db.exec(
        select(PasswordCode.kind).where(
            PasswordCode.person_id == of_person,
            col(PasswordCode.code_hash).in_(hashes),
            PasswordCode.expires_at > now,
        )
    ).one_or_none()
    return found is not None and person is not None and person.active


def use_up(db: Transaction, keys: KeyRing, person: Person, typed: str, *, now: datetime) -> str:
    """Use up a code; the DELETE decides which of two consoles had it first. Which kind it was.

    Raises:
        WrongPasswordCode: it was used, replaced or voided in the meantime.
    """
    used = db.connection().execute(
        delete(PasswordCode)
        .where(
            col(PasswordCode.person_id) == person.id,
            col(PasswordCode.code_hash).in_(keys.keyed_hashes(_PURPOSE, bound(person.id, typed))),
            col(PasswordCode.expires_at) > now,
        )
        .returning(col(PasswordCode.kind))
    )
    kind = used.scalar_one_or_none()
    if kind is None:
        raise WrongPasswordCode
    return kind


def void(db: Transaction, person_id: UUID) -> None:
    """Make a person's open code worthless, and send none that waits to be mailed."""
    db.connection().execute(delete(PasswordCode).where(col(PasswordCode.person_id) == person_id))
    outbox.withdraw(db, person_id, outbox.ACTIVATION, outbox.RESET)
