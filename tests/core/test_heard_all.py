"""Many consoles that ask together are each told what they would be told alone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from core.errors import Refusal, ServerClockBehind, SessionLocked, SessionOver
from core.login_steps import Session
from core.own_calls import NOTHING, Heard
from core.services import Services
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone, change_person, new_person
from tests.core.desk import Agent, new_agent
from tests.core.watching import statements

ULF, EVE = "ulf@example.com", "eve@example.com"
WORKER = "bastion1/run1/0"
NOBODYS = "no such token"


def alone(services: Services, session: Session) -> Heard | Refusal:
    """What one console is told."""
    try:
        return services.own_calls.heard(session)
    except Refusal as refusal:
        return refusal


def said(answer: Heard | Refusal) -> tuple[Any, ...]:
    """An answer, so that two refusals of the same facts are the same."""
    return (type(answer), vars(answer)) if isinstance(answer, Refusal) else (answer,)


@dataclass
class World:
    """People, consoles and an agent, to whom things happen."""

    services: Services
    clock: SetClock
    people: list[Someone]
    agent: Agent
    chance: Random
    sessions: list[Session] = field(default_factory=list)

    def step(self) -> str:
        """Let one thing happen; which."""
        acts: list[Callable[[], object]] = [
            self.signs_in,
            self.signs_in,
            self.signs_out,
            self.locks,
            self.unlocks,
            self.ends_others,
            self.is_called,
            self.is_called,
            self.ends_calls,
            self.agent_goes,
            self.is_let_in_or_not,
            self.waits_for_reset,
            self.host_dies,
            self.time_passes,
            self.time_passes,
            self.clock_is_set_back,
        ]
        act = self.chance.choice(acts)
        with suppress(Refusal):
            act()
        return act.__name__

    def signs_in(self) -> None:
        person = self.chance.choice(self.people)
        origin = replace(CONSOLE, worker=self.chance.choice(["", WORKER]))
        step = self.services.login.sign_in(person.email, PASSWORD, origin=origin)
        assert isinstance(step, Session)
        self.sessions.append(step)

    def signs_out(self) -> None:
        self.services.sessions.sign_out(self._one())

    def locks(self) -> None:
        self.services.sessions.lock(self._one())

    def unlocks(self) -> None:
        self.services.sessions.unlock(self._one(), PASSWORD)

    def ends_others(self) -> None:
        session = self._one()
        self.services.proof.prove(session, PASSWORD, act="sessions.end_others")
        self.services.sessions.end_others(session)

    def is_called(self) -> None:
        self.agent.calls(self.chance.choice(self.people).email)

    def ends_calls(self) -> None:
        self.services.own_calls.end(self._one())

    def agent_goes(self) -> None:
        self.services.sessions.sign_out(self.agent.session)

    def is_let_in_or_not(self) -> None:
        change_person(self.services, EVE, active=self.chance.choice([True, False]))

    def waits_for_reset(self) -> None:
        due = self.chance.choice([None, self.clock() + timedelta(hours=self.chance.randint(-200, 24))])
        change_person(self.services, self.chance.choice(self.people).email, factor_reset_at=due)

    def host_dies(self) -> None:
        self.services.sessions.end_of_worker(WORKER)

    def time_passes(self) -> None:
        self.clock.advance(seconds=self.chance.choice([1, 30, 300, 899, 900, 3600, 4 * 3600]))

    def clock_is_set_back(self) -> None:
        self.clock.advance(seconds=-self.chance.choice([30, 61, 3600]))

    def _one(self) -> Session:
        return self.chance.choice([*self.sessions, Session(NOBODYS, self.agent.session.person_id, second_factor=False)])


@pytest.fixture
def people(owner: Someone, services: Services, clock: SetClock) -> list[Someone]:
    return [owner, *(new_person(services, clock, email=email) for email in (ULF, EVE))]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_everybody_is_told_what_he_would_be_told_alone(
    people: list[Someone], services: Services, clock: SetClock, seed: int
) -> None:
    agent = new_agent(people[0], "ann@desk.example")
    world = World(services, clock, people, agent, Random(seed))
    nobody = Session(NOBODYS, agent.session.person_id, second_factor=False)

    for number in range(60):
        happened = world.step()
        asked = [*world.sessions, nobody, agent.session, *world.sessions[:2]]
        together = services.own_calls.heard_all(asked)

        assert list(map(said, together)) == [said(alone(services, each)) for each in asked], (number, happened)


def test_each_sort_of_answer_is_given_to_whom_it_belongs(
    people: list[Someone], services: Services, clock: SetClock
) -> None:
    agent = new_agent(people[0], "ann@desk.example")
    owner, ulf, eve = (person.gives_password() for person in people)
    locked, over = people[0].gives_password(), people[0].gives_password()
    assert isinstance(owner, Session)
    assert isinstance(ulf, Session)
    assert isinstance(eve, Session)
    assert isinstance(locked, Session)
    assert isinstance(over, Session)
    services.sessions.lock(locked)
    services.sessions.sign_out(over)
    agent.calls(ULF)
    change_person(services, EVE, factor_reset_at=clock() + timedelta(hours=1))

    quiet, called, waits, is_locked, is_over = services.own_calls.heard_all([owner, ulf, eve, locked, over])

    assert quiet == NOTHING
    assert isinstance(called, Heard)
    assert [call.agent for call in called.calls] == ["Ann Bell"]
    assert waits == Heard((), clock() + timedelta(hours=1))
    assert isinstance(is_locked, SessionLocked)
    assert isinstance(is_over, SessionOver)
    assert is_over.why == "signed out"


def test_while_the_clock_is_behind_everybody_is_refused_with_a_refusal_of_his_own(
    people: list[Someone], services: Services, clock: SetClock
) -> None:
    sessions = [people[0].signs_in(), people[1].signs_in()]
    clock.advance(minutes=-5)

    first, second = services.own_calls.heard_all(sessions)

    assert isinstance(first, ServerClockBehind)
    assert said(first) == said(second)
    assert first is not second


def test_however_many_ask_it_is_three_statements(people: list[Someone], services: Services) -> None:
    sessions = [person.signs_in() for person in people for _ in range(9)]

    with statements(services) as few:
        services.own_calls.heard_all(sessions[:1])
    with statements(services) as many:
        services.own_calls.heard_all(sessions)

    assert sum("SELECT" in each for each in few) == sum("SELECT" in each for each in many) == 3


def test_nobody_may_ask(services: Services) -> None:
    assert services.own_calls.heard_all([]) == []
