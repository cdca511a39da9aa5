"""The key ring: what it keeps secret, what it refuses, and that it is never lost."""

import json
import os
import pickle
from base64 import b64encode
from pathlib import Path
from stat import S_IMODE

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.faults import (
    KeyRingExists,
    KeyRingMissing,
    KeyRingUnreadable,
    KeyUnknown,
    ModeTooWide,
    SealBroken,
)
from data.sealing import KeyRing
from tests.data.processes import released, running

PLACE = {"table": "authenticator", "column": "secret_sealed", "row": "7"}
OLD_RING = KeyRing("00000001", {"00000001": bytes(range(32))})
PINNED_SEAL = (
    "01000000014495d093da613b0002176d81089d186a477ae3daecc8713a2f9ac605b40c2d5beb802913f767f33a83fec37fc192a6d95e58"
)
PINNED_HASH = "00000001:5204ba3d076dba45fda5423681c58af9df409baa78772eeb53ca35dd47e18088"
PINNED_MAC = "a6be3393ab6826093e6c8ae15e630e46daac75a98c0b86b3579e12cccf7c22be"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o400)


def test_a_new_ring_is_a_file_that_only_its_owner_can_read(path: Path) -> None:
    umask = os.umask(0)
    try:
        KeyRing.create(path)
    finally:
        os.umask(umask)

    assert [S_IMODE(place.stat().st_mode) for place in (path.parent, path)] == [0o700, 0o400]
    assert list(path.parent.iterdir()) == [path]


def test_what_is_loaded_is_what_was_created(path: Path) -> None:
    created = KeyRing.create(path)

    loaded = KeyRing.load(path)

    assert loaded == created
    assert loaded.unseal(created.seal(b"secret", **PLACE), **PLACE) == b"secret"


def test_no_ring_is_made_over_another_file(path: Path) -> None:
    _put(path, b"whatever this is")

    with pytest.raises(KeyRingExists):
        KeyRing.create(path)

    assert path.read_bytes() == b"whatever this is"
    assert list(path.parent.iterdir()) == [path]


def test_of_processes_that_create_a_ring_at_once_one_does_and_all_have_the_same(path: Path) -> None:
    script = """
import sys
from pathlib import Path
from data.faults import KeyRingExists
from data.sealing import KeyRing

path = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
try:
    ring = KeyRing.create(path)
except KeyRingExists:
    ring = KeyRing.load(path)
print(ring.active_id, file=sys.stderr)
"""
    with running(script, str(path), copies=4) as processes:
        ids = released(processes)

    assert ids == [KeyRing.load(path).active_id + "\n"] * 4


def test_two_rings_have_nothing_in_common(tmp_path: Path) -> None:
    one, two = (KeyRing.create(tmp_path / name / "ring.json") for name in ("one", "two"))

    assert one.active_id != two.active_id
    with pytest.raises(SealBroken):
        two.unseal(one.seal(b"secret", **PLACE), **PLACE)


def test_a_ring_that_is_not_there_is_missing(path: Path) -> None:
    with pytest.raises(KeyRingMissing):
        KeyRing.load(path)

    assert not path.parent.exists()


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o640, 0o500, 0o444, 0o777])
def test_a_ring_that_is_open_to_others_is_refused(path: Path, mode: int) -> None:
    KeyRing.create(path)
    path.chmod(mode)

    with pytest.raises(ModeTooWide) as caught:
        KeyRing.load(path)

    assert (caught.value.path, caught.value.mode) == (path, mode)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_ring_that_only_its_owner_can_read_is_taken(path: Path, mode: int) -> None:
    KeyRing.create(path)
    path.chmod(mode)

    KeyRing.load(path)


def test_a_ring_in_a_directory_that_is_open_to_others_is_refused(path: Path) -> None:
    KeyRing.create(path)
    path.parent.chmod(0o755)

    with pytest.raises(ModeTooWide):
        KeyRing.load(path)
    with pytest.raises(ModeTooWide):
        KeyRing.create(path.with_name("another"))


ZEROS = b64encode(bytes(32)).decode()
GOOD = {"version": 1, "active": "00000001", "keys": {"00000001": ZEROS}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        json.dumps(GOOD | {"version": 2}).encode(),
        json.dumps(GOOD | {"active": "00000002"}).encode(),
        json.dumps(GOOD | {"active": []}).encode(),
        json.dumps(GOOD | {"keys": []}).encode(),
        json.dumps(GOOD | {"keys": {"00000001": 7}}).encode(),
        json.dumps(GOOD | {"keys": {"00000001": "????"}}).encode(),
        json.dumps(GOOD | {"keys": {"00000001": b64encode(bytes(31)).decode()}}).encode(),
        json.dumps(GOOD | {"keys": {"00000001": ZEROS, "short": ZEROS}}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_whole_ring_is_unreadable_and_not_quoted(path: Path, content: bytes) -> None:
    _put(path, content)

    with pytest.raises(KeyRingUnreadable) as caught:
        KeyRing.load(path)

    assert caught.value.__suppress_context__


def test_a_cut_ring_is_unreadable_wherever_it_is_cut(path: Path) -> None:
    KeyRing.create(path)
    whole = path.read_bytes()
    path.chmod(0o600)

    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(KeyRingUnreadable):
            KeyRing.load(path)


def test_a_directory_in_the_place_of_the_ring_is_unreadable(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True)
    path.parent.chmod(0o700)
    path.chmod(0o400)

    with pytest.raises(KeyRingUnreadable):
        KeyRing.load(path)


def test_a_ring_shows_no_key() -> None:
    shown = f"{OLD_RING!r} {OLD_RING}"

    assert shown == "KeyRing(active_id='00000001') KeyRing(active_id='00000001')"


@given(plaintext=st.binary(max_size=300), row=st.text())
def test_what_is_sealed_comes_back_and_shows_nothing(plaintext: bytes, row: str) -> None:
    sealed = OLD_RING.seal(plaintext, table="t", column="c", row=row)

    assert OLD_RING.unseal(sealed, table="t", column="c", row=row) == plaintext
    assert len(plaintext) < 8 or plaintext not in sealed


def test_the_same_value_is_never_sealed_alike() -> None:
    assert len({OLD_RING.seal(b"same", **PLACE) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("name", ["table", "column", "row"])
def test_a_value_moved_to_another_place_is_refused(name: str) -> None:
    """Whoever can write the database could give his own secret to another person's row."""
    sealed = OLD_RING.seal(b"mine", **PLACE)

    with pytest.raises(SealBroken):
        OLD_RING.unseal(sealed, **(PLACE | {name: "other"}))


def test_no_two_places_are_taken_for_one_another() -> None:
    sealed = OLD_RING.seal(b"mine", table="a", column="bc", row="d")

    for table, column, row in [("ab", "c", "d"), ("a", "b", "cd"), ("", "abc", "d"), ("abcd", "", "")]:
        with pytest.raises(SealBroken):
            OLD_RING.unseal(sealed, table=table, column=column, row=row)


def test_a_sealed_value_that_was_changed_anywhere_is_refused() -> None:
    sealed = OLD_RING.seal(b"secret", **PLACE)

    for position in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[position] ^= 1 << bit
            with pytest.raises(SealBroken):
                OLD_RING.unseal(bytes(changed), **PLACE)


def test_a_sealed_value_that_was_cut_or_lengthened_is_refused() -> None:
    sealed = OLD_RING.seal(b"secret", **PLACE)

    for changed in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(SealBroken) as caught:
            OLD_RING.unseal(changed, **PLACE)

    assert (caught.value.table, caught.value.column) == ("authenticator", "secret_sealed")


def test_after_a_rotation_the_old_key_still_opens_and_the_new_one_seals() -> None:
    sealed = OLD_RING.seal(b"old", **PLACE)

    ring = OLD_RING.with_new_key()

    assert ring.unseal(sealed, **PLACE) == b"old"
    assert ring.active_id != OLD_RING.active_id
    with pytest.raises(SealBroken):
        OLD_RING.unseal(ring.seal(b"new", **PLACE), **PLACE)


def test_a_hash_made_under_any_live_key_is_found_and_the_active_one_is_first() -> None:
    ring = OLD_RING.with_new_key().with_new_key()

    hashes = ring.keyed_hashes("recovery code", b"code")

    assert len(set(hashes)) == 3
    assert hashes[0] == ring.keyed_hash("recovery code", b"code")
    assert OLD_RING.keyed_hash("recovery code", b"code") in hashes


def test_a_hash_for_one_purpose_is_no_hash_or_mac_for_another() -> None:
    one = OLD_RING.keyed_hash("reset code", b"x")

    assert one != OLD_RING.keyed_hash("recovery code", b"x")
    assert OLD_RING.mac("reset code", b"x").hex() not in one


def test_a_mac_is_checked_with_the_key_it_was_made_with() -> None:
    mac = OLD_RING.mac("audit", b"event")

    ring = OLD_RING.with_new_key()

    assert ring.mac("audit", b"event", key_id="00000001") == mac
    assert ring.mac("audit", b"event") != mac
    with pytest.raises(KeyUnknown):
        ring.mac("audit", b"event", key_id="ffffffff")


def test_what_the_first_release_wrote_is_still_understood() -> None:
    """Pinned: a change of the formats would lock out everybody whose secrets lie in a database."""
    sealed = bytes.fromhex(PINNED_SEAL)

    assert OLD_RING.unseal(sealed, **PLACE) == b"twenty bytes of secret"
    assert OLD_RING.keyed_hash("recovery code", b"code") == PINNED_HASH
    assert OLD_RING.mac("audit", b"event").hex() == PINNED_MAC


def test_a_fault_travels_between_processes() -> None:
    fault = pickle.loads(pickle.dumps(SealBroken("t", "c")))  # noqa: S301 - our own

    assert (fault.table, fault.column) == ("t", "c")
