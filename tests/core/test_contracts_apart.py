"""Two contracts in one database: no question of one ever answers with a row of the other."""

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from random import Random
from typing import Any
from uuid import UUID

import pytest

from core import permissions
from core.errors import Refusal
from core.listing import Count, Stretch
from core.people import Filter, Order, PeopleView
from core.resources import Kind, ResourceView
from core.searching import SORTED_UP_TO
from core.services import Services
from core.sight import SightFilter
from tests.core.actors import SetClock
from tests.core.calling import called
from tests.core.crowds import Crowd, Named
from tests.core.random_contracts import NAMES, RandomContract, facts_of

ASKING = [
    function
    for table in (permissions.ON_PEOPLE, permissions.ON_CONTRACT, permissions.ON_RESOURCES)
    for function in table
    if function.partition(".")[2] in {"page", "count", "counts", "details", "adoption", "shares", "of_person", "people"}
    or function.partition(".")[2] in {"resources", "groups", "of_resource"}
    or function.startswith("forecast.")
]


def ids_in(answer: Any) -> set[UUID]:
    """Every id in an answer, however deep."""
    if isinstance(answer, UUID):
        return {answer}
    if is_dataclass(answer) and not isinstance(answer, type):
        return ids_in(asdict(answer))
    if isinstance(answer, dict):
        return ids_in(list(answer.values()))
    if isinstance(answer, list | tuple | set | frozenset):
        return {found for each in answer for found in ids_in(each)}
    return set()


def every_answer(where: RandomContract, foreign: RandomContract) -> list[Any]:
    """What each person of a contract gets for every question, asked about his own things and about foreign ones."""
    facts = facts_of(where.services, where.id)
    answers = []
    for person_id in (id for id, person in facts.people.items() if person.active):  # noqa: A001
        session = where.session_of(person_id)
        for function in ASKING:
            for of in (where, foreign):
                answers += asked(where, function, session, of)
    return answers


def asked(where: RandomContract, function: str, session: Any, of: RandomContract) -> list[Any]:
    random = where.random
    search: str = random.choice(["", "group", "example", *NAMES])
    given: dict[str, Any] = {
        "person_id": random.choice(of.people),
        "person_ids": of.some(of.people),
        "group_id": random.choice(of.groups or of.people),
        "resource_id": random.choice(of.resources or of.people),
        "search": search,
        "stretch": Stretch(rows=1000),
        "shown": random.choice(list(SightFilter)),
    }
    views: list[Any] = [PeopleView(search, random.choice(list(Filter)), random.choice(list(Order)))]
    if function.startswith("resources."):
        views = [ResourceView(kind, search) for kind in Kind]
    answers = []
    for view in views:
        try:
            answer = called(where.services, function, session, view=view, **given)
            answers.append(list(answer) if isinstance(answer, Iterator) else answer)  # an export gives row by row
        except Refusal:
            continue
    return answers


@pytest.mark.parametrize("seed", range(6))
def test_no_answer_of_one_contract_holds_an_id_of_the_other(services: Services, clock: SetClock, seed: int) -> None:
    here, there = (RandomContract(services, clock, Random(seed * 2 + number)) for number in (0, 1))
    foreign = {there.id, *there.people, *there.groups, *there.resources}

    answers = every_answer(here, there)

    assert len(answers) > 20
    assert not foreign & ids_in(answers)
    read = repr(answers)
    assert not [text for text in texts_of(there) if text in read]
    assert [text for text in texts_of(here) if text in read]


def texts_of(where: RandomContract) -> list[str]:
    """Every address and name that is of one contract alone; exports have no ids."""
    facts = facts_of(where.services, where.id)
    texts = [person.email for person in facts.people.values()]
    texts += [group.name for group in facts.groups.values()]
    texts += [resource.name for resource in facts.resources.values()]
    return [repr(text) for text in texts]


@pytest.mark.parametrize("seed", range(6))
def test_every_count_is_of_the_own_contract_alone(services: Services, clock: SetClock, seed: int) -> None:
    here, _ = (RandomContract(services, clock, Random(100 + seed * 2 + number)) for number in (0, 1))
    facts = facts_of(services, here.id)
    owner = here.people[0]
    session = here.session_of(owner)
    seen = [facts.resources[each].kind for each in facts.seen_by(owner)]

    people, groups = services.people.count(session, PeopleView()), services.groups.count(session, "")
    resources = {kind: services.resources.count(session, ResourceView(kind)) for kind in Kind}

    assert (people, groups) == (Count(len(facts.people)), Count(len(facts.groups)))
    assert resources == {kind: Count(seen.count(kind.value)) for kind in Kind}


@pytest.mark.parametrize("seed", range(6))
def test_each_person_finds_just_what_the_plainest_reading_of_the_rules_gives_him(
    services: Services, clock: SetClock, seed: int
) -> None:
    where = RandomContract(services, clock, Random(200 + seed))
    facts = facts_of(services, where.id)

    for person_id in (each for each, person in facts.people.items() if person.active):
        session = where.session_of(person_id)
        found = {
            row.id
            for kind in Kind
            for row in services.resources.page(session, ResourceView(kind), Stretch(rows=1000)).rows
        }
        assert found == facts.seen_by(person_id)


@pytest.mark.parametrize("others", [0, SORTED_UP_TO + 50])
def test_the_order_of_what_a_search_finds_tells_nothing_of_the_people_of_another_contract(
    services: Services, clock: SetClock, others: int
) -> None:
    """The attack: what finds much comes in another order than what finds little. Whoever has two people of fitting
    names in his contract would see by their order whether there are many @rival.example in the database."""
    here, there = Crowd(services, clock), Crowd(services, clock)
    here.add([Named("A", "Aster", "rival@x.example"), Named("Z", "Rival", "z@x.example")])
    here.add(Named("C", f"Cole {number}") for number in range(others))
    view = PeopleView(search="rival")
    before = [row.name for row in services.people.page(here.session, view, Stretch()).rows]

    there.add(Named("B", f"Berg {number}", f"p{number}@rival.example") for number in range(SORTED_UP_TO + 50))

    assert [row.name for row in services.people.page(here.session, view, Stretch()).rows] == before
