"""Search for pieces of words: by trigrams, in the full-text tables of SQLite and the pg_trgm indexes of PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Uuid, and_, column, select, table

SHORTEST = 3
"""Characters that a trigram has: shorter pieces are in no index."""


def contains_all(searched: SQLColumnExpression[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text contains every one of these words, wherever."""
    return and_(*(searched.contains(word, autoescape=True) for word in words))


def candidates(subject: Any, searched: SQLColumnExpression[str], words: Sequence[str], *, dialect: str) -> Select[Any]:
    """The ids of rows of `subject` (a table model) whose `searched` column may contain all of the words.

    At least one word has `SHORTEST` characters. Whoever uses the ids asks `contains_all` of their rows too. On SQLite
    the rows themselves are not read: the query has no column of `subject` to set conditions on.
    """
    long_words = [word for word in words if len(word) >= SHORTEST]
    if dialect != "sqlite":
        return select(subject.id).where(contains_all(searched, long_words))
    name = subject.__tablename__
    found = table(f"{name}_search", column("rowid"), column("words"))
    key = table(f"{name}_search_key", column("number"), column("subject_id", Uuid()))
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in long_words)
    joined = found.join(key, key.c.number == found.c.rowid)
    return select(key.c.subject_id).select_from(joined).where(found.c.words.match(phrases))


def is_modelled(name: str | None, kind: str, _: Any) -> bool:
    """Whether something in a schema is for the models to describe. What searches is made by migrations alone."""
    of_search = {"table": "_search" in str(name), "index": str(name).endswith("_trgm")}
    return not of_search.get(kind, False)
