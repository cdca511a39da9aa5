"""The permission table, cell by cell: actor, function, target, with the screens out of the way."""

import inspect
from collections.abc import Collection
from contextlib import suppress
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from core import permissions, sessions
from core.errors import NotAllowed, NotThere, Refusal
from core.services import Services
from data.engine import reading
from data.tables import Person
from tests.core.actors import SetClock, events, rows
from tests.core.calling import called, method_of, outcome, public_functions
from tests.core.cast import Cast

TABLES: tuple[Collection[str], ...] = (
    permissions.ANYBODY,
    permissions.HALF_SIGNED_IN,
    permissions.ON_HIMSELF,
    permissions.ON_THE_HOST,
    permissions.ON_PEOPLE,
    permissions.ON_CONTRACT,
    permissions.ON_RESOURCES,
    permissions.ON_CALLERS,
)

# On people: the table's letter of a target, for somebody who acts, is s where the two are the same.
ACTORS = ("owner", "administrator", "user", "agent")
TARGETS = ("owner", "administrator", "other administrator", "user", "other user", "foreign", "absent")
ON_PEOPLE = list(product(permissions.ON_PEOPLE, ACTORS, TARGETS))
ON_CONTRACT = list(product(permissions.ON_CONTRACT, ACTORS, ("own", "foreign", "absent")))

# On resources: everybody by what he has, with a proved factor and without, on an open and a protected one.
HOLDERS = {
    "owner": "o",
    "administrator": "a",
    "creator": "cm",
    "editor": "em",
    "sharer": "sm",
    "reader": "m",
    "founder": "p",
    "user": "",
    "agent": "",
}
THINGS = ("open", "protected", "foreign", "absent")
ON_RESOURCES = list(product(permissions.ON_RESOURCES, HOLDERS, THINGS, (True, False)))
ON_CALLERS = list(product(permissions.ON_CALLERS, ("owner", "administrator", "user", "agent"), (True, False)))
"""By whom, and whether in a session that proved a second factor. What an agent may in which call: test_tickets."""
CREATING = {"resources.create"} | {f"resource_import.{how}" for how in ("check", "keep_good", "all_or_nothing")}
WITHOUT_TARGET = CREATING | {"resources.page", "resources.count", "resources.may_create", "exports.resources"}


@pytest.fixture
def here(services: Services, clock: SetClock) -> Cast:
    return Cast(services, clock)


@pytest.fixture
def elsewhere(services: Services, clock: SetClock) -> Cast:
    return Cast(services, clock)


def test_every_public_function_stands_in_the_table_and_nothing_else_does(services: Services) -> None:
    listed = {function for table in TABLES for function in table}

    assert listed == set(public_functions(services))


def test_acts_on_people_are_for_whom_and_on_whom_the_table_says(
    services: Services, clock: SetClock, here: Cast, elsewhere: Cast
) -> None:
    wrong = []
    cast = Cast(services, clock)
    for function, actor, target in ON_PEOPLE:
        ids = {**cast.people, "foreign": elsewhere.people["user"], "absent": uuid4()}
        letter = "s" if target == actor else target.removeprefix("other ")[0]
        rule = permissions.ON_PEOPLE[function]
        role = "support_agent" if actor == "agent" else actor
        expected = {"allowed"} if rule.allows(role, letter) and target in cast.people else {"NotAllowed"}
        if target not in cast.people:
            expected = {"NotThere", "NotAllowed"} if actor in {"user", "agent"} else {"NotThere"}
        if actor == "agent":
            expected = {"NotThere", "NotAllowed"}
        given = {"person_id": ids[target], "person_ids": [ids[target]], "group_id": cast.groups["reader"]}
        said = outcome(services, function, cast.session_of(actor), **given)
        if said not in expected:
            wrong.append((function, actor, target, said, expected))
        if said == "allowed":
            cast = Cast(services, clock)  # this one may be changed; those who were refused changed nothing

    assert wrong == []


def test_acts_on_the_contract_and_its_groups_are_for_whom_the_table_says(
    services: Services, clock: SetClock, elsewhere: Cast
) -> None:
    wrong = []
    cast = Cast(services, clock)
    for function, actor, where in ON_CONTRACT:
        group_id = {"own": cast.groups["reader"], "foreign": elsewhere.groups["reader"], "absent": uuid4()}[where]
        takes_group = "group_id" in inspect.signature(method_of(services, function)).parameters
        expected = "allowed" if actor in permissions.ON_CONTRACT[function].roles else "NotAllowed"
        if expected == "allowed" and takes_group and where != "own":
            expected = "NotThere"
        said = outcome(services, function, cast.session_of(actor), group_id=group_id)
        if said != expected:
            wrong.append((function, actor, where, said, expected))
        if said == "allowed":
            cast = Cast(services, clock)

    assert wrong == []


def test_acts_on_resources_are_by_the_rights_that_the_table_says_and_what_is_hidden_is_not_there(
    services: Services, clock: SetClock, elsewhere: Cast
) -> None:
    wrong = []
    cast = Cast(services, clock)
    for function, actor, thing, proved in ON_RESOURCES:
        ids = {**cast.resources, "foreign": elsewhere.resources["open"], "absent": uuid4()}
        expected = expected_on_resource(function, actor, thing, proved=proved)
        given = {"resource_id": ids[thing], "group_id": cast.groups["reader"]}
        said = outcome(services, function, cast.session_of(actor, proved=proved), **given)
        if said not in expected:
            wrong.append((function, actor, thing, proved, said, expected))
        if said == "allowed":
            cast = Cast(services, clock)

    assert wrong == []


def test_acts_on_callers_are_for_agents_who_proved_a_second_factor_and_for_nobody_else(
    services: Services, here: Cast
) -> None:
    wrong = []
    for function, actor, proved in ON_CALLERS:
        expected = "allowed" if actor == "agent" and proved else "NotAllowed"
        said = outcome(services, function, here.session_of(actor, proved=proved))
        if said != expected:
            wrong.append((function, actor, proved, said, expected))

    assert wrong == []


def expected_on_resource(function: str, actor: str, thing: str, *, proved: bool) -> set[str]:
    """What the table says, where the resource is there for this session at all."""
    rights = HOLDERS[actor]
    allowed = bool(set(rights) & set(permissions.ON_RESOURCES[function].rights))
    if function in WITHOUT_TARGET:
        if actor == "agent":
            return {"allowed", "NotThere", "NotAllowed"}
        return {"allowed"} if allowed or function not in CREATING else {"NotAllowed"}
    is_there = thing in {"open", "protected"} and bool(set(rights) - {"p"})
    if not is_there or (thing == "protected" and not proved):
        return {"NotThere"}
    return {"allowed"} if allowed else {"NotAllowed"}


def test_a_foreign_id_is_refused_in_the_same_words_as_one_that_does_not_exist(
    services: Services, here: Cast, elsewhere: Cast
) -> None:
    session = here.session_of("owner")

    for act in (services.people.details, services.standing.make_user, services.rescue.end_sessions):
        refusals = [refused(act, session, person_id) for person_id in (elsewhere.people["user"], uuid4())]
        assert repr(refusals[0]) == repr(refusals[1])
        assert type(refusals[0]) is NotThere
    for look in (services.resources.details, services.resources.delete):
        refusals = [refused(look, session, resource_id) for resource_id in (elsewhere.resources["open"], uuid4())]
        assert repr(refusals[0]) == repr(refusals[1])


def refused(act: Any, session: Any, subject: UUID) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        act(session, subject)
    return refusal.value


WITHOUT_PROOF = {"standing.rename", "resources.rename", "resources.create"}
"""Changes that an old proof lets pass."""


def test_whoever_finds_the_owners_terminal_after_ten_minutes_changes_names_and_makes_resources_and_nothing_else(
    services: Services, clock: SetClock
) -> None:
    passed = set()
    for function in {*permissions.ON_PEOPLE, *permissions.ON_CONTRACT, *permissions.ON_RESOURCES}:
        cast = Cast(services, clock)
        session = cast.session_of("owner")
        clock.advance(minutes=11)
        given = {
            "person_id": cast.people["user"],
            "person_ids": [cast.people["user"]],
            "group_id": cast.groups["reader"],
            "resource_id": cast.resources["open"],
        }
        before = rows(services)
        with suppress(Refusal):
            called(services, function, session, **given)
        if rows(services) != before:
            passed.add(function)

    assert passed == WITHOUT_PROOF


def test_a_support_agent_has_no_right_to_a_resource_by_his_role(here: Cast, clock: SetClock) -> None:
    """The attack: a role whose first letter is that of a right."""
    with reading(here.services.engine) as db:
        agent = sessions.acting(db, here.session_of("agent"), now=clock())

    allowed = [function for function in permissions.ON_RESOURCES if permissions.allows_on_resource(function, agent, ())]

    assert allowed == []


def test_an_administrator_is_told_that_the_owner_is_the_owners_own(here: Cast) -> None:
    session = here.session_of("administrator")

    with pytest.raises(NotAllowed) as refusal:
        here.services.standing.deactivate(session, [here.people["owner"]])

    assert refusal.value.on_owner


def test_what_an_administrator_may_not_do_to_the_owner_is_told_as_tried_on_the_owner(here: Cast) -> None:
    """The attack: Adam tries what he may on everybody. Whoever reads the audit, and the owner among his own events,
    sees that it was he who was meant."""
    session = here.session_of("administrator")
    owner = person_of_id(here, "owner")
    tried = [function for function, rule in permissions.ON_PEOPLE.items() if not rule.allows("administrator", "o")]

    for function in tried:
        outcome(here.services, function, session, person_id=owner.id, person_ids=[owner.id])

    told = [event for event in events(here.services) if event.outcome == "denied"]
    assert {event.act for event in told} == {permissions.ON_PEOPLE[function].act for function in tried}
    assert {(event.actor_id, event.target_id) for event in told} == {(session.person_id, owner.id)}


def person_of_id(cast: Cast, name: str) -> Person:
    with reading(cast.services.engine) as db:
        return db.get_one(Person, cast.people[name])


def test_the_number_of_cells_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    cells = len(ON_PEOPLE) + len(ON_CONTRACT) + len(ON_RESOURCES) + len(ON_CALLERS)
    with capsys.disabled():
        print(f"\n{cells:,} cells of the permission table are tried on each engine", end=" ")  # noqa: T201

    assert cells > 1_000


def test_somebody_who_wants_to_do_to_himself_what_others_do_to_him_is_told_so(here: Cast) -> None:
    for role in ("owner", "administrator"):
        with pytest.raises(NotAllowed) as refusal:
            here.services.standing.deactivate(here.session_of(role), [here.people[role]])
        assert refusal.value.on_self
