"""Brings the schema of a database to this release's, forward only.

A start on a database that is up to date only reads: Alembic is imported when there is something to do.
`python -m data.migrating "what changes"` writes the next migration; raise HEAD with it.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from data.engine import open_engine, reading
from data.faults import DatabaseForeign, DatabaseNewer
from data.planning import fix_statistics

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
_SCRIPTS = Path(__file__).parent / "migrations"
VERSIONS = _SCRIPTS / "versions"
_LOCK_KEY = int.from_bytes(b"bartizan")
_LOCK_SECONDS = 60


class RowsOrphaned(Exception):  # noqa: N818 - named for the fact
    """A migration left rows whose parent is gone. It was rolled back."""


def ensure_schema(engine: Engine, *, head: str = HEAD, versions: Path = VERSIONS) -> None:
    """Make the schema, or bring it up to date; a database that is up to date is only read.

    Any number of processes may do so at once: one migrates, the others wait for it.

    Raises:
        DatabaseNewer: a later release has been here.
        DatabaseForeign: the database holds another program's tables.
        DatabaseLocked, DatabaseReadOnly, DatabaseFull, DatabaseUnreachable: no migration is ever half done.
    """
    found = stored_version(engine)
    while _must_move(engine, found, head):
        found = _next_step(engine, head, versions)


def stored_version(engine: Engine) -> str | None:
    """The schema's version, or None for a database without tables.

    Raises:
        DatabaseForeign: the database holds another program's tables.
    """
    with reading(engine) as session:
        return _version(session.connection())


def write_revision(message: str, *, versions: Path = VERSIONS) -> Path:
    """Write the next migration: what `data.tables` has and the migrations so far do not. Review it."""
    for tables in ("data.group_tables", "data.support_tables"):  # which bring the others
        import_module(tables)
    from alembic import command
    from alembic.script import ScriptDirectory

    with tempfile.TemporaryDirectory() as directory:
        engine = open_engine(f"sqlite:///{directory}/scratch.db")
        config = _config(versions)
        head = ScriptDirectory.from_config(config).get_current_head()
        if head is not None:
            ensure_schema(engine, head=head, versions=versions)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script: Any = command.revision(config, message, autogenerate=True, rev_id=f"{int(head or 0) + 1:04}")
        engine.dispose()
    return Path(script.path)


def _version(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version
    if tables:
        raise DatabaseForeign(connection.get_execution_options()["where"])
    return None


def _must_move(engine: Engine, found: str | None, head: str) -> bool:
    if found == head:
        return False
    if found is not None and (not found.isdecimal() or int(found) > int(head)):
        raise DatabaseNewer(engine.get_execution_options()["where"], found, head)
    return True


def _next_step(engine: Engine, head: str, versions: Path) -> str | None:
    from alembic import command

    config = _config(versions)
    with _LOCKED[engine.dialect.name](engine) as connection:
        found = _version(connection)  # it may have moved while we waited
        if _must_move(engine, found, head):
            config.attributes["connection"] = connection
            command.upgrade(config, "+1")
            fix_statistics(connection)
        return _version(connection)


@contextmanager
def _sqlite_locked(engine: Engine) -> Iterator[Connection]:
    """SQLite alters a table by making it anew; dropping the old one would take the children with it.

    So foreign keys are off, which is only possible outside a transaction, and checked before the commit. The
    connection leaves the pool and is closed afterwards.
    """
    with engine.connect() as connection:
        connection.detach()
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute(f"PRAGMA busy_timeout = {_LOCK_SECONDS * 1000}")
        with connection.begin():
            yield connection
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if orphans:
                raise RowsOrphaned(sorted({row[0] for row in orphans}))


@contextmanager
def _postgresql_locked(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield connection


_LOCKED = {"sqlite": _sqlite_locked, "postgresql": _postgresql_locked}


def _config(versions: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    options = {
        "script_location": str(_SCRIPTS),
        "version_locations": str(versions),
        "path_separator": "newline",
        "file_template": "%(rev)s_%(slug)s",
    }
    for name, option in options.items():
        config.set_main_option(name, option.replace("%", "%%"))
    return config


if __name__ == "__main__":
    write_revision(sys.argv[1])
