"""The few pages of a list that are at hand around the cursor: bookkeeping alone, nothing is drawn here."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from core.listing import PAGE_ROWS, Key, Page, Stretch, Way

R = TypeVar("R")


class RowWindow(Generic[R]):
    """Consecutive rows, the cursor among them, and which of them stands in the first line.

    `lines` is always how many rows are seen at once.
    """

    def __init__(self, page: Page[R], *, key: Callable[[R], Key], identity: Callable[[R], Hashable]) -> None:
        self._key = key
        self._identity = identity
        self.rows: list[R] = []
        self.before = page.before
        self.after = page.after
        self.cursor = 0
        self.top = 0
        self.rows = self._unknown(page)

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def seen(self, lines: int) -> list[R]:
        """The rows that are seen."""
        return self.rows[self.top : self.top + lines]

    def place_of(self, identity: Hashable) -> int | None:
        """Where the row of this identity stands."""
        return next((place for place, row in enumerate(self.rows) if self._identity(row) == identity), None)

    def put_cursor(self, place: int, *, line: int, lines: int) -> None:
        """Put the cursor on a row, and that row in a line, as far as there are rows around it."""
        self.cursor = max(0, min(place, len(self.rows) - 1))
        self.top = self.cursor - line
        self.keep_in_sight(lines)

    def move(self, steps: int, *, lines: int) -> int:
        """Move the cursor by steps; more than one move what is seen along with it.

        Returns:
            The steps that are left until rows arrive that are not at hand yet.
        """
        wanted = self.cursor + steps
        place = max(0, min(wanted, len(self.rows) - 1))
        line = self.cursor - self.top if abs(steps) > 1 else place - self.top
        self.put_cursor(place, line=line, lines=lines)
        goes_on = self.after if wanted > place else self.before
        return wanted - place if goes_on is not None else 0

    def scroll(self, steps: int, *, lines: int) -> None:
        """Move what is seen; the cursor stays on its row until that would leave."""
        self.top = max(0, min(self.top + steps, len(self.rows) - lines))
        self.cursor = max(self.top, min(self.cursor, self.top + lines - 1))

    def keep_in_sight(self, lines: int) -> None:
        """Let the cursor be seen, and no empty lines where there are rows."""
        top = max(self.cursor - lines + 1, min(self.top, self.cursor))
        self.top = max(0, min(top, len(self.rows) - lines))

    def wanted(self, lines: int) -> Stretch | None:
        """The stretch to fetch before somebody gets there."""
        margin = _margin(lines)
        if self.after is not None and len(self.rows) - self.top - lines < margin:
            return Stretch(Way.AFTER, self.after, page_rows(lines))
        if self.before is not None and self.top < margin:
            return Stretch(Way.BEFORE, self.before, page_rows(lines))
        return None

    def put(self, stretch: Stretch, page: Page[R], *, lines: int) -> None:
        """Add the page that came for a wanted stretch, and drop what is far away at the other end."""
        rows = self._unknown(page)
        keep = _margin(lines) + page_rows(lines)
        if stretch.way is Way.AFTER:
            self.rows += rows
            self.after = _leads_on(page.after, rows, stretch)
            self._drop_in_front(self.top - keep)
        else:
            self.rows[:0] = rows
            self.before = _leads_on(page.before, rows, stretch)
            self.cursor += len(rows)
            self.top += len(rows)
            self._drop_behind(self.top + lines + keep)

    def _unknown(self, page: Page[R]) -> list[R]:
        """A row that was moved between two fetches comes twice; it stays where it was seen first."""
        known = {self._identity(row) for row in self.rows}
        fresh: dict[Hashable, R] = {}
        for row in page.rows:
            if (identity := self._identity(row)) not in known:
                fresh.setdefault(identity, row)
        return list(fresh.values())

    def _drop_in_front(self, rows: int) -> None:
        if rows > 0:
            del self.rows[:rows]
            self.cursor -= rows
            self.top -= rows
            self.before = self._key(self.rows[0])

    def _drop_behind(self, place: int) -> None:
        if place < len(self.rows):
            del self.rows[place:]
            self.after = self._key(self.rows[-1])


def page_rows(lines: int) -> int:
    """How many rows are fetched at once: a page, or what is seen if that is more."""
    return max(PAGE_ROWS, lines)


def _margin(lines: int) -> int:
    """Rows that should be at hand beyond what is seen: enough for the next Page Down."""
    return max(PAGE_ROWS // 2, lines)


def _leads_on(key: Key | None, rows: list[R], stretch: Stretch) -> Key | None:
    """The key behind a page; none if it brought nothing and leads nowhere else, or it would be asked for for ever."""
    return key if rows or key != stretch.key else None
