"""Engines that do not wait for a disk."""

from sqlalchemy import Engine, event

from data.engine import open_engine


def open_unsynced(url: str) -> Engine:
    """As `open_engine`; SQLite writes without fsync, as the tests' PostgreSQL does: no test pulls the plug."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine
