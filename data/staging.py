"""Rows that wait beside the tables until all of them are there, and then go in by few statements.

A row that is inserted by itself costs SQLite three times as much, since the full-text table is written out after each
statement; and rows that are prepared before the transaction keep nobody else's out of the database meanwhile.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, delete, func, insert, select
from sqlmodel import SQLModel

AT_ONCE = 20_000
"""Lines that one statement puts in their places: no server's limit of time stands in its way."""

_CACHE = 128 * 1024
"""KiB of the file that SQLite keeps in memory meanwhile; with its usual 2 MiB it writes the same pages many times."""

_ASIDE = {"begin": ("OFF", "BEGIN")}  # SQLite: the write lock would be taken for the temporary tables too
_WRITING = {"begin": ("OFF", "BEGIN IMMEDIATE")}


@dataclass(frozen=True)
class Stage:
    """Temporary tables on one connection: like the tables of the same models, with the number of a line beside."""

    connection: Connection
    """To be given to `data.engine.transaction` in place of the engine: only it sees what waits."""

    waiting: dict[type[SQLModel], Table]

    def fill(self, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        """Let rows wait; each has its `line`."""
        if rows:
            with self._aside() as connection:
                connection.execute(insert(self.waiting[model]), rows)

    def clear(self) -> None:
        """Let nothing wait any more."""
        with self._aside() as connection:
            for table in self.waiting.values():
                connection.execute(delete(table))

    def leave_out(self, connection: Connection, lines: Sequence[int]) -> None:
        """Let these lines wait no longer, in the transaction of the caller; no more of them than a statement takes."""
        if lines:
            for table in self.waiting.values():
                connection.execute(delete(table).where(table.c.line.in_(lines)))

    def put(self, connection: Connection, model: type[SQLModel]) -> None:
        """Insert what waits for a table, in the transaction of the caller."""
        waiting = self.waiting[model]
        first, last = connection.execute(select(func.min(waiting.c.line), func.max(waiting.c.line))).one()
        columns = [column.name for column in _table(model).columns]
        for start in range(first, last + 1, AT_ONCE) if first is not None else ():
            some = select(*(waiting.c[name] for name in columns))
            some = some.where(waiting.c.line >= start, waiting.c.line < start + AT_ONCE)
            connection.execute(insert(model).from_select(columns, some))

    @contextmanager
    def _aside(self) -> Iterator[Connection]:
        self.connection.execution_options(**_ASIDE)
        try:
            with self.connection.begin():
                yield self.connection
        finally:
            self.connection.execution_options(**_WRITING)


@contextmanager
def staging(engine: Engine, *models: type[SQLModel]) -> Iterator[Stage]:
    """A stage for rows of these tables; at the end its connection is closed, and what waited is gone."""
    waiting = {model: _waiting_table(model) for model in models}
    with engine.connect() as connection:
        connection.detach()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE}")
            connection.rollback()
        connection.execution_options(**_WRITING)
        stage = Stage(connection, waiting)
        with stage._aside():
            for table in waiting.values():
                table.create(connection)
        yield stage


def _waiting_table(model: type[SQLModel]) -> Table:
    of_model = _table(model)
    columns = [Column(column.name, column.type) for column in of_model.columns]
    line = Column("line", Integer, index=True)
    return Table(f"waiting_{of_model.name}", MetaData(), *columns, line, prefixes=["TEMPORARY"])


def _table(model: type[SQLModel]) -> Table:
    return model.metadata.tables[str(model.__tablename__)]
