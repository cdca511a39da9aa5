"""A SQLite file: made and opened for its owner alone, with its own transactions instead of the driver's."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import ExceptionContext

from data.faults import (
    DatabaseAddressInvalid,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnreachable,
    Fault,
    NotADatabase,
)
from data.private_files import FILE_MODE, make_private_directory, place, refuse_wider

BUSY_SECONDS = 5.0
READING = {"begin": ("ON", "BEGIN")}
_WRITING = ("OFF", "BEGIN IMMEDIATE")

_MAGIC = b"SQLite format 3\0"
_SIDE_FILES = ("-wal", "-shm", "-journal")
# temp_store keeps the sorting of people's names out of files in TMPDIR.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)
_UNREACHABLE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_FAULTS: dict[int, Callable[[str], Fault]] = {
    sqlite3.SQLITE_BUSY: DatabaseLocked,
    sqlite3.SQLITE_LOCKED: DatabaseLocked,
    sqlite3.SQLITE_PROTOCOL: DatabaseLocked,
    sqlite3.SQLITE_READONLY: DatabaseReadOnly,
    sqlite3.SQLITE_FULL: DatabaseFull,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
}


def open_file(location: str) -> Engine:
    """Open the database at `/absolute/path` (with the slash of the address before it), or make it.

    Raises:
        DatabaseAddressInvalid, ModeTooWide, NotADatabase: see `data.engine.open_engine`.
        DatabaseFull, DatabaseReadOnly, DatabaseUnreachable: the file cannot be made or read.
    """
    path = Path(location.removeprefix("/"))
    if not path.is_absolute():
        raise DatabaseAddressInvalid
    try:
        _prepare(path)
    except OSError as error:
        raise _os_fault(path, error) from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=partial(_connect, path),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
        execution_options={"where": str(path)},
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", partial(_translate, path))
    return engine


def _os_fault(path: Path, error: OSError) -> Fault:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DatabaseFull(str(path))
    if error.errno == errno.EROFS:
        return DatabaseReadOnly(str(path))
    return DatabaseUnreachable(str(path), error.strerror or "")


def _prepare(path: Path) -> None:
    make_private_directory(path.parent)
    if not path.exists():
        with suppress(FileExistsError):  # another process was first, and its file is as good
            place(path, _empty_database(), mode=FILE_MODE)
    if not path.is_file():
        raise NotADatabase(path)
    for file in (path, *(path.with_name(path.name + suffix) for suffix in _SIDE_FILES)):
        if file.exists():
            refuse_wider(file, FILE_MODE)
    with path.open("rb") as file_:
        head = file_.read(len(_MAGIC))
    if head not in {b"", _MAGIC}:
        raise NotADatabase(path)


def _empty_database() -> bytes:
    """Two processes that switch a file to WAL at once fail each other, so it is born in WAL."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "empty")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        return file.read_bytes()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode=rw",  # never makes a file: a vanished database is a fault
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    query_only, begin = connection.get_execution_options().get("begin", _WRITING)
    if connection.info.get("query_only", "OFF") != query_only:
        connection.exec_driver_sql(f"PRAGMA query_only = {query_only}")
        connection.info["query_only"] = query_only
    connection.exec_driver_sql(begin)


def _translate(path: Path, context: ExceptionContext) -> Fault | None:
    error: Any = context.original_exception
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return DatabaseFull(str(path))  # the file of the shared memory could not grow
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_NOTADB:
        return NotADatabase(path)
    if primary in _UNREACHABLE:
        return DatabaseUnreachable(str(path), str(error))
    fault = _FAULTS.get(primary)
    return fault(str(path)) if fault else None
