"""Opens the database, and the two kinds of transaction everything happens in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlmodel import Session

from data import postgresql, sqlite
from data.faults import DatabaseAddressInvalid, DatabaseLocked

_READING: dict[str, dict[str, Any]] = {"sqlite": sqlite.READING, "postgresql": postgresql.READING}


def open_engine(url: str) -> Engine:
    """Make the engine of `sqlite:////absolute/path` or `postgresql://user@host1,host2/name`.

    A SQLite file that is not there is made, empty, for its owner alone. `engine.dispose()` closes it.

    Raises:
        DatabaseAddressInvalid: neither of the two.
        ModeTooWide: the file or its directory is open to others.
        NotADatabase: something else stands at the path; it was not touched.
        DatabaseFull, DatabaseReadOnly, DatabaseUnreachable: the file cannot be made or read. A server is
            not asked before the first transaction.
    """
    scheme, found, rest = url.partition("://")
    if not found or "\0" in rest:
        raise DatabaseAddressInvalid
    if scheme == "sqlite":
        return sqlite.open_file(rest)
    if scheme in {"postgresql", "postgresql+psycopg"}:
        return postgresql.open_server(f"postgresql://{rest}")
    raise DatabaseAddressInvalid


@contextmanager
def transaction(engine: Engine | Connection) -> Iterator[Session]:
    """One change: committed at the end of the block, rolled back whole if it raises.

    Given a connection in place of the engine (`data.staging`), it is on that one.

    SQLite takes the write lock at the start (BEGIN IMMEDIATE), so writers run one after the other. PostgreSQL
    lets them run together in READ COMMITTED: whatever two could want is decided by one conditional statement.

    Raises:
        DatabaseLocked, DatabaseReadOnly, DatabaseFull, DatabaseUnreachable: nothing was written.
        NotADatabase, DatabaseDamaged: the file is not what it was.
    """
    with _session(engine, {}) as session:
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One question: every statement in the block sees the same moment, and none can write.

    Raises:
        DatabaseLocked, DatabaseUnreachable, NotADatabase, DatabaseDamaged: as in `transaction`.
        DatabaseReadOnly: the block tried to write, which is a bug in the block.
    """
    with _session(engine, _READING[engine.dialect.name]) as session:
        yield session


@contextmanager
def _session(engine: Engine | Connection, options: dict[str, Any]) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False) as session:
            session.connection(execution_options=options)
            yield session
    except PoolExhausted as error:
        raise DatabaseLocked(engine.get_execution_options()["where"]) from error
