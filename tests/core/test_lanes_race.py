"""A stranger who guesses ten thousand times from twelve processes, while the person signs in where she always does."""

from datetime import timedelta

import pytest

from core import throttle
from core.config import Settings
from core.errors import WrongCredentials
from core.origin import Origin
from core.services import Services
from data.engine import reading
from data.tables import AttemptCounter
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone, events
from tests.core.racing import crowd

PROCESSES = 12
ROUNDS = 42
GUESSES = 20
A_ROUND = timedelta(days=1) / (ROUNDS + 1)
STRANGE = Origin(host="bastion1", unix_user="olga", source="203.0.113.66 (unverified)")


def test_ten_thousand_guesses_from_elsewhere_never_delay_the_person_and_stay_under_the_bound(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    owner.signs_in()
    orders = [(owner.email, "wrong", STRANGE, GUESSES)] * PROCESSES + [(owner.email, PASSWORD, CONSOLE, 3)]
    outcomes: list[list[str]] = []

    with crowd(PROCESSES + 1, settings) as consoles:
        for _ in range(ROUNDS):
            clock.advance(seconds=A_ROUND.total_seconds())
            outcomes += consoles.do(clock(), _give_passwords, orders)

    guessed, signed_in = _apart(outcomes)
    assert guessed == ["WrongCredentials"] * PROCESSES * ROUNDS * GUESSES
    assert signed_in == ["Session"] * 3 * ROUNDS
    assert throttle.PASSWORD.free < _compared(owner) <= throttle.PASSWORD.per_day
    with pytest.raises(WrongCredentials):
        owner.services.login.sign_in(owner.email, PASSWORD, origin=STRANGE)
    denied = [event for event in events(owner.services) if event.outcome == "denied"]
    assert len(denied) == len(guessed) + 1


def _apart(outcomes: list[list[str]]) -> tuple[list[str], list[str]]:
    """What the stranger's processes got, and what the person got."""
    told = list(enumerate(outcomes))
    guessed = [each for place, many in told if place % (PROCESSES + 1) < PROCESSES for each in many]
    return guessed, [each for place, many in told if place % (PROCESSES + 1) == PROCESSES for each in many]


def _compared(person: Someone) -> int:
    """How many of the stranger's guesses were compared with the password."""
    subject = person.services.keys.keyed_hash("throttle", person.email.encode())
    with reading(person.services.engine) as db:
        return db.get_one(AttemptCounter, (throttle.PASSWORD.secret, subject, throttle.ELSEWHERE)).today


def _give_passwords(services: Services, email: str, password: str, origin: Origin, times: int) -> list[str]:
    """What each of so many tries, one after the other, came to."""
    told = []
    for _ in range(times):
        try:
            told.append(type(services.login.sign_in(email, password, origin=origin)).__name__)
        except WrongCredentials as refusal:
            told.append(type(refusal).__name__)
    return told
