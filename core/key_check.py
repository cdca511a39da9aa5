"""The value by which a wrong key ring is noticed: sealed with the ring of the database when both were made."""

from data.faults import KeyUnknown, SealBroken
from data.sealing import KeyRing

PLACE = {"table": "installation", "column": "key_check", "row": "1"}


def made(keys: KeyRing) -> bytes:
    """The value for a new database."""
    return keys.seal(b"bartizan", **PLACE)


def fits(keys: KeyRing, found: bytes) -> bool:
    """Whether the ring is the one that sealed this database's value."""
    try:
        keys.unseal(found, **PLACE)
    except (SealBroken, KeyUnknown):
        return False
    return True
