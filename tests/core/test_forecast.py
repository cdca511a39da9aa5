"""The forecast before harm: what it says is what then happens, on random contracts and by random acts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from uuid import UUID

import pytest

from core.errors import NotThere
from core.forecast import Forecast, Named
from core.login_steps import Session
from core.services import Services
from data.tables import ADMINISTRATOR, OWNER
from tests.core.actors import SetClock
from tests.core.random_contracts import Facts, RandomContract, facts_of

ACTS_IN_A_WALK = 250
WALKS = {"sqlite": 40, "postgresql": 4}


@dataclass(frozen=True)
class Deed:
    """A random act: its forecast, and the act itself."""

    name: str
    ahead: Callable[[], Forecast]
    do: Callable[[], Any]


def deeds(where: RandomContract, session: Session, actor: UUID, facts: Facts) -> list[Deed]:
    """One of each kind of act that can be done now, on somebody or something at random."""
    services, ahead = where.services, where.services.forecast
    others = [each for each, person in facts.people.items() if each != actor and person.role != OWNER]
    some = where.some(others, at_least=1)
    found = []
    if others:
        one = where.random.choice(others)
        found += [
            Deed(
                "force", lambda: ahead.of_forcing(session, some), lambda: services.forcing.force_people(session, some)
            ),
            Deed(
                "deactivate",
                lambda: ahead.of_deactivating(session, some),
                lambda: services.standing.deactivate(session, some),
            ),
            Deed("delete", lambda: ahead.of_deleting(session, [one]), lambda: services.standing.delete(session, [one])),
        ]
        if facts.people[one].sec_auth_active:
            found.append(
                Deed(
                    "reset",
                    lambda: ahead.of_resetting(session, one),
                    lambda: services.rescue.reset_second_factor(session, one, reason="lost"),
                )
            )
        if facts.people[one].role == ADMINISTRATOR:
            found.append(
                Deed(
                    "demote", lambda: ahead.of_demoting(session, one), lambda: services.standing.make_user(session, one)
                )
            )
    return found + _deeds_on_groups(where, session, facts) + _deeds_on_resources(where, session, facts, actor)


def _deeds_on_groups(where: RandomContract, session: Session, facts: Facts) -> list[Deed]:
    if not facts.groups:
        return []
    services, ahead = where.services, where.services.forecast
    group = where.random.choice(list(facts.groups))
    members = [member for of, member in facts.memberships if of == group]
    strangers = [person for person in facts.people if person not in members]
    leaving, coming = where.some(members), where.some(strangers)
    return [
        Deed(
            "force group",
            lambda: ahead.of_forcing_group(session, group),
            lambda: services.forcing.force_group(session, group),
        ),
        Deed(
            "add",
            lambda: ahead.of_adding(session, group, coming),
            lambda: services.members.add(session, group, coming),
        ),
        Deed(
            "remove",
            lambda: ahead.of_removing(session, group, leaving),
            lambda: services.members.remove(session, group, leaving),
        ),
        Deed("dissolve", lambda: ahead.of_dissolving(session, group), lambda: services.groups.delete(session, group)),
    ]


def _deeds_on_resources(where: RandomContract, session: Session, facts: Facts, actor: UUID) -> list[Deed]:
    services, ahead = where.services, where.services.forecast
    visible = sorted(facts.seen_by(actor))
    if not visible:
        return []
    resource = where.random.choice(visible)
    found = [
        Deed(
            "protect",
            lambda: ahead.of_protecting(session, resource),
            lambda: services.resources.protect(session, resource),
        )
    ]
    groups = sorted(group for group, shared in facts.shares if shared == resource)
    if groups:
        group = where.random.choice(groups)
        found.append(
            Deed(
                "unshare",
                lambda: ahead.of_unsharing(session, resource, group),
                lambda: services.shares.unshare(session, resource, group),
            )
        )
    return found


def ids(named: Named) -> set[UUID]:
    """Who or what is named; these contracts are small enough for everything to be."""
    assert named.count.rows == len(named.ids) == len(named.names)
    return set(named.ids)


def what_happened(before: Facts, after: Facts, actor: UUID) -> tuple[Any, ...]:
    """What the actor can know of the difference: who must enrol, who loses what, what ended, what passed on."""
    visible = before.seen_by(actor)
    gone = {
        (person, resource)
        for person in before.people
        for resource in visible
        if before.sees(person, resource) and not after.sees(person, resource)
    }
    enrol = {
        person
        for person in after.people
        if after.people[person].active and after.owes_enrolment(person) and not before.owes_enrolment(person)
    }
    passed_on = {
        resource
        for resource in visible
        if before.resources[resource].creator_id != after.resources[resource].creator_id
    }
    ended = len(before.open_sessions) - len(after.open_sessions)
    return enrol, {person for person, _ in gone}, {resource for _, resource in gone}, ended, passed_on


def walk(services: Services, clock: SetClock, random: Random, acts: int) -> set[str]:
    """Do so many random acts, each after its forecast; which kinds of act there were."""
    done: set[str] = set()
    left = acts
    while left > 0:
        where = RandomContract(services, clock, random)
        after = facts_of(services, where.id)
        for _ in range(random.randint(5, 15)):
            may_act = [each for each, who in after.people.items() if who.active and who.role in {OWNER, ADMINISTRATOR}]
            actor = random.choice(may_act)
            session = where.session_of(actor)
            before = replace(after, open_sessions=(*after.open_sessions, actor))
            possible = deeds(where, session, actor, before)
            if not possible:
                break
            deed = random.choice(possible)
            said = deed.ahead()
            deed.do()
            after = facts_of(services, where.id)
            told = (ids(said.must_enrol), ids(said.losers), ids(said.lost), said.sessions, ids(said.inherited))
            assert told == what_happened(before, after, actor), deed.name
            assert all(who.sec_auth_forced == after.is_forced(each) for each, who in after.people.items()), deed.name
            done.add(deed.name)
            left -= 1
    return done


@pytest.mark.parametrize("seed", range(40))
def test_what_the_forecast_says_is_what_happens(
    services: Services, clock: SetClock, seed: int, request: pytest.FixtureRequest
) -> None:
    if seed >= WALKS[services.engine.dialect.name]:
        seed, acts = seed + 1000, 1
    else:
        acts = ACTS_IN_A_WALK

    done = walk(services, clock, Random(seed), acts)

    assert acts == 1 or len(done) >= 9


def test_a_resource_that_the_asker_may_not_see_is_in_no_forecast(services: Services, clock: SetClock) -> None:
    for seed in range(40):
        where = RandomContract(services, clock, Random(seed))
        facts = facts_of(services, where.id)
        owner = next(each for each, who in facts.people.items() if who.role == OWNER)
        hidden = set(facts.resources) - facts.seen_by(owner)
        session = where.session_of(owner)

        for group in facts.groups:
            assert not hidden & ids(services.forecast.of_dissolving(session, group).lost)
        for resource in hidden:
            with pytest.raises(NotThere):
                services.forecast.of_protecting(session, resource)


def test_an_act_that_takes_nothing_away_is_called_harmless() -> None:
    assert Forecast().is_harmless
