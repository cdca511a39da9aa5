"""Signed-in consoles: how long they last, and what ends them at the very next action."""

from dataclasses import replace

import pytest

from core.errors import SessionLocked, SessionOver
from core.login_steps import Session
from tests.core.actors import SetClock, Someone, change_person, everything_unchanged, last_event


def test_a_session_is_locked_when_idle_for_fifteen_minutes(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=14, seconds=59)
    owner.services.account.account(session)
    clock.advance(seconds=1)

    with pytest.raises(SessionLocked) as locked:
        owner.services.account.account(session)
    assert locked.value.since == clock()


def test_a_person_at_the_console_keeps_it_alive_for_twelve_hours(
    owner: Someone, session: Session, clock: SetClock
) -> None:
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        owner.services.sessions.keep_alive(session)
    clock.advance(minutes=10)

    with pytest.raises(SessionOver) as over:
        owner.services.sessions.keep_alive(session)
    assert over.value.why == "too old"


def test_looking_alone_does_not_keep_a_session_alive(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=10)
    owner.services.account.account(session)
    clock.advance(minutes=5)

    with pytest.raises(SessionLocked):
        owner.services.account.account(session)


def test_the_same_half_minute_is_noted_once(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(seconds=29)

    with everything_unchanged(owner.services):
        owner.services.sessions.keep_alive(session)


def test_signing_out_ends_it_and_is_told(owner: Someone, session: Session) -> None:
    owner.services.sessions.sign_out(session)

    with pytest.raises(SessionOver):
        owner.services.account.account(session)
    assert last_event(owner.services, "sign out").actor == owner.email


def test_signing_out_twice_changes_nothing_more(owner: Someone, session: Session) -> None:
    owner.services.sessions.sign_out(session)

    with everything_unchanged(owner.services):
        owner.services.sessions.sign_out(session)


def test_deactivating_a_person_ends_his_sessions_at_the_next_action(owner: Someone, session: Session) -> None:
    change_person(owner.services, owner.email, active=False)

    with pytest.raises(SessionOver):
        owner.services.account.account(session)


def test_each_login_has_a_session_of_its_own(owner: Someone) -> None:
    first, second = owner.signs_in(), owner.signs_in()

    owner.services.sessions.sign_out(first)

    assert first.token != second.token
    assert owner.services.account.account(second).email == owner.email


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "名前", "x" * 10_000])
def test_a_made_up_token_is_no_session(owner: Someone, session: Session, token: str) -> None:
    with pytest.raises(SessionOver):
        owner.services.account.account(replace(session, token=token))


def test_a_session_shows_its_token_nowhere(session: Session) -> None:
    assert session.token not in repr(session)
    assert session.token not in str(session)
