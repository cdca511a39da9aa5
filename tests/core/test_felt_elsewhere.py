"""What one process does to a session is felt by every function of another process at its very next action."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from core import permissions
from core.config import Settings
from core.login_steps import Session
from core.services import Services
from data.tables import USER
from tests.core.actors import SetClock, everything_unchanged
from tests.core.cast import Cast
from tests.core.elsewhere import FUNCTIONS, answers, elsewhere
from tests.core.racing import Crowd

ENDING_IS_ALLOWED = {"sessions.sign_out", "enrolment.leave"}
"""They take something away from whoever holds the token, and say nothing."""


@pytest.fixture
def other(settings: Settings, services: Services) -> Iterator[Crowd]:
    with elsewhere(settings) as process:
        yield process


@pytest.fixture
def here(services: Services, clock: SetClock) -> Cast:
    return Cast(services, clock)


def given_to(cast: Cast) -> dict[str, Any]:
    """Arguments with which an act would change something."""
    return {
        "person_id": cast.people["user"],
        "person_ids": [cast.people["user"]],
        "group_id": cast.groups["reader"],
        "group_ids": [cast.groups["reader"]],
        "resource_id": cast.resources["open"],
        "session_id": uuid4(),
        "code": "123456",
        "pin": "739164",
        "repeated": "739164",
    }


def deactivated(cast: Cast, by: Session, whom: str) -> None:
    cast.services.standing.deactivate(by, [cast.people[whom]])


def deleted(cast: Cast, by: Session, whom: str) -> None:
    cast.services.standing.delete(by, [cast.people[whom]])


def ended(cast: Cast, by: Session, whom: str) -> None:
    cast.services.rescue.end_sessions(by, cast.people[whom])


def one_ended(cast: Cast, by: Session, whom: str) -> None:
    for row in cast.services.rescue.sessions(by, cast.people[whom]):
        cast.services.rescue.end_session(by, cast.people[whom], row.id)


def reset(cast: Cast, by: Session, whom: str) -> None:
    cast.services.rescue.reset_second_factor(by, cast.people[whom], reason="lost")


@pytest.mark.parametrize("act", [deactivated, deleted, ended, one_ended, reset])
def test_no_function_does_anything_for_a_session_that_was_ended_elsewhere(
    here: Cast, clock: SetClock, other: Crowd, act: Any
) -> None:
    held = here.session_of("administrator")
    act(here, here.session_of("owner"), "administrator")

    with everything_unchanged(here.services):
        said = answers(other, clock, held, given_to(here))

    assert {function for function, answer in said.items() if answer != "SessionOver"} <= ENDING_IS_ALLOWED


def test_no_function_but_ending_and_unlocking_does_anything_for_a_locked_session(
    here: Cast, clock: SetClock, other: Crowd
) -> None:
    by_key, idle = here.session_of("administrator"), here.session_of("administrator")
    here.services.sessions.lock(by_key)
    others = sorted(set(FUNCTIONS) - ENDING_IS_ALLOWED - {"sessions.unlock"})

    for held in (by_key, idle):
        with everything_unchanged(here.services):
            said = answers(other, clock, held, given_to(here), others)
        assert set(said.values()) == {"SessionLocked"}
        clock.advance(minutes=15)


def test_whoever_was_demoted_may_do_at_once_what_a_user_may_and_nothing_else(
    here: Cast, clock: SetClock, other: Crowd
) -> None:
    held = here.session_of("administrator")
    here.services.standing.make_user(here.session_of("owner"), here.people["administrator"])

    said = answers(other, clock, held, given_to(here), [*permissions.ON_PEOPLE, *permissions.ON_CONTRACT])

    allowed = {function for function, answer in said.items() if answer not in {"NotAllowed", "SessionOver"}}
    assert allowed == {function for function, rule in permissions.ON_PEOPLE.items() if rule.allows(USER, "u")}
