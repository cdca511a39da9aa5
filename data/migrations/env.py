"""Runs inside Alembic: on the connection, and inside the transaction, that `data.migrating` opened."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from data.search import is_modelled


def _rendered(kind: str, subject: Any, _: Any) -> str | Literal[False]:
    """A migration names SQLAlchemy's own types: what SQLModel calls them may change under an old one."""
    if kind == "type" and isinstance(subject, AutoString):
        length = getattr(subject.impl, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    if kind == "type" and isinstance(subject, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_rendered,
    include_name=is_modelled,
    compare_type=True,
    user_module_prefix="sa.",
)
context.run_migrations()
