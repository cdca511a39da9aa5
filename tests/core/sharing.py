"""Groups, resources and other contracts for tests, as they stand in the database."""

from typing import Any
from uuid import UUID

from sqlmodel import Session as Transaction
from sqlmodel import select

from core.new_person import new_person as new_row
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import Group, Membership, Resource, Share
from data.tables import OWNER, Contract, Person
from tests.core.actors import Someone, person_of


def group_of(services: Services, *members: Someone, name: str = "ops", **flags: Any) -> UUID:
    """A group of the owner's contract with these members; flags are privileges, or force_sec_auth."""
    with transaction(services.engine) as db:
        contract = db.exec(select(Contract).where(Contract.name == "Harbour Works")).one()
        group = Group(contract_id=contract.id, name=name, name_norm=name, created_at=services.now(), **flags)
        db.add(group)
        db.flush()
        ids = [person_of(services, member.email).id for member in members]
        db.add_all(Membership(group_id=group.id, person_id=person_id) for person_id in ids)
        return group.id


def leaves(services: Services, group_id: UUID, member: Someone) -> None:
    with transaction(services.engine) as db:
        membership = db.get(Membership, (group_id, person_of(services, member.email).id))
        assert membership is not None
        db.delete(membership)


def resource_of(services: Services, creator: Someone, name: str, *, kind: str = "data_center", **flags: bool) -> UUID:
    """A resource of somebody; the flag is sec_auth_protection."""
    made = _resource(person_of(services, creator.email), name, services, kind=kind, **flags)
    with transaction(services.engine) as db:
        db.add(made)
        return made.id


def shared(services: Services, resource_id: UUID, group_id: UUID, **privileges: bool) -> None:
    """A group is given a resource; privileges are edit_privilege and share_privilege."""
    with transaction(services.engine) as db:
        db.add(Share(group_id=group_id, resource_id=resource_id, **privileges))


def share_of(services: Services, resource_id: UUID, group_id: UUID) -> Share | None:
    with reading(services.engine) as db:
        return db.get(Share, (group_id, resource_id))


def is_there(services: Services, resource_id: UUID) -> Resource | None:
    with reading(services.engine) as db:
        return db.get(Resource, resource_id)


def foreign_resource(services: Services, name: str) -> UUID:
    """A resource of another contract."""
    with transaction(services.engine) as db:
        contract = _foreign_contract(db, services)
        facts = {"email": "other@example.com", "given_name": "Otto", "family_name": "Other", "role": OWNER}
        creator = new_row(contract.id, now=services.now(), **facts)
        db.add(creator)
        db.flush()
        resource = _resource(creator, name, services)
        db.add(resource)
        return resource.id


def foreign_group(services: Services) -> UUID:
    """A group of another contract."""
    with transaction(services.engine) as db:
        contract = _foreign_contract(db, services)
        group = Group(contract_id=contract.id, name="theirs", name_norm="theirs", created_at=services.now())
        db.add(group)
        return group.id


def _foreign_contract(db: Transaction, services: Services) -> Contract:
    contract = Contract(number="99999999", name="Other Works", created_at=services.now())
    db.add(contract)
    db.flush()
    return contract


def _resource(creator: Person, name: str, services: Services, **facts: Any) -> Resource:
    made = {"kind": "data_center", "creator_id": creator.id, "created_at": services.now(), **facts}
    assert creator.contract_id is not None
    return Resource(contract_id=creator.contract_id, name=name, name_norm=name.casefold(), **made)
