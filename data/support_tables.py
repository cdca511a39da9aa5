"""The tables of the support desk: calls, what was done in them, and resets of a second factor that take their time."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_OPEN = text("ended_at IS NULL")


class SupportCall(SQLModel, table=True):
    """A caller on the telephone, with one agent, about one account. From `matched_at` on it is a ticket.

    It is over at `ended_at`, at `expires_at`, or with the agent's session, whichever is first.
    """

    __tablename__ = "support_call"
    __table_args__ = (
        Index("uq_support_call_open_of_agent", "agent_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_support_call_open_about", "person_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_support_call_of_contract", "contract_id", "opened_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id")
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    agent_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    agent: str
    session_id: UUID | None = Field(default=None, foreign_key="session.id", ondelete="SET NULL", index=True)
    phrase: str
    opened_at: datetime
    expires_at: datetime
    matched_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None


class TicketUse(SQLModel, table=True):
    """An act that was done in a call: each once."""

    __tablename__ = "ticket_use"

    call_id: UUID = Field(foreign_key="support_call.id", ondelete="CASCADE", primary_key=True)
    act: str = Field(primary_key=True)
    at: datetime


class CallCode(SQLModel, table=True):
    """Six digits that a person reads to the agent in place of his PIN, once."""

    __tablename__ = "call_code"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    session_id: UUID = Field(foreign_key="session.id", ondelete="CASCADE", index=True)
    code_hash: str
    expires_at: datetime


class FactorReset(SQLModel, table=True):
    """The removal of a person's second factor that an agent asked for, in a call.

    A colleague must approve it before the call is over; then it waits until `due_at`. Gone when it took effect or was
    stopped. `code_hash` is of the code with which whoever gets the person's mail can stop it.
    """

    __tablename__ = "factor_reset"

    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True)
    id: UUID = Field(default_factory=uuid4, unique=True)
    call_id: UUID = Field(foreign_key="support_call.id", ondelete="CASCADE", index=True)
    reason: str
    asked_at: datetime
    asked_by: str
    approved_by: str | None = None
    approved_by_id: UUID | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL", index=True)
    due_at: datetime | None = None
    code_hash: str | None = None
