"""Transactions: whole or not at all, on both engines."""

import secrets
import threading
import traceback
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from data.engine import open_engine, reading, transaction
from data.faults import DatabaseAddressInvalid, DatabaseLocked, DatabaseReadOnly, Fault
from tests.data.conftest import Open
from tests.data.processes import running


def _add(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        session.execute(text("INSERT INTO thing (id, name) VALUES (:id, :name)"), {"id": _new_id(), "name": name})


def _new_id() -> int:
    return secrets.randbelow(2**31)


def _names(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.execute(text("SELECT name FROM thing ORDER BY name")).scalars())


def _change_and_raise(engine: Engine, statement: str) -> None:
    with suppress(LookupError), transaction(engine) as session:
        session.execute(text(statement))
        raise LookupError


def _impatient(engine: Engine) -> None:
    """Let connections made from now on give up a lock at once."""
    statement = {"sqlite": "PRAGMA busy_timeout = 1", "postgresql": "SET lock_timeout = '1ms'"}

    def hurry(connection: object, _: object) -> None:
        connection.execute(statement[engine.dialect.name])  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", hurry)


def test_what_a_block_changed_is_there_after_it(things: Engine) -> None:
    _add(things, "kept")

    assert _names(things) == ["kept"]


def test_a_block_that_raises_changes_nothing(things: Engine) -> None:
    _change_and_raise(things, "INSERT INTO thing (id, name) VALUES (1, 'dropped')")

    assert _names(things) == []


def test_a_table_made_in_a_block_that_raises_does_not_exist(things: Engine) -> None:
    _change_and_raise(things, "CREATE TABLE other (id INTEGER)")

    with transaction(things) as session:
        session.execute(text("CREATE TABLE other (id INTEGER)"))


def test_reading_cannot_write(things: Engine) -> None:
    with pytest.raises(DatabaseReadOnly), reading(things) as session:
        session.execute(text("INSERT INTO thing (id, name) VALUES (1, 'x')"))

    _add(things, "the same connection writes again afterwards")
    assert len(_names(things)) == 1


def test_reading_sees_one_moment_whatever_others_commit(things: Engine, database_url: str, opened: Open) -> None:
    count = text("SELECT count(*) FROM thing")
    other = opened(database_url)

    with reading(things) as session:
        before = session.scalar(count)
        _add(other, "meanwhile")
        after = session.scalar(count)

    assert (before, after) == (0, 0)
    assert _names(things) == ["meanwhile"]


def test_a_reader_does_not_stop_a_writer_and_a_writer_does_not_stop_a_reader(
    things: Engine, database_url: str, opened: Open
) -> None:
    other = opened(database_url)
    _impatient(other)

    with transaction(things) as session:
        session.execute(text("INSERT INTO thing (id, name) VALUES (1, 'not yet')"))

        assert _names(other) == []


def test_a_row_that_another_transaction_holds_is_a_locked_database(
    things: Engine, database_url: str, opened: Open
) -> None:
    _add(things, "wanted")
    other = opened(database_url)
    _impatient(other)
    change = text("UPDATE thing SET name = 'changed'")

    with transaction(things) as session:
        session.execute(change)
        with pytest.raises(DatabaseLocked), transaction(other) as late:
            late.execute(change)

    with transaction(other) as late:
        late.execute(change)


def test_a_writer_waits_for_the_writer_before_it(things: Engine, database_url: str, opened: Open) -> None:
    _add(things, "a")
    other = opened(database_url)
    add_b = text("UPDATE thing SET name = name || 'b'")
    began = threading.Event()

    def second() -> None:
        began.set()
        with transaction(other) as late:
            late.execute(add_b)

    thread = threading.Thread(target=second)
    with transaction(things) as session:
        session.execute(text("UPDATE thing SET name = name || 'a'"))
        thread.start()
        began.wait()
    thread.join()

    assert _names(things) == ["aab"]


def test_a_process_killed_in_a_transaction_leaves_no_trace_and_no_lock(things: Engine, database_url: str) -> None:
    script = """
import sys
from sqlalchemy import text
from data.engine import open_engine, transaction

with transaction(open_engine(sys.argv[1])) as session:
    session.execute(text("INSERT INTO thing (id, name) VALUES (1, 'half')"))
    print("written", flush=True)
    sys.stdin.read()
"""
    with running(script, database_url) as [process]:
        process.kill()
        process.wait()

        _add(things, "half")

    assert _names(things) == ["half"]


@pytest.mark.parametrize(
    "broken",
    [
        "INSERT INTO thing (id, name) VALUES (1, :secret), (2, :secret)",
        "INSERT INTO thing (id, name) SELECT NULL, :secret WHERE 1 = 1 UNION SELECT 1, NULL",
        "INSERT INTO thing (id, name) VALUES (CAST(CAST(:secret AS VARCHAR) AS INTEGER) / 0, NULL)",
        "INSERT INTO guarded (name) VALUES (:secret)",
        "SELECT nothing FROM nowhere WHERE name = :secret",
    ],
    ids=["unique", "not null", "not a number", "check", "no table"],
)
def test_no_value_shows_in_the_text_of_an_error(things: Engine, broken: str) -> None:
    """PostgreSQL quotes whole rows: "DETAIL: Failing row contains (1, the secret)"."""
    secret = secrets.token_hex(8) + "g"
    with transaction(things) as session:
        session.execute(text("CREATE TABLE guarded (name VARCHAR CHECK (length(name) < 3))"))

    with pytest.raises((DBAPIError, Fault)) as caught, transaction(things) as session:
        session.execute(text(broken), {"secret": secret})

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert secret not in shown


def test_a_broken_constraint_says_which(things: Engine) -> None:
    _add(things, "one")

    with pytest.raises(DBAPIError, match=r"thing[._]name"):
        _add(things, "one")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense-s3cret",
        "mysql://root:s3cret@localhost/db",
        "sqlite://",
        "sqlite:///relative/s3cret.db",
        "sqlite:///:memory:",
        "postgresql://user:s3cret@host:notaport/db",
        "postgresql://user:pass/s3cret@host/db",
        "postgresql://host/db?s3cret=1",
        "postgresql://user:s3cret%ff@host/db",
        "postgresql://user:s3cret@host/d\0b",
        "sqlite:////s3cret\0.db",
    ],
)
def test_an_address_that_names_no_database_is_refused_and_not_repeated(url: str, opened: Open) -> None:
    with pytest.raises(DatabaseAddressInvalid) as caught:
        opened(url)

    assert "s3cret" not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None


@given(password=st.text("a1:/@?#%&=[]+,;\\ '\"", min_size=1))
def test_no_password_however_badly_quoted_ends_up_in_what_is_shown(password: str) -> None:
    with suppress(DatabaseAddressInvalid):
        engine = open_engine(f"postgresql://user:{password}@host/db")

        assert engine.get_execution_options()["where"] == "host/db"
        assert repr(engine) == "Engine(postgresql+psycopg://)"
