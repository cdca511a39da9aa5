"""Whoever has proved no second factor gets the same answers whether protected resources are there or not."""

from random import Random
from typing import Any

import pytest

from core import permissions, sessions
from core.errors import Refusal
from core.listing import Stretch
from core.login_steps import Session
from core.names import folded
from core.people import PeopleView
from core.resources import Kind, ResourceView
from core.services import Services
from core.sight import SightFilter
from data.engine import transaction
from data.group_tables import DATA_CENTER, Resource, Share
from data.tables import Person
from tests.core.actors import CONSOLE, SetClock, proved_in
from tests.core.calling import called
from tests.core.random_contracts import RandomContract, facts_of

LISTED = [*permissions.ON_PEOPLE, *permissions.ON_CONTRACT, *permissions.ON_RESOURCES]
NAMES = ("page", "count", "counts", "details", "adoption", "shares", "of_", "people", "resources", "groups", "may_")
QUESTIONS = [each for each in LISTED if each.partition(".")[2].startswith(NAMES)]


def answers(where: RandomContract, session: Session) -> dict[str, Any]:
    """What somebody is told of everybody, every group, and every resource that he may know of."""
    facts = facts_of(where.services, where.id)
    open_ones = [each for each, resource in facts.resources.items() if not resource.sec_auth_protection]
    said = {}
    for question in QUESTIONS:
        for number, search in enumerate(["", "a", "kar"]):
            given: dict[str, Any] = {
                "person_id": where.people[number % len(where.people)],
                "person_ids": where.people[number:],
                "group_id": [*where.groups, where.people[0]][number % (len(where.groups) + 1)],
                "resource_id": [*open_ones, where.people[0]][number % (len(open_ones) + 1)],
                "search": search,
                "stretch": Stretch(rows=1000),
                "shown": list(SightFilter)[number],
                "view": PeopleView(search)
                if question.startswith("people.")
                else ResourceView(Kind.DATA_CENTER, search),
            }
            said[f"{question} {number}"] = answer(where.services, question, session, given)
    return said


def answer(services: Services, question: str, session: Session, given: dict[str, Any]) -> Any:
    try:
        found = called(services, question, session, **given)
    except Refusal as refusal:
        return repr(refusal)
    return list(found) if question.startswith("exports.") else found


def without_factor(where: RandomContract, person: Person) -> Session:
    with transaction(where.services.engine) as db:
        begun = sessions.begin(db, person, origin=CONSOLE, second_factor=False, now=where.clock())
        return proved_in(db, begun, now=where.clock())


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_changes_when_protected_resources_are_made_and_shared(
    services: Services, clock: SetClock, seed: int
) -> None:
    """The attack: somebody without a second factor asks everything that there is to ask, once and once more."""
    where = RandomContract(services, clock, Random(300 + seed))
    people = [person for person in facts_of(services, where.id).people.values() if person.active]
    asking = {person.id: without_factor(where, person) for person in people}
    before = {each: answers(where, session) for each, session in asking.items()}

    with transaction(services.engine) as db:
        for number in range(40):
            name = f"Karlsruhe {number}"
            made = Resource(
                contract_id=where.id,
                kind=DATA_CENTER,
                name=name,
                name_norm=folded(name),
                sec_auth_protection=True,
                creator_id=where.random.choice(where.people),
                created_at=clock(),
            )
            db.add(made)
            db.flush()
            db.add_all(Share(group_id=group, resource_id=made.id) for group in where.groups if where.is_so())

    for each, session in asking.items():
        assert answers(where, session) == before[each]
