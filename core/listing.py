"""Lists of any length, a page at a time: by the key of a row, never by its number (a million rows open like ten)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlmodel import Session as Transaction

R = TypeVar("R")
Key = tuple[Any, ...]
"""What a list is sorted by, with something unique at its end: where a row stands, whatever comes and goes around it."""

PAGE_ROWS = 64
MANY = 10_000
"""So many rows are sorted for a page about as fast as a page of them is found on a walk through a million."""

COUNT_UP_TO = 10_000
"""Counts stop here: beyond it nobody counts, and a screen says “10,000+”."""


class Way(Enum):
    """Which stretch of a list is wanted."""

    FIRST = "from the beginning"
    LAST = "up to the end"
    AFTER = "behind a row"
    BEFORE = "in front of a row"
    FROM = "from a row on, itself included, should it still be there"


@dataclass(frozen=True)
class Stretch:
    """A stretch of a list; all ways but FIRST and LAST need the key of a row."""

    way: Way = Way.FIRST
    key: Key | None = None
    rows: int = PAGE_ROWS

    @property
    def is_backwards(self) -> bool:
        """Whether rows are looked for against the list's order."""
        return self.way in {Way.LAST, Way.BEFORE}


@dataclass(frozen=True)
class Page(Generic[R]):
    """Consecutive rows in the list's order, whichever way they were asked for.

    At an end of the list the key that leads on is None.
    """

    rows: tuple[R, ...]
    before: Key | None
    after: Key | None


@dataclass(frozen=True)
class Count:
    """How many rows a list has: exactly, or more than `COUNT_UP_TO`."""

    rows: int

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.rows > COUNT_UP_TO

    def __str__(self) -> str:
        return f"{COUNT_UP_TO:,}+" if self.is_more else f"{self.rows:,}"


def read_page(
    db: Transaction,
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    stretch: Stretch,
    *,
    made: Callable[[Row[Any]], R],
    key_of: Callable[[R], Key],
) -> Page[R]:
    """The rows of a stretch. `order` is what the list is sorted by, ascending; each row made has its key.

    A key that is none of this list's (another order, a search that found more a moment ago) leads to the beginning.
    """
    if not _fits(stretch, order):
        stretch = Stretch(rows=stretch.rows)
    if stretch.key is not None and stretch.way not in {Way.FIRST, Way.LAST}:
        query = query.where(beyond(order, stretch))
    query = query.order_by(*(column.desc() if stretch.is_backwards else column for column in order))
    found = [made(row) for row in db.connection().execute(query.limit(stretch.rows + 1))]
    return page_of(found, stretch, key_of=key_of)


def page_of(found: Sequence[R], stretch: Stretch, *, key_of: Callable[[R], Key]) -> Page[R]:
    """The page of the rows that were found for a stretch, in the direction of the search, and of one more to see
    whether it goes on."""
    goes_on = len(found) > stretch.rows
    rows = tuple(reversed(found[: stretch.rows])) if stretch.is_backwards else tuple(found[: stretch.rows])
    if not rows:
        return Page((), None, None)
    from_an_end = stretch.key is None or stretch.way in {Way.FIRST, Way.LAST}
    behind_is_more = goes_on if not stretch.is_backwards else not from_an_end
    in_front_is_more = goes_on if stretch.is_backwards else not from_an_end
    return Page(
        rows,
        before=key_of(rows[0]) if in_front_is_more else None,
        after=key_of(rows[-1]) if behind_is_more else None,
    )


def narrowest(db: Transaction, found: Sequence[Select[Any]], *, up_to: int | None = None) -> Select[Any] | None:
    """That one of these queries for ids which gives the fewest, or None where each of them gives many.

    Rows that must be in all of these queries are looked for in the shortest: a list of few rows is found by their ids
    and then sorted, one of many by walking along the order until a page is full. Either is quick, and each is slow in
    place of the other.
    """
    shortest, fewest = None, MANY if up_to is None else up_to
    for query in found:
        rows = _count(db, query, fewest)
        if rows <= fewest:
            shortest, fewest = query, rows
    return shortest


def few_ids(db: Transaction, found: Select[Any], *, up_to: int) -> list[UUID] | None:
    """The ids that a query gives, or None where they are more; for a query that is dear to ask twice."""
    ids = list(db.connection().execute(found.limit(up_to + 1)).scalars())
    return ids if len(ids) <= up_to else None


def count_rows(db: Transaction, query: Select[Any]) -> Count:
    """How many rows a query gives."""
    return Count(_count(db, query, COUNT_UP_TO))


def _count(db: Transaction, query: Select[Any], up_to: int) -> int:
    some = query.limit(up_to + 1).subquery()
    return db.connection().execute(select(func.count()).select_from(some)).scalar_one()


def _fits(stretch: Stretch, order: Sequence[ColumnElement[Any]]) -> bool:
    """Every list is sorted by a text first."""
    return stretch.key is None or (len(stretch.key) == len(order) and isinstance(stretch.key[0], str))


def beyond(order: Sequence[ColumnElement[Any]], stretch: Stretch) -> ColumnElement[bool]:
    """Whether a row lies in a stretch that begins at a key.

    Row values compare as the index is sorted; OR of single comparisons would scan it.
    """
    here, there = tuple_(*order), tuple_(*stretch.key or ())
    match stretch.way:
        case Way.AFTER:
            return here > there
        case Way.BEFORE:
            return here < there
        case _:
            return here >= there


def beyond_downwards(order: Sequence[ColumnElement[Any]], stretch: Stretch) -> ColumnElement[bool]:
    """As `beyond`, for a list that begins with the highest: what lies behind a row is lower, or older."""
    turned = {Way.AFTER: Way.BEFORE, Way.BEFORE: Way.AFTER}
    if stretch.way in turned:
        return beyond(order, replace(stretch, way=turned[stretch.way]))
    return tuple_(*order) <= tuple_(*stretch.key or ())
