"""Search for pieces of words: by trigrams, in the full-text tables of SQLite and the pg_trgm indexes of PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, SQLColumnExpression, Uuid, and_, column, select, table

SHORTEST = 3
"""Characters that a trigram has: shorter pieces are in no index."""


def contains_all(searched: SQLColumnExpression[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text contains every one of these words, wherever."""
    return and_(*(searched.contains(word, autoescape=True) for word in words))


def candidates(
    subject: Any,
    searched: SQLColumnExpression[str],
    words: Sequence[str],
    *,
    within: ColumnElement[bool],
    dialect: str,
) -> Select[Any]:
    """The ids of rows of `subject` (a table model) whose `searched` column may contain all of the words.

    At least one word has `SHORTEST` characters. Whoever uses the ids asks `contains_all` of their rows too.
    """
    long_words = [word for word in words if len(word) >= SHORTEST]
    if dialect != "sqlite":
        return select(subject.id).where(contains_all(searched, long_words), within)
    name = subject.__tablename__
    found = table(f"{name}_search", column("rowid"), column("words"))
    key = table(f"{name}_search_key", column("number"), column("subject_id", Uuid()))
    rows = found.join(key, key.c.number == found.c.rowid).join(subject, subject.id == key.c.subject_id)
    return select(key.c.subject_id).select_from(rows).where(found.c.words.match(_phrases(long_words)), within)


def matches(
    connection: Connection,
    subject: Any,
    words: Sequence[str],
    *,
    above: int | None,
    below: int | None,
    backwards: bool,
    limit: int,
) -> dict[UUID, int]:
    """On SQLite: some of the `candidates`, each with its number in the full-text table, in the order of these.

    The table is read along its numbers, and no further than it takes: that is quick however many match.
    """
    name = subject.__tablename__
    found = table(f"{name}_search", column("rowid"), column("words"))
    key = table(f"{name}_search_key", column("number"), column("subject_id", Uuid()))
    query = select(key.c.subject_id, found.c.rowid).join(key, key.c.number == found.c.rowid).select_from(found)
    query = query.where(found.c.words.match(_phrases(words)))
    if above is not None:
        query = query.where(found.c.rowid > above)
    if below is not None:
        query = query.where(found.c.rowid < below)
    order = found.c.rowid.desc() if backwards else found.c.rowid
    return {row[0]: row[1] for row in connection.execute(query.order_by(order).limit(limit))}


def _phrases(words: Sequence[str]) -> str:
    """Words that are long enough, as a question to the full-text table."""
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in words if len(word) >= SHORTEST)


def is_modelled(name: str | None, kind: str, _: Any) -> bool:
    """Whether something in a schema is for the models to describe. What searches is made by migrations alone."""
    of_search = {"table": "_search" in str(name), "index": str(name).endswith("_trgm")}
    return not of_search.get(kind, False)
