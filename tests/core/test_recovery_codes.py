"""Recovery codes: ten, each once, in place of the app."""

import re

import pytest

from core import recovery_codes
from core.errors import LoginExpired, OnHold, ProofNeeded, SecondFactorNotActive, WrongRecoveryCode
from core.login_steps import Session
from tests.core.actors import PASSWORD, SetClock, Someone, last_event


def test_a_set_is_ten_codes_of_eighty_bits_without_characters_that_look_alike() -> None:
    codes = [code for _ in range(50) for code in recovery_codes.new_set()]

    assert len(set(codes)) == 500
    assert all(re.fullmatch(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", code) for code in codes)


def test_a_recovery_code_completes_a_login_once(protected: Someone) -> None:
    code = protected.recovery_codes[4]

    session = protected.services.login.give_recovery_code(protected.owes_code(), code)

    assert session.second_factor
    with pytest.raises(WrongRecoveryCode):
        protected.services.login.give_recovery_code(protected.owes_code(), code)


@pytest.mark.parametrize("as_typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_case_hyphens_and_spaces_do_not_matter(protected: Someone, as_typed: object) -> None:
    assert callable(as_typed)

    session = protected.services.login.give_recovery_code(protected.owes_code(), as_typed(protected.recovery_codes[0]))

    assert session.second_factor


@pytest.mark.parametrize("typed", ["", "AAAA-BBBB-CCCC-DDDD", "[/foo]", "\0", "\udc80", "名前", "x" * 10_000])
def test_whatever_else_is_typed_is_refused(protected: Someone, typed: str) -> None:
    owed = protected.owes_code()

    with pytest.raises(WrongRecoveryCode):
        protected.services.login.give_recovery_code(owed, typed)

    assert last_event(protected.services, "sign in").details == {"with": "recovery code"}


def test_the_account_counts_what_is_left_and_warns_below_four(protected: Someone) -> None:
    seen = []

    for code in protected.recovery_codes[:7]:
        session = protected.services.login.give_recovery_code(protected.owes_code(), code)
        account = protected.services.account.account(session)
        seen.append((account.recovery_codes_left, account.few_recovery_codes))

    assert seen == [(9, False), (8, False), (7, False), (6, False), (5, False), (4, False), (3, True)]


def test_five_wrong_recovery_codes_end_in_a_hold_but_the_app_still_opens(protected: Someone) -> None:
    owed = protected.owes_code()
    for _ in range(5):
        with pytest.raises(WrongRecoveryCode):
            protected.services.login.give_recovery_code(owed, "AAAA-BBBB-CCCC-DDDD")

    with pytest.raises(OnHold):
        protected.services.login.give_recovery_code(owed, protected.recovery_codes[0])
    assert protected.services.login.give_code(owed, protected.code()).second_factor


def test_a_new_set_makes_the_old_one_void(protected: Someone) -> None:
    new = protected.services.second_factor.new_recovery_codes(protected.signs_in())

    with pytest.raises(WrongRecoveryCode):
        protected.services.login.give_recovery_code(protected.owes_code(), protected.recovery_codes[0])
    assert protected.services.login.give_recovery_code(protected.owes_code(), new[0]).second_factor


def test_a_new_set_wants_a_fresh_proof(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()
    clock.advance(minutes=11)

    with pytest.raises(ProofNeeded) as needed:
        protected.services.second_factor.new_recovery_codes(session)

    assert needed.value.with_code
    protected.services.proof.prove(session, PASSWORD, protected.code(), act="second_factor.new_recovery_codes")
    assert len(protected.services.second_factor.new_recovery_codes(session)) == 10


def test_without_an_authenticator_there_are_no_recovery_codes(owner: Someone, session: Session) -> None:
    with pytest.raises(SecondFactorNotActive):
        owner.services.second_factor.new_recovery_codes(session)


def test_deactivating_takes_the_recovery_codes_along(protected: Someone) -> None:
    session = protected.signs_in()
    owed = protected.owes_code()
    protected.services.second_factor.deactivate(session)

    assert protected.services.account.account(session).recovery_codes_left == 0
    with pytest.raises((WrongRecoveryCode, LoginExpired)):
        protected.services.login.give_recovery_code(owed, protected.recovery_codes[0])
