"""A locked console: it does nothing but end, until its person has proved that he is there."""

import pytest

from core.errors import (
    AnswerRefused,
    CodeAlreadyUsed,
    CodeMalformed,
    CodeMissing,
    OnHold,
    SessionLocked,
    SessionOver,
    WrongCode,
    WrongOldPassword,
)
from core.login_steps import Session
from tests.core.actors import PASSWORD, SetClock, Someone, change_person, events, everything_unchanged, last_event


def is_locked(person: Someone, session: Session) -> bool:
    try:
        person.services.account.account(session)
    except SessionLocked:
        return True
    return False


def test_locking_acts_at_once_and_is_told(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.services.sessions.lock(session)

    with pytest.raises(SessionLocked) as locked:
        owner.services.account.account(session)
    assert locked.value.since == clock()
    assert last_event(owner.services, "lock console").actor == owner.email


def test_the_password_unlocks_and_the_idle_time_begins_anew(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(hours=3)
    assert is_locked(owner, session)

    owner.services.sessions.unlock(session, PASSWORD)

    assert owner.services.account.account(session).email == owner.email
    clock.advance(minutes=14, seconds=59)
    assert not is_locked(owner, session)
    clock.advance(seconds=1)
    assert is_locked(owner, session)
    assert last_event(owner.services, "unlock console").outcome == "done"


@pytest.mark.parametrize("typed", ["", "wrong", PASSWORD[:-1], "x" * 300, "[/foo]", "名前"])
def test_a_wrong_password_leaves_it_locked_and_is_told(owner: Someone, session: Session, typed: str) -> None:
    owner.services.sessions.lock(session)

    with pytest.raises(WrongOldPassword):
        owner.services.sessions.unlock(session, typed)

    assert is_locked(owner, session)
    told = last_event(owner.services, "unlock console")
    assert (told.outcome, told.details) == ("denied", {"with": "password"})


def test_where_2_factor_is_active_a_code_belongs_to_it(protected: Someone) -> None:
    session = protected.signs_in()
    unlock = protected.services.sessions.unlock
    protected.services.sessions.lock(session)
    code = protected.code()

    with everything_unchanged(protected.services), pytest.raises(CodeMissing):
        unlock(session, PASSWORD)
    with everything_unchanged(protected.services), pytest.raises(CodeMalformed):
        unlock(session, PASSWORD, "12345")
    with pytest.raises(WrongCode):
        unlock(session, PASSWORD, protected.phone.wrong_code(protected.clock()))
    with pytest.raises(WrongOldPassword):
        unlock(session, "wrong", code)
    assert is_locked(protected, session)
    unlock(session, PASSWORD, code)
    assert not is_locked(protected, session)


def test_a_code_unlocks_once(protected: Someone) -> None:
    session = protected.signs_in()
    code = protected.code()
    protected.services.sessions.unlock(session, PASSWORD, code)
    protected.services.sessions.lock(session)

    with pytest.raises(CodeAlreadyUsed):
        protected.services.sessions.unlock(session, PASSWORD, code)

    assert is_locked(protected, session)


def test_guessing_ends_in_a_hold_that_the_right_password_does_not_pass(
    owner: Someone, session: Session, clock: SetClock
) -> None:
    owner.services.sessions.lock(session)
    for _ in range(5):
        with pytest.raises(WrongOldPassword):
            owner.services.sessions.unlock(session, "wrong")

    with pytest.raises(OnHold):
        owner.services.sessions.unlock(session, PASSWORD)

    assert is_locked(owner, session)
    clock.advance(minutes=15)
    owner.services.sessions.unlock(session, PASSWORD)


def test_guesses_at_the_lock_and_at_proofs_count_together(owner: Someone, session: Session) -> None:
    for _ in range(3):
        with pytest.raises(AnswerRefused):
            owner.services.proof.prove(session, "wrong", act="support_pin.save")
    owner.services.sessions.lock(session)
    for _ in range(2):
        with pytest.raises(AnswerRefused):
            owner.services.sessions.unlock(session, "wrong")

    with pytest.raises(OnHold):
        owner.services.sessions.unlock(session, PASSWORD)


def test_unlocking_is_no_proof_for_an_act(owner: Someone, session: Session, clock: SetClock) -> None:
    before = [event for event in events(owner.services) if event.act == "prove identity"]
    clock.advance(minutes=20)

    owner.services.sessions.unlock(session, PASSWORD)

    assert [event for event in events(owner.services) if event.act == "prove identity"] == before


def test_it_can_be_ended_while_it_is_locked(owner: Someone, session: Session) -> None:
    owner.services.sessions.lock(session)

    owner.services.sessions.sign_out(session)

    with pytest.raises(SessionOver) as over:
        owner.services.sessions.unlock(session, PASSWORD)
    assert over.value.why == "signed out"


def test_after_twelve_hours_no_password_unlocks_it(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(hours=12)

    with pytest.raises(SessionOver):
        owner.services.sessions.unlock(session, PASSWORD)


def test_a_deactivated_person_unlocks_nothing(owner: Someone, session: Session) -> None:
    owner.services.sessions.lock(session)
    change_person(owner.services, owner.email, active=False)

    with pytest.raises(SessionOver) as over:
        owner.services.sessions.unlock(session, PASSWORD)

    assert over.value.why == "deactivated"


def test_what_locks_a_locked_session_changes_nothing(owner: Someone, session: Session) -> None:
    owner.services.sessions.lock(session)

    with everything_unchanged(owner.services), pytest.raises(SessionLocked):
        owner.services.sessions.lock(session)
