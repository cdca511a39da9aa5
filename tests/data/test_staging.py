"""Rows that wait beside the tables."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from data.engine import reading, transaction
from data.staging import AT_ONCE, Stage, staging
from data.tables import Contract

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def contract(line: int) -> dict[str, object]:
    return {"id": uuid4(), "number": f"{line:08}", "name": "Waits", "created_at": NOW, "line": line, **LEAST}


LEAST = {f"min_{what}": 0 for what in ("length", "upper_chars", "lower_chars", "number_chars", "special_chars")}


def how_many(engine: Engine) -> int:
    with reading(engine) as db:
        return int(db.connection().execute(select(func.count()).select_from(Contract)).scalar_one())


def test_what_waits_is_put_in_whole_whatever_its_lines_are(engine: Engine) -> None:
    lines = [2, 3, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 2]
    with staging(engine, Contract) as stage:
        stage.fill(Contract, [contract(line) for line in lines])
        assert how_many(engine) == 0
        with transaction(stage.connection) as db:
            stage.leave_out(db.connection(), [3])
            stage.put(db.connection(), Contract)

    assert how_many(engine) == len(lines) - 1


def test_nobody_else_waits_for_rows_that_wait(engine: Engine) -> None:
    with staging(engine, Contract) as stage:
        stage.fill(Contract, [contract(2)])
        with transaction(engine) as db:
            stage.fill(Contract, [contract(3)])
            facts = contract(4)
            del facts["line"]
            db.connection().execute(insert(Contract), [facts])
            stage.clear()

    assert how_many(engine) == 1


def test_a_transaction_that_fails_leaves_waiting_what_waited(engine: Engine) -> None:
    with staging(engine, Contract) as stage:
        stage.fill(Contract, [contract(2)])
        with pytest.raises(IntegrityError), transaction(stage.connection) as db:
            _put_twice(stage, db.connection())
        assert how_many(engine) == 0
        with transaction(stage.connection) as db:
            stage.put(db.connection(), Contract)

    assert how_many(engine) == 1


def _put_twice(stage: Stage, connection: Connection) -> None:
    stage.put(connection, Contract)
    stage.put(connection, Contract)


def test_what_waited_is_gone_and_in_no_table_that_stays(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    with staging(engine, Contract) as stage:
        stage.fill(Contract, [contract(2)])

    with staging(engine, Contract) as stage, transaction(stage.connection) as db:
        stage.put(db.connection(), Contract)
    assert how_many(engine) == 0
    assert inspect(engine).get_table_names() == before
