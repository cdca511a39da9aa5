"""Time-based one-time passwords against the vectors of the RFCs, and what is said of a code that does not fit."""

from base64 import b32encode
from datetime import UTC, datetime

import pyotp
import pytest

from core import totp
from core.errors import ClockDrift, CodeAlreadyUsed, CodeMalformed, WrongCode

RFC_SECRET = b32encode(b"12345678901234567890").decode()
APPENDIX_D = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
NOW = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)
STEP = totp.step_at(NOW)


@pytest.mark.parametrize(
    ("counter", "code"),
    list(enumerate(APPENDIX_D)),
)
def test_codes_are_those_of_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, eight_digits: str) -> None:
    moment = datetime.fromtimestamp(seconds, tz=UTC)

    code = totp.code_at(RFC_SECRET, totp.step_at(moment))

    assert code == eight_digits[-6:]
    assert totp.matching_step(RFC_SECRET, code, last_step=-1, now=moment) == seconds // 30


def test_a_secret_has_160_random_bits() -> None:
    secrets = {totp.new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(pyotp.TOTP(secret).byte_secret()) for secret in secrets} == {20}


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_code_of_this_step_the_one_before_or_the_one_after_is_accepted(away: int) -> None:
    secret = totp.new_secret()

    step = totp.matching_step(secret, totp.code_at(secret, STEP + away), last_step=-1, now=NOW)

    assert step == STEP + away


@pytest.mark.parametrize("away", [away for away in range(-10, 11) if abs(away) > 1])
def test_a_code_up_to_ten_steps_away_is_refused_with_the_drift_in_seconds(away: int) -> None:
    with pytest.raises(ClockDrift) as drift:
        totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, STEP + away), last_step=-1, now=NOW)

    assert (drift.value.seconds, drift.value.step) == (away * 30, STEP + away)


@pytest.mark.parametrize("away", [-11, 11])
def test_a_code_farther_away_is_just_wrong(away: int) -> None:
    with pytest.raises(WrongCode):
        totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, STEP + away), last_step=-1, now=NOW)


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_code_is_refused_once_its_step_was_accepted(away: int) -> None:
    with pytest.raises(CodeAlreadyUsed):
        totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, STEP + away), last_step=STEP + away, now=NOW)


def test_a_code_is_refused_once_a_later_step_was_accepted() -> None:
    with pytest.raises(CodeAlreadyUsed):
        totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, STEP - 1), last_step=STEP, now=NOW)


def test_a_code_is_refused_once_a_refusal_told_its_step() -> None:
    code = totp.code_at(RFC_SECRET, STEP + 1)

    with pytest.raises(CodeAlreadyUsed):
        totp.matching_step(RFC_SECRET, code, last_step=-1, told=[STEP + 1], now=NOW)

    assert totp.matching_step(RFC_SECRET, code, last_step=-1, told=[STEP, STEP + 2], now=NOW) == STEP + 1


def test_an_old_used_code_is_called_used_and_not_drift() -> None:
    with pytest.raises(CodeAlreadyUsed):
        totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, STEP - 4), last_step=STEP - 4, now=NOW)


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "12 34 56", "1 2 3 4 5 6"])
def test_spaces_in_a_code_are_dropped(typed: str) -> None:
    assert totp.cleaned(typed) == "123456"


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "+12345", "1_2345", "\uff11\uff12\uff13\uff14\uff15\uff16", "12345६", "[/foo]", "123-456"],
)
def test_a_code_is_six_ascii_digits(typed: str) -> None:
    with pytest.raises(CodeMalformed):
        totp.cleaned(typed)


@pytest.mark.parametrize("email", ["olga@example.com", "a+b@example.com", "jörg@example.com", "o'hara&x=1@example.com"])
def test_an_app_reads_secret_account_and_issuer_off_the_address(email: str) -> None:
    secret = totp.new_secret()

    app = pyotp.parse_uri(totp.address(secret, email=email, issuer="Bartizan"))

    assert (app.secret, app.name, app.issuer) == (secret, email, "Bartizan")


def test_the_address_has_no_parameter_that_is_a_default() -> None:
    address = totp.address(totp.new_secret(), email="olga@example.com", issuer="Bartizan")

    assert not any(name in address for name in ("digits", "period", "algorithm"))


def test_the_key_is_shown_in_groups_of_four() -> None:
    assert totp.in_groups("ABCDEFGH2345") == "ABCD EFGH 2345"
