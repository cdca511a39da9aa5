"""Help for somebody who lost a device, was locked out, or left a console open."""

from uuid import UUID

import pytest

from core.errors import FieldEmpty, SecondFactorNotActive, SessionOver, WrongCredentials
from core.login_steps import EnrolmentNeeded, Session
from core.services import Services
from tests.core.actors import SetClock, Someone, last_event, new_person, person_of


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def user_id(user: Someone) -> UUID:
    return person_of(user.services, user.email).id


def test_resetting_2_factor_removes_app_and_codes_ends_sessions_and_keeps_the_force_flag(
    services: Services, session: Session, user: Someone, user_id: UUID
) -> None:
    services.forcing.force_people(session, [user_id])
    at_work = user.enrols(user.owes_enrolment())
    assert services.people.details(session, user_id).second_factor_since

    services.rescue.reset_second_factor(session, user_id, reason="telephone lost")

    with pytest.raises(SessionOver):
        services.account.account(at_work)
    assert services.people.details(session, user_id).second_factor_since is None
    assert isinstance(user.gives_password(), EnrolmentNeeded)
    assert last_event(services, "reset 2-factor").details == {"reason": "telephone lost", "sessions ended": 1}


def test_a_reset_wants_a_reason_and_something_to_reset(services: Services, session: Session, user_id: UUID) -> None:
    with pytest.raises(FieldEmpty):
        services.rescue.reset_second_factor(session, user_id, reason=" ")
    with pytest.raises(SecondFactorNotActive):
        services.rescue.reset_second_factor(session, user_id, reason="lost")


def test_whoever_is_locked_is_seen_with_the_reason_and_unlocked(
    services: Services, session: Session, user: Someone, user_id: UUID, clock: SetClock
) -> None:
    guesser = Someone(services, clock, user.email, "wrong")
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            guesser.gives_password()
    [lock] = services.people.details(session, user_id).locks
    assert (lock.secret, lock.until > clock()) == ("password", True)
    with pytest.raises(WrongCredentials):
        user.gives_password()

    services.rescue.unlock(session, user_id)

    assert services.people.details(session, user_id).locks == ()
    assert isinstance(user.gives_password(), Session)
    assert last_event(services, "unlock a person").details == {"locks": ["password"]}


def test_ending_somebodys_sessions_is_felt_at_his_next_action(
    services: Services, session: Session, user: Someone, user_id: UUID
) -> None:
    consoles = [user.signs_in(), user.signs_in()]
    assert services.people.details(session, user_id).open_sessions == 2

    assert services.rescue.end_sessions(session, user_id) == 2

    for console in consoles:
        with pytest.raises(SessionOver):
            services.account.account(console)
