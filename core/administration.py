"""An administrative act: one transaction, in which no other act of the same contract runs, and one audit event."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import access, audit, permissions, sessions
from core.clock import Clock
from core.errors import Denied, NotAllowed, NotThere
from core.login_steps import Session
from core.sessions import Acting
from data.engine import reading, transaction
from data.group_tables import Group, Resource
from data.sealing import KeyRing
from data.tables import Person


@dataclass(frozen=True)
class Act:
    """What is being done, by whom. Everything that it gives out is of the actor's contract."""

    db: Transaction
    keys: KeyRing
    who: Acting
    now: datetime
    function: str
    holds: bool = field(repr=False)
    """Whether it changes something: then nobody else changes the people on whom it acts until it is done."""

    @property
    def contract_id(self) -> UUID:
        """The contract in which everything happens; agents have none, and are turned away before."""
        if self.who.person.contract_id is None:
            raise NotThere("contract")
        return self.who.person.contract_id

    @property
    def name(self) -> str:
        """Who acts, as others are told."""
        return f"{self.who.person.given_name} {self.who.person.family_name}"

    def person(self, person_id: UUID) -> Person:
        """Somebody on whom this act is allowed.

        Raises:
            NotThere, NotAllowed: not in this contract; not by this role.
        """
        return self.people([person_id])[0]

    def people(self, person_ids: Collection[UUID]) -> list[Person]:
        """Several of them, in the order of their ids; one who may not be acted on refuses the act for all.

        Raises:
            NotThere, NotAllowed: see `person`.
        """
        wanted = set(person_ids)
        query = (
            select(Person)
            .where(col(Person.id).in_(wanted), col(Person.contract_id) == self.contract_id)
            .order_by(col(Person.id))
            .execution_options(populate_existing=True)
        )
        found = list(self.db.exec(query.with_for_update(key_share=True) if self.holds else query))
        if len(found) != len(wanted):
            raise NotThere("person")
        for person in found:
            self._ask_on(person)
        return found

    def group(self, group_id: UUID) -> Group:
        """A group of this contract.

        Raises:
            NotThere: it has none such.
        """
        found = self.db.exec(
            select(Group).where(col(Group.id) == group_id, col(Group.contract_id) == self.contract_id)
        ).one_or_none()
        if found is None:
            raise NotThere("group")
        return found

    def resource(self, resource_id: UUID) -> Resource:
        """A resource that this session sees, and on which this act is allowed.

        Raises:
            NotThere: it has none such, or none that it may know of: the two are alike, in the audit as well.
            NotAllowed: not by role, creation or groups.
        """
        seen = select(Resource).where(col(Resource.id) == resource_id, access.visible_to(self.who))
        found = self.db.exec(seen).one_or_none()
        if found is None:
            raise NotThere("resource").of(resource_id)
        try:
            permissions.ask_on_resource(self.function, self.who, access.rights_on(self.db, self.who, found))
        except NotAllowed as refusal:
            raise refusal.of(resource_id) from None
        return found

    def _ask_on(self, person: Person) -> None:
        try:
            permissions.ask_on_person(self.function, self.who, person)
        except NotAllowed as refusal:
            raise refusal.of(person_id=person.id) from None

    def ask_for_proof(self) -> None:
        """Want a fresh proof of who sits there; asked once it is clear that the act is allowed."""
        ask = sessions.ask_for_proof if self.holds else sessions.look_for_proof
        ask(self.db, self.who, self.function, now=self.now)

    def use_proof(self) -> None:
        """As `ask_for_proof`, where each act wants one of its own: the sign-in is none, and one serves once."""
        sessions.use_proof(self.db, self.who, self.function, now=self.now)

    def tell(self, act: str, *, target: Person | None = None, resource_id: UUID | None = None, **details: Any) -> None:
        """Write the audit event of what was done; in the names of details _ stands for a space."""
        named = {name.replace("_", " "): fact for name, fact in details.items()}
        self._record(audit.Told(act, details=named, resource_id=resource_id), target)

    def tell_refused(self, act: str, *, target: Person | None = None, **details: Any) -> None:
        """Write the audit event of what was refused, where that is kept."""
        self._record(audit.Told(act, audit.DENIED, details), target)

    def _record(self, told: audit.Told, target: Person | None) -> None:
        audit.record(
            self.db, self.keys, told, at=self.now, origin=self.who.origin, actor=self.who.person, target=target
        )


@dataclass(frozen=True)
class Desk:
    """What every administrative service needs."""

    engine: Engine
    keys: KeyRing
    now: Clock

    @contextmanager
    def acting(self, session: Session, function: str, *, on: Connection | None = None) -> Iterator[Act]:
        """One change, where wanted `on` a connection of its own. What is denied is rolled back and told to the audit.

        Raises:
            SessionOver: sign in again.
            NotAllowed: `function` stands in the table of acts on the contract, and the role is not in its line.
        """
        now = self.now()
        with self._telling(session, function, now), transaction(self.engine if on is None else on) as db:
            sessions.hold_contract(db, session)
            if function in permissions.ON_CALLERS:
                sessions.hold_person(db, session)  # agents are in no contract: what one does is held by himself
            yield self._act(db, session, function, now, holds=True)

    @contextmanager
    def asking(self, session: Session, function: str) -> Iterator[Act]:
        """One question; see `acting`. Nothing is changed, and only denials are told."""
        now = self.now()
        with self._telling(session, function, now), reading(self.engine) as db:
            yield self._act(db, session, function, now, holds=False)

    def _act(self, db: Transaction, session: Session, function: str, now: datetime, *, holds: bool) -> Act:
        who = sessions.acting(db, session, now=now)
        if function in permissions.ON_CONTRACT:
            permissions.ask_on_contract(function, who)
        if function in permissions.ON_CALLERS:
            permissions.ask_on_callers(function, who)
        return Act(db, self.keys, who, now, function, holds)

    @contextmanager
    def _telling(self, session: Session, function: str, now: datetime) -> Iterator[None]:
        try:
            yield
        except Denied as denial:
            with transaction(self.engine) as db:
                who = sessions.acting(db, session, now=now)
                target = db.get(Person, denial.person_id) if denial.person_id else None
                why = {"why": type(denial).__name__} | ({"email": denial.email} if denial.email else {})
                told = audit.Told(permissions.words_of(function), audit.DENIED, why, denial.resource_id)
                audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person, target=target)
            raise
