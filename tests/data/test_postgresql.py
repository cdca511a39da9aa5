"""PostgreSQL: several hosts, lost connections, limits, and what its refusals become."""

import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text

from data.engine import reading, transaction
from data.faults import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnreachable,
    Fault,
)
from tests.data.conftest import Open
from tests.postgres import Server


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    """An empty database; none of these tests is about SQLite."""
    name = postgres.create()
    yield postgres.address(name)
    postgres.drop(name)


def _setting(engine: Engine, name: str) -> str:
    with transaction(engine) as session:
        return str(session.scalar(text(f"SHOW {name}")))


def _name(database_url: str) -> str:
    return database_url.partition("@/")[2].partition("?")[0]


def _refuse_writes(postgres: Server, name: str) -> None:
    postgres.admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())


def _raise(engine: Engine, state: str) -> None:
    """Let the server refuse for a reason that cannot be staged, such as its full disk."""
    with transaction(engine) as session:
        session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'a row with s3cret' USING ERRCODE = '{state}'; END $$"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transaction_isolation", "read committed"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("application_name", "bartizan"),
        ("TimeZone", "UTC"),
    ],
)
def test_every_connection_is_set_up(database_url: str, opened: Open, name: str, value: str) -> None:
    assert _setting(opened(database_url), name) == value


def test_what_the_address_says_itself_is_kept(database_url: str, opened: Open) -> None:
    engine = opened(f"{database_url}&application_name=console&options=-c%20lock_timeout%3D9s")

    assert _setting(engine, "application_name") == "console"
    assert _setting(engine, "lock_timeout") == "9s"
    assert _setting(engine, "statement_timeout") == "30s"


def test_the_address_may_name_sqlalchemys_driver(database_url: str, opened: Open) -> None:
    engine = opened(database_url.replace("postgresql://", "postgresql+psycopg://"))

    assert _setting(engine, "server_encoding") == "UTF8"


def test_the_first_host_that_takes_writes_is_used(
    things: Engine, postgres: Server, database_url: str, opened: Open
) -> None:
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))
    port = dead.getsockname()[1]

    with dead:
        engine = opened(f"postgresql://postgres@/{_name(database_url)}?host=127.0.0.1,{postgres.home}&port={port},5432")
        with transaction(engine) as session:
            session.execute(text("INSERT INTO thing VALUES (1, 'x')"))


def test_with_several_hosts_one_that_takes_no_writes_is_passed_over(
    database_url: str, postgres: Server, opened: Open
) -> None:
    _refuse_writes(postgres, _name(database_url))
    engine = opened(f"postgresql://postgres@/{_name(database_url)}?host={postgres.home},{postgres.home}")

    with pytest.raises(DatabaseUnreachable), transaction(engine):
        pass


def test_a_server_that_takes_no_writes_is_read_only(
    things: Engine, database_url: str, postgres: Server, opened: Open
) -> None:
    _refuse_writes(postgres, _name(database_url))
    engine = opened(database_url)

    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM thing")) == 0
    with pytest.raises(DatabaseReadOnly), transaction(engine) as session:
        session.execute(text("DELETE FROM thing"))


def test_a_connection_that_the_server_closed_is_replaced_unnoticed(things: Engine, postgres: Server) -> None:
    with reading(things) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
    postgres.admin.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    with reading(things) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != first


def test_a_connection_that_breaks_in_a_transaction_is_unreachable_and_the_next_one_works(
    things: Engine, postgres: Server
) -> None:
    def change() -> None:
        with transaction(things) as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            session.execute(text("INSERT INTO thing VALUES (1, 'lost')"))
            postgres.admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(DatabaseUnreachable):
        change()

    with reading(things) as session:
        assert session.scalar(text("SELECT count(*) FROM thing")) == 0


@pytest.mark.parametrize(
    ("account", "rest", "where"),
    [
        ("user:s3cret@", "127.0.0.1:{port}/name", "127.0.0.1:{port}/name"),
        (
            "user:s3cret@",
            "127.0.0.1:{port},localhost:{port}/name",
            "127.0.0.1:{port},localhost:{port}/name",
        ),
        ("postgres:s3cret@", "/nothing-here?host={home}", "{home}/nothing-here"),
        ("nobody-here:s3cret@", "/postgres?host={home}", "{home}/postgres"),
        ("postgres:s3cret@", "/postgres?host={home}/nowhere", "{home}/nowhere/postgres"),
    ],
    ids=["nobody listens", "none of two listens", "no database", "no account", "no socket"],
)
def test_a_server_that_cannot_be_used_is_named_without_the_password(
    postgres: Server, opened: Open, account: str, rest: str, where: str
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        places = {"port": silent.getsockname()[1], "home": postgres.home}
        engine = opened(f"postgresql://{account}{rest.format(**places)}")
        with pytest.raises(DatabaseUnreachable) as caught, transaction(engine):
            pass

    assert caught.value.where == where.format(**places)
    assert "\n" not in caught.value.reason
    assert 5 < len(caught.value.reason) <= 200
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("53100", DatabaseFull),
        ("55P03", DatabaseLocked),
        ("57014", DatabaseLocked),
        ("40P01", DatabaseLocked),
        ("40001", DatabaseLocked),
        ("25006", DatabaseReadOnly),
        ("XX001", DatabaseDamaged),
        ("53300", DatabaseUnreachable),
        ("57P01", DatabaseUnreachable),
        ("58030", DatabaseUnreachable),
    ],
)
def test_each_refusal_of_the_server_has_its_fault(things: Engine, state: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        _raise(things, state)


def test_a_statement_without_end_is_stopped(things: Engine) -> None:
    with pytest.raises(DatabaseLocked), transaction(things) as session:
        session.execute(text("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(60)"))


def test_two_transactions_that_wait_for_each_other_end(things: Engine, database_url: str, opened: Open) -> None:
    """Only one of two may be refused; SQLite cannot get here, its writers stand in a line."""
    other = opened(database_url)
    with transaction(things) as session:
        session.execute(text("INSERT INTO thing VALUES (1, 'a'), (2, 'b')"))
    both_hold_one = Barrier(2)
    refused: list[Fault] = []

    def update(engine: Engine, first: int, second: int) -> None:
        try:
            with transaction(engine) as session:
                session.execute(text("UPDATE thing SET name = name || 'x' WHERE id = :id"), {"id": first})
                both_hold_one.wait()
                session.execute(text("UPDATE thing SET name = name || 'x' WHERE id = :id"), {"id": second})
        except Fault as fault:
            refused.append(fault)

    threads = [Thread(target=update, args=(things, 1, 2)), Thread(target=update, args=(other, 2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [type(fault) for fault in refused] == [DatabaseLocked]


def test_the_socket_directory_is_the_host_that_is_shown(database_url: str, postgres: Server, opened: Open) -> None:
    engine = opened(database_url)

    where = Path(engine.get_execution_options()["where"])

    assert where.parent == postgres.home


@pytest.mark.parametrize(
    ("hosts", "where"),
    [("db1,db2", "db1,db2/bartizan"), ("db1:5433,db2", "db1:5433,db2/bartizan"), ("db1", "db1/bartizan")],
)
def test_hosts_need_no_ports(opened: Open, hosts: str, where: str) -> None:
    engine = opened(f"postgresql://bartizan@{hosts}/bartizan?sslmode=verify-full&passfile=/keys/pgpass")

    assert engine.get_execution_options()["where"] == where
