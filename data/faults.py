"""What can be wrong with the database and the key ring, as facts. The sentences for them are core's."""

# ruff: noqa: N818 - a fault is named for the fact

from dataclasses import dataclass
from pathlib import Path


class Fault(Exception):
    """The stored data cannot be used as it is. Nothing was granted and nothing was written."""


@dataclass(eq=False, repr=False)
class ModeTooWide(Fault):
    """A file or directory is open to more people than its owner. Modes are the permission bits."""

    path: Path
    mode: int
    wanted: int


@dataclass(eq=False, repr=False)
class KeyRingMissing(Fault):
    """There is no key ring at this path."""

    path: Path


@dataclass(eq=False, repr=False)
class KeyRingExists(Fault):
    """A key ring is never made over another file: what was sealed with the old one would be lost."""

    path: Path


@dataclass(eq=False, repr=False)
class KeyRingUnreadable(Fault):
    """The file is not a key ring, is damaged, or may not be read by this account."""

    path: Path


@dataclass(eq=False, repr=False)
class KeyRingWrong(Fault):
    """The database was sealed with another key ring than this one."""

    path: Path


@dataclass(eq=False, repr=False)
class KeyUnknown(Fault):
    """A key id that the ring does not hold."""

    key_id: str


@dataclass(eq=False, repr=False)
class SealBroken(Fault):
    """A sealed value was changed, moved to another place, or sealed with a key that is gone."""

    table: str
    column: str


@dataclass(eq=False, repr=False)
class DatabaseAddressInvalid(Fault):
    """The address names no SQLite file and no PostgreSQL server. Not repeated: it may hold a password."""


@dataclass(eq=False, repr=False)
class NotADatabase(Fault):
    """What stands at this path is something else than a SQLite database."""

    path: Path


@dataclass(eq=False, repr=False)
class DatabaseForeign(Fault):
    """The database holds the tables of another program."""

    where: str


@dataclass(eq=False, repr=False)
class DatabaseNewer(Fault):
    """The schema was made by a later release: `found` is its version, `known` the latest of this release."""

    where: str
    found: str
    known: str


@dataclass(eq=False, repr=False)
class DatabaseLocked(Fault):
    """Another process kept the database busy for longer than we wait."""

    where: str


@dataclass(eq=False, repr=False)
class DatabaseReadOnly(Fault):
    """The database cannot be written: file, file system or server are read-only."""

    where: str


@dataclass(eq=False, repr=False)
class DatabaseFull(Fault):
    """There is no room left where the database lies."""

    where: str


@dataclass(eq=False, repr=False)
class DatabaseDamaged(Fault):
    """The database contradicts itself and needs its backup."""

    where: str


@dataclass(eq=False, repr=False)
class DatabaseUnreachable(Fault):
    """The database cannot be opened or the connection broke. `reason` is one line from the driver."""

    where: str
    reason: str
