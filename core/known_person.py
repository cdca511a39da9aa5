"""A person as far as a login needs to know him: plain values of one row, at a third of the cost of a whole one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col

from data.tables import Person


@dataclass(frozen=True)
class KnownPerson:
    """Made of a row of `COLUMNS`."""

    id: UUID
    contract_id: UUID | None
    email: str
    active: bool
    sec_auth_forced: bool
    password_hash: str | None = field(repr=False)
    password_changed_at: datetime | None
    last_step: int
    told_steps: list[int]
    locked_until: datetime | None


AnyPerson = Person | KnownPerson

COLUMNS: tuple[Any, ...] = (
    col(Person.id),
    col(Person.contract_id),
    col(Person.email),
    col(Person.active),
    col(Person.sec_auth_forced),
    col(Person.password_hash),
    col(Person.password_changed_at),
    col(Person.last_step),
    col(Person.told_steps),
    col(Person.locked_until),
)
