"""Contracts filled at random, and what is so in them told by the plainest means: rows, sets and loops."""

from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Table, bindparam, select
from sqlmodel import Session as Transaction
from sqlmodel import SQLModel, col

from core import sessions
from core.login_steps import Session
from core.names import folded
from core.new_person import new_person
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import DATA_CENTER, PRIVILEGES, SNAPSHOT, Group, Membership, Resource, Share
from data.tables import ADMINISTRATOR, OWNER, USER, Authenticator, ConsoleSession, Contract, Person
from tests.core.actors import CONSOLE, SetClock, proved_in

_numbers = count(1)
NAMES = ("Ana", "Bo", "名前", "José", "عمر", "Zoë", "[/]", "🙂", "ÅSA", "ﬁ")


@dataclass
class RandomContract:
    """One contract, filled at random, and a session for each of its people."""

    services: Services
    clock: SetClock
    random: Random
    id: UUID = field(init=False)
    people: list[UUID] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    resources: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        with transaction(self.services.engine) as db:
            number = next(_numbers)
            contract = Contract(number=f"R{number}", name=f"Random {number}", created_at=self.clock())
            db.add(contract)
            db.flush()
            self.id = contract.id
        self._fill()

    def some(self, ids: list[UUID], at_least: int = 0) -> list[UUID]:
        """Some of these."""
        return self.random.sample(ids, self.random.randint(min(at_least, len(ids)), len(ids)))

    def is_so(self) -> bool:
        """Heads or tails."""
        return self.random.random() < 0.5

    def session_of(self, person_id: UUID) -> Session:
        """A session that the person has just begun, with his code where he has an app."""
        with transaction(self.services.engine) as db:
            return self._begin(db, db.get_one(Person, person_id))

    def _begin(self, db: Transaction, person: Person) -> Session:
        begun = sessions.begin(db, person, origin=CONSOLE, second_factor=person.sec_auth_active, now=self.clock())
        return proved_in(db, begun, now=self.clock())

    def _fill(self) -> None:
        with transaction(self.services.engine) as db:
            roles = [OWNER, *self.random.choices([ADMINISTRATOR, USER, USER, USER], k=self.random.randint(1, 6))]
            people = [self._person(role) for role in roles]
            db.add_all(people)
            groups = [self._group() for _ in range(self.random.randint(0, 4))]
            db.add_all(groups)
            db.flush()
            with_app = [person for person in people if person.sec_auth_active]
            db.add_all(
                Authenticator(person_id=person.id, secret_sealed=b"none", confirmed_at=self.clock())
                for person in with_app
            )
            resources = [self._resource(self.random.choice(people)) for _ in range(self.random.randint(0, 5))]
            db.add_all(resources)
            db.flush()
            for group in groups:
                db.add_all(Membership(group_id=group.id, person_id=each.id) for each in people if self.is_so())
                db.add_all(self._share(group, each) for each in resources if self.is_so())
            self.people = [person.id for person in people]
            self.groups = [group.id for group in groups]
            self.resources = [resource.id for resource in resources]
        self._put_forced_right()
        with transaction(self.services.engine) as db:
            for person in people:
                for _ in range(self.random.randint(0, 2) if person.active else 0):
                    self._begin(db, person)

    def _person(self, role: str) -> Person:
        email = f"p{next(_numbers)}@example.com"
        given, family = self.random.choice(NAMES), self.random.choice(NAMES)
        person = new_person(self.id, email=email, given_name=given, family_name=family, role=role, now=self.clock())
        person.active = role == OWNER or self.random.random() < 0.8
        person.password_hash = "none"
        person.password_changed_at = self.clock()
        person.sec_auth_active = self.is_so()
        person.force_sec_auth = role != OWNER and self.random.random() < 0.3
        return person

    def _group(self) -> Group:
        name = f"group {next(_numbers)}"
        group = Group(contract_id=self.id, name=name, name_norm=name, created_at=self.clock())
        group.force_sec_auth = self.random.random() < 0.3
        group.sqlmodel_update({privilege: self.random.random() < 0.2 for privilege in PRIVILEGES})
        return group

    def _resource(self, creator: Person) -> Resource:
        name = f"{self.random.choice(NAMES)} {next(_numbers)}"
        return Resource(
            contract_id=self.id,
            kind=self.random.choice([DATA_CENTER, SNAPSHOT]),
            name=name,
            name_norm=folded(name),
            sec_auth_protection=self.is_so(),
            creator_id=creator.id,
            created_at=self.clock(),
        )

    def _share(self, group: Group, resource: Resource) -> Share:
        return Share(
            group_id=group.id, resource_id=resource.id, edit_privilege=self.is_so(), share_privilege=self.is_so()
        )

    def _put_forced_right(self) -> None:
        facts = facts_of(self.services, self.id)
        with transaction(self.services.engine) as db:
            for person_id in self.people:
                db.get_one(Person, person_id).sec_auth_forced = facts.is_forced(person_id)


@dataclass(frozen=True)
class Facts:
    """Every row of a contract, at one moment."""

    people: dict[UUID, Any]
    groups: dict[UUID, Any]
    resources: dict[UUID, Any]
    memberships: frozenset[tuple[UUID, UUID]]
    shares: frozenset[tuple[UUID, UUID]]
    open_sessions: tuple[UUID, ...]

    def is_forced(self, person_id: UUID) -> bool:
        """Must this person have a second factor?"""
        person = self.people[person_id]
        by_group = any(self.groups[group].force_sec_auth for group, member in self.memberships if member == person_id)
        return person.force_sec_auth or (by_group and person.role != OWNER)

    def owes_enrolment(self, person_id: UUID) -> bool:
        """Would the setup assistant stand before this person at his next login?"""
        person = self.people.get(person_id)
        return person is not None and self.is_forced(person_id) and not person.sec_auth_active

    def grants(self, person_id: UUID, resource_id: UUID) -> bool:
        """Does role, creation or a group give him this, protected or not?"""
        person, resource = self.people[person_id], self.resources[resource_id]
        mine = {group for group, member in self.memberships if member == person_id}
        by_group = any(group in mine for group, shared in self.shares if shared == resource_id)
        return person.role in {OWNER, ADMINISTRATOR} or resource.creator_id == person_id or by_group

    def sees(self, person_id: UUID, resource_id: UUID) -> bool:
        """Does this person see it once he has signed in?"""
        if person_id not in self.people or resource_id not in self.resources:
            return False
        person, resource = self.people[person_id], self.resources[resource_id]
        has_factor = person.sec_auth_active or not resource.sec_auth_protection
        return person.active and has_factor and self.grants(person_id, resource_id)

    def seen_by(self, person_id: UUID) -> set[UUID]:
        """Everything that he sees."""
        return {resource for resource in self.resources if self.sees(person_id, resource)}


def facts_of(services: Services, contract_id: UUID) -> Facts:
    """The rows of a contract as they are now."""
    with reading(services.engine) as db:
        people, groups, resources, memberships, shares, signed_in = (
            db.connection().execute(query, {"of_contract": contract_id}).all() for query in _ROWS
        )
    return Facts(
        {row.id: row for row in people},
        {row.id: row for row in groups},
        {row.id: row for row in resources},
        frozenset((row.group_id, row.person_id) for row in memberships),
        frozenset((row.group_id, row.resource_id) for row in shares),
        tuple(row.person_id for row in signed_in),
    )


def _table(of: type[SQLModel]) -> Table:
    return of.metadata.tables[str(of.__tablename__)]


_CONTRACT: BindParameter[UUID] = bindparam("of_contract")
_GROUP_OF_CONTRACT = select(col(Group.id)).where(col(Group.contract_id) == _CONTRACT)
# Whole rows without their objects, by statements that are made once: forecasts ask ten thousand times.
_ROWS = (
    *(_table(of).select().where(_table(of).c.contract_id == _CONTRACT) for of in (Person, Group, Resource)),
    *(_table(of).select().where(_table(of).c.group_id.in_(_GROUP_OF_CONTRACT)) for of in (Membership, Share)),
    select(col(ConsoleSession.person_id))
    .join(Person, col(Person.id) == col(ConsoleSession.person_id))
    .where(col(Person.contract_id) == _CONTRACT, col(ConsoleSession.ended_at).is_(None)),
)
