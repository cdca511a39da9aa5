"""Time-based one-time passwords: RFC 6238 with SHA-1, six digits, 30 seconds, a 160-bit secret (RFC 4226 §4 R6)."""

import hmac
import re
from collections.abc import Collection
from datetime import datetime
from urllib.parse import quote

import pyotp

from core.errors import ClockDrift, CodeAlreadyUsed, CodeMalformed, WrongCode

STEP_SECONDS = 30
WINDOW = 1
DRIFT_STEPS = 10
SECRET_CHARS = 32


def new_secret() -> str:
    """A secret of 160 random bits, in base32."""
    return pyotp.random_base32(SECRET_CHARS)


def in_groups(secret: str) -> str:
    """The secret in groups of four, as a person types it into an app."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def address(secret: str, *, email: str, issuer: str) -> str:
    """The otpauth address an app scans, without the parameters that are defaults, so that the QR code stays small."""
    label = f"{quote(issuer, safe='')}:{quote(email, safe='@')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def step_at(when: datetime) -> int:
    """The time step a moment lies in (RFC 6238 §4.2)."""
    return int(when.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of one time step."""
    return pyotp.HOTP(secret).at(step)


def cleaned(typed: str) -> str:
    """The six digits of what a person typed; spaces are dropped first.

    Raises:
        CodeMalformed: anything but six ASCII digits is left.
    """
    digits = "".join(typed[:64].split())
    if not re.fullmatch("[0-9]{6}", digits):
        raise CodeMalformed
    return digits


def matching_step(secret: str, code: str, *, last_step: int, now: datetime, told: Collection[int] = ()) -> int:
    """The step whose code this is, later than any accepted before (RFC 6238 §5.2).

    Raises:
        CodeAlreadyUsed: the code is right, but of a step that was accepted already, or of an earlier one, or of
            one that a refusal `told` while it was still to come.
        ClockDrift: the code is right up to ten steps away from now.
        WrongCode: none of these.
    """
    middle = step_at(now)
    in_window = _steps_of(secret, code, middle, WINDOW)
    fresh = [step for step in in_window if step > last_step and step not in told]
    if fresh:
        return fresh[0]
    near = _steps_of(secret, code, middle, DRIFT_STEPS)
    if in_window or any(step <= last_step for step in near):
        raise CodeAlreadyUsed
    if near:
        closest = min(near, key=lambda step: abs(step - middle))
        raise ClockDrift(seconds=(closest - middle) * STEP_SECONDS, step=closest, now=now)
    raise WrongCode(now)


def _steps_of(secret: str, code: str, middle: int, reach: int) -> list[int]:
    """The steps within reach whose code this is; every one is compared, in constant time."""
    return [step for step in range(middle - reach, middle + reach + 1) if _same(code_at(secret, step), code)]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
