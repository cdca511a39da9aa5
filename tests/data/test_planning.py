"""Plans of SQLite suit a large contract, whatever is in the file."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from data.engine import open_engine, reading, transaction
from data.migrating import ensure_schema

CONTRACT, IDS = "x" * 32, ", ".join(f"'{number:032}'" for number in range(1_000))
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _plan(engine: Engine, condition: str) -> str:
    by_name = f"SELECT email FROM person WHERE {condition} ORDER BY name_norm, email_norm LIMIT 65"  # noqa: S608
    with reading(engine) as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {by_name}").all()
    return "\n".join(row.detail for row in rows)


def test_people_who_are_named_by_their_ids_are_not_looked_for_among_all(engine: Engine) -> None:
    plan = _plan(engine, f"contract_id = '{CONTRACT}' AND id IN ({IDS})")

    assert "(id=?)" in plan
    assert "ix_person_all_by_name" not in plan


def test_a_list_is_walked_along_its_order_and_not_sorted(engine: Engine) -> None:
    plan = _plan(engine, f"contract_id = '{CONTRACT}' AND NOT active AND (name_norm, email_norm) > ('a', 'b')")

    assert "ix_person_inactive_by_name (contract_id=? AND (name_norm,email_norm)>(?,?))" in plan
    assert "ORDER BY" not in plan


def test_the_numbers_outlive_a_migration_that_makes_a_table_anew(engine: Engine, tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "0001_step.py").write_text(
        "from alembic import op\nrevision, down_revision = '0001', None\n"
        "def upgrade():\n    with op.batch_alter_table('person', recreate='always'):\n        pass\n"
    )
    with transaction(engine) as session:
        session.execute(text("DROP TABLE alembic_version"))
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    before = _numbers(engine)

    url = f"sqlite:///{engine.get_execution_options()['where']}"
    other = open_engine(url)
    ensure_schema(other, head="0001", versions=versions)

    assert before
    assert _numbers(other) == before
    other.dispose()


def _numbers(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.connection().exec_driver_sql("SELECT idx, stat FROM sqlite_stat1").all()
    return {(row.idx, row.stat) for row in rows}
