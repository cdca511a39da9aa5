"""Taking in many people at once, from a file (`core.records`).

Columns: email, given_name, family_name; role (user or administrator; user where it is empty), groups (names, separated
by ;), force (yes or no). What the export writes beside these is read and not taken.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.administration import Desk
from core.code_post import CodePost
from core.errors import CodesMailed
from core.importing import Report, Run, Watch
from core.invited_people import COLUMNS, NEEDED, InvitedPeople
from core.login_steps import Session
from core.records import BadLine, Record, records
from data.group_tables import Membership
from data.staging import Stage, staging
from data.tables import OutgoingMail, PasswordCode, Person


@dataclass(frozen=True)
class PeopleImportService:
    """Invites everybody who stands in a file."""

    desk: Desk
    post: CodePost

    def check(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Say what an import of this file would say; nobody is invited.

        Raises:
            SessionOver, ProofNeeded, NotAllowed: see `Desk`.
            ColumnUnknown, ColumnMissing, FieldRefused: of the file's first line.
            CodesMailed: somebody wants codes that are mailed.
        """
        run = self._run(session, "people_import.check", watch, None)
        return run.trial(_rows(lines))

    def keep_good(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Invite whoever can be, a portion at a time; what is kept stays, should it be stopped or fail later.

        Raises:
            SessionOver, ProofNeeded, NotAllowed, ColumnUnknown, ColumnMissing, FieldRefused, CodesMailed: see `check`.
        """
        with staging(self.desk.engine, Person, Membership, PasswordCode, OutgoingMail) as stage:
            run = self._run(session, "people_import.keep_good", watch, stage)
            return run.keep_good(_rows(lines))

    def all_or_nothing(self, session: Session, lines: Iterable[bytes], watch: Watch) -> Report:
        """Invite everybody, in one transaction; nobody where a line is bad, or has become so in the meantime.

        Raises:
            SessionOver, ProofNeeded, NotAllowed, ColumnUnknown, ColumnMissing, FieldRefused, CodesMailed: see `check`.
        """
        with staging(self.desk.engine, Person, Membership, PasswordCode, OutgoingMail) as stage:
            run = self._run(session, "people_import.all_or_nothing", watch, stage)
            return run.all_or_nothing(_rows(lines))

    def _run(self, session: Session, function: str, watch: Watch, stage: Stage | None) -> Run:
        """Ask for a proof once, for a file may take longer than one lasts; the role is asked with each portion."""
        if watch.codes is not None and self.post.by_mail:
            raise CodesMailed
        with self.desk.acting(session, function) as act:
            act.ask_for_proof()
        people = InvitedPeople(self.desk, session, function, stage, watch.codes, by_mail=self.post.by_mail)
        return Run(self.desk, session, function, people, watch)


def _rows(lines: Iterable[bytes]) -> Iterator[Record | BadLine]:
    return records(lines, columns=COLUMNS, needed=NEEDED)
