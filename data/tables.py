"""The tables of people, credentials, sessions and audit: columns and constraints, no behaviour.

`table=True` models do not validate; `core` does. There is no `Relationship`, so nothing loads lazily.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, Index, MetaData, String, UniqueConstraint, text
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

# Sorted by code point on both engines, so that keys page alike and an index on the column serves every order.
SORTED = String().with_variant(String(collation="C"), "postgresql")

OWNER = "owner"
ADMINISTRATOR = "administrator"
USER = "user"
SUPPORT_AGENT = "support_agent"

PEOPLE_FILTERS = {
    "all": None,
    "no_second_factor": "NOT sec_auth_active",
    "not_enrolled": "sec_auth_forced AND NOT sec_auth_active",
    "locked": "locked_until IS NOT NULL",
    "invited": "password_hash IS NULL",
    "inactive": "NOT active",
    "administrators": "role <> 'user'",
}
"""Which rows each filter of the User Manager shows; every one has an index for each order of the list."""


def _people_indexes() -> list[Index]:
    """A filter that few people pass is walked as fast as the whole list."""
    orders = {"email": ("contract_id", "email_norm"), "name": ("contract_id", "name_norm", "email_norm")}
    return [
        Index(f"ix_person_{name}_by_{order}", *columns, sqlite_where=where, postgresql_where=where)
        for name, condition in PEOPLE_FILTERS.items()
        for order, columns in orders.items()
        for where in [None if condition is None else text(condition)]
    ]


def _open_sessions(**indexes: tuple[str, ...]) -> list[Index]:
    """Indexes of those rows of sessions that have not ended."""
    where = text("ended_at IS NULL")
    return [
        Index(f"ix_session_open_{name}", *columns, sqlite_where=where, postgresql_where=where)
        for name, columns in indexes.items()
    ]


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
        Index("ix_person_adoption", "contract_id", "active", "role", "sec_auth_active"),
        *_people_indexes(),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID | None = Field(default=None, foreign_key="contract.id")
    email: str
    email_norm: str = Field(unique=True, sa_type=SORTED)
    given_name: str
    family_name: str
    name_norm: str = Field(default="", sa_type=SORTED)
    search_text: str = Field(default="", sa_type=SORTED)
    role: str
    active: bool = True
    force_sec_auth: bool = False
    forced_by: str | None = None
    sec_auth_forced: bool = False
    sec_auth_active: bool = False
    locked_until: datetime | None = None
    password_hash: str | None = None
    password_changed_at: datetime | None = None
    last_step: int = -1
    told_steps: list[int] = Field(default_factory=list, sa_type=JSON)
    last_code_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_number: int = 0
    notified_at: datetime | None = None
    notified_number: int = 0
    factor_reset_at: datetime | None = None
    created_at: datetime


class KnownOrigin(SQLModel, table=True):
    """A place from which a person has completed a login: guesses from elsewhere do not make him wait there."""

    __tablename__ = "known_origin"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    lane: str = Field(primary_key=True)
    first_at: datetime
    last_at: datetime


class PasswordCode(SQLModel, table=True):
    """The one open code with which a person sets his own password: an activation code or a reset code."""

    __tablename__ = "password_code"
    __table_args__ = (CheckConstraint("kind IN ('activation', 'reset')", name="kind"),)

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    kind: str
    code_hash: str
    issued_at: datetime
    expires_at: datetime


class EmailChange(SQLModel, table=True):
    """A new address of a person that waits for the code which was sent there."""

    __tablename__ = "email_change"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    email: str
    code_hash: str
    asked_by: str
    expires_at: datetime


class OwnershipOffer(SQLModel, table=True):
    """A contract that its owner has offered to one of its people, who has not yet taken it."""

    __tablename__ = "ownership_offer"

    contract_id: UUID = Field(foreign_key="contract.id", primary_key=True)
    from_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE")
    to_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    offered_at: datetime
    expires_at: datetime


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
    worker: str | None = Field(default=None, sa_type=SORTED, index=True)
    lane: str = "any"
    password_changed_at: datetime
    expires_at: datetime


class ConsoleSession(SQLModel, table=True):
    __tablename__ = "session"
    __table_args__ = (
        *_open_sessions(on_host=("host", "last_used_at"), of_person=("person_id",), of_worker=("worker",)),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    origin: dict[str, Any] = Field(sa_type=JSON)
    host: str = ""
    worker: str | None = Field(default=None, sa_type=SORTED)
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    locked_at: datetime | None = None
    proof_at: datetime
    proof_act: str | None = None
    proofs: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    second_factor_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None


class AttemptCounter(SQLModel, table=True):
    """Guesses at one secret of one subject; where that is an e-mail, a keyed hash of it.

    `refused` are those that were not compared, since the last that was.
    """

    __tablename__ = "attempt_counter"

    secret: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    recent: int = 0
    recent_since: datetime
    today: int = 0
    today_since: datetime
    free_at: datetime = Field(index=True)
    refused: int = 0


OTHERS_DID = "actor_id IS NULL OR actor_id <> target_id"
DID_TO_OTHERS = "actor_id <> target_id"


def _events_of_people() -> list[Index]:
    """What was done to somebody, what of that others did or nobody who was signed in, and what he did to others: each
    by outcome, so that neither many failures nor many acts of one's own stand in the way of the rest."""
    kinds = {
        "target": ("target_id", None),
        "by_others": ("target_id", OTHERS_DID),
        "actor": ("actor_id", DID_TO_OTHERS),
    }
    return [
        Index(f"ix_audit_event_{name}", of, "outcome", "at", "number", sqlite_where=where, postgresql_where=where)
        for name, (of, condition) in kinds.items()
        for where in [None if condition is None else text(condition)]
    ]


class AuditEvent(SQLModel, table=True):
    __tablename__ = "audit_event"
    __table_args__ = tuple(_events_of_people())

    chain: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime
    actor_id: UUID | None = None
    actor: str
    target_id: UUID | None = None
    target: str
    resource_id: UUID | None = Field(default=None, index=True)
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
    at: datetime | None = None


class OutgoingMail(SQLModel, table=True):
    """A mail that waits to be sent. It holds no code: one is issued when it is sent.

    A forgotten password is asked for by `address`, whether it is anybody's or not, and an address that was given up is
    told so; every other mail is for a person. One that was given up is due at no time, and stays to be told of.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('reset', 'activation', 'new e-mail', 'old e-mail', 'notice', 'factor reset')", name="kind"
        ),
        CheckConstraint("(person_id IS NULL) <> (address IS NULL)", name="one_receiver"),
        UniqueConstraint("person_id", "kind"),
        UniqueConstraint("address", "kind"),
        Index("ix_outgoing_mail_due", "kind", "due_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str
    person_id: UUID | None = Field(default=None, foreign_key="person.id", ondelete="CASCADE")
    address: str | None = None
    origin: dict[str, Any] = Field(sa_type=JSON)
    asked_at: datetime
    due_at: datetime | None = None
    attempts: int = 0
    trouble: str | None = None


class MailPosition(SQLModel, table=True):
    """How far a chain of the audit has been read for what people are told by mail."""

    __tablename__ = "mail_position"

    chain: str = Field(primary_key=True)
    number: int
