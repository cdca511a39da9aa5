"""Versions of a database: another one after whatever anybody writes, the same while nobody does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from data.changes import Changes
from data.engine import reading, transaction
from tests.data.processes import running

_WRITES = """
import sys
from sqlalchemy import text
from data.engine import open_engine, transaction

engine = open_engine(sys.argv[1])
with transaction(engine) as session:
    session.execute(text("INSERT INTO thing VALUES (77, 'seventy-seven')"))
print("written", flush=True)
engine.dispose()
"""
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write(engine: Engine, number: int) -> None:
    with transaction(engine) as session:
        session.execute(text("INSERT INTO thing VALUES (:number, :name)"), {"number": number, "name": str(number)})


@pytest.fixture
def changes(things: Engine) -> Iterator[Changes]:
    changes = Changes(things)
    yield changes
    changes.close()


@on_sqlite
def test_while_nobody_writes_the_version_stays(things: Engine, changes: Changes) -> None:
    before = changes.version()
    with reading(things) as session:
        session.execute(text("SELECT * FROM thing"))

    assert changes.version() == before is not None


@on_sqlite
def test_each_commit_of_this_process_makes_another(things: Engine, changes: Changes) -> None:
    seen = {changes.version()}
    for number in range(5):
        write(things, number)
        seen.add(changes.version())

    assert len(seen) == 6


@on_sqlite
def test_a_commit_of_another_process_makes_another(things: Engine, changes: Changes, database_url: str) -> None:
    before = changes.version()

    with running(_WRITES, database_url):
        assert changes.version() != before


@on_sqlite
def test_what_is_rolled_back_makes_none(things: Engine, changes: Changes) -> None:
    write(things, 1)
    before = changes.version()
    with pytest.raises(IntegrityError):
        write(things, 1)

    assert changes.version() == before


@on_sqlite
def test_after_the_connection_was_given_back_no_version_is_one_of_before(things: Engine, changes: Changes) -> None:
    before = changes.version()
    changes.close()

    assert changes.version() != before is not None


@on_sqlite
def test_it_leaves_the_pool_as_it_was(things: Engine, changes: Changes) -> None:
    changes.version()
    things.dispose()

    assert changes.version() is not None
    write(things, 1)


@on_sqlite
def test_of_a_database_that_is_gone_it_cannot_be_told(things: Engine, database_url: str) -> None:
    changes = Changes(things)
    things.dispose()
    Path(database_url.removeprefix("sqlite:///")).unlink()

    assert changes.version() is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_a_server_it_cannot_be_told(changes: Changes) -> None:
    assert changes.version() is None
