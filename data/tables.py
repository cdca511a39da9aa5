"""The tables: columns and constraints, no behaviour.

`table=True` models do not validate; `core` does. There is no `Relationship`, so nothing loads lazily.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

# Constraints that have names can be changed by a later migration, on SQLite too.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

OWNER = "owner"
ADMINISTRATOR = "administrator"
USER = "user"
SUPPORT_AGENT = "support_agent"


class Installation(SQLModel, table=True):
    """The one row that says which key ring this database belongs to and whether a contract was registered."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True)
    key_check: bytes
    created_at: datetime
    registered_at: datetime | None = None
    bootstrap_hash: str | None = None
    bootstrap_expires_at: datetime | None = None


class Contract(SQLModel, table=True):
    __tablename__ = "contract"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: str = Field(unique=True)
    name: str
    min_length: int = 8
    min_upper_chars: int = 1
    min_lower_chars: int = 1
    min_number_chars: int = 0
    min_special_chars: int = 1
    created_at: datetime


class Person(SQLModel, table=True):
    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'administrator', 'user', 'support_agent')", name="role"),
        CheckConstraint("(role = 'support_agent') = (contract_id IS NULL)", name="agents_have_no_contract"),
        Index(
            "uq_person_owner_of_contract",
            "contract_id",
            unique=True,
            sqlite_where=text("role = 'owner'"),
            postgresql_where=text("role = 'owner'"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID | None = Field(default=None, foreign_key="contract.id", index=True)
    email: str
    email_norm: str = Field(unique=True)
    given_name: str
    family_name: str
    role: str
    active: bool = True
    force_sec_auth: bool = False
    forced_by: str | None = None
    password_hash: str | None = None
    password_changed_at: datetime | None = None
    last_step: int = -1
    told_steps: list[int] = Field(default_factory=list, sa_type=JSON)
    last_code_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    created_at: datetime


class Authenticator(SQLModel, table=True):
    """The confirmed authenticator of a person. A pending one lives in another table: it can never open a login."""

    __tablename__ = "authenticator"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    secret_sealed: bytes
    confirmed_at: datetime


class PendingAuthenticator(SQLModel, table=True):
    """What the setup assistant has so far; gone when it is left, complete when the row becomes an authenticator."""

    __tablename__ = "pending_authenticator"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    holder: str
    secret_sealed: bytes
    expires_at: datetime
    proven_at: datetime | None = None
    recovery_hashes: list[str] | None = Field(default=None, sa_type=JSON)


class RecoveryCode(SQLModel, table=True):
    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE")
    code_hash: str
    used_at: datetime | None = None


class SupportPin(SQLModel, table=True):
    __tablename__ = "support_pin"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    pin_hash: str
    set_at: datetime


class PendingLogin(SQLModel, table=True):
    """A person whose password was right and who still owes a code or the setup assistant."""

    __tablename__ = "pending_login"
    __table_args__ = (CheckConstraint("owes IN ('code', 'enrolment')", name="owes"),)

    token_hash: str = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    owes: str
    origin: dict[str, Any] = Field(sa_type=JSON)
    password_changed_at: datetime
    expires_at: datetime


class ConsoleSession(SQLModel, table=True):
    __tablename__ = "session"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    origin: dict[str, Any] = Field(sa_type=JSON)
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    proof_at: datetime
    second_factor_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None


class AttemptCounter(SQLModel, table=True):
    """Guesses at one secret of one subject; where that is an e-mail, a keyed hash of it."""

    __tablename__ = "attempt_counter"

    secret: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    recent: int = 0
    recent_since: datetime
    today: int = 0
    today_since: datetime
    free_at: datetime = Field(index=True)


class AuditEvent(SQLModel, table=True):
    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_target", "target_id", "at"),
        Index("ix_audit_event_actor", "actor_id", "at"),
    )

    chain: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime
    actor_id: UUID | None = None
    actor: str
    target_id: UUID | None = None
    target: str
    act: str
    outcome: str
    details: dict[str, Any] = Field(sa_type=JSON)
    origin: dict[str, Any] = Field(sa_type=JSON)
    key_id: str
    mac: str


class AuditHead(SQLModel, table=True):
    """The last event of each chain, sealed by a MAC of its own, so that a cut tail is noticed."""

    __tablename__ = "audit_head"

    chain: str = Field(primary_key=True)
    number: int
    mac: str
    key_id: str
    seal: str
