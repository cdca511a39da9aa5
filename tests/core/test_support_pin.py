"""Setting your support PIN: it can be set in the account and changed any time."""

from datetime import timedelta

import pytest

from core.errors import PinMalformed, PinsDiffer, PinTrivial, ProofNeeded, SessionOver, WrongCredentials
from core.login_steps import Session
from data.engine import reading
from data.tables import SupportPin
from tests.core.actors import CONSOLE, SetClock, Someone, change_person, events, everything_unchanged, last_event


@pytest.mark.parametrize("pin", ["480193", "4801937", "48019375026143987160"])
def test_six_to_twenty_digits_are_taken(owner: Someone, session: Session, clock: SetClock, pin: str) -> None:
    owner.services.support_pin.save(session, pin, repeated=pin)

    assert owner.services.account.account(session).pin_set_at == clock()


@pytest.mark.parametrize(
    "pin",
    ["", "48019", "480193750261439871605", "48019a", "480 193", "٤٨٠١٩٣", "480193\n", "\0", "\udc80", "4" * 10_000],
)
def test_anything_else_is_refused(owner: Someone, session: Session, pin: str) -> None:
    with everything_unchanged(owner.services), pytest.raises(PinMalformed):
        owner.services.support_pin.save(session, pin, repeated=pin)


@pytest.mark.parametrize(
    "pin",
    ["000000", "1111111", "123456", "234567890", "890123", "987654", "321098", "121212", "123123", "4801480148014801"],
)
def test_runs_and_patterns_are_refused(owner: Someone, session: Session, pin: str) -> None:
    with pytest.raises(PinTrivial):
        owner.services.support_pin.save(session, pin, repeated=pin)


def test_the_pin_is_entered_twice(owner: Someone, session: Session) -> None:
    with pytest.raises(PinsDiffer):
        owner.services.support_pin.save(session, "480193", repeated="480194")


def test_the_pin_is_replaced_at_any_time(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.services.support_pin.save(session, "480193", repeated="480193")
    first = _stored(owner, session)
    clock.advance(minutes=1)

    owner.services.support_pin.save(session, "593702", repeated="593702")

    assert _stored(owner, session).pin_hash != first.pin_hash
    assert _stored(owner, session).set_at - first.set_at == timedelta(minutes=1)
    assert [event.details for event in events(owner.services) if event.act == "set support PIN"] == [
        {"replaced": False},
        {"replaced": True},
    ]


def test_the_pin_is_kept_as_argon2id_over_a_keyed_hash(owner: Someone, session: Session) -> None:
    owner.services.support_pin.save(session, "480193", repeated="480193")

    stored = _stored(owner, session).pin_hash

    assert stored.startswith(f"{owner.services.keys.active_id}$argon2id$")
    assert "480193" not in stored


def test_what_is_stored_of_a_pin_is_no_hash_of_a_password(owner: Someone, session: Session) -> None:
    """Whoever writes the database puts the stored hash of his own PIN where his victim's password hash stands.

    Both were made under one subkey, so the PIN opened the sign-in.
    """
    owner.services.support_pin.save(session, "480193", repeated="480193")
    change_person(owner.services, owner.email, password_hash=_stored(owner, session).pin_hash)

    with pytest.raises(WrongCredentials):
        owner.services.login.sign_in(owner.email, "480193", origin=CONSOLE)


def test_setting_the_pin_wants_a_fresh_proof(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=10, seconds=1)

    with pytest.raises(ProofNeeded):
        owner.services.support_pin.save(session, "480193", repeated="480193")


def test_a_session_that_is_over_sets_no_pin(owner: Someone, session: Session) -> None:
    owner.services.sessions.sign_out(session)

    with pytest.raises(SessionOver):
        owner.services.support_pin.save(session, "480193", repeated="480193")

    assert last_event(owner.services, "sign out")


def _stored(owner: Someone, session: Session) -> SupportPin:
    with reading(owner.services.engine) as db:
        return db.get_one(SupportPin, session.person_id)
