"""The support desk at the same moment: real processes, on both engines."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from core.config import Settings
from core.login_steps import Session
from core.services import Services
from data.engine import reading
from data.support_tables import FactorReset, SupportCall
from data.tables import Person
from tests.core import acts
from tests.core.actors import SetClock, Someone, events, new_person, person_of, proved
from tests.core.desk import HOST, LOST, PIN, Agent, asks_for_reset, new_agent, sets_pin
from tests.core.racing import Crowd, crowd

PROCESSES = 12
NAMES = ("Ann Bell", "Cy Dorn", "Eve Fox")


@pytest.fixture
def agents(owner: Someone) -> list[Agent]:
    return [new_agent(owner, f"agent{number}@desk.example", name=name) for number, name in enumerate(NAMES)]


@pytest.fixture
def crowded(agents: list[Agent], settings: Settings) -> Iterator[Crowd]:
    with crowd(PROCESSES, settings) as consoles:
        yield consoles


def caller(services: Services, clock: SetClock, number: int, *, with_factor: bool = False) -> Someone:
    person = new_person(services, clock, email=f"caller{number}@example.com")
    session = person.signs_in()
    sets_pin(person, session)
    if with_factor:
        person.enrols(session)
    return person


def renewed(agents: list[Agent], clock: SetClock) -> None:
    """Sign the agents in anew; their calls are over."""
    for agent in agents:
        agent.someone.services.sessions.sign_out(agent.session)
        agent.session = agent.someone.signs_in()


def test_however_many_guess_at_one_pin_at_once_five_are_compared_in_the_hour(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    for number in range(8):
        clock.advance(hours=2)
        renewed(agents, clock)
        person = caller(owner.services, clock, number)
        calls = [agent.calls(person.email).id for agent in agents]
        orders = [(agents[n % 3].session, calls[n % 3], f"{911_300 + n}") for n in range(PROCESSES)]

        outcomes = crowded.do(clock(), check, orders) + crowded.do(clock(), check, orders)

        assert outcomes.count("CallerUnproven") == 5
        assert outcomes.count("OnHold") == 2 * PROCESSES - 5
        right = crowded.do(clock(), check, [(*order[:2], PIN) for order in orders])
        assert right == ["OnHold"] * PROCESSES


def test_one_call_code_in_twelve_processes_is_one_match(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    for number in range(6):
        renewed(agents, clock)
        person = caller(owner.services, clock, number)
        code = owner.services.own_calls.new_call_code(person.signs_in()).code
        calls = [agent.calls(person.email).id for agent in agents]
        orders = [(agents[n % 3].session, calls[n % 3], code) for n in range(PROCESSES)]

        outcomes = crowded.do(clock(), check, orders)

        assert outcomes.count(acts.DONE) == 1
        assert set(outcomes) <= {acts.DONE, "CallerUnproven", "CallerProven", "OnHold"}
        assert [proven(owner.services, call_id) for call_id in calls].count(True) == 1


@pytest.mark.parametrize("function", ["unlock", "end_sessions", "ask_factor_reset"])
def test_one_act_of_a_ticket_in_twelve_processes_is_done_once(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock, function: str
) -> None:
    for number in range(3):
        renewed(agents, clock)
        person = caller(owner.services, clock, number, with_factor=True)
        call_id = agents[0].has_ticket(person.email).id

        outcomes = crowded.do(clock(), verb, [(agents[0].session, call_id, function)] * PROCESSES)

        assert sorted(outcomes) == ["TicketUsed"] * (PROCESSES - 1) + [acts.DONE]


def test_what_the_caller_ends_is_over_for_every_act_that_comes_after(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    ends = 0
    for number in range(10):
        renewed(agents, clock)
        person = caller(owner.services, clock, number)
        his = person.signs_in()
        call_id = agents[0].has_ticket(person.email).id
        orders: list[Any] = [("end", his, call_id), ("unlock", agents[0].session, call_id)] * (PROCESSES // 2)

        outcomes = crowded.do(clock(), end_or_act, orders)

        assert outcomes[0::2].count(acts.DONE) == 1
        assert set(outcomes[0::2]) == {acts.DONE, "none"}
        assert outcomes[1::2].count(acts.DONE) <= 1
        assert set(outcomes[1::2]) <= {acts.DONE, "TicketUsed", "CallOver"}
        assert acts_in_order(owner.services, person.email) in (
            ["unlock a caller", "end a support call"],
            ["end a support call"],
        )
        ends += outcomes[1::2].count(acts.DONE)
        assert crowded.do(clock(), end_or_act, orders)[1::2] == ["CallOver"] * (PROCESSES // 2)


def acts_in_order(services: Services, email: str) -> list[str]:
    told = [event for event in events(services) if event.target == email and event.outcome == "done"]
    return [event.act for event in told if event.act in {"unlock a caller", "end a support call"}]


def test_a_reset_is_approved_once_at_most_and_declined_once(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    for number in range(3):
        renewed(agents, clock)
        person = caller(owner.services, clock, number, with_factor=True)
        renewed(agents, clock)
        reset_id = asks_for_reset(agents[0], person.email)
        orders = [(agents[1 + n % 2].session, reset_id, "approve" if n < 9 else "decline") for n in range(PROCESSES)]

        outcomes = crowded.do(clock(), decide, orders)

        approvals, declines = outcomes[:9], outcomes[9:]
        assert set(outcomes) == {"ResetOver", acts.DONE}
        assert approvals.count(acts.DONE) <= 1
        assert declines.count(acts.DONE) == 1
        assert person_of(owner.services, person.email).factor_reset_at is None


def test_a_reset_that_is_approved_and_stopped_at_once_is_stopped_or_was_never_approved(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    """By the person, by his owner, by the end of the call, and by a sign-in with the app; in no order anything waits
    for ever, and row and column say the same."""
    for number in range(6):
        renewed(agents, clock)
        person = caller(owner.services, clock, number, with_factor=True)
        his, mine = person.signs_in(), owner.signs_in()
        renewed(agents, clock)
        reset_id = asks_for_reset(agents[0], person.email)
        person_id = person_of(owner.services, person.email).id
        owed, code = person.owes_code(), person.code()
        orders: list[Any] = [
            ("approve", agents[1].session, reset_id),
            ("stop", his, None),
            ("approve", agents[2].session, reset_id),
            ("stop_for", mine, person_id),
            ("end", his, None),
            ("give_code", owed, code),
        ] * (PROCESSES // 6)

        outcomes = crowded.do(clock(), approve_or_stop, orders)

        allowed = {acts.DONE, "none", "ResetOver", "LoginExpired", "CodeAlreadyUsed", "WrongCode", "OnHold"}
        assert set(outcomes) <= allowed
        with reading(owner.services.engine) as db:
            row, found = db.get(FactorReset, person_id), db.get_one(Person, person_id)
            assert (row is not None and row.due_at is not None) == (found.factor_reset_at is not None)
        assert sum(outcomes[n] == acts.DONE for n in range(PROCESSES) if n % 6 in {1, 3}) <= 1


def test_a_reset_that_is_used_and_stopped_at_once_is_used_once_or_stopped_once(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    """By a thief who says that the app is lost, at several consoles, and by the person who signs in with it."""
    for number in range(4):
        renewed(agents, clock)
        person = caller(owner.services, clock, number, with_factor=True)
        renewed(agents, clock)
        reset_id = asks_for_reset(agents[0], person.email)
        agents[1].someone.services.factor_resets.approve(agents[1].session, reset_id)
        clock.advance(hours=24)
        person_id = person_of(owner.services, person.email).id
        owed, mine, code = [person.owes_code() for _ in range(PROCESSES)], owner.signs_in(), person.code()
        assert all(each.reset_due for each in owed)
        kinds = ("use", "give_code", "use", "stop_for")
        given = {"give_code": code, "stop_for": person_id}
        orders: list[Any] = [
            (kind := kinds[n % 4], mine if kind == "stop_for" else owed[n // 8], given.get(kind))
            for n in range(PROCESSES)
        ]

        outcomes = crowded.do(clock(), approve_or_stop, orders)

        done = Counter(order[0] for order, outcome in zip(orders, outcomes, strict=True) if outcome == acts.DONE)
        assert set(outcomes) <= {acts.DONE, "ResetOver", "LoginExpired", "CodeAlreadyUsed", "OnHold"}
        found = person_of(owner.services, person.email)
        assert found.factor_reset_at is None
        assert found.sec_auth_active == (done["use"] == 0)
        assert (done["use"] + done["stop_for"], done["use"] and done["give_code"]) in {(1, 0), (0, 0)}


def test_two_consoles_of_one_agent_open_one_call(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    people = [caller(owner.services, clock, number) for number in range(2)]
    for _ in range(5):
        renewed(agents, clock)
        consoles = [agents[0].session, proved(owner.services, agents[0].someone.signs_in())]
        orders = [(consoles[n % 2], people[n % 2].email) for n in range(PROCESSES)]

        outcomes = crowded.do(clock(), open_call, orders)

        assert sorted(outcomes) == ["CallUnderWay"] * (PROCESSES - 1) + [acts.DONE]
        services = owner.services
        open_ones = [call for each in consoles if (call := services.support_desk.current(each)) is not None]
        assert len(open_ones) == 1
        services.support_desk.end_call(consoles[outcomes.index(acts.DONE) % 2], open_ones[0].id)
        clock.advance(hours=1)


def test_agents_and_administrators_who_want_the_same_person_do_not_wait_for_each_other(
    owner: Someone, agents: list[Agent], crowded: Crowd, clock: SetClock
) -> None:
    """The attack: an administrator deletes, deactivates or unlocks him of whose call an agent makes use just then,
    while the caller ends it. Whoever comes second finds it as the first has left it; a deadlock would be a fault."""
    for number in range(12):
        renewed(agents, clock)
        person = caller(owner.services, clock, number, with_factor=True)
        his = person.signs_in()
        person_id = person_of(owner.services, person.email).id
        renewed(agents, clock)
        asks_for_reset(agents[0], person.email)
        call = owner.services.support_desk.current(agents[0].session)
        assert call is not None
        mine, at_desk = owner.signs_in(), agents[0].session
        deed = ("delete", "deactivate", "reset_factor")[number % 3]
        orders: list[Any] = [
            (deed, mine, person_id),
            ("unlock", at_desk, call.id),
            ("end", his, None),
            ("end_sessions", at_desk, call.id),
            ("look", at_desk, call.id),
            ("end_call", at_desk, call.id),
            ("open", agents[1].session, person.email),
            ("stop", his, None),
            ("rescue_unlock", mine, person_id),
            ("end_code", person.email, "AAAA"),
            ("sign_in", person.email, person.password),
            ("open", agents[2].session, person.email),
        ]

        outcomes = crowded.do(clock(), act_on_caller, orders)

        fine = {acts.DONE, "none", "NotThere", "CallOver", "SessionOver", "TicketUsed", "ResetOver", "WrongStopCode"}
        fine |= {"WrongCredentials", "PersonInactive", "SecondFactorNotActive"}
        assert set(outcomes) <= fine, outcomes
        assert outcomes[0] == acts.DONE


def proven(services: Services, call_id: Any) -> bool:
    with reading(services.engine) as db:
        return db.get_one(SupportCall, call_id).matched_at is not None


# What the processes do


def check(services: Services, session: Session, call_id: Any, said: str) -> str:
    services.support_desk.check_caller(session, call_id, said)
    return acts.DONE


def open_call(services: Services, session: Session, wanted: str) -> str:
    services.support_desk.open_call(session, wanted)
    return acts.DONE


def verb(services: Services, session: Session, call_id: Any, function: str) -> str:
    given = {"reason": LOST} if function == "ask_factor_reset" else {}
    getattr(services.tickets, function)(session, call_id, **given)
    return acts.DONE


def decide(services: Services, session: Session, reset_id: Any, how: str) -> str:
    getattr(services.factor_resets, how)(session, reset_id)
    return acts.DONE


def end_or_act(services: Services, what: str, session: Session, call_id: Any) -> str:
    if what == "end":
        return acts.DONE if services.own_calls.end(session) else "none"
    return verb(services, session, call_id, what)


def approve_or_stop(services: Services, what: str, who: Any, of: Any) -> str:
    match what:
        case "approve":
            services.factor_resets.approve(who, of)
        case "stop":
            services.factor_resets.stop(who)
        case "stop_for":
            services.factor_resets.stop_for(who, of)
        case "end":
            return acts.DONE if services.own_calls.end(who) else "none"
        case "use":
            services.login.use_reset(who)
        case _:
            services.login.give_code(who, of)
    return acts.DONE


def act_on_caller(services: Services, what: str, who: Any, of: Any) -> str:
    deeds: dict[str, Any] = {
        "delete": lambda: services.standing.delete(who, [of]),
        "deactivate": lambda: services.standing.deactivate(who, [of]),
        "reset_factor": lambda: services.rescue.reset_second_factor(who, of, reason=LOST),
        "rescue_unlock": lambda: services.rescue.unlock(who, of),
        "unlock": lambda: services.tickets.unlock(who, of),
        "end_sessions": lambda: services.tickets.end_sessions(who, of),
        "look": lambda: services.support_desk.look(who, of),
        "end_call": lambda: services.support_desk.end_call(who, of),
        "open": lambda: services.support_desk.open_call(who, of),
        "stop": lambda: services.factor_resets.stop(who),
        "end": lambda: services.own_calls.end(who),
        "end_code": lambda: services.factor_resets.stop_with_code(who, of, origin=HOST),
        "sign_in": lambda: services.login.sign_in(who, of, origin=HOST),
    }
    deeds[what]()
    return acts.DONE
