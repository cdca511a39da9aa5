"""PostgreSQL databases that one test after the other has for itself: to empty one is far faster than to make one."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from tests.postgres import Server

_GROWN = 4 * 1024**2  # bytes: what deleted rows leave behind slows down those who come later
_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SIZE = "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 't', 'i')"
# Who changes a schema writes rows of these, under the number of a transaction that is higher than all before it.
_SCHEMA = "UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {catalog} "  # noqa: S608 - our own names
    for catalog in (
        "pg_class WHERE relpersistence <> 't'",
        "pg_attribute WHERE attrelid >= 16384",
        "pg_trigger",
        "pg_constraint",
        "pg_proc",
        "pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())",
        "alembic_version",
    )
)


@dataclass(frozen=True)
class _Lent:
    """A database, as it was when it was made."""

    name: str
    connection: psycopg.Connection[Any]
    schema: list[tuple[Any, ...]]
    size: int


@dataclass
class Lender:
    """Databases like a template that has no rows."""

    server: Server
    template: str
    free: list[_Lent] = field(default_factory=list)
    lent: dict[str, _Lent] = field(default_factory=dict)

    def lend(self) -> str:
        """The name of a database like the template, for one test alone."""
        one = self.free.pop() if self.free else self._made()
        self.lent[one.name] = one
        return one.name

    def take_back(self, name: str) -> None:
        """End whoever is connected, and empty it for the next test; where more than rows was changed it is dropped."""
        one = self.lent.pop(name)
        one.connection.execute(_OUT, [one.connection.info.backend_pid])
        if self._schema(one.connection) == one.schema and self._size(one.connection) < one.size + _GROWN:
            one.connection.execute(self._emptying(one.connection))
            self.free.append(one)
        else:
            self._drop(one)

    def close(self) -> None:
        """Drop them all."""
        for one in [*self.free, *self.lent.values()]:
            self._drop(one)

    def _made(self) -> _Lent:
        name = self.server.create(self.template)
        connection = psycopg.connect(self.server.address(name), autocommit=True)
        connection.execute("SET session_replication_role = replica")  # no foreign key is checked while it is emptied
        return _Lent(name, connection, self._schema(connection), self._size(connection))

    def _drop(self, one: _Lent) -> None:
        one.connection.close()
        self.server.drop(one.name)

    def _schema(self, connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        return connection.execute(_SCHEMA).fetchall()

    def _size(self, connection: psycopg.Connection[Any]) -> int:
        (size,) = connection.execute(_SIZE).fetchone() or (0,)
        return int(size)

    def _emptying(self, connection: psycopg.Connection[Any]) -> sql.Composed:
        names = [sql.Identifier(name) for (name,) in connection.execute(_TABLES)]
        return sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names)
