"""How every list is searched: each word stands somewhere in a row, or, where no word is long enough for that, at its
beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union_all
from sqlmodel import Session as Transaction

from core.listing import narrowest
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
    db: Transaction,
    typed: str,
    searched: Searched,
    *,
    within: ColumnElement[bool],
    among: Sequence[Select[Any]] = (),
) -> list[ColumnElement[bool]]:
    """What a row meets that a search finds; nothing where nothing was typed.

    `within` and being in each of `among` (queries for ids) are conditions that the caller sets himself. Where few
    rows can meet one of all these, only those are looked at; else the list is walked along its order.
    """
    words = searched_words(typed)
    if not words:
        return [false()] if typed.strip() else narrowed(db, searched.subject, among)
    if any(len(word) >= SHORTEST for word in words):
        condition = contains_all(searched.text, words)
        found = candidates(searched.subject, searched.text, words, dialect=db.connection().dialect.name)
    else:
        starts = [_starts(column, " ".join(words)) for column in searched.beginnings]
        condition = or_(*starts)
        beginning = [select(searched.subject.id.label("id")).where(within, start) for start in starts]
        found = select(union_all(*beginning).subquery().c.id)
    return [condition, *narrowed(db, searched.subject, [*among, found])]


def narrowed(db: Transaction, subject: Any, among: Sequence[Select[Any]]) -> list[ColumnElement[bool]]:
    """The condition that a row's id is in the shortest of these queries, where that is worth it."""
    shortest = narrowest(db, among)
    return [] if shortest is None else [subject.id.in_(shortest)]


def _starts(column: Any, start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + _LAST_CHARACTER)
