"""What a person sees of his account, and "Changing your password"."""

import pytest
from sqlmodel import select

from core.errors import (
    OnHold,
    PasswordsDiffer,
    PasswordUnchanged,
    PasswordUnmet,
    SessionOver,
    WrongCredentials,
    WrongOldPassword,
)
from core.login_steps import CodeNeeded, Session
from data.engine import transaction
from data.tables import Contract
from tests.core.actors import PASSWORD, SetClock, Someone, change_person, everything_unchanged, last_event
from tests.core.watching import argon2_runs

NEW = "Other-Lantern,43"


def test_the_account_tells_who_the_person_is(owner: Someone, session: Session, clock: SetClock) -> None:
    account = owner.services.account.account(session)

    assert (account.name, account.email, account.role) == ("Olga Ohm", "olga@example.com", "owner")
    assert account.contract == "Harbour Works"
    assert account.password_changed_at == clock()
    assert (account.second_factor, account.pin_set_at, account.recovery_codes_left) == (False, None, 0)


def test_the_account_tells_who_activated_the_second_factor(owner: Someone, session: Session) -> None:
    change_person(owner.services, owner.email, force_sec_auth=True, forced_by="Adam Admin")

    account = owner.services.account.account(session)

    assert (account.second_factor_forced, account.second_factor_forced_by) == (True, "Adam Admin")


def test_the_account_tells_since_when_and_when_a_code_was_last_used(protected: Someone, clock: SetClock) -> None:
    activated_at = clock()

    session = protected.signs_in()

    account = protected.services.account.account(session)
    assert account.second_factor_since == activated_at
    assert account.last_code_at == clock()


def test_the_new_password_is_effective_with_the_next_login(owner: Someone, session: Session) -> None:
    owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    with pytest.raises(WrongCredentials):
        owner.gives_password()
    owner.password = NEW
    assert isinstance(owner.gives_password(), Session)


def test_the_console_that_changed_it_stays_signed_in_and_the_others_are_over(owner: Someone, session: Session) -> None:
    others = [owner.signs_in(), owner.signs_in()]

    owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    assert owner.services.account.account(session).email == owner.email
    for other in others:
        with pytest.raises(SessionOver):
            owner.services.account.account(other)
    assert last_event(owner.services, "change password").details == {"sessions ended": 2}


def test_a_changed_password_leaves_the_second_factor_as_it_is(protected: Someone) -> None:
    session = protected.signs_in()

    protected.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    protected.password = NEW
    assert isinstance(protected.gives_password(), CodeNeeded)
    assert protected.signs_in().second_factor


def test_the_old_password_is_asked_under_a_limit(owner: Someone, session: Session) -> None:
    for _ in range(5):
        with pytest.raises(WrongOldPassword):
            owner.services.account.change_password(session, old="wrong", new=NEW, repeated=NEW)

    with pytest.raises(OnHold):
        owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)


@pytest.mark.parametrize(
    ("new", "repeated", "refusal"),
    [
        ("short!A", "short!A", PasswordUnmet),
        ("Password!", "Password!", PasswordUnmet),
        ("Harbour-of-Olga!", "Harbour-of-Olga!", PasswordUnmet),
        ("", "", PasswordUnmet),
        ("\udc80" * 10_000, "", PasswordUnmet),
        (NEW, NEW + " ", PasswordsDiffer),
        (PASSWORD, PASSWORD, PasswordUnchanged),
    ],
)
def test_a_new_password_that_is_not_taken_changes_nothing(
    owner: Someone, session: Session, new: str, repeated: str, refusal: type[Exception]
) -> None:
    counters = frozenset({"attempt_counter"})

    with everything_unchanged(owner.services, but=counters), pytest.raises(refusal):
        owner.services.account.change_password(session, old=PASSWORD, new=new, repeated=repeated)


def test_the_contracts_policy_is_the_one_that_counts(owner: Someone, session: Session) -> None:
    _set_policy(owner, min_length=20)

    with pytest.raises(PasswordUnmet) as unmet:
        owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    assert unmet.value.rules == ("20 characters",)


def test_a_session_that_is_over_changes_no_password(owner: Someone, session: Session) -> None:
    owner.services.sessions.sign_out(session)

    with argon2_runs() as runs, pytest.raises(SessionOver):
        owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    assert runs == []


def test_changing_and_failing_to_is_in_the_audit(owner: Someone, session: Session) -> None:
    with pytest.raises(WrongOldPassword):
        owner.services.account.change_password(session, old="wrong", new=NEW, repeated=NEW)
    owner.services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)

    assert last_event(owner.services, "prove identity").outcome == "denied"
    assert last_event(owner.services, "change password").outcome == "done"


def _set_policy(owner: Someone, *, min_length: int) -> None:
    with transaction(owner.services.engine) as db:
        db.exec(select(Contract)).one().min_length = min_length
