"""What a search finds where it finds much: pages of it are read as fast as those of the whole list.

To sort many thousand finds for the first page would take longer than the list itself. So those come first whose
beginning was typed, in the list's order, along an index; then the others: the addresses that begin so, or whatever
has it in the middle, in the order in which the index of the search gives it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select
from sqlmodel import Session as Transaction

from core.listing import Key, Page, Stretch, Way, beyond
from data.search import matches

R = TypeVar("R")
_BACKWARDS = {Way.LAST, Way.BEFORE}
_FIRST_PORTION, _GROWTH = 2, 4


Keyed = list[tuple[Key, Row[Any]]]
"""Rows with their keys within a part."""


class Part(Protocol):
    """Some of the finds."""

    def rows(self, db: Transaction, query: Select[Any], stretch: Stretch) -> Keyed:
        """The rows of a stretch, in the direction in which it goes."""


@dataclass(frozen=True)
class Sorted:
    """Those that meet a condition, in an order that has an index."""

    order: Sequence[Any]
    condition: ColumnElement[bool]

    def rows(self, db: Transaction, query: Select[Any], stretch: Stretch) -> Keyed:
        """See `Part`."""
        width = len(query.selected_columns)
        wanted = query.add_columns(*self.order).where(self.condition)
        if stretch.key is not None and len(stretch.key) == len(self.order):
            wanted = wanted.where(beyond(self.order, stretch))
        backwards = stretch.way in _BACKWARDS
        order = [column.desc() if backwards else column for column in self.order]
        rows = db.connection().execute(wanted.order_by(*order).limit(stretch.rows))
        return [(tuple(row[width:]), row) for row in rows]


@dataclass(frozen=True)
class Matching:
    """Those that the full-text table of SQLite has, and that meet a condition, by their numbers in it."""

    subject: Any
    words: Sequence[str]
    condition: ColumnElement[bool]

    def rows(self, db: Transaction, query: Select[Any], stretch: Stretch) -> Keyed:
        """See `Part`. The finds are read in portions, since others may be among them that the query leaves out."""
        found: Keyed = []
        number, way = (stretch.key[0] if stretch.key else None), stretch.way
        portion = stretch.rows * _FIRST_PORTION
        while len(found) < stretch.rows:
            backwards = way in _BACKWARDS
            some = matches(
                db.connection(),
                self.subject,
                self.words,
                above=None if backwards or number is None else number - (way is Way.FROM),
                below=number if backwards else None,
                backwards=backwards,
                limit=portion,
            )
            found += self._those(db, query, some)
            if len(some) < portion:
                break
            number, way = list(some.values())[-1], Way.BEFORE if backwards else Way.AFTER
            portion *= _GROWTH
        return found[: stretch.rows]

    def _those(self, db: Transaction, query: Select[Any], numbers: dict[UUID, int]) -> Keyed:
        wanted = query.add_columns(self.subject.id).where(self.condition, self.subject.id.in_(list(numbers)))
        rows = {row[-1]: row for row in db.connection().execute(wanted)}
        return [((number,), rows[each]) for each, number in numbers.items() if each in rows]


@dataclass(frozen=True)
class Finds(Generic[R]):
    """Reads pages over the parts, one after the other."""

    query: Select[Any]
    """Selects what `made` takes, with everything that a row has to meet."""

    parts: Sequence[Part]
    made: Callable[[Row[Any], Key], R]
    """Makes a row, given its key."""

    def page(self, db: Transaction, stretch: Stretch) -> Page[R]:
        """A stretch of the finds; a key that is none of theirs leads to the beginning."""
        place = self._place(stretch)
        stretch = stretch if place is not None else Stretch(rows=stretch.rows)
        backwards = stretch.way in _BACKWARDS
        rows = self._rows(db, stretch, place)
        goes_on = len(rows) > stretch.rows
        rows = rows[: stretch.rows]
        if not rows:
            return Page((), None, None)
        first, last = (rows[-1], rows[0]) if backwards else (rows[0], rows[-1])
        from_an_end = stretch.way in {Way.FIRST, Way.LAST}
        in_front, behind = (goes_on, not from_an_end) if backwards else (not from_an_end, goes_on)
        made = [self.made(row, key) for key, row in (reversed(rows) if backwards else rows)]
        return Page(tuple(made), first[0] if in_front else None, last[0] if behind else None)

    def _place(self, stretch: Stretch) -> int | None:
        """The part in which a stretch begins."""
        if stretch.way in {Way.FIRST, Way.LAST}:
            return len(self.parts) - 1 if stretch.way is Way.LAST else 0
        place = stretch.key[0] if stretch.key else None
        return place if isinstance(place, int) and place < len(self.parts) else None

    def _rows(self, db: Transaction, stretch: Stretch, place: int | None) -> Keyed:
        backwards = stretch.way in _BACKWARDS
        key = stretch.key[1:] if stretch.key and stretch.way not in {Way.FIRST, Way.LAST} else None
        found: Keyed = []
        step = -1 if backwards else 1
        for number in range(place or 0, -1 if backwards else len(self.parts), step):
            here = Stretch(
                stretch.way if key is not None else Way.LAST if backwards else Way.FIRST,
                key,
                stretch.rows + 1 - len(found),
            )
            rows = self.parts[number].rows(db, self.query, here)
            found += [((number, *within), row) for within, row in rows]
            key = None
            if len(found) > stretch.rows:
                break
        return found
