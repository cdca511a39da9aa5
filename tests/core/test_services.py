"""Opening the core: what is missing at the first start is made, and whatever is wrong later is one clear fault."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST
from sqlalchemy import Engine, text

from core.config import Settings
from core.errors import Fault
from core.services import Services, open_services
from data.engine import open_engine, transaction
from data.faults import (
    DatabaseAddressInvalid,
    DatabaseForeign,
    DatabaseNewer,
    DatabaseUnreachable,
    KeyRingMissing,
    KeyRingUnreadable,
    KeyRingWrong,
    ModeTooWide,
    NotADatabase,
)
from data.sealing import KeyRing
from tests.core.actors import Someone


def test_the_first_start_makes_database_and_key_ring_for_their_owner_alone(settings: Settings) -> None:
    with _opened(settings) as services:
        assert services.registration.is_open()

    private = [settings.key_ring, settings.key_ring.parent]
    if settings.database_file:
        private += [settings.database_file, settings.database_file.parent]
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)


def test_the_second_start_finds_what_the_first_left(settings: Settings) -> None:
    with _opened(settings) as first, _opened(settings) as second:
        assert first.keys == second.keys


def test_a_missing_key_ring_is_a_fault_and_none_is_made(settings: Settings, services: Services) -> None:
    settings.key_ring.unlink()

    with _nothing_made(settings), pytest.raises(KeyRingMissing):
        open_services(settings)

    assert services.registration.is_open()


def test_the_key_ring_of_another_database_is_a_fault(settings: Settings, owner: Someone) -> None:
    other = KeyRing.create(settings.key_ring.with_name("other.json"))

    with _nothing_made(settings), pytest.raises(KeyRingWrong):
        open_services(replace(settings, key_ring=settings.key_ring.with_name("other.json")))

    assert other != owner.services.keys


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\0", b'{"version": 1, "active": "aa", "keys": {}}'])
def test_a_damaged_key_ring_is_a_fault(settings: Settings, services: Services, content: bytes) -> None:
    settings.key_ring.chmod(0o600)
    settings.key_ring.write_bytes(content)

    with _nothing_made(settings), pytest.raises(KeyRingUnreadable):
        open_services(settings)

    assert services.registration.is_open()


def test_a_key_ring_that_others_may_read_is_a_fault(settings: Settings, services: Services) -> None:
    settings.key_ring.chmod(0o444)

    with _nothing_made(settings), pytest.raises(ModeTooWide):
        open_services(settings)

    assert services.registration.is_open()


def test_a_rotated_ring_still_opens_the_database(settings: Settings, services: Services) -> None:
    rotated = services.keys.with_new_key()
    settings.key_ring.unlink()
    settings.key_ring.write_bytes(rotated._content())
    settings.key_ring.chmod(0o400)

    with _opened(settings) as reopened:
        assert reopened.keys == rotated


def test_a_newer_schema_is_a_fault(settings: Settings, services: Services) -> None:
    _sql(services.engine, "UPDATE alembic_version SET version_num = '9999'")

    with _nothing_made(settings), pytest.raises(DatabaseNewer) as newer:
        open_services(settings)

    assert newer.value.found == "9999"


def test_another_programs_database_is_a_fault_and_gets_no_key_ring(database_url: str, settings: Settings) -> None:
    engine = open_engine(database_url)
    _sql(engine, "CREATE TABLE theirs (id INTEGER)")
    engine.dispose()

    with _nothing_made(settings), pytest.raises(DatabaseForeign):
        open_services(settings)

    assert not settings.key_ring.exists()


@pytest.mark.parametrize("content", [b"not a database at all", b"\0" * 8192, b"<html>" * 1000])
def test_a_file_that_is_no_database_is_a_fault_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "private" / "bartizan.db"
    file.parent.mkdir(mode=0o700)
    file.write_bytes(content)
    file.chmod(0o600)
    settings = Settings(f"sqlite:///{file}", tmp_path / "keys" / "keyring.json", tmp_path / "log")

    with pytest.raises(NotADatabase):
        open_services(settings)

    assert file.read_bytes() == content
    assert not settings.key_ring.exists()


def test_a_database_whose_pages_are_garbage_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "private" / "bartizan.db"
    file.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    file.chmod(0o600)
    content = file.read_bytes()[:100] + b"\xde\xad" * 4046
    file.write_bytes(content)
    settings = Settings(f"sqlite:///{file}", tmp_path / "keys" / "keyring.json", tmp_path / "log")

    with pytest.raises(Fault):
        open_services(settings)

    assert not settings.key_ring.exists()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", DatabaseAddressInvalid),
        ("mysql://x", DatabaseAddressInvalid),
        ("sqlite:///relative.db", DatabaseAddressInvalid),
        ("sqlite:////proc/nowhere/bartizan.db", DatabaseUnreachable),
        ("postgresql://nobody@/nothing?host=/nowhere", DatabaseUnreachable),
    ],
)
def test_a_database_that_cannot_be_reached_is_a_fault_and_gets_no_key_ring(
    tmp_path: Path, url: str, fault: type[Fault]
) -> None:
    settings = Settings(url, tmp_path / "keys" / "keyring.json", tmp_path / "log")

    with pytest.raises(fault):
        open_services(settings)

    assert list(tmp_path.iterdir()) == []


@contextmanager
def _opened(settings: Settings) -> Iterator[Services]:
    services = open_services(settings, cost=CHEAPEST)
    try:
        yield services
    finally:
        services.close()


@contextmanager
def _nothing_made(settings: Settings) -> Iterator[None]:
    there = _files(settings)
    yield
    assert _files(settings) == there


def _files(settings: Settings) -> dict[Path, bytes]:
    """Key ring and database files, without those that SQLite makes while a connection is open."""
    found = [path for path in settings.log_file.parent.rglob("*") if path.is_file() and path.suffix in {".json", ".db"}]
    return {path: path.read_bytes() for path in found}


def _sql(engine: Engine, statement: str) -> None:
    with transaction(engine) as db:
        db.connection().execute(text(statement))
