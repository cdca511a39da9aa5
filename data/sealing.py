"""The key ring: seals what the database keeps secret, and hashes what it must find again.

The ring is a file of its own, apart from the database: either alone is worth nothing. Every use has a subkey
of its own (HKDF, RFC 5869), so that what one purpose shows says nothing about another.
"""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.faults import (
    KeyRingExists,
    KeyRingMissing,
    KeyRingUnreadable,
    KeyUnknown,
    SealBroken,
)
from data.private_files import DIRECTORY_MODE, FILE_MODE, make_private_directory, place, refuse_wider

_RING_MODE = 0o400
_KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12
_ENVELOPE = b"\x01"
_HEADER_BYTES = len(_ENVELOPE) + _ID_BYTES


@dataclass(frozen=True)
class KeyRing:
    """One key that seals, and the older ones that still open what they once sealed."""

    active_id: str
    _keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a ring with one new key and put it on disk, readable by its owner alone.

        Raises:
            KeyRingExists: a file is there already; it was not touched.
            ModeTooWide: the directory is open to others.
            KeyRingUnreadable: the path cannot be written.
        """
        ring = cls(*_new_key())
        try:
            make_private_directory(path.parent)
            place(path, ring._content(), mode=_RING_MODE)
        except FileExistsError as error:
            raise KeyRingExists(path) from error
        except OSError as error:
            raise KeyRingUnreadable(path) from error
        return ring

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a ring.

        Raises:
            KeyRingMissing: nothing is there.
            ModeTooWide: the file or its directory is open to others.
            KeyRingUnreadable: it is no key ring, or this account may not read it.
        """
        try:
            refuse_wider(path.parent, DIRECTORY_MODE)
            refuse_wider(path, FILE_MODE)
            return cls(*_parsed(path.read_bytes()))
        except FileNotFoundError as error:
            raise KeyRingMissing(path) from error
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # what could not be parsed may be keys: it stays out of the traceback
            raise KeyRingUnreadable(path) from None

    def with_new_key(self) -> Self:
        """The ring after a rotation: a new key seals, all the others still open."""
        active_id, keys = _new_key()
        return type(self)(active_id, {**self._keys, **keys})

    def seal(self, plaintext: bytes, *, table: str, column: str, row: str) -> bytes:
        """Encrypt a value for one place in the database (AES-256-GCM, NIST SP 800-38D, random 96-bit nonce).

        The envelope is: version, key id, nonce, ciphertext and tag.
        """
        header = _ENVELOPE + bytes.fromhex(self.active_id)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._subkey(self.active_id, "seal"))
        return header + nonce + cipher.encrypt(nonce, plaintext, _bound_to(header, table, column, row))

    def unseal(self, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """Decrypt a value from the place that it was sealed for.

        Raises:
            SealBroken: it was changed, comes from another place, or its key is not in the ring.
        """
        header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        key_id = header[len(_ENVELOPE) :].hex()
        if not header.startswith(_ENVELOPE) or key_id not in self._keys or len(nonce) != _NONCE_BYTES:
            raise SealBroken(table, column)
        cipher = AESGCM(self._subkey(key_id, "seal"))
        try:
            return cipher.decrypt(nonce, sealed[_HEADER_BYTES + _NONCE_BYTES :], _bound_to(header, table, column, row))
        except InvalidTag as error:
            raise SealBroken(table, column) from error

    def keyed_hash(self, purpose: str, message: bytes) -> str:
        """What is stored of a value that must be found but not read, such as a recovery code.

        Begins with the id of the key, so that a rotation finds what is still under an old one.
        """
        return self._hash(self.active_id, purpose, message)

    def keyed_hashes(self, purpose: str, message: bytes) -> list[str]:
        """Everything that may be stored of the value: the hash under each live key, the active one first."""
        ids = sorted(self._keys, key=lambda key_id: key_id != self.active_id)
        return [self._hash(key_id, purpose, message) for key_id in ids]

    def mac(self, purpose: str, message: bytes, key_id: str | None = None) -> bytes:
        """Authenticate a message (HMAC-SHA256, 32 bytes). Store `active_id` beside it, and check with that.

        Raises:
            KeyUnknown: the ring holds no such key.
        """
        return self._hmac(key_id or self.active_id, f"mac:{purpose}", message)

    def _hash(self, key_id: str, purpose: str, message: bytes) -> str:
        return f"{key_id}:{self._hmac(key_id, f'hash:{purpose}', message).hex()}"

    def _hmac(self, key_id: str, use: str, message: bytes) -> bytes:
        return hmac.digest(self._subkey(key_id, use), message, hashlib.sha256)

    def _subkey(self, key_id: str, use: str) -> bytes:
        if key_id not in self._keys:
            raise KeyUnknown(key_id)
        return _derived(self._keys[key_id], use)

    def _content(self) -> bytes:
        keys = {key_id: b64encode(key).decode() for key_id, key in self._keys.items()}
        return json.dumps({"version": 1, "active": self.active_id, "keys": keys}, indent=1).encode()


@cache
def _derived(key: bytes, use: str) -> bytes:
    """Each login needs half a dozen subkeys; there are no more uses than this code names."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"bartizan:{use}".encode()).derive(key)


def _new_key() -> tuple[str, dict[str, bytes]]:
    key_id = secrets.token_hex(_ID_BYTES)
    return key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}


def _parsed(content: bytes) -> tuple[str, dict[str, bytes]]:
    """Anything but a whole ring raises, whatever comes first when it is taken apart."""
    ring = json.loads(content)
    keys = {key_id: b64decode(key, validate=True) for key_id, key in ring["keys"].items()}
    sound = all(len(key) == _KEY_BYTES and _is_id(key_id) for key_id, key in keys.items())
    if ring["version"] != 1 or ring["active"] not in keys or not sound:
        raise ValueError
    return ring["active"], keys


def _is_id(text: str) -> bool:
    return len(bytes.fromhex(text)) == _ID_BYTES and text == text.lower()


def _bound_to(header: bytes, *place: str) -> bytes:
    """Each part with its length, so that no two places look the same when joined."""
    parts = [part.encode() for part in place]
    return header + b"".join(len(part).to_bytes(4) + part for part in parts)
