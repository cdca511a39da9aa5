"""What SQLite's planner is told about the tables, so that its plans suit a large contract, and are always the same.

Without statistics it takes `contract_id = ?` for ten rows, and walks through a million people where a thousand are
named by their ids. ANALYZE would count what happens to be there, and the plans would change with it; so numbers of a
large installation are put in its place (sqlite.org/lang_analyze.html, "Fixed Results Of ANALYZE"). PostgreSQL counts
for itself.
"""

from typing import Any

from sqlalchemy import Connection, Row, text

_ROWS = {
    "person": 1_000_000,
    "person_search_key": 1_000_000,
    "membership": 2_000_000,
    "user_group": 10_000,
    "user_group_search_key": 10_000,
    "resource": 100_000,
    "resource_search_key": 100_000,
    "share": 200_000,
}
_PARTIAL = 10
"""One row of so many is in an index that has a condition."""

_VALUES = {
    "contract_id": 1,
    "kind": 2,
    "role": 3,
    "active": 2,
    "sec_auth_active": 2,
    "creator_id": 1_000,
    "group_id": 10_000,
    "resource_id": 100_000,
}
"""How many values a column has; one that is not named has as many as there are rows."""


def fix_statistics(connection: Connection) -> None:
    """Put the numbers in; for connections that open the file from now on. A table that is made anew loses its own."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE alembic_version"))  # makes the table of statistics, which nothing else can
    connection.execute(text("DELETE FROM sqlite_stat1"))
    for name, rows in _ROWS.items():
        for index in connection.execute(text(f"PRAGMA index_list({name})")).all():
            _put(connection, name, index, rows // _PARTIAL if index.partial else rows)


def _put(connection: Connection, name: str, index: Row[Any], rows: int) -> None:
    columns = connection.execute(text(f"PRAGMA index_info({index.name})")).all()
    numbers = [rows]
    for column in columns:
        numbers.append(max(1, numbers[-1] // _VALUES.get(column.name, rows)))
    connection.execute(
        text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :numbers)"),
        {"table": name, "index": index.name, "numbers": " ".join(map(str, numbers))},
    )
