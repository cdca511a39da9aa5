"""One of each who can act, and one of each on whom or what one can act, in a contract of their own."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from core import sessions
from core.login_steps import Session
from core.names import folded
from core.new_person import new_person
from core.services import Services
from data.engine import transaction
from data.group_tables import DATA_CENTER, Group, Membership, Resource, Share
from data.tables import ADMINISTRATOR, OWNER, SUPPORT_AGENT, USER, Authenticator, Contract, Person
from tests.core.actors import CONSOLE, SetClock, proved_in

_numbers = count(1)
ROLES = {
    "owner": OWNER,
    "administrator": ADMINISTRATOR,
    "other administrator": ADMINISTRATOR,
    "user": USER,
    "other user": USER,
    "creator": USER,
    "editor": USER,
    "sharer": USER,
    "reader": USER,
    "founder": USER,
    "agent": SUPPORT_AGENT,
}
"""Who there is. The last five but one have something to do with resources; the founder may create them."""


@dataclass
class Cast:
    """A contract with one person of each kind, a group, and two resources, one of them protected."""

    services: Services
    clock: SetClock
    people: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)
    resources: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with transaction(self.services.engine) as db:
            contract = Contract(number=f"C{next(_numbers)}", name="Cast", created_at=self.clock())
            db.add(contract)
            db.flush()
            people = {name: self._person(contract.id, name) for name in ROLES}
            groups = {name: self._group(contract.id, name) for name in ("editor", "sharer", "reader", "founder")}
            db.add_all([*people.values(), *groups.values()])
            db.flush()
            resources = {
                name: self._resource(contract.id, name, people["creator"].id) for name in ("open", "protected")
            }
            db.add_all(resources.values())
            db.flush()
            db.add_all(Membership(group_id=group.id, person_id=people[name].id) for name, group in groups.items())
            db.add_all(
                Authenticator(person_id=person.id, secret_sealed=b"none", confirmed_at=self.clock())
                for person in people.values()
            )
            db.add_all(
                self._share(name, groups[name].id, resource.id)
                for name in ("editor", "sharer", "reader")
                for resource in resources.values()
            )
            self.people = {name: person.id for name, person in people.items()}
            self.groups = {name: group.id for name, group in groups.items()}
            self.resources = {name: resource.id for name, resource in resources.items()}

    def session_of(self, name: str, *, proved: bool = True) -> Session:
        """A session that somebody has just begun; with his code, unless it was before he had an app."""
        with transaction(self.services.engine) as db:
            person = db.get_one(Person, self.people[name])
            begun = sessions.begin(db, person, origin=CONSOLE, second_factor=proved, now=self.clock())
            return proved_in(db, begun, now=self.clock())

    def _person(self, contract_id: UUID, name: str) -> Person:
        email = f"{name.replace(' ', '-')}-{next(_numbers)}@example.com"
        role = ROLES[name]
        of = None if role == SUPPORT_AGENT else contract_id
        person = new_person(of, email=email, given_name=name, family_name="Cast", role=role, now=self.clock())
        person.password_hash = "none"
        person.password_changed_at = self.clock()
        person.sec_auth_active = True
        return person

    def _group(self, contract_id: UUID, name: str) -> Group:
        privileges: dict[str, Any] = {"create_data_center": True} if name == "founder" else {}
        return Group(contract_id=contract_id, name=name, name_norm=name, created_at=self.clock(), **privileges)

    def _resource(self, contract_id: UUID, name: str, creator_id: UUID) -> Resource:
        return Resource(
            contract_id=contract_id,
            kind=DATA_CENTER,
            name=name,
            name_norm=folded(name),
            sec_auth_protection=name == "protected",
            creator_id=creator_id,
            created_at=self.clock(),
        )

    def _share(self, name: str, group_id: UUID, resource_id: UUID) -> Share:
        return Share(
            group_id=group_id,
            resource_id=resource_id,
            edit_privilege=name == "editor",
            share_privilege=name == "sharer",
        )
