"""Signing in: the table of the design, row by row, and what stops guessers."""

from datetime import timedelta

import pytest
from argon2 import Parameters, Type

from core.errors import ClockDrift, CodeAlreadyUsed, CodeMalformed, LoginExpired, OnHold, WrongCode, WrongCredentials
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.passwords import Passwords
from core.services import Services
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    rows,
)
from tests.core.watching import argon2_runs, statements

STEP = timedelta(seconds=30)


def test_not_forced_and_without_an_authenticator_the_password_is_all(owner: Someone) -> None:
    step = owner.gives_password()

    assert isinstance(step, Session)
    assert not step.second_factor


def test_not_forced_and_with_an_authenticator_the_password_is_followed_by_a_code(protected: Someone) -> None:
    step = protected.gives_password()

    assert isinstance(step, CodeNeeded)
    assert protected.services.login.give_code(step, protected.code()).second_factor


def test_forced_and_without_an_authenticator_nothing_but_the_setup_assistant_is_open(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    forced = new_person(services, clock, email="ulf@example.com", force_sec_auth=True)

    step = forced.gives_password()

    assert isinstance(step, EnrolmentNeeded)
    assert forced.enrols(step).second_factor
    assert isinstance(forced.gives_password(), CodeNeeded)


def test_forced_and_with_an_authenticator_the_password_is_followed_by_a_code(protected: Someone) -> None:
    change_person(protected.services, protected.email, force_sec_auth=True, forced_by="Olga Ohm")

    step = protected.gives_password()

    assert isinstance(step, CodeNeeded)


def test_forcing_is_effective_with_the_next_login_and_throws_nobody_out(owner: Someone, session: Session) -> None:
    change_person(owner.services, owner.email, force_sec_auth=True)

    assert owner.services.account.account(session).second_factor_forced
    assert isinstance(owner.gives_password(), EnrolmentNeeded)


def test_no_longer_forced_a_person_keeps_his_authenticator(protected: Someone) -> None:
    change_person(protected.services, protected.email, force_sec_auth=True)
    change_person(protected.services, protected.email, force_sec_auth=False)

    assert isinstance(protected.gives_password(), CodeNeeded)


def test_the_email_is_found_in_whatever_case_it_is_typed(owner: Someone) -> None:
    step = owner.services.login.sign_in("  OLGA@Example.COM ", PASSWORD, origin=CONSOLE)

    assert isinstance(step, Session)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody@example.com",
        "[/foo]",
        "a\0b@example.com",
        "\x1b]52;c;x\x07",
        "\udc80@x",
        "\u202eolga@example.com",
        "x" * 10_000,
    ],
)
def test_whatever_is_typed_as_email_or_password_is_refused_in_the_same_way(owner: Someone, email: str) -> None:
    with pytest.raises(WrongCredentials):
        owner.services.login.sign_in(email, PASSWORD, origin=CONSOLE)
    with pytest.raises(WrongCredentials):
        owner.services.login.sign_in(owner.email, email, origin=CONSOLE)


def test_unknown_locked_deactivated_invited_and_wrong_are_alike_in_words_hashes_and_statements(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    new_person(services, clock, email="gone@example.com", active=False)
    new_person(services, clock, email="invited@example.com", password_hash=None, password_changed_at=None)
    locked = new_person(services, clock, email="locked@example.com")
    for _ in range(5):
        _try(services, locked.email, "wrong")
    tries = [
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("invited@example.com", PASSWORD),
        (locked.email, PASSWORD),
        (owner.email, "wrong"),
        ("nul\0@example.com", PASSWORD),
    ]

    seen = []
    for email, password in tries:
        with statements(services) as said, argon2_runs() as runs:
            refusal = _try(services, email, password)
        seen.append((type(refusal), refusal.args, len(runs), said))

    assert seen[0][2] == 1
    assert all(one == seen[0] for one in seen)


def test_the_first_unknown_name_costs_no_more_than_the_second(services: Services) -> None:
    with argon2_runs() as runs:
        _try(services, "nobody@example.com", PASSWORD)

    assert len(runs) == 1


def test_five_failures_are_free_and_then_even_the_right_password_has_to_wait(owner: Someone, clock: SetClock) -> None:
    for _ in range(5):
        _try(owner.services, owner.email, "wrong")

    with pytest.raises(WrongCredentials):
        owner.gives_password()
    clock.advance(seconds=31)
    assert isinstance(owner.gives_password(), Session)


def test_a_right_password_forgets_the_failures_before_it(owner: Someone, clock: SetClock) -> None:
    for _ in range(3):
        for _ in range(4):
            _try(owner.services, owner.email, "wrong")
        assert isinstance(owner.gives_password(), Session)


def test_one_persons_failures_hold_nobody_else_up(services: Services, owner: Someone, clock: SetClock) -> None:
    other = new_person(services, clock, email="ulf@example.com")
    for _ in range(10):
        _try(services, owner.email, "wrong")

    assert isinstance(other.gives_password(), Session)


def test_five_wrong_codes_end_in_a_hold_that_says_how_long(protected: Someone, clock: SetClock) -> None:
    owed = protected.owes_code()
    for _ in range(5):
        with pytest.raises(WrongCode):
            protected.services.login.give_code(owed, protected.phone.wrong_code(clock()))

    with pytest.raises(OnHold) as hold:
        protected.services.login.give_code(owed, protected.code())

    assert hold.value.until - hold.value.now == timedelta(minutes=14, seconds=30)


def test_a_new_password_login_gives_no_new_code_guesses(protected: Someone, clock: SetClock) -> None:
    for _ in range(5):
        with pytest.raises(WrongCode):
            protected.services.login.give_code(protected.owes_code(), protected.phone.wrong_code(clock()))

    with pytest.raises(OnHold):
        protected.services.login.give_code(protected.owes_code(), protected.code())


def test_a_used_code_is_refused_on_another_console(protected: Someone) -> None:
    first, second = protected.owes_code(), protected.owes_code()
    code = protected.code()
    protected.services.login.give_code(first, code)

    with pytest.raises(CodeAlreadyUsed):
        protected.services.login.give_code(second, code)

    assert last_event(protected.services, "sign in").details == {"with": "code", "replayed": True}


def test_the_code_that_activated_the_second_factor_opens_no_login(owner: Someone, clock: SetClock) -> None:
    owner.enrols(owner.signs_in())

    with pytest.raises(CodeAlreadyUsed):
        owner.services.login.give_code(owner.owes_code(), owner.phone.code(clock()))


@pytest.mark.parametrize("steps", range(2, 11))
def test_a_code_whose_time_was_told_is_not_accepted_when_it_comes(
    protected: Someone, clock: SetClock, steps: int
) -> None:
    """A guesser hits one of the steps to come, reads "your clock is N seconds ahead", and comes back in N seconds.

    With nine more steps that answered, a guess at a code was four times as likely to open.
    """
    owed = protected.owes_code()
    guess = protected.phone.code(clock() + steps * STEP)
    with pytest.raises(ClockDrift) as drift:
        protected.services.login.give_code(owed, guess)
    assert drift.value.seconds == steps * 30

    for _ in range(steps - 1):
        clock.advance(seconds=30)
    for _ in range(3):
        with pytest.raises(CodeAlreadyUsed):
            protected.services.login.give_code(owed, guess)
        clock.advance(seconds=30)

    assert protected.services.login.give_code(owed, protected.phone.code(clock())).second_factor


def test_all_codes_whose_time_was_told_are_used_up(protected: Someone, clock: SetClock) -> None:
    """The second code that was told made the first one good again."""
    owed = protected.owes_code()
    guesses = [protected.phone.code(clock() + steps * STEP) for steps in (6, 4, 5)]
    for guess in guesses:
        with pytest.raises(ClockDrift):
            protected.services.login.give_code(owed, guess)
    clock.advance(seconds=150)

    for guess in guesses:
        with pytest.raises((CodeAlreadyUsed, OnHold)):
            protected.services.login.give_code(protected.owes_code(), guess)


def test_a_clock_that_is_set_right_after_it_was_told_opens_again(protected: Someone) -> None:
    protected.phone.off_by = 300
    with pytest.raises(ClockDrift):
        protected.services.login.give_code(protected.owes_code(), protected.code())

    protected.phone.off_by = 0

    assert protected.signs_in().second_factor


def test_told_steps_are_forgotten_once_their_time_is_over(protected: Someone, clock: SetClock) -> None:
    for _ in range(20):
        clock.advance(hours=2)
        with pytest.raises(ClockDrift):
            protected.services.login.give_code(protected.owes_code(), protected.phone.code(clock() + 5 * STEP))

    assert len(person_of(protected.services, protected.email).told_steps) == 1


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123456\0", "[/foo]", "\udc80", "9" * 10_000]
)
def test_what_is_no_code_is_refused_and_not_counted(protected: Someone, typed: str) -> None:
    owed = protected.owes_code()

    with everything_unchanged(protected.services), pytest.raises(CodeMalformed):
        protected.services.login.give_code(owed, typed)


def test_half_a_login_completes_once(protected: Someone) -> None:
    owed = protected.owes_code()
    protected.services.login.give_code(owed, protected.code())

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def test_half_a_login_dies_after_ten_minutes(protected: Someone, clock: SetClock) -> None:
    owed = protected.owes_code()
    clock.advance(minutes=10)

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def test_half_a_login_dies_with_the_persons_activity(protected: Someone) -> None:
    owed = protected.owes_code()
    change_person(protected.services, protected.email, active=False)

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def test_half_a_login_dies_with_the_password_it_was_begun_with(protected: Someone) -> None:
    session = protected.signs_in()
    owed = protected.owes_code()
    protected.services.account.change_password(
        session, old=PASSWORD, new="Other-Lantern,43", repeated="Other-Lantern,43"
    )

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def test_half_a_login_dies_with_the_second_factor_it_waits_for(protected: Someone) -> None:
    session = protected.signs_in()
    owed = protected.owes_code()
    protected.services.second_factor.deactivate(session)

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def test_a_login_by_an_older_hash_stores_one_at_todays_cost(owner: Someone) -> None:
    change_person(owner.services, owner.email, password_hash=_at_another_cost(owner.services))

    owner.signs_in()

    stored = person_of(owner.services, owner.email).password_hash
    assert stored is not None
    assert not owner.services.login.passwords.is_outdated(stored)
    assert isinstance(owner.gives_password(), Session)


def test_every_login_and_every_refusal_is_in_the_audit_with_its_origin(protected: Someone, clock: SetClock) -> None:
    _try(protected.services, protected.email, "wrong")
    owed = protected.owes_code()
    with pytest.raises(WrongCode):
        protected.services.login.give_code(owed, protected.phone.wrong_code(clock()))
    protected.services.login.give_code(owed, protected.code())

    told = [event for event in events(protected.services) if event.act == "sign in"][-3:]

    assert [(event.outcome, event.details["with"]) for event in told] == [
        ("denied", "password"),
        ("denied", "code"),
        ("done", "code"),
    ]
    assert {event.target for event in told} == {protected.email}
    assert all(event.origin == CONSOLE.facts() for event in told)


def test_a_held_guess_at_a_code_is_in_the_audit_too(protected: Someone, clock: SetClock) -> None:
    owed = protected.owes_code()
    for _ in range(7):
        with pytest.raises((WrongCode, OnHold)):
            protected.services.login.give_code(owed, protected.phone.wrong_code(clock()))

    denied = [event for event in events(protected.services) if event.outcome == "denied"]

    assert len(denied) == 7


def test_what_was_typed_as_an_unknown_email_is_not_kept(services: Services) -> None:
    _try(services, "Tr0ub4dor&3", PASSWORD)

    told = last_event(services, "sign in")

    assert (told.chain, told.target) == ("host", "unknown e-mail")


def _try(services: Services, email: str, password: str) -> WrongCredentials:
    with pytest.raises(WrongCredentials) as refusal:
        services.login.sign_in(email, password, origin=CONSOLE)
    return refusal.value


def _at_another_cost(services: Services) -> str:
    cost = Parameters(Type.ID, 19, 16, 32, time_cost=2, memory_cost=16, parallelism=1)
    return Passwords(services.keys, cost).hash(PASSWORD)


def test_half_logins_that_nobody_completed_do_not_pile_up(protected: Someone, clock: SetClock) -> None:
    for _ in range(5):
        protected.owes_code()
        clock.advance(minutes=11)

    protected.owes_code()

    assert len(rows(protected.services)["pending_login"]) == 1
