"""A small table of these tests' own, so that they do not change with the rules' tables."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text

from data.engine import open_engine, transaction

Open = Callable[[str], Engine]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens engines, and closes them after the test."""
    with ExitStack() as stack:

        def open_and_close(url: str) -> Engine:
            engine = open_engine(url)
            stack.callback(engine.dispose)
            return engine

        yield open_and_close


@pytest.fixture
def things(database_url: str, opened: Open) -> Engine:
    """An engine on a database that holds nothing but the table `thing`."""
    engine = opened(database_url)
    with transaction(engine) as session:
        session.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)"))
    return engine
