"""Hashing and checking of passwords: argon2id over a keyed hash (OWASP Password Storage Cheat Sheet, "Peppering").

The key lies in the key ring, apart from the database: a copy of the database alone gives nothing to guess at.
"""

import os
import threading
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from core.password_policy import normalised
from data.sealing import KeyRing

MEMORY_KIB = 46 * 1024
TIME_COST = 2

PRODUCTION = Parameters(
    type=Type.ID,
    version=19,
    salt_len=16,
    hash_len=32,
    time_cost=TIME_COST,
    memory_cost=MEMORY_KIB,
    parallelism=1,
)

# More hashes at once than cores only make each slower and the memory scarcer; the rest wait their turn.
_turns = threading.BoundedSemaphore(os.cpu_count() or 1)


class PasswordMismatch(Exception):  # noqa: N818 - a fact, and never seen outside core
    """The password is not the one that was hashed."""


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords at one cost, under the keys of one ring; each purpose has a subkey of its own."""

    keys: KeyRing
    cost: Parameters
    purpose: str = "password"

    def hash(self, password: str) -> str:
        """What is stored: the id of the key, then the argon2id string."""
        return self.keys.active_id + self._argon2_hash(self._keyed(password, self.keys.active_id))

    def check(self, stored: str | None, password: str) -> None:
        """Compare a password with what was stored; without a stored one it costs the same.

        Raises:
            PasswordMismatch: it is another password, or none was stored.
        """
        key_id, dollar, rest = (stored or self._decoy).partition("$")
        with _turns:
            try:
                self._argon2.verify(dollar + rest, self._keyed(password, key_id))
            except VerifyMismatchError:
                raise PasswordMismatch from None
        if stored is None:
            raise PasswordMismatch

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made at another cost or under an older key."""
        key_id, dollar, rest = stored.partition("$")
        return key_id != self.keys.active_id or self._argon2.check_needs_rehash(dollar + rest)

    def _argon2_hash(self, message: bytes) -> str:
        with _turns:
            return self._argon2.hash(message)

    def _keyed(self, password: str, key_id: str) -> bytes:
        return self.keys.mac(self.purpose, normalised(password).encode("utf-8", "surrogatepass"), key_id=key_id)

    @cached_property
    def _argon2(self) -> PasswordHasher:
        return PasswordHasher.from_parameters(self.cost)

    @cached_property
    def _decoy(self) -> str:
        """A hash that no password has. Made without hashing, so that the first unknown name costs no more either."""
        salt, digest = (_unpadded(os.urandom(size)) for size in (self.cost.salt_len, self.cost.hash_len))
        cost = f"m={self.cost.memory_cost},t={self.cost.time_cost},p={self.cost.parallelism}"
        return f"{self.keys.active_id}$argon2id$v={self.cost.version}${cost}${salt}${digest}"


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
