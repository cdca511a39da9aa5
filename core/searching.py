"""How every list is searched: each word stands somewhere in a row, or, where no word is long enough for that, at its
beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlmodel import Session as Transaction

from core.listing import few_ids
from core.names import searched_words
from data.search import SHORTEST, candidates, contains_all

_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Searched:
    """What of a table is searched; all of its columns are indexed for it, and hold folded text (`core.names`)."""

    subject: Any
    """The table's model."""

    text: Any
    """The column in which pieces of words are found (`data.search`)."""

    beginnings: tuple[Any, ...]
    """The columns whose beginning short words are."""


def search_conditions(
    db: Transaction, typed: str, searched: Searched, *, within: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """What a row meets that a search finds; nothing where nothing was typed.

    Where few rows `within` can meet it, these are named, so that no other is looked at.
    """
    if not typed.strip():
        return []
    words = searched_words(typed)
    if not words:
        return [false()]
    if any(len(word) >= SHORTEST for word in words):
        condition = contains_all(searched.text, words)
        found = [candidates(searched.subject, searched.text, words, dialect=db.connection().dialect.name)]
    else:
        starts = [_starts(column, " ".join(words)) for column in searched.beginnings]
        condition = or_(*starts)
        found = [select(searched.subject.id).where(start) for start in starts]
    return [condition, *_few(db, searched, found, within)]


def _few(
    db: Transaction, searched: Searched, found: Sequence[Select[Any]], within: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    few = few_ids(db, [query.where(within) for query in found])
    return [] if few is None else [searched.subject.id.in_(few)]


def _starts(column: Any, start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + _LAST_CHARACTER)
