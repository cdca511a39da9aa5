"""The list of one's sessions, their ends from elsewhere, and how many there may be."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlmodel import col, select

from core import sessions
from core.config import Settings
from core.errors import NotThere, ProofNeeded, SessionOver, TooManySessions
from core.login_steps import Session
from core.services import Services
from data.engine import reading, transaction
from data.tables import ConsoleSession, Person
from tests.core import acts
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
)
from tests.core.racing import Crowd, crowd

PROCESSES = 12


def why_over(services: Services, session: Session) -> str | None:
    try:
        services.sessions.stands(session)
    except SessionOver as over:
        return over.why
    return None


def open_rows(services: Services, email: str) -> int:
    with reading(services.engine) as db:
        of_person = col(ConsoleSession.person_id) == person_of(services, email).id
        return len(db.exec(select(ConsoleSession.id).where(of_person, sessions.is_open(services.now()))).all())


def test_the_list_tells_where_and_since_when_and_which_is_this_one(owner: Someone, clock: SetClock) -> None:
    first = owner.signs_in()
    began = clock()
    clock.advance(minutes=2)
    second = owner.signs_in()
    owner.services.sessions.lock(first)

    rows = owner.services.sessions.own(second)

    assert [(row.origin, row.started_at, row.is_this, row.is_locked) for row in rows] == [
        (CONSOLE, clock(), True, False),
        (CONSOLE, began, False, True),
    ]


def test_the_last_used_stands_first(owner: Someone, clock: SetClock) -> None:
    first, _ = owner.signs_in(), owner.signs_in()
    clock.advance(minutes=5)
    owner.services.sessions.keep_alive(first)

    rows = owner.services.sessions.own(first)

    assert [row.is_this for row in rows] == [True, False]


def test_the_list_holds_no_one_elses_and_none_that_is_over(
    owner: Someone, session: Session, services: Services, clock: SetClock
) -> None:
    new_person(services, clock, email="ulf@example.com").signs_in()
    services.sessions.sign_out(owner.signs_in())

    assert [row.is_this for row in services.sessions.own(session)] == [True]


def test_one_session_is_ended_from_another_and_told(owner: Someone, session: Session) -> None:
    other = owner.signs_in()
    wanted = next(row.id for row in owner.services.sessions.own(other) if not row.is_this)

    owner.services.sessions.end_one(other, wanted)

    assert why_over(owner.services, session) == "ended from another console"
    assert last_event(owner.services, "end session").details == {"console": "bastion1 pts/3"}
    with everything_unchanged(owner.services):
        owner.services.sessions.end_one(other, wanted)


def test_all_others_are_ended_and_this_one_stays(owner: Someone, session: Session) -> None:
    others = [owner.signs_in() for _ in range(3)]

    assert owner.services.sessions.end_others(session) == 3

    assert {why_over(owner.services, other) for other in others} == {"ended from another console"}
    assert why_over(owner.services, session) is None


def test_ending_asks_for_a_proof(owner: Someone, session: Session, clock: SetClock) -> None:
    mine = owner.services.sessions.own(session)[0].id
    clock.advance(minutes=11)

    for end in (
        lambda: owner.services.sessions.end_one(session, mine),
        lambda: owner.services.sessions.end_others(session),
    ):
        with everything_unchanged(owner.services), pytest.raises(ProofNeeded):
            end()


def test_a_session_of_somebody_else_is_not_there_and_the_attempt_is_told(
    owner: Someone, session: Session, services: Services, clock: SetClock
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com")
    theirs = services.sessions.own(ulf.signs_in())[0].id

    for wanted in (theirs, uuid4()):
        with pytest.raises(NotThere):
            services.sessions.end_one(session, wanted)
        assert last_event(services, "end session").outcome == "denied"
    assert open_rows(services, ulf.email) == 1


def test_an_administrator_sees_and_ends_one_of_a_persons_sessions(
    owner: Someone, session: Session, services: Services, clock: SetClock
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com")
    first, second = ulf.signs_in(), ulf.signs_in()
    clock.advance(seconds=31)
    services.sessions.keep_alive(second)
    ulf_id = person_of(services, ulf.email).id
    kept, ended = services.rescue.sessions(session, ulf_id)

    services.rescue.end_session(session, ulf_id, ended.id)

    assert why_over(services, first) == "ended by an administrator"
    assert [row.id for row in services.sessions.own(second)] == [kept.id]
    assert last_event(services, "end session").target == ulf.email
    with pytest.raises(NotThere):
        services.rescue.end_session(session, ulf_id, services.sessions.own(session)[0].id)


def test_the_eleventh_sign_in_ends_the_longest_unused(owner: Someone, clock: SetClock) -> None:
    first, second, *_ = [_in_turn(owner) for _ in range(10)]
    clock.advance(seconds=31)
    owner.services.sessions.keep_alive(first)

    owner.signs_in()

    assert why_over(owner.services, first) is None
    assert why_over(owner.services, second) == "too many sessions"
    assert open_rows(owner.services, owner.email) == 10
    told = last_event(owner.services, "sign in")
    assert told.details["sessions ended"] == 1
    assert told.details["why"] == "too many sessions"


def test_locked_sessions_count_and_those_that_are_over_do_not(owner: Someone, clock: SetClock) -> None:
    held = [_in_turn(owner) for _ in range(10)]
    clock.advance(hours=1)
    owner.signs_in()
    assert why_over(owner.services, held[0]) == "too many sessions"

    clock.advance(hours=11, minutes=30)
    owner.signs_in()

    assert open_rows(owner.services, owner.email) == 2
    assert "sessions ended" not in last_event(owner.services, "sign in").details


def test_a_host_that_is_full_refuses_after_the_credentials_were_right(
    owner: Someone, services: Services, clock: SetClock, full_host: None
) -> None:
    with pytest.raises(TooManySessions):
        owner.gives_password()

    told = last_event(services, "sign in")
    assert (told.outcome, told.details) == ("denied", {"why": "too many sessions"})
    assert type(services.login.sign_in(owner.email, PASSWORD, origin=replace(CONSOLE, host="bastion2"))) is Session
    for _ in range(10):  # no right password is counted as a wrong one
        with pytest.raises(TooManySessions):
            owner.gives_password()
    clock.advance(minutes=15)
    assert owner.signs_in()


@pytest.fixture
def full_host(owner: Someone, services: Services, clock: SetClock) -> None:
    """As many consoles as one host takes."""
    other = new_person(services, clock, email="many@example.com")
    with transaction(services.engine) as db:
        person = db.exec(select(Person).where(Person.email == other.email)).one()
        for _ in range(500):
            sessions.begin(db, person, origin=CONSOLE, second_factor=False, now=clock())


def _in_turn(person: Someone) -> Session:
    person.clock.advance(seconds=1)
    return person.signs_in()


@pytest.fixture
def processes(settings: Settings, services: Services) -> Iterator[Crowd]:
    with crowd(PROCESSES, settings) as gathered:
        yield gathered


def test_of_twelve_that_sign_in_at_once_never_more_than_ten_stay(
    owner: Someone, clock: SetClock, processes: Crowd
) -> None:
    for _ in range(5):
        clock.advance(seconds=1)

        signed_in = processes.do(clock(), acts.complete_login, [(owner.email,)] * PROCESSES)

        assert signed_in == [acts.DONE] * PROCESSES
        assert open_rows(owner.services, owner.email) == 10
