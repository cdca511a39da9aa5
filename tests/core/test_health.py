"""What is wrong with database and key ring is found, on either engine, and looking changes nothing."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.config import Settings
from core.health import Health, look
from core.services import Services
from data.engine import transaction
from data.faults import (
    DatabaseDamaged,
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
from tests.core.actors import SetClock, Someone


def test_where_all_is_well_nothing_is_found(settings: Settings, owner: Someone, clock: SetClock) -> None:
    health = look(settings, now=clock)

    assert health == Health(is_made=True, is_current=True, clock=health.clock)
    assert health.clock is not None
    assert health.clock.behind is None


def test_looking_makes_no_database_and_no_key_ring(settings: Settings, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    health = look(settings)

    assert not health.is_made
    assert isinstance(health.key_ring, KeyRingMissing)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_older_schema_is_told_and_stays(settings: Settings, services: Services) -> None:
    with transaction(services.engine) as db:
        db.connection().execute(text("UPDATE alembic_version SET version_num = '0001'"))

    health = look(settings)

    assert (health.database, health.is_made, health.is_current) == (None, True, False)
    with transaction(services.engine) as db:
        assert db.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"


def test_a_newer_schema_is_a_fault(settings: Settings, services: Services) -> None:
    with transaction(services.engine) as db:
        db.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert isinstance(look(settings).database, DatabaseNewer)


def test_the_key_ring_of_another_database_is_named(settings: Settings, owner: Someone, clock: SetClock) -> None:
    other = settings.key_ring.with_name("other.json")
    KeyRing.create(other)

    assert isinstance(look(replace(settings, key_ring=other), now=clock).key_ring, KeyRingWrong)


@pytest.mark.parametrize(
    ("mode", "content", "fault"),
    [(0o644, None, ModeTooWide), (0o600, b"{}", KeyRingUnreadable)],
)
def test_a_key_ring_that_cannot_be_used_leaves_the_database_looked_at(
    settings: Settings, services: Services, mode: int, content: bytes | None, fault: type[Exception]
) -> None:
    settings.key_ring.chmod(mode)
    if content is not None:
        settings.key_ring.write_bytes(content)

    health = look(settings)

    assert isinstance(health.key_ring, fault)
    assert (health.database, health.is_made, health.is_current) == (None, True, True)


def test_a_clock_that_is_behind_is_told(settings: Settings, owner: Someone, clock: SetClock) -> None:
    clock.advance(hours=-1)

    health = look(settings, now=clock)

    assert health.clock is not None
    assert health.clock.behind is not None
    assert health.clock.behind > timedelta(minutes=59)


# What only a file has


@pytest.fixture
def file(copied_file: Path) -> Path:
    """A SQLite database with the schema."""
    return copied_file


def of(file: Path, tmp_path: Path) -> Settings:
    return Settings(f"sqlite:///{file}", tmp_path / "keys" / "keyring.json", tmp_path / "bartizan.log")


def test_a_page_that_was_overwritten_is_found(file: Path, tmp_path: Path, key_ring: KeyRing) -> None:
    with closing(sqlite3.connect(file)) as connection:
        [(page_size,)] = connection.execute("PRAGMA page_size")
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit_event'")
    with file.open("r+b") as raw:
        raw.seek((root - 1) * page_size)
        raw.write(b"\xaa" * page_size)

    health = look(of(file, tmp_path))

    assert health.contradictions or isinstance(health.database, DatabaseDamaged)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda file: file.chmod(0o644), ModeTooWide),
        (lambda file: file.parent.chmod(0o755), ModeTooWide),
        (lambda file: file.write_bytes(b"no database at all"), NotADatabase),
        (lambda file: (file.unlink(), file.mkdir(mode=0o700)), NotADatabase),
    ],
)
def test_a_file_that_cannot_be_used_is_named(file: Path, tmp_path: Path, spoil: object, fault: type[Exception]) -> None:
    assert callable(spoil)
    spoil(file)

    assert isinstance(look(of(file, tmp_path)).database, fault)


def test_another_programs_tables_are_named(file: Path, tmp_path: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE ours (id)")
    file.chmod(0o600)

    assert isinstance(look(of(file, tmp_path)).database, DatabaseForeign)


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    nobody = f"postgresql://bartizan@/bartizan?host={tmp_path}"

    assert isinstance(look(replace(of(tmp_path, tmp_path), database_url=nobody)).database, DatabaseUnreachable)
