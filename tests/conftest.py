"""What every test may ask for: a database of either engine, an engine on it, and a key ring."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.engine import open_engine
from data.migrating import ensure_schema
from data.sealing import KeyRing
from tests.engines import open_unsynced
from tests.lending import Lender
from tests.postgres import Server, running_server


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: whoever drives a screen or another process waits half of the time."""
    return 2 * len(os.sched_getaffinity(0))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was collected stays to the end: to look for garbage among it again and again took a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for this worker's tests."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the schema in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "private" / "bartizan.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def copied_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the schema, at the same place for each test of this worker."""
    path = tmp_path_factory.getbasetemp() / "copied" / "bartizan.db"
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(mode=0o700)
    return Path(shutil.copy(migrated_file, path))


@pytest.fixture(scope="session")
def lender(postgres: Server) -> Iterator[Lender]:
    """Lends PostgreSQL databases with the schema in them."""
    template = postgres.create()
    _migrate(postgres.address(template))
    lender = Lender(postgres, template)
    yield lender
    lender.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own: empty, or with the schema if the test asks for `engine`."""
    migrated = "engine" in request.fixturenames
    if request.param == "sqlite":
        empty = tmp_path / "private" / "bartizan.db"
        yield f"sqlite:///{request.getfixturevalue('copied_file') if migrated else empty}"
    elif migrated:
        lender: Lender = request.getfixturevalue("lender")
        name = lender.lend()
        yield lender.server.address(name)
        lender.take_back(name)
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.create()
        yield server.address(name)
        server.drop(name)


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """The engines of this worker's tests by address; each has compiled most statements already."""
    engines: dict[str, Engine] = {}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def engine(database_url: str, engines: dict[str, Engine]) -> Iterator[Engine]:
    """An engine on a database with the schema."""
    if database_url not in engines:
        engines[database_url] = open_unsynced(database_url)
    yield engines[database_url]
    engines[database_url].dispose()


@pytest.fixture
def key_ring(tmp_path: Path) -> KeyRing:
    """A key ring of this test's own, at `tmp_path / "keys" / "keyring.json"`."""
    return KeyRing.create(tmp_path / "keys" / "keyring.json")


def _migrate(url: str) -> None:
    engine = open_engine(url)
    ensure_schema(engine)
    engine.dispose()
