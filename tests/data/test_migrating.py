"""Migrations: forward, whole, one process at a time, and without losing a row."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from data.engine import reading, transaction
from data.faults import DatabaseForeign, DatabaseNewer
from data.migrating import HEAD, VERSIONS, RowsOrphaned, ensure_schema, write_revision
from tests.data.conftest import Open
from tests.data.processes import released, running

FAMILIES = """
def upgrade():
    op.create_table(
        "parent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(10)),
        sa.UniqueConstraint("name", name="uq_parent_name"),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], name="fk_child_parent", ondelete="CASCADE"),
    )
"""
STRICTER_PARENTS = """
def upgrade():
    with op.batch_alter_table("parent") as parent:
        parent.alter_column("name", type_=sa.String(20), nullable=False, existing_type=sa.String(10))
        parent.create_check_constraint("ck_parent_name", "name <> ''")
"""
ORPHANS = """
def upgrade():
    op.execute("DELETE FROM parent WHERE id = 1")
"""
HALF = """
def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("SELECT * FROM nowhere")
"""


@pytest.fixture
def empty(database_url: str, opened: Open) -> Engine:
    """An engine on an empty database."""
    return opened(database_url)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    directory = tmp_path / "versions"
    directory.mkdir()
    _write(directory, FAMILIES)
    return directory


def _write(versions: Path, upgrade: str) -> str:
    """Add a migration, and give its number."""
    number = len(list(versions.glob("*.py"))) + 1
    before = repr(f"{number - 1:04}") if number > 1 else None
    head = f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '{number:04}'\ndown_revision = {before}\n"
    (versions / f"{number:04}_step.py").write_text(head + upgrade)
    return f"{number:04}"


def _fill(engine: Engine) -> None:
    with transaction(engine) as session:
        for parent in range(100):
            session.execute(text("INSERT INTO parent VALUES (:id, :name)"), {"id": parent, "name": f"n{parent}"})
            for child in range(3):
                row = {"id": parent * 10 + child, "parent": parent}
                session.execute(text("INSERT INTO child VALUES (:id, :parent)"), row)


def _counts(engine: Engine) -> tuple[int, int]:
    with reading(engine) as session:
        parents = session.scalar(text("SELECT count(*) FROM parent"))
        children = session.scalar(text("SELECT count(*) FROM child"))
    return parents, children


def _version(engine: Engine) -> str:
    with reading(engine) as session:
        return str(session.scalar(text("SELECT version_num FROM alembic_version")))


def _tables(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(inspect(session.connection()).get_table_names())


def test_an_empty_database_gets_the_schema(empty: Engine, versions: Path) -> None:
    ensure_schema(empty, head="0001", versions=versions)

    assert _tables(empty) == {"alembic_version", "parent", "child"}
    assert _version(empty) == "0001"


def test_every_step_that_is_missing_is_taken(empty: Engine, versions: Path) -> None:
    _write(versions, STRICTER_PARENTS)
    head = _write(versions, "\ndef upgrade():\n    op.add_column('child', sa.Column('age', sa.Integer))\n")

    ensure_schema(empty, head=head, versions=versions)

    assert _version(empty) == "0003"


def test_a_table_that_others_refer_to_is_made_anew_without_losing_a_row(empty: Engine, versions: Path) -> None:
    """SQLite alters a table by dropping it, and with foreign keys on the children go with it in silence."""
    ensure_schema(empty, head="0001", versions=versions)
    _fill(empty)
    head = _write(versions, STRICTER_PARENTS)

    ensure_schema(empty, head=head, versions=versions)

    assert _counts(empty) == (100, 300)
    with pytest.raises(DBAPIError, match="ck_parent_name"), transaction(empty) as session:
        session.execute(text("INSERT INTO parent VALUES (1000, '')"))


def test_children_still_go_with_their_parents_after_a_migration(empty: Engine, versions: Path) -> None:
    ensure_schema(empty, head="0001", versions=versions)
    _fill(empty)
    ensure_schema(empty, head=_write(versions, STRICTER_PARENTS), versions=versions)

    with transaction(empty) as session:
        session.execute(text("DELETE FROM parent WHERE id < 10"))

    assert _counts(empty) == (90, 270)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_migration_that_orphans_a_row_is_undone(empty: Engine, versions: Path) -> None:
    ensure_schema(empty, head="0001", versions=versions)
    _fill(empty)
    head = _write(versions, ORPHANS)

    with pytest.raises(RowsOrphaned, match="child"):
        ensure_schema(empty, head=head, versions=versions)

    assert _counts(empty) == (100, 300)
    assert _version(empty) == "0001"


def test_a_migration_that_fails_halfway_is_undone_and_those_before_it_are_kept(empty: Engine, versions: Path) -> None:
    head = _write(versions, HALF)

    with pytest.raises(DBAPIError):
        ensure_schema(empty, head=head, versions=versions)

    assert _tables(empty) == {"alembic_version", "parent", "child"}
    assert _version(empty) == "0001"


def test_a_process_killed_in_a_migration_leaves_what_was_before(
    empty: Engine, database_url: str, versions: Path
) -> None:
    ensure_schema(empty, head="0001", versions=versions)
    _fill(empty)
    pause = STRICTER_PARENTS + "    import sys\n    print('half', flush=True)\n    sys.stdin.read()\n"
    head = _write(versions, pause)
    with running(_MIGRATE_NOW, database_url, str(versions), head) as [process]:
        process.kill()
        process.wait()
    (versions / f"{head}_step.py").unlink()
    _write(versions, STRICTER_PARENTS)

    assert _version(empty) == "0001"
    ensure_schema(empty, head=head, versions=versions)

    assert _counts(empty) == (100, 300)
    assert _version(empty) == head


_MIGRATE_NOW = """
import sys
from pathlib import Path
import alembic.command, psycopg
from data.engine import open_engine
from data.migrating import ensure_schema

# wait
engine = open_engine(sys.argv[1])
ensure_schema(engine, versions=Path(sys.argv[2]), head=sys.argv[3])
engine.dispose()
"""
_MIGRATE_WHEN_TOLD = _MIGRATE_NOW.replace("# wait", "print('ready', flush=True); sys.stdin.read()")


def test_processes_that_start_at_once_on_a_fresh_database_all_find_the_schema(
    database_url: str, versions: Path, opened: Open
) -> None:
    head = _write(versions, STRICTER_PARENTS)

    with running(_MIGRATE_WHEN_TOLD, database_url, str(versions), head, copies=4) as processes:
        errors = released(processes)

    assert errors == [""] * 4
    assert _version(opened(database_url)) == head


def test_a_database_that_is_up_to_date_is_only_read(empty: Engine, database_url: str, opened: Open) -> None:
    ensure_schema(empty)
    other = opened(database_url)

    with transaction(empty):
        ensure_schema(other)


def test_a_start_on_a_database_that_is_up_to_date_does_not_load_alembic(empty: Engine, database_url: str) -> None:
    ensure_schema(empty)
    script = """
import sys
from data.engine import open_engine
from data.migrating import ensure_schema

engine = open_engine(sys.argv[1])
ensure_schema(engine)
engine.dispose()
assert "alembic" not in sys.modules and "mako" not in sys.modules
"""

    subprocess.run([sys.executable, "-c", script, database_url], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("stored", ["0002", "9999", "00010", "nonsense", ""])
def test_a_database_of_a_later_release_is_refused(empty: Engine, versions: Path, stored: str) -> None:
    ensure_schema(empty, head="0001", versions=versions)
    with transaction(empty) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :stored"), {"stored": stored})

    with pytest.raises(DatabaseNewer) as caught:
        ensure_schema(empty, head="0001", versions=versions)

    assert (caught.value.found, caught.value.known) == (stored, "0001")
    assert _version(empty) == stored


def test_a_database_of_another_program_is_refused_and_left_as_it_is(things: Engine) -> None:
    with pytest.raises(DatabaseForeign):
        ensure_schema(things)

    assert _tables(things) == {"thing"}


def test_the_head_that_the_start_compares_with_is_the_last_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_migrations_make_what_the_tables_say(empty: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    import data.group_tables
    import data.support_tables  # noqa: F401 - they fill the metadata
    from data.search import is_modelled

    ensure_schema(empty)

    with reading(empty) as session:
        options = {"compare_type": True, "include_name": is_modelled}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_sessions_from_before_the_console_host_are_kept_and_are_no_process_of_its(empty: Engine) -> None:
    ensure_schema(empty, head="0004")
    with transaction(empty) as session:
        for statement in _SIGNED_IN:
            session.execute(text(statement), {"id": "0" * 32, "at": "2026-03-02 09:00:00+00:00"})

    ensure_schema(empty)

    with reading(empty) as session:
        assert session.execute(text("SELECT token_hash, worker FROM session")).all() == [("hash", None)]
        assert session.execute(text("SELECT token_hash, worker FROM pending_login")).all() == [("half", None)]


_SIGNED_IN = (
    "INSERT INTO person (id, email, email_norm, given_name, family_name, name_norm, search_text, role, active,"
    " force_sec_auth, sec_auth_forced, sec_auth_active, last_step, told_steps, acknowledged_number, notified_number,"
    " created_at) VALUES (:id, 'ann@example.com', 'ann@example.com', 'Ann', 'Bell', 'ann bell', '', 'support_agent',"
    " true, false, false, false, -1, '[]', 0, 0, :at)",
    "INSERT INTO session (id, token_hash, person_id, origin, host, started_at, last_used_at, expires_at, proof_at,"
    " proofs) VALUES (:id, 'hash', :id, '{}', '', :at, :at, :at, :at, '{}')",
    "INSERT INTO pending_login (token_hash, person_id, owes, origin, lane, password_changed_at, expires_at)"
    " VALUES ('half', :id, 'code', '{}', 'any', :at, :at)",
)


def test_the_next_migration_is_written_from_the_tables_and_makes_them(
    empty: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = tmp_path / "written"
    versions.mkdir()

    first = write_revision("Everything", versions=versions)
    second = write_revision("nothing new", versions=versions)
    ensure_schema(empty, head="0002", versions=versions)

    assert [first.name, second.name] == ["0001_everything.py", "0002_nothing_new.py"]
    assert "pass" in second.read_text()
    assert "sqlmodel" not in first.read_text()
    assert "person" in _tables(empty)
