"""How a file is imported, whatever is in it: tried, line by line as far as it is good, or all of it or nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from core.administration import Act, Desk
from core.errors import Refusal
from core.login_steps import Session
from core.password_codes import IssuedCode
from core.records import BadLine, Record
from data.group_tables import Group

T = TypeVar("T")

PORTION = 1_000
"""Lines that are looked at together, and in which a file is taken where others go on meanwhile."""

TOLD = 1_000
"""So many rows one audit event names."""

_TRIES = 3
_AT_ONCE = 5_000  # fewer than either engine takes as parameters of one statement


def _ignored(_: BadLine) -> None:
    """For whom it is enough to know how many."""


def _on_and_on(_: int) -> bool:
    return True


@dataclass(frozen=True)
class Watch:
    """Whom an import tells how it goes; each is called by the thread in which it runs."""

    refused: Callable[[BadLine], object] = _ignored
    """Is told each line that is not taken."""

    goes_on: Callable[[int], bool] = _on_and_on
    """Is told between portions how many lines have been read; the answer False stops the import there."""

    codes: Callable[[Sequence[IssuedCode]], object] | None = None
    """Is given the activation codes, which are good once the people are there; without it none are made."""


@dataclass(frozen=True)
class Report:
    """What has become of a file."""

    lines: int
    """Rows that were read."""

    refused: int
    kept: int
    """Rows that are in the database now; of a trial none."""

    stopped: bool = False

    @property
    def good(self) -> int:
        """Rows that could be taken."""
        return self.lines - self.refused


class Importer(Protocol):
    """What is different from one kind of rows to another. It holds those that wait to be put in."""

    @property
    def connection(self) -> Connection | None:
        """On which rows wait; None where the file is tried only."""

    def judge(self, rows: Sequence[Record]) -> list[BadLine]:
        """Let those of these rows wait that can be taken; the others."""

    def conflicts(self, act: Act) -> list[BadLine]:
        """Those of the waiting rows that cannot be put in any more."""

    def forget(self) -> None:
        """Let nothing wait any longer."""

    def put_in(self, act: Act, but: Sequence[BadLine]) -> int:
        """Put in what waits, but for these lines, and tell the audit; how many rows."""


@dataclass(frozen=True)
class Run:
    """One import."""

    desk: Desk
    session: Session
    function: str
    importer: Importer
    watch: Watch

    def trial(self, lines: Iterable[Record | BadLine]) -> Report:
        """Read and judge everything."""
        report = Report(0, 0, 0)
        for portion in _in_portions(lines):
            report = self._judged(portion, report)
            if report.stopped:
                return report
        return report

    def keep_good(self, lines: Iterable[Record | BadLine]) -> Report:
        """Put in each portion once it has been judged."""
        report = Report(0, 0, 0)
        for portion in _in_portions(lines):
            report = self._put_in(self._judged(portion, report), or_nothing=False)
            self.importer.forget()
            if report.stopped:
                return report
        return report

    def all_or_nothing(self, lines: Iterable[Record | BadLine]) -> Report:
        """Judge everything, then put in everything, unless a line is bad or has become so in the meantime."""
        report = self.trial(lines)
        return report if report.refused or report.stopped else self._put_in(report, or_nothing=True)

    def _judged(self, portion: Sequence[Record | BadLine], before: Report) -> Report:
        bad = [line for line in portion if isinstance(line, BadLine)]
        bad += self.importer.judge([line for line in portion if isinstance(line, Record)])
        self._tell(bad)
        lines = before.lines + len(portion)
        goes_on = self.watch.goes_on(lines)
        return Report(lines, before.refused + len(bad), before.kept, stopped=not goes_on)

    def _put_in(self, before: Report, *, or_nothing: bool) -> Report:
        """One transaction. What another one has taken in the meantime is found before, or by a unique index."""
        for tries_left in reversed(range(_TRIES)):
            try:
                with self.desk.acting(self.session, self.function, on=self.importer.connection) as act:
                    bad = self.importer.conflicts(act)
                    gives_up = or_nothing and bool(bad)
                    kept = 0 if gives_up else self.importer.put_in(act, bad)
                break
            except IntegrityError:
                if not tries_left:
                    raise
        self._tell(bad)
        return Report(before.lines, before.refused + len(bad), before.kept + kept, before.stopped)

    def _tell(self, bad: Iterable[BadLine]) -> None:
        for line in sorted(bad, key=lambda each: each.line):
            self.watch.refused(line)


@dataclass(frozen=True)
class KnownGroup:
    """A group of the contract that a file names."""

    id: UUID
    force_sec_auth: bool


def known_groups(act: Act, names: Collection[str]) -> dict[str, KnownGroup]:
    """The groups of these (folded) names, as far as they are there."""
    found: dict[str, KnownGroup] = {}
    for some in portions(sorted(names), _AT_ONCE):
        query = select(col(Group.name_norm), col(Group.id), col(Group.force_sec_auth)).where(
            col(Group.contract_id) == act.contract_id, col(Group.name_norm).in_(some)
        )
        rows = act.db.connection().execute(query)
        found |= {row.name_norm: KnownGroup(row.id, row.force_sec_auth) for row in rows}
    return found


def each_judged(rows: Iterable[Record], judged: Callable[[Record], T]) -> tuple[list[T], list[BadLine]]:
    """What each row says, and those that cannot be taken for what they say."""
    good: list[T] = []
    bad: list[BadLine] = []
    for row in rows:
        try:
            good.append(judged(row))
        except Refusal as refusal:
            bad.append(BadLine(row.line, refusal))
    return good, bad


def portions(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Rows in stretches of this size."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _in_portions(lines: Iterable[Record | BadLine]) -> Iterator[list[Record | BadLine]]:
    each = iter(lines)
    while portion := list(islice(each, PORTION)):
        yield portion
