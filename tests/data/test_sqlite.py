"""The SQLite file: who may read it, what it survives, what is never overwritten."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import Engine, event, text

from data.engine import reading, transaction
from data.faults import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnreachable,
    ModeTooWide,
    NotADatabase,
)
from tests.data.conftest import Open
from tests.data.processes import released, running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private" / "bartizan.db"


@pytest.fixture
def engine(path: Path, opened: Open) -> Engine:
    """A database with a table `thing` in it."""
    engine = opened(f"sqlite:///{path}")
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE thing (content BLOB)"))
    return engine


@contextmanager
def _unprivileged() -> Iterator[None]:
    """Root may write whatever the mode says, so we are somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def lent_directory() -> Iterator[Path]:
    """A directory that belongs to the unprivileged account, outside pytest's own, which that one cannot enter."""
    directory = Path(tempfile.mkdtemp(prefix="bartizan-test-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(directory, 65534, 65534)
    yield directory
    shutil.rmtree(directory)


def _mode(path: Path) -> int:
    return S_IMODE(path.stat().st_mode)


def _side(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def test_the_database_is_made_for_its_owner_alone_whatever_the_umask(path: Path, opened: Open) -> None:
    umask = os.umask(0)
    try:
        engine = opened(f"sqlite:///{path}")
        with transaction(engine) as session:
            session.execute(text("CREATE TABLE thing (content BLOB)"))
    finally:
        os.umask(umask)

    assert _mode(path.parent) == 0o700
    assert [_mode(file) for file in sorted(path.parent.iterdir())] == [0o600, 0o600, 0o600]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o4600])
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_file_that_is_open_to_others_is_refused(path: Path, opened: Open, suffix: str, mode: int) -> None:
    opened(f"sqlite:///{path}").dispose()
    file = _side(path, suffix)
    file.touch()
    file.chmod(mode)

    with pytest.raises(ModeTooWide) as caught:
        opened(f"sqlite:///{path}")

    assert (caught.value.path, caught.value.mode, caught.value.wanted) == (file, mode, 0o600)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o710, 0o701, 0o720, 0o1777])
def test_a_directory_that_is_open_to_others_is_refused_and_nothing_is_made_in_it(
    path: Path, opened: Open, mode: int
) -> None:
    path.parent.mkdir()
    path.parent.chmod(mode)

    with pytest.raises(ModeTooWide) as caught:
        opened(f"sqlite:///{path}")

    assert (caught.value.path, caught.value.mode) == (path.parent, mode)
    assert list(path.parent.iterdir()) == []


def test_narrower_modes_are_welcome(path: Path, opened: Open) -> None:
    opened(f"sqlite:///{path}").dispose()
    path.chmod(0o400)

    opened(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "content", [b"\0" * 5000, b"#!/bin/sh\necho hello\n", b"SQLite format 3", b"x", "名前".encode()]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, opened: Open, content: bytes) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(NotADatabase):
        opened(f"sqlite:///{path}")

    assert path.read_bytes() == content


def test_a_file_that_only_begins_as_a_database_is_refused_and_left_as_it_is(path: Path, opened: Open) -> None:
    content = b"SQLite format 3\0" + b"garbage " * 1000
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(NotADatabase), reading(opened(f"sqlite:///{path}")) as session:
        session.execute(text("SELECT * FROM sqlite_master"))

    assert path.read_bytes() == content


def test_a_directory_or_a_pipe_in_the_place_of_the_database_is_refused(path: Path, opened: Open) -> None:
    path.parent.mkdir(mode=0o700)
    directory, pipe = path.with_name("directory"), path.with_name("pipe")
    directory.mkdir(mode=0o700)
    os.mkfifo(pipe, 0o600)

    for place in (directory, pipe):
        with pytest.raises(NotADatabase):
            opened(f"sqlite:///{place}")


def test_a_path_through_a_file_is_unreachable(tmp_path: Path, opened: Open) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseUnreachable):
        opened(f"sqlite:///{tmp_path}/file/private/bartizan.db")


@pytest.mark.parametrize(
    "name", ["sp ace.db", "100%.db", "a?mode=memory", "名前.db", "#.db", "a'b.db", "%41.db", "\udcff.db"]
)
def test_every_file_name_is_taken_as_it_is(path: Path, opened: Open, name: str) -> None:
    engine = opened(f"sqlite:///{path.parent}/{name}")
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE thing (content BLOB)"))
    engine.dispose()

    assert [file.name for file in path.parent.iterdir()] == [name]


def test_an_empty_file_is_a_fresh_database(path: Path, opened: Open) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)

    with transaction(opened(f"sqlite:///{path}")) as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_a_database_that_vanished_is_not_made_again_behind_our_back(engine: Engine, path: Path) -> None:
    engine.dispose()
    path.unlink()

    with pytest.raises(DatabaseUnreachable), transaction(engine):
        pass

    assert not path.exists()


def test_a_symbolic_link_that_leads_nowhere_is_not_followed_to_make_a_file(path: Path, opened: Open) -> None:
    path.parent.mkdir(mode=0o700)
    target = path.with_name("target")
    path.symlink_to(target)

    with pytest.raises(NotADatabase):
        opened(f"sqlite:///{path}")

    assert not target.exists()


def test_closing_the_engine_leaves_one_file(engine: Engine, path: Path) -> None:
    engine.dispose()

    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("busy_timeout", 5000),
    ],
)
def test_every_connection_is_set_up(engine: Engine, pragma: str, value: object) -> None:
    with transaction(engine) as first, reading(engine) as second:
        values = [session.scalar(text(f"PRAGMA {pragma}")) for session in (first, second)]

    assert values == [value, value]


def test_what_was_deleted_is_gone_from_the_file(engine: Engine, path: Path) -> None:
    secret = os.urandom(3000)
    with transaction(engine) as session:
        session.execute(text("INSERT INTO thing VALUES (:secret)"), {"secret": secret})
    with transaction(engine) as session:
        session.execute(text("DELETE FROM thing"))

    engine.dispose()

    assert secret[:100] not in path.read_bytes()


def test_a_file_that_may_not_be_written_is_read_only_and_can_still_be_read(lent_directory: Path, opened: Open) -> None:
    path = lent_directory / "private" / "bartizan.db"
    url = f"sqlite:///{path}"
    with _unprivileged():
        engine = opened(url)
        with transaction(engine) as session:
            session.execute(text("CREATE TABLE thing (content BLOB)"))
        path.chmod(0o400)
        engine = opened(url)

        with reading(engine) as session:
            assert session.scalar(text("SELECT count(*) FROM thing")) == 0
        with pytest.raises(DatabaseReadOnly), transaction(engine) as session:
            session.execute(text("DELETE FROM thing"))


def test_a_directory_that_may_not_be_entered_is_unreachable(lent_directory: Path, opened: Open) -> None:
    closed = lent_directory / "closed"
    closed.mkdir()
    closed.chmod(0)

    with _unprivileged(), pytest.raises(DatabaseUnreachable):
        opened(f"sqlite:///{closed}/private/bartizan.db")


def test_a_full_disk_stops_the_change_and_nothing_else(path: Path, opened: Open) -> None:
    engine = opened(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 10"))
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE thing (content BLOB)"))

    with pytest.raises(DatabaseFull), transaction(engine) as session:
        session.execute(text("INSERT INTO thing VALUES (zeroblob(100)), (zeroblob(100000))"))

    with transaction(engine) as session:
        session.execute(text("INSERT INTO thing VALUES ('small')"))
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM thing")) == 1


def test_a_damaged_file_is_named_so(engine: Engine, path: Path) -> None:
    with transaction(engine) as session:
        session.execute(text("CREATE INDEX place ON thing (content)"))
        session.execute(text("INSERT INTO thing VALUES (zeroblob(9000)), (zeroblob(9000))"))
    engine.dispose()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    with pytest.raises(DatabaseDamaged), reading(engine) as session:
        session.execute(text("SELECT * FROM thing")).all()


def test_processes_that_make_the_same_database_at_once_share_it(path: Path, opened: Open) -> None:
    script = """
import sys
from sqlalchemy import text
from data.engine import open_engine, transaction

print("ready", flush=True)
sys.stdin.read()
engine = open_engine(sys.argv[1])
with transaction(engine) as session:
    session.execute(text("CREATE TABLE IF NOT EXISTS thing (content BLOB)"))
    session.execute(text("INSERT INTO thing VALUES ('x')"))
engine.dispose()
"""
    with running(script, f"sqlite:///{path}", copies=4) as processes:
        errors = released(processes)

    assert errors == [""] * 4
    with reading(opened(f"sqlite:///{path}")) as session:
        assert session.scalar(text("SELECT count(*) FROM thing")) == 4
    assert sorted(file.name for file in path.parent.iterdir() if file.name.startswith(".")) == []
