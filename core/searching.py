"""How every list is searched: each word stands somewhere in a row, or, where no word is long enough for that, at its
beginning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, union_all
from sqlmodel import Session as Transaction

from core.found import Matching, Part, Sorted
from core.listing import few_ids, narrowest
from core.names import searched_words
from data.search import SHORTEST, candidates, contains_all

_LAST_CHARACTER = "\U0010ffff"
SORTED_UP_TO = 128
"""So many finds are sorted for a page without being felt."""

_Others = Callable[[ColumnElement[bool]], tuple[Part, ...]]
"""The parts behind the first, given the condition that a row is not in that one."""


@dataclass(frozen=True)
class Searched:
    """What of a table is searched; all of its columns are indexed for it, and hold folded text (`core.names`)."""

    subject: Any
    """The table's model."""

    text: Any
    """The column in which pieces of words are found (`data.search`)."""

    beginnings: tuple[Any, ...]
    """The columns whose beginning short words are."""


@dataclass(frozen=True)
class Search:
    """What was typed, as a question to the database."""

    conditions: list[ColumnElement[bool]]
    """What a row meets that is found; nothing where nothing was typed."""

    parts: tuple[Part, ...] | None = None
    """Where much is found: in which parts a page of it is read (`core.found`); None where rows are simply sorted."""


def search_for(
    db: Transaction,
    typed: str,
    searched: Searched,
    *,
    order: Sequence[Any],
    within: ColumnElement[bool],
    among: Sequence[Select[Any]] = (),
) -> Search:
    """Find out how a list is searched whose `order` has an index.

    `within` and being in each of `among` (queries for ids) are conditions that the caller sets himself. Where few
    rows can meet one of all these, only those are looked at and sorted. Rows that are not `within` decide nothing: the
    order would tell of other contracts.
    """
    words = searched_words(typed)
    if not words:
        return Search([false()] if typed.strip() else narrowed(db, searched.subject, among))
    start = " ".join(words)
    is_in_index = any(len(word) >= SHORTEST for word in words)
    if is_in_index:
        condition = contains_all(searched.text, words)
        dialect = db.connection().dialect.name
        found = candidates(searched.subject, searched.text, words, within=within, dialect=dialect)
    else:
        starts = [_starts(column, start) for column in searched.beginnings]
        condition = or_(*starts)
        beginning = [select(searched.subject.id.label("id")).where(within, each) for each in starts]
        found = select(union_all(*beginning).subquery().c.id)
    everything = select(searched.subject.id).where(within)
    shortest = narrowest(db, [*among, everything], up_to=SORTED_UP_TO)
    if shortest is not None:
        return Search([condition, searched.subject.id.in_(shortest)])
    begins = _starts(order[0], start)
    # Counting along the order's index is cheap: where that alone is much, the full-text table need not be asked.
    if narrowest(db, [everything.where(begins)], up_to=SORTED_UP_TO) is not None:
        few = few_ids(db, found, up_to=SORTED_UP_TO)
        if few is not None:
            return Search([condition, searched.subject.id.in_(few)])
    others = _matching(db, searched, words, order) if is_in_index else _beginning(searched, start, order)
    return Search([condition], (Sorted(order, begins), *others(not_(begins))))


def search_conditions(
    db: Transaction,
    typed: str,
    searched: Searched,
    *,
    within: ColumnElement[bool],
    among: Sequence[Select[Any]] = (),
) -> list[ColumnElement[bool]]:
    """What a row meets that a search finds, for lists that are short enough to be walked, and for counts."""
    return search_for(db, typed, searched, order=searched.beginnings, within=within, among=among).conditions


def _matching(db: Transaction, searched: Searched, words: Sequence[str], order: Sequence[Any]) -> _Others:
    """Those that have the words anywhere. PostgreSQL sees for itself how it sorts them."""
    if db.connection().dialect.name == "sqlite":
        return lambda rest: (Matching(searched.subject, words, rest),)
    return lambda rest: (Sorted(order, rest),)


def _beginning(searched: Searched, start: str, order: Sequence[Any]) -> _Others:
    """Those of which something else begins so, each sorted by that."""
    orders = [(column, *(each for each in order if each is not column)) for column in searched.beginnings]
    others = [each for each in orders if each[0] is not order[0]]
    return lambda rest: tuple(Sorted(each, and_(_starts(each[0], start), rest)) for each in others)


def narrowed(db: Transaction, subject: Any, among: Sequence[Select[Any]]) -> list[ColumnElement[bool]]:
    """The condition that a row's id is in the shortest of these queries, where that is worth it."""
    shortest = narrowest(db, among)
    return [] if shortest is None else [subject.id.in_(shortest)]


def _starts(column: Any, start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + _LAST_CHARACTER)
