"""What can be wrong with the database and the key ring, as facts. The sentences for them are core's."""

# ruff: noqa: N818 - a fault is named for the fact

from pathlib import Path
from typing import Any, TypeVar, dataclass_transform

_E = TypeVar("_E", bound=Exception)


@dataclass_transform(eq_default=False)
def facts(kind: type[_E]) -> type[_E]:
    """Give an exception the fields that its class names, as a dataclass would.

    `dataclass` compiles each class anew, a tenth of a millisecond for every one of them before the first paint.
    """
    names = tuple(kind.__annotations__)

    def hold(self: _E, *values: Any, **named: Any) -> None:
        self.__dict__.update(zip(names, values, strict=False), **named)

    kind.__init__ = hold  # type: ignore[assignment]
    kind.__match_args__ = names  # type: ignore[attr-defined, misc]
    return kind


class Fault(Exception):
    """The stored data cannot be used as it is. Nothing was granted and nothing was written."""


@facts
class ModeTooWide(Fault):
    """A file or directory is open to more people than its owner. Modes are the permission bits."""

    path: Path
    mode: int
    wanted: int


@facts
class KeyRingMissing(Fault):
    """There is no key ring at this path."""

    path: Path


@facts
class KeyRingExists(Fault):
    """A key ring is never made over another file: what was sealed with the old one would be lost."""

    path: Path


@facts
class KeyRingUnreadable(Fault):
    """The file is not a key ring, is damaged, or may not be read by this account."""

    path: Path


@facts
class KeyRingWrong(Fault):
    """The database was sealed with another key ring than this one."""

    path: Path


@facts
class KeyUnknown(Fault):
    """A key id that the ring does not hold."""

    key_id: str


@facts
class SealBroken(Fault):
    """A sealed value was changed, moved to another place, or sealed with a key that is gone."""

    table: str
    column: str


@facts
class DatabaseAddressInvalid(Fault):
    """The address names no SQLite file and no PostgreSQL server. Not repeated: it may hold a password."""


@facts
class NotADatabase(Fault):
    """What stands at this path is something else than a SQLite database."""

    path: Path


@facts
class DatabaseForeign(Fault):
    """The database holds the tables of another program."""

    where: str


@facts
class DatabaseNewer(Fault):
    """The schema was made by a later release: `found` is its version, `known` the latest of this release."""

    where: str
    found: str
    known: str


@facts
class DatabaseLocked(Fault):
    """Another process kept the database busy for longer than we wait."""

    where: str


@facts
class DatabaseReadOnly(Fault):
    """The database cannot be written: file, file system or server are read-only."""

    where: str


@facts
class DatabaseFull(Fault):
    """There is no room left where the database lies."""

    where: str


@facts
class DatabaseDamaged(Fault):
    """The database contradicts itself and needs its backup."""

    where: str


@facts
class DatabaseUnreachable(Fault):
    """The database cannot be opened or the connection broke. `reason` is one line from the driver."""

    where: str
    reason: str
