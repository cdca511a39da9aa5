"""Whether anybody has written to the database since it was looked at: asked of SQLite without reading a row.

Most looks of consoles at which nobody does anything find what they have found before.
"""

import sqlite3
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine

from data.faults import Fault

Version = tuple[int, int]


class Changes:
    """Versions of a database, by a connection of its own that never writes: of what it writes itself it would not hear
    (sqlite.org/pragma.html#pragma_data_version). Versions of two connections say nothing about each other, so each is
    told with the number of its connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: Any = None
        self._connections = 0

    def version(self) -> Version | None:
        """Another one after each commit of anybody. None where it cannot be told: then anything may have changed.

        To be asked before what it is compared for is read: what comes between is then read again, and never missed.
        """
        if self._engine.dialect.name != "sqlite":
            return None
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._opened()
                (number,) = self._connection.execute("PRAGMA data_version").fetchone()
            except (sqlite3.Error, Fault):
                self._drop()
                return None
            return self._connections, number

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        with self._lock:
            self._drop()

    def _opened(self) -> Any:
        lent = self._engine.raw_connection()
        connection = lent.driver_connection
        lent.detach()  # the pool may lend another in its place
        self._connections += 1
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
