"""Console host"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Not by a batch: a table that SQLite makes anew loses what hangs on its rows.
    for table in ("session", "pending_login"):
        op.add_column(
            table, sa.Column("worker", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=True)
        )
    is_open = sa.text("ended_at IS NULL")
    op.create_index("ix_session_open_of_worker", "session", ["worker"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index(op.f("ix_pending_login_worker"), "pending_login", ["worker"])
