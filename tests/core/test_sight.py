"""Who sees a resource and why not: what is explained is what happens."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from core.errors import NotAllowed, NotThere, SessionOver
from core.listing import Page, Stretch, Way
from core.login_steps import Session
from core.resources import Kind, ResourceView
from core.services import Services
from core.sight import ResourceVerdict, SightFilter, Verdict, Why
from data.tables import USER
from tests.core.actors import SetClock, Someone, change_person, new_person, person_of
from tests.core.random_contracts import RandomContract, facts_of
from tests.core.sharing import foreign_resource, group_of, resource_of, shared

EVERYTHING = Stretch(rows=1_000)
CONTRACTS = {"sqlite": 20, "postgresql": 4}
ALL, SEES, DOES_NOT = SightFilter.ALL, SightFilter.SEES, SightFilter.DOES_NOT


@pytest.fixture
def crew(services: Services, protected: Someone, clock: SetClock) -> dict[str, Someone]:
    """Somebody for each verdict."""
    facts: dict[str, dict[str, Any]] = {
        "admin": {"role": "administrator"},
        "gone": {"active": False},
        "outside": {},
        "plain": {},
        "secure": {},
    }
    people = {
        name: new_person(services, clock, email=f"{name}@example.com", family_name=name.title(), **each)
        for name, each in facts.items()
    }
    people["secure"].enrols(people["secure"].signs_in())
    return {"owner": protected} | people


@pytest.fixture
def resource_id(services: Services, crew: dict[str, Someone]) -> UUID:
    """A resource that a group has in which everybody is but one."""
    made = resource_of(services, crew["owner"], "Berlin")
    shared(services, made, group_of(services, crew["gone"], crew["plain"], crew["secure"]))
    return made


def why(page: Page[Verdict]) -> dict[str, Why]:
    return {verdict.email.partition("@")[0]: verdict.why for verdict in page.rows}


def why_of(page: Page[ResourceVerdict]) -> dict[str, Why]:
    return {verdict.name: verdict.why for verdict in page.rows}


def test_each_person_has_a_verdict_in_the_order_of_names(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    verdicts = services.sight.people(crew["owner"].signs_in(), resource_id, ALL, EVERYTHING)

    assert list(why(verdicts).items()) == [
        ("admin", Why.SEES),
        ("gone", Why.DEACTIVATED),
        ("olga", Why.SEES),
        ("outside", Why.NO_GROUP),
        ("plain", Why.SEES),
        ("secure", Why.SEES),
    ]


def test_protection_is_in_the_way_of_whoever_has_no_second_factor_administrators_included(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    session = crew["owner"].signs_in()

    services.resources.protect(session, resource_id)

    assert why(services.sight.people(session, resource_id, ALL, EVERYTHING)) == {
        "admin": Why.NO_SECOND_FACTOR,
        "gone": Why.DEACTIVATED,
        "olga": Why.SEES,
        "outside": Why.NO_GROUP,
        "plain": Why.NO_SECOND_FACTOR,
        "secure": Why.SEES,
    }


def test_the_first_thing_that_is_in_the_way_is_named(services: Services, crew: dict[str, Someone]) -> None:
    hidden = resource_of(services, crew["owner"], "Secret", sec_auth_protection=True)
    change_person(services, crew["plain"].email, active=False)

    verdicts = why(services.sight.people(crew["owner"].signs_in(), hidden, ALL, EVERYTHING))

    assert (verdicts["plain"], verdicts["outside"]) == (Why.DEACTIVATED, Why.NO_GROUP)


def test_those_who_see_and_those_who_do_not_are_listed_and_counted_apart(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    session = crew["owner"].signs_in()

    seeing = why(services.sight.people(session, resource_id, SEES, EVERYTHING))
    others = why(services.sight.people(session, resource_id, DOES_NOT, EVERYTHING))
    counts = services.sight.counts(session, resource_id)

    assert list(seeing) == ["admin", "olga", "plain", "secure"]
    assert list(others) == ["gone", "outside"]
    assert (counts.sees.rows, counts.others.rows) == (4, 2)


def test_whoever_sees_it_in_several_ways_is_counted_once(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    shared(services, resource_id, group_of(services, *crew.values(), name="again"))

    counts = services.sight.counts(crew["owner"].signs_in(), resource_id)

    assert (counts.sees.rows, counts.others.rows) == (5, 1)


@pytest.mark.parametrize("shown", list(SightFilter))
def test_verdicts_come_page_by_page(
    services: Services, crew: dict[str, Someone], resource_id: UUID, shown: SightFilter
) -> None:
    session, stretch = crew["owner"].signs_in(), Stretch(rows=1)
    every = services.sight.people(session, resource_id, shown, EVERYTHING).rows
    found: list[Verdict] = []

    while True:
        page = services.sight.people(session, resource_id, shown, stretch)
        found += page.rows
        if page.after is None:
            break
        stretch = Stretch(Way.AFTER, page.after, rows=1)

    assert tuple(found) == every


def test_what_somebody_sees_is_listed_with_why_not(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    hidden = resource_of(services, crew["owner"], "Secret", sec_auth_protection=True)
    resource_of(services, crew["owner"], "Album", kind="snapshot")
    shared(services, hidden, group_of(services, crew["plain"], name="two"))
    session, plain = crew["owner"].signs_in(), person_of(services, crew["plain"].email).id

    verdicts = [services.sight.resources(session, plain, EVERYTHING, shown=shown) for shown in SightFilter]

    assert [list(why_of(page).items()) for page in verdicts] == [
        [("Berlin", Why.SEES), ("Secret", Why.NO_SECOND_FACTOR), ("Album", Why.NO_GROUP)],
        [("Berlin", Why.SEES)],
        [("Secret", Why.NO_SECOND_FACTOR), ("Album", Why.NO_GROUP)],
    ]


def test_what_the_asker_does_not_see_himself_is_in_nobodys_list(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    """An administrator without a second factor would read the names of protected resources off the owner's sight."""
    hidden = resource_of(services, crew["owner"], "Secret", sec_auth_protection=True)
    session, owner_id = crew["admin"].signs_in(), person_of(services, crew["owner"].email).id

    verdicts = services.sight.resources(session, owner_id, EVERYTHING)

    assert why_of(verdicts) == {"Berlin": Why.SEES}
    with pytest.raises(NotThere):
        services.sight.people(session, hidden, ALL, EVERYTHING)
    with pytest.raises(NotThere):
        services.sight.counts(session, hidden)


def test_resources_and_people_of_other_contracts_are_in_no_list(
    services: Services, crew: dict[str, Someone], resource_id: UUID
) -> None:
    foreign = foreign_resource(services, "theirs")
    session, other = crew["owner"].signs_in(), person_of(services, "other@example.com").id

    assert "other" not in why(services.sight.people(session, resource_id, ALL, EVERYTHING))
    assert "theirs" not in why_of(services.sight.resources(session, session.person_id, EVERYTHING))
    with pytest.raises(NotThere):
        services.sight.people(session, foreign, ALL, EVERYTHING)
    with pytest.raises(NotThere):
        services.sight.resources(session, other, EVERYTHING)


def test_a_user_is_told_of_nobody_what_he_sees(services: Services, crew: dict[str, Someone], resource_id: UUID) -> None:
    session = crew["plain"].signs_in()

    with pytest.raises(NotAllowed):
        services.sight.people(session, resource_id, ALL, EVERYTHING)
    with pytest.raises(NotAllowed):
        services.sight.counts(session, resource_id)
    with pytest.raises(NotAllowed):
        services.sight.resources(session, session.person_id, EVERYTHING)


# What is explained is what happens, in whatever contract.


@pytest.mark.parametrize("seed", range(3))
def test_those_are_told_to_see_a_resource_who_find_it_once_they_have_signed_in(
    services: Services, clock: SetClock, seed: int
) -> None:
    for number in range(CONTRACTS[services.engine.dialect.name]):
        contract = RandomContract(services, clock, Random(f"{seed} {number}"))
        found = {person_id: found_by(contract, person_id) for person_id in contract.people}

        for asker in entitled(contract):
            session, everybody = contract.session_of(asker), set(contract.people)
            for resource_id in found[asker]:
                finders = {person_id for person_id, resources in found.items() if resource_id in resources}
                assert told_by(services, session, resource_id) == (finders, everybody - finders)
            for person_id in everybody:
                verdicts = services.sight.resources(session, person_id, EVERYTHING).rows
                assert {verdict.id for verdict in verdicts} == found[asker]
                seen = {verdict.id for verdict in verdicts if verdict.why is Why.SEES}
                assert seen == found[person_id] & found[asker]


def entitled(contract: RandomContract) -> list[UUID]:
    """The owner and the administrators who can sign in, with a second factor and without."""
    people = facts_of(contract.services, contract.id).people.values()
    return [person.id for person in people if person.active and person.role != USER]


def found_by(contract: RandomContract, person_id: UUID) -> set[UUID]:
    """What somebody finds in his lists, after signing in with all he has; nothing where he cannot sign in."""
    services, session = contract.services, contract.session_of(person_id)
    try:
        pages = [services.resources.page(session, ResourceView(kind), EVERYTHING) for kind in Kind]
    except SessionOver:
        return set()
    return {row.id for page in pages for row in page.rows}


def told_by(services: Services, asker: Session, resource_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """Who sees a resource and who does not, by each of the questions that can be asked."""
    every = services.sight.people(asker, resource_id, ALL, EVERYTHING).rows
    sees, others = (
        {verdict.id for verdict in services.sight.people(asker, resource_id, shown, EVERYTHING).rows}
        for shown in (SEES, DOES_NOT)
    )
    assert sees == {verdict.id for verdict in every if verdict.why is Why.SEES}
    assert len(every) == len(sees) + len(others)
    counts = services.sight.counts(asker, resource_id)
    assert (counts.sees.rows, counts.others.rows) == (len(sees), len(others))
    return sees, others
