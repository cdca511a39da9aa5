"""INSERT … ON CONFLICT: both engines speak it, and SQLAlchemy gives each a class of its own."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel


def insert_into(table: type[SQLModel], dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens where the row is there already."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
