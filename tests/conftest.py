"""What every test may ask for: a database of either engine, an engine on it, and a key ring."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.engine import open_engine
from data.migrating import ensure_schema
from data.sealing import KeyRing
from tests.postgres import Server, running_server


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


@pytest.fixture(scope="session")
def migrated_template(postgres: Server) -> str:
    """The name of a PostgreSQL database with the schema in it, to be used as a template."""
    name = postgres.create()
    _migrate(postgres.address(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own: empty, or with the schema if the test asks for `engine`."""
    migrated = "engine" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "private" / "bartizan.db"
        if migrated:
            path.parent.mkdir(mode=0o700)
            shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.create(request.getfixturevalue("migrated_template") if migrated else "template0")
        yield server.address(name)
        server.drop(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database with the schema."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def key_ring(tmp_path: Path) -> KeyRing:
    """A key ring of this test's own, at `tmp_path / "keys" / "keyring.json"`."""
    return KeyRing.create(tmp_path / "keys" / "keyring.json")


def _migrate(url: str) -> None:
    engine = open_engine(url)
    ensure_schema(engine)
    engine.dispose()
