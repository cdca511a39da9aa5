"""Support agents: people of the provider, in no contract, made and deactivated on the host alone.

2-factor is forced for all of them, always: nobody can release them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit, password_codes, pending_resets, server_clock, sessions, support_calls
from core.clock import Clock
from core.emails import email_norm, taken_email
from core.errors import NotThere
from core.half_logins import void_pending
from core.names import taken_name
from core.new_person import new_person, write_address
from core.origin import UNKNOWN, HostUser, Origin
from core.password_codes import ACTIVATION, IssuedCode
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import SUPPORT_AGENT, Person

FORCED_BY = "the host"
_AGENT_GONE = "the agent was deactivated"


@dataclass(frozen=True)
class Agent:
    """One agent, as the host sees him; times are UTC."""

    email: str
    name: str
    active: bool
    invited: bool
    """Has not yet set a password."""

    second_factor: bool
    last_sign_in_at: datetime | None


@dataclass(frozen=True)
class AgentService:
    """Makes support agents, and lets them not sign in any more."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def create(
        self, email: str, *, given_name: str, family_name: str, origin: Origin, by: HostUser = UNKNOWN
    ) -> IssuedCode:
        """Take a support agent in; he sets his first password with the activation code, within 72 hours.

        Raises:
            ServerClockBehind: set it right first.
            FieldEmpty, FieldRefused: name or address is not taken.
            EmailTaken: somebody has the address.
        """
        now = self.now()
        agent = new_person(
            None,
            email=taken_email(email),
            given_name=taken_name(given_name, field="Given name"),
            family_name=taken_name(family_name, field="Family name"),
            role=SUPPORT_AGENT,
            now=now,
        )
        agent.force_sec_auth = agent.sec_auth_forced = True
        agent.forced_by = FORCED_BY
        with transaction(self.engine) as db:
            server_clock.check(db, now=now)
            db.add(agent)
            write_address(db, agent.email)
            issued = password_codes.issue(db, self.keys, agent, ACTIVATION, now=now)
            audit.record(
                db,
                self.keys,
                audit.Told("make a support agent", details={**by.facts()}),
                at=now,
                origin=origin,
                target=agent,
            )
            return issued

    def all(self) -> tuple[Agent, ...]:
        """Every support agent, by address."""
        with reading(self.engine) as db:
            rows = db.exec(select(Person).where(Person.role == SUPPORT_AGENT).order_by(col(Person.email_norm)))
            return tuple(
                Agent(
                    email=row.email,
                    name=f"{row.given_name} {row.family_name}",
                    active=row.active,
                    invited=row.password_hash is None,
                    second_factor=row.sec_auth_active,
                    last_sign_in_at=row.last_sign_in_at,
                )
                for row in rows
            )

    def deactivate(self, email: str, *, origin: Origin, by: HostUser = UNKNOWN) -> int:
        """Let an agent not sign in any more; his calls are over. How many sessions ended.

        Raises:
            ServerClockBehind: set it right first.
            NotThere: no agent has this address.
        """
        now = self.now()
        with transaction(self.engine) as db:
            agent = _held(db, email, now=now)
            void_pending(db, agent.id)
            password_codes.void(db, agent.id)
            agent.active = False
            ended = sessions.end_all(db, agent, why="deactivated", now=now)
            dropped = self._drop_what_hangs_on(db, agent, now=now)
            told = audit.Told("deactivate a person", details={"sessions ended": ended, **by.facts()})
            audit.record(db, self.keys, told, at=now, origin=origin, target=agent)
        for person_id in dropped:
            with transaction(self.engine) as db:  # told to his own contract: one chain at a time
                stopped = audit.Told("let a reset of 2-factor not happen", details={"why": _AGENT_GONE})
                audit.record(db, self.keys, stopped, at=now, origin=origin, target=db.get(Person, person_id))
        return ended

    def activate(self, email: str, *, origin: Origin, by: HostUser = UNKNOWN) -> None:
        """Let an agent sign in again.

        Raises:
            ServerClockBehind: set it right first.
            NotThere: no agent has this address.
        """
        now = self.now()
        with transaction(self.engine) as db:
            agent = _held(db, email, now=now)
            agent.active = True
            told = audit.Told("activate a person", details={**by.facts()})
            audit.record(db, self.keys, told, at=now, origin=origin, target=agent)

    def _drop_what_hangs_on(self, db: Transaction, agent: Person, *, now: datetime) -> list[UUID]:
        """End an agent's calls, and let no reset happen that he asked for or approved; whose those were."""
        support_calls.end_of_agent(db, agent, now=now)
        return [person.id for person in pending_resets.drop_of_agent(db, agent)]


def _held(db: Transaction, email: str, *, now: datetime) -> Person:
    server_clock.check(db, now=now)
    query = select(Person).where(Person.email_norm == email_norm(email), Person.role == SUPPORT_AGENT)
    found = db.exec(query.with_for_update(key_share=True)).one_or_none()
    if found is None:
        raise NotThere("support agent")
    return found
