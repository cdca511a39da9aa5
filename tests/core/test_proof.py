"""A fresh proof inside a session: the password, and a code where 2-factor is active."""

from datetime import timedelta

import pytest

from core import codes, totp
from core.errors import (
    ClockDrift,
    CodeAlreadyUsed,
    CodeMalformed,
    OnHold,
    ProofNeeded,
    SessionOver,
    WrongCode,
    WrongOldPassword,
)
from core.login_steps import Session
from data.engine import transaction
from data.tables import Authenticator
from tests.core.actors import PASSWORD, SetClock, Someone, everything_unchanged, last_event, person_of
from tests.core.watching import argon2_runs

SAVING = "support_pin.save"
NEW_CODES = "second_factor.new_recovery_codes"
DEACTIVATING = "second_factor.deactivate"


def test_without_second_factor_the_password_is_the_proof(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=11)

    owner.services.proof.prove(session, PASSWORD, act=SAVING)

    owner.services.support_pin.save(session, "480193", repeated="480193")


def test_with_second_factor_password_and_code_are_the_proof(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()
    clock.advance(minutes=11)

    protected.services.proof.prove(session, PASSWORD, protected.code(), act=SAVING)

    protected.services.support_pin.save(session, "480193", repeated="480193")


@pytest.mark.parametrize(("code", "refusal"), [("", ProofNeeded), ("  ", ProofNeeded), ("12345", CodeMalformed)])
def test_a_missing_or_malformed_code_is_refused_before_the_password_is_looked_at(
    protected: Someone, code: str, refusal: type[Exception]
) -> None:
    session = protected.signs_in()

    with everything_unchanged(protected.services), argon2_runs() as runs, pytest.raises(refusal):
        protected.services.proof.prove(session, PASSWORD, code, act=SAVING)

    assert runs == []


def test_a_wrong_code_proves_nothing_and_counts_with_those_of_the_login(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()
    clock.advance(minutes=11)
    for _ in range(5):
        with pytest.raises(WrongCode):
            protected.services.proof.prove(session, PASSWORD, protected.phone.wrong_code(clock()), act=SAVING)

    with pytest.raises(OnHold):
        protected.services.login.give_code(protected.owes_code(), protected.code())
    with pytest.raises(ProofNeeded):
        protected.services.second_factor.deactivate(session)
    assert last_event(protected.services, "prove identity").details == {"with": "code"}


def test_a_used_code_proves_nothing(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()

    with pytest.raises(CodeAlreadyUsed):
        protected.services.proof.prove(session, PASSWORD, protected.phone.code(clock()), act=SAVING)


def test_a_code_whose_time_was_told_at_the_sign_in_proves_nothing_when_it_comes(
    protected: Someone, clock: SetClock
) -> None:
    """The drift was told at one place and the code used at the other; see the same attack on the login."""
    session = protected.signs_in()
    guess = protected.phone.code(clock() + timedelta(seconds=90))
    with pytest.raises(ClockDrift):
        protected.services.login.give_code(protected.owes_code(), guess)
    clock.advance(seconds=90)

    with pytest.raises(CodeAlreadyUsed):
        protected.services.proof.prove(session, PASSWORD, guess, act=SAVING)


def test_a_code_whose_time_was_told_at_a_proof_opens_no_login_when_it_comes(
    protected: Someone, clock: SetClock
) -> None:
    session = protected.signs_in()
    guess = protected.phone.code(clock() + timedelta(seconds=90))
    with pytest.raises(ClockDrift):
        protected.services.proof.prove(session, PASSWORD, guess, act=SAVING)
    clock.advance(seconds=90)

    with pytest.raises(CodeAlreadyUsed):
        protected.services.login.give_code(protected.owes_code(), guess)


def test_five_wrong_passwords_hold_the_proof_but_not_the_login(owner: Someone, session: Session) -> None:
    for _ in range(5):
        with pytest.raises(WrongOldPassword):
            owner.services.proof.prove(session, "wrong", act=SAVING)

    with pytest.raises(OnHold):
        owner.services.proof.prove(session, PASSWORD, act=SAVING)
    assert isinstance(owner.gives_password(), Session)
    assert last_event(owner.services, "prove identity").outcome == "denied"


def test_a_proof_lasts_ten_minutes(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=5)
    owner.services.proof.prove(session, PASSWORD, act=SAVING)
    owner.services.sessions.keep_alive(session)
    clock.advance(minutes=10)
    owner.services.support_pin.save(session, "480193", repeated="480193")
    clock.advance(seconds=1)

    with pytest.raises(ProofNeeded):
        owner.services.support_pin.save(session, "480193", repeated="480193")


def test_a_proof_counts_for_the_act_that_it_was_given_for_alone(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()
    clock.advance(minutes=11)
    protected.services.proof.prove(session, PASSWORD, protected.code(), act=SAVING)

    for act in (protected.services.second_factor.new_recovery_codes, protected.services.second_factor.deactivate):
        with everything_unchanged(protected.services), pytest.raises(ProofNeeded) as needed:
            act(session)
        assert needed.value.act in {NEW_CODES, DEACTIVATING}

    protected.services.support_pin.save(session, "480193", repeated="480193")


def test_a_proof_counts_in_its_session_alone(protected: Someone, clock: SetClock) -> None:
    session, other = protected.signs_in(), protected.signs_in()
    clock.advance(minutes=11)
    protected.services.proof.prove(session, PASSWORD, protected.code(), act=SAVING)

    with pytest.raises(ProofNeeded):
        protected.services.support_pin.save(other, "480193", repeated="480193")


def test_signing_in_is_a_proof_for_the_first_act_alone(owner: Someone) -> None:
    """Whoever finds a terminal unlocked minutes after a sign-in finds no proof for anything else."""
    session = owner.gives_password()
    assert isinstance(session, Session)

    owner.services.support_pin.save(session, "480193", repeated="480193")

    owner.services.support_pin.save(session, "591204", repeated="591204")
    with pytest.raises(ProofNeeded):
        owner.services.enrolment.begin(session)


def test_a_proof_for_one_act_outlives_that_for_another(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=11)
    owner.services.proof.prove(session, PASSWORD, act=SAVING)
    owner.services.proof.prove(session, PASSWORD, act="enrolment.begin")

    owner.services.support_pin.save(session, "480193", repeated="480193")
    owner.services.enrolment.begin(session)


def test_what_was_proved_is_told_to_the_audit(owner: Someone, session: Session) -> None:
    owner.services.proof.prove(session, PASSWORD, act=SAVING)

    assert last_event(owner.services, "prove identity").details == {"for": SAVING}


def test_a_session_that_is_over_proves_nothing(owner: Someone, session: Session) -> None:
    owner.services.sessions.sign_out(session)

    with argon2_runs() as runs, pytest.raises(SessionOver):
        owner.services.proof.prove(session, PASSWORD, act=SAVING)

    assert runs == []


def test_a_proof_from_before_the_second_factor_was_activated_is_none(
    owner: Someone, session: Session, clock: SetClock
) -> None:
    """A session opened with the password alone that is still open when a second factor appears proves nothing.

    Here the factor comes without ending it, as it would by any way that forgets to.
    """
    clock.advance(minutes=1)
    secret = _has_authenticator(owner, clock)

    with pytest.raises(ProofNeeded) as needed:
        owner.services.second_factor.new_recovery_codes(session)

    assert needed.value.with_code
    with pytest.raises(ProofNeeded):
        owner.services.proof.prove(session, PASSWORD, act=SAVING)
    owner.services.proof.prove(session, PASSWORD, totp.code_at(secret, totp.step_at(clock())), act=NEW_CODES)
    assert len(owner.services.second_factor.new_recovery_codes(session)) == 10


def test_a_session_that_never_gave_a_second_factor_proves_nothing_while_one_is_active(
    owner: Someone, clock: SetClock
) -> None:
    """As above, where the clocks of two hosts make the proof look younger than the factor."""
    activated_at = clock()
    clock.advance(minutes=1)
    session = owner.signs_in()
    secret = _has_authenticator(owner, SetClock(activated_at))

    with pytest.raises(ProofNeeded):
        owner.services.second_factor.deactivate(session)

    owner.services.proof.prove(session, PASSWORD, totp.code_at(secret, totp.step_at(clock())), act=DEACTIVATING)
    owner.services.second_factor.deactivate(session)


def _has_authenticator(person: Someone, clock: SetClock) -> str:
    """Give a person an authenticator and leave his sessions as they are; its secret."""
    secret = totp.new_secret()
    person_id = person_of(person.services, person.email).id
    sealed = codes.seal_secret(person.services.keys, "authenticator", person_id, secret)
    with transaction(person.services.engine) as db:
        db.add(Authenticator(person_id=person_id, secret_sealed=sealed, confirmed_at=clock()))
    return secret
