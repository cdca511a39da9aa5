"""Tests share PostgreSQL databases one after the other: none finds there what another left."""

import psycopg
import pytest

from tests.lending import Lender

HEADS = "INSERT INTO audit_head (chain, number, mac, key_id, seal)"


def test_a_database_in_which_rows_were_changed_is_lent_again_without_them(lender: Lender) -> None:
    name = lender.lend()
    with psycopg.connect(lender.server.address(name)) as connection:
        connection.execute(f"{HEADS} SELECT 'host', 1, '', '', ''")
    lender.take_back(name)

    again = lender.lend()

    with psycopg.connect(lender.server.address(again)) as connection:
        assert again == name
        assert connection.execute("SELECT count(*) FROM audit_head").fetchone() == (0,)
    lender.take_back(again)


def test_whoever_is_still_connected_is_thrown_out(lender: Lender) -> None:
    name = lender.lend()
    left = psycopg.connect(lender.server.address(name))
    left.execute("LOCK TABLE person")

    lender.take_back(name)

    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    left.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE theirs (id integer)",
        "ALTER TABLE person ADD CONSTRAINT nobody CHECK (false) NOT VALID",
        "ALTER TABLE person ALTER email DROP NOT NULL",
        "DROP TABLE share",
        "DROP INDEX ix_session_open_on_host",
        "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER none BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger()",
        "UPDATE alembic_version SET version_num = '9999'",
        "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET work_mem = 64'; END $$",
        f"{HEADS} SELECT n, n, '', '', '' FROM generate_series(1, 100000) n",  # noqa: S608 - our own words
    ],
)
def test_a_database_in_which_more_than_rows_was_changed_or_far_too_many_is_not_lent_again(
    lender: Lender, change: str
) -> None:
    name = lender.lend()
    with psycopg.connect(lender.server.address(name)) as connection:
        connection.execute(change.encode())

    lender.take_back(name)

    assert name not in {one.name for one in lender.free}
