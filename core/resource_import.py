"""Making many data centers and snapshots at once, from a file (`core.records`).

Columns: kind (data_center or snapshot), name; protected (yes or no), groups (separated by ;, each a name with :edit and
:share behind it where its members may do that). The creator, which the export writes, is read and not taken: it is
whoever imports.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core import permissions
from core.administration import Act, Desk
from core.imported_resources import COLUMNS, NEEDED, ImportedResources
from core.importing import Report, Run, Watch
from core.login_steps import Session
from core.records import BadLine, Record, records
from core.resources import Kind, creates
from data.group_tables import Resource, Share
from data.staging import Stage, staging


@dataclass(frozen=True)
class ResourceImportService:
    """Makes everything that stands in a file, as far as whoever imports may make, protect and share it one by one."""

    desk: Desk

    def check(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Say what an import of this file would say; nothing is made.

        Raises:
            SessionOver, ProofNeeded: see `Desk`.
            NotAllowed: one may create no resources at all.
            ColumnUnknown, ColumnMissing, FieldRefused: of the file's first line.
        """
        return self._run(session, "resource_import.check", watch, None).trial(_rows(lines))

    def keep_good(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Make what can be made, a portion at a time; what is kept stays, should it be stopped or fail later.

        Raises:
            SessionOver, ProofNeeded, NotAllowed, ColumnUnknown, ColumnMissing, FieldRefused: see `check`.
        """
        with staging(self.desk.engine, Resource, Share) as stage:
            return self._run(session, "resource_import.keep_good", watch, stage).keep_good(_rows(lines))

    def all_or_nothing(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Make everything, in one transaction; nothing where a line is bad, or has become so in the meantime.

        Raises:
            SessionOver, ProofNeeded, NotAllowed, ColumnUnknown, ColumnMissing, FieldRefused: see `check`.
        """
        with staging(self.desk.engine, Resource, Share) as stage:
            return self._run(session, "resource_import.all_or_nothing", watch, stage).all_or_nothing(_rows(lines))

    def _run(self, session: Session, function: str, watch: Watch, stage: Stage | None) -> Run:
        """Ask for a proof once, for a file may take longer than one lasts; the rights are asked with each portion."""
        with self.desk.acting(session, function) as act:
            permissions.ask_on_resource(function, act.who, _creates_any(act))
            act.ask_for_proof()
        return Run(self.desk, session, function, ImportedResources(self.desk, session, function, stage), watch)


def _creates_any(act: Act) -> str:
    return "".join(creates(act, kind) for kind in Kind)


def _rows(lines: Iterable[bytes]) -> Iterator[Record | BadLine]:
    return records(lines, columns=COLUMNS, needed=NEEDED)
