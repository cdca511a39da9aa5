"""How passwords are kept: argon2id over a keyed hash, at one cost, as many at once as there are cores."""

from pathlib import Path

import pytest
from argon2 import Parameters, Type, extract_parameters
from argon2.profiles import CHEAPEST

from core.passwords import PRODUCTION, PasswordMismatch, Passwords
from data.faults import KeyUnknown
from data.sealing import KeyRing
from tests.core.watching import argon2_runs

PASSWORD = "Quiet-Ferry,42 boats"


@pytest.fixture
def passwords(key_ring: KeyRing) -> Passwords:
    return Passwords(key_ring, CHEAPEST)


def test_the_cost_in_production_is_at_least_46_mib_and_two_passes_on_one_lane() -> None:
    assert PRODUCTION.type is Type.ID
    assert PRODUCTION.memory_cost >= 46 * 1024
    assert (PRODUCTION.time_cost, PRODUCTION.parallelism) == (2, 1)


@pytest.mark.parametrize("password", [PASSWORD, "", "[/foo]", "\0", "\udc80", "名前", "\x1b[2J", "x" * 10_000])
def test_a_password_opens_what_was_stored_of_it_and_nothing_else_does(passwords: Passwords, password: str) -> None:
    stored = passwords.hash(password)

    passwords.check(stored, password)

    with pytest.raises(PasswordMismatch):
        passwords.check(stored, "y" + password)


def test_the_same_password_in_another_normal_form_is_the_same(passwords: Passwords) -> None:
    stored = passwords.hash("Caf\u00e9-au-lait")

    passwords.check(stored, "Cafe\u0301-au-lait")


def test_the_same_password_is_stored_differently_each_time(passwords: Passwords) -> None:
    assert passwords.hash(PASSWORD) != passwords.hash(PASSWORD)


def test_without_the_key_ring_what_is_stored_cannot_even_be_guessed_at(passwords: Passwords, tmp_path: Path) -> None:
    stored = passwords.hash(PASSWORD)
    other = Passwords(KeyRing.create(tmp_path / "other" / "keys.json"), CHEAPEST)

    with pytest.raises(KeyUnknown):
        other.check(stored, PASSWORD)


def test_where_nothing_is_stored_one_hash_is_run_and_every_password_is_wrong(passwords: Passwords) -> None:
    with argon2_runs() as runs:
        for _ in range(2):
            with pytest.raises(PasswordMismatch):
                passwords.check(None, PASSWORD)

    assert runs == ["verify_secret"] * 2


def test_the_decoy_costs_what_a_stored_password_costs(key_ring: KeyRing) -> None:
    passwords = Passwords(key_ring, PRODUCTION)
    decoy = passwords._decoy.partition("$")[2]

    assert extract_parameters(f"${decoy}") == PRODUCTION


def test_a_hash_at_another_cost_is_outdated(passwords: Passwords, key_ring: KeyRing) -> None:
    dearer = Passwords(key_ring, Parameters(Type.ID, 19, 16, 32, time_cost=2, memory_cost=16, parallelism=1))

    assert dearer.is_outdated(passwords.hash(PASSWORD))
    assert not dearer.is_outdated(dearer.hash(PASSWORD))


def test_after_a_rotation_old_hashes_still_open_and_are_outdated(passwords: Passwords, key_ring: KeyRing) -> None:
    stored = passwords.hash(PASSWORD)
    rotated = Passwords(key_ring.with_new_key(), CHEAPEST)

    rotated.check(stored, PASSWORD)

    assert rotated.is_outdated(stored)
    assert not rotated.is_outdated(rotated.hash(PASSWORD))
