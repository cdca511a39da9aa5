"""Sessions that a process of the console host has made end with it, and no others do."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import select

from core.errors import LoginExpired, ServerClockBehind, SessionOver
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.services import Services
from core.told import sentence as told_sentence
from core.wording import sentence
from core.worker_sessions import name_of
from data.engine import reading
from data.tables import ConsoleSession, PendingLogin
from tests.core.actors import (
    CONSOLE,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    new_person,
    proved,
)
from tests.core.desk import new_agent

HOST = CONSOLE.host
FIRST, SECOND = name_of(HOST, "run1", 0), name_of(HOST, "run1", 1)
ENDS = "end sessions with their console host"


def step_at(person: Someone, worker: str, *, host: str = HOST) -> Session | CodeNeeded | EnrolmentNeeded:
    origin = replace(CONSOLE, host=host, worker=worker)
    return person.services.login.sign_in(person.email, person.password, origin=origin)


def session_at(person: Someone, worker: str, *, host: str = HOST) -> Session:
    step = step_at(person, worker, host=host)
    if isinstance(step, CodeNeeded):
        step = person.services.login.give_code(step, person.code())
    assert isinstance(step, Session)
    return step


def why_over(services: Services, session: Session) -> str | None:
    """Why a session is over; None while it stands."""
    try:
        services.sessions.stands(session)
    except SessionOver as over:
        return over.why
    return None


def test_what_a_process_has_made_ends_with_it_and_says_why(owner: Someone, services: Services) -> None:
    sessions = [session_at(owner, FIRST), session_at(owner, FIRST)]

    assert services.sessions.end_of_worker(FIRST) == 2

    assert [why_over(services, each) for each in sessions] == ["host ended"] * 2
    with pytest.raises(SessionOver) as over:
        services.account.account(sessions[0])
    assert sentence(over.value) == ("Your session is over: the console host that it ran in has stopped. Sign in again.")


def test_what_others_have_made_stands(owner: Someone, services: Services) -> None:
    session_at(owner, FIRST)
    others = [
        session_at(owner, SECOND),
        session_at(owner, name_of(HOST, "run1", 10)),
        session_at(owner, name_of("bastion2", "run1", 0), host="bastion2"),
        owner.signs_in(),
    ]

    assert services.sessions.end_of_worker(FIRST) == 1

    assert [why_over(services, each) for each in others] == [None] * 4


def test_half_a_login_ends_too_and_opens_nothing_any_more(protected: Someone, services: Services) -> None:
    gone, stays = step_at(protected, FIRST), step_at(protected, SECOND)
    assert isinstance(gone, CodeNeeded)
    assert isinstance(stays, CodeNeeded)

    assert services.sessions.end_of_worker(FIRST) == 0

    with pytest.raises(LoginExpired):
        services.login.give_code(gone, protected.code())
    assert why_over(services, services.login.give_code(stays, protected.code())) is None


def test_a_login_that_was_completed_with_a_code_belongs_to_the_process_that_began_it(
    protected: Someone, services: Services
) -> None:
    session = session_at(protected, FIRST)

    assert services.sessions.end_of_worker(FIRST) == 1

    assert why_over(services, session) == "host ended"


def test_so_does_one_that_was_completed_by_the_setup_assistant(owner: Someone, services: Services) -> None:
    change_person(services, owner.email, force_sec_auth=True)
    owed = step_at(owner, FIRST)
    assert isinstance(owed, EnrolmentNeeded)
    session = owner.enrols(owed)

    assert services.sessions.end_of_worker(FIRST) == 1

    assert why_over(services, session) == "host ended"


def test_so_does_the_session_that_takes_the_place_of_one_when_2_factor_is_activated(
    owner: Someone, services: Services
) -> None:
    session = owner.enrols(proved(services, session_at(owner, FIRST)))

    assert services.sessions.end_of_worker(FIRST) == 1

    assert why_over(services, session) == "host ended"


def test_the_audit_is_told_once_for_each_person_of_whatever_contract_from_which_host(
    owner: Someone, services: Services, clock: SetClock
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    agent = new_agent(owner, "ann@desk.example").someone
    for person in (owner, user, owner, agent):
        session_at(person, FIRST)

    assert services.sessions.end_of_worker(FIRST) == 4

    told = [event for event in events(services) if event.act == ENDS]
    assert sorted((event.target, event.details["sessions ended"]) for event in told) == sorted(
        [(agent.email, 1), (owner.email, 2), (user.email, 1)]
    )
    assert {(event.actor_id, event.outcome) for event in told} == {(None, "done")}
    assert all(event.origin == {"host": HOST} for event in told)
    services.audit.verify_all()
    words = told_sentence(ENDS, "done", {"sessions ended": 1})
    assert words == "Your sessions ended with the console host that they ran in"


def test_nobody_is_told_that_his_console_went_which_he_saw(owner: Someone, services: Services) -> None:
    session_at(owner, FIRST)
    services.sessions.end_of_worker(FIRST)

    assert services.visits.since_last(owner.signs_in()) is None


def test_ending_twice_changes_nothing_more(owner: Someone, services: Services) -> None:
    session_at(owner, FIRST)
    services.sessions.end_of_worker(FIRST)

    with everything_unchanged(services):
        assert services.sessions.end_of_worker(FIRST) == 0
        assert services.sessions.end_of_other_runs(HOST, "run2") == 0


def test_what_was_over_before_keeps_its_reason(owner: Someone, services: Services, clock: SetClock) -> None:
    signed_out, too_old = session_at(owner, FIRST), session_at(owner, FIRST)
    services.sessions.sign_out(signed_out)
    clock.advance(hours=12)

    assert services.sessions.end_of_worker(FIRST) == 0

    assert [why_over(services, each) for each in (signed_out, too_old)] == ["signed out", "too old"]


def test_a_locked_session_ends_as_well(owner: Someone, services: Services) -> None:
    session = session_at(owner, FIRST)
    services.sessions.lock(session)

    assert services.sessions.end_of_worker(FIRST) == 1
    assert why_over(services, session) == "host ended"


def test_a_new_run_ends_what_every_other_run_on_this_machine_has_made(owner: Someone, services: Services) -> None:
    gone = [session_at(owner, name_of(HOST, run, 0)) for run in ("run1", "run0", "run22", "run")]
    stay = [
        session_at(owner, name_of(HOST, "run2", 0)),
        session_at(owner, name_of(HOST, "run2", 17)),
        session_at(owner, name_of(f"{HOST}9", "run1", 0), host=f"{HOST}9"),
        session_at(owner, name_of("bastion", "run1", 0), host="bastion"),
        owner.signs_in(),
    ]

    assert services.sessions.end_of_other_runs(HOST, "run2") == 4

    assert [why_over(services, each) for each in gone] == ["host ended"] * 4
    assert [why_over(services, each) for each in stay] == [None] * 5


def test_half_logins_of_other_runs_end_too(protected: Someone, services: Services) -> None:
    gone, stays = step_at(protected, FIRST), step_at(protected, name_of(HOST, "run2", 0))
    assert isinstance(gone, CodeNeeded)
    assert isinstance(stays, CodeNeeded)

    services.sessions.end_of_other_runs(HOST, "run2")

    with pytest.raises(LoginExpired):
        services.login.give_code(gone, protected.code())
    services.login.give_code(stays, protected.code())


@pytest.mark.parametrize("host", ["%", "bastion_", "BASTION1", "bastion1/run1", "", "/"])
def test_no_name_of_a_machine_is_a_pattern_that_fits_another(owner: Someone, services: Services, host: str) -> None:
    session = session_at(owner, FIRST)

    assert services.sessions.end_of_other_runs(host, "run2") == 0
    assert why_over(services, session) is None


def test_while_the_clock_is_behind_nothing_is_ended_and_it_can_be_asked_again(
    owner: Someone, services: Services, clock: SetClock
) -> None:
    session = session_at(owner, FIRST)
    clock.advance(hours=-2)

    with everything_unchanged(services), pytest.raises(ServerClockBehind):
        services.sessions.end_of_worker(FIRST)

    clock.advance(hours=2)
    assert services.sessions.end_of_worker(FIRST) == 1
    assert why_over(services, session) == "host ended"


def test_which_process_it_was_is_no_fact_for_the_audit_and_makes_no_place() -> None:
    origin = replace(CONSOLE, worker=FIRST)

    assert origin.facts() == CONSOLE.facts()
    assert origin.place == CONSOLE.place


def test_a_console_in_a_process_of_its_own_carries_none(protected: Someone, services: Services) -> None:
    protected.signs_in()
    protected.owes_code()

    with reading(services.engine) as db:
        assert set(db.exec(select(ConsoleSession.worker))) == {None}
        assert set(db.exec(select(PendingLogin.worker))) == {None}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_to_end_is_found_by_an_index(services: Services) -> None:
    named = {"worker": FIRST, "begin": f"{HOST}/", "end": f"{HOST}0"}
    for where in ("worker = :worker", "worker > :begin AND worker < :end"):
        for table in ("session", "pending_login"):
            is_open = " AND ended_at IS NULL" if table == "session" else ""
            with reading(services.engine) as db:
                question = text(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {where}{is_open}")  # noqa: S608
                plan = str(db.connection().execute(question, named).all())
            assert "worker" in plan
