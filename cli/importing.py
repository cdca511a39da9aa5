"""`bartizan import people` and `bartizan import resources`: from a file, as a person who signs in for it."""

import json
import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import dataclass, field

from cli.acting import signed_in
from cli.asking import Asking
from cli.codes_file import CodesFile
from cli.files import STANDARD, reading
from cli.progress import Progress, stoppable
from cli.saying import CANNOT, STOPPED, say, tell
from core.errors import CodesMailed
from core.importing import Report, Watch
from core.login_steps import Session
from core.records import BadLine, lines_of
from core.services import Services
from core.wording import sentence

TOLD = 100
"""So many bad lines are told to a person; with --json all of them."""


@dataclass
class _Import:
    """What the words of the command line want, and what is known of it so far."""

    words: Namespace
    progress: Progress
    bad: list[BadLine] = field(default_factory=list)

    @property
    def how(self) -> str:
        """The method of the service."""
        if self.words.dry_run:
            return "check"
        return "all_or_nothing" if self.words.all_or_nothing else "keep_good"

    def refused(self, line: BadLine) -> None:
        """Note a bad line, and tell it to a person."""
        self.bad.append(line)
        if self.words.json:
            return
        self.progress.clear()
        if len(self.bad) <= TOLD:
            say(f"line {line.line}: {sentence(line.refusal)}", CANNOT)
        elif len(self.bad) == TOLD + 1:
            say("More lines are bad; --json tells all of them.", CANNOT)

    def watch(self, services: Services, session: Session, codes: CodesFile | None) -> Watch:
        """Whom the service tells."""

        def goes_on(lines: int) -> bool:
            self.progress.show(lines)
            services.sessions.keep_alive(session)
            return not self.progress.stopped

        return Watch(self.refused, goes_on, codes.take if codes else None)


def run_import(words: Namespace) -> int:
    """Import a file; the exit code."""
    with ExitStack() as stack:
        asking = Asking(input_is_taken=words.file == STANDARD)
        file, total = stack.enter_context(reading(words.file))
        wanted = _Import(words, Progress(total))
        services, session = stack.enter_context(signed_in(asking))
        if words.what == "people" and words.codes and services.mail.is_configured:
            raise CodesMailed
        codes = CodesFile(words.codes) if words.codes else None
        service = services.people_import if words.what == "people" else services.resource_import
        keeps_codes = wanted.how == "keep_good"
        try:
            with stoppable(wanted.progress):
                run = getattr(service, wanted.how)
                report = run(session, lines_of(file), wanted.watch(services, session, codes))
            keeps_codes = report.kept > 0
        except BaseException as trouble:  # noqa: BLE001 - raised again
            return _broken_off(wanted, trouble)
        finally:
            if codes:
                codes.close(keep=keeps_codes)
        return _tell(wanted, report, by_mail=services.mail.is_configured)


def _broken_off(wanted: _Import, trouble: BaseException) -> int:
    """Say what stands of an import that did not come to its end."""
    if wanted.how == "keep_good":
        say("What was kept before this stays. Run it again: who or what is there already is named.", CANNOT)
        if isinstance(trouble, KeyboardInterrupt):
            return STOPPED
    raise trouble


def _tell(wanted: _Import, report: Report, *, by_mail: bool) -> int:
    if wanted.words.json:
        bad = [{"line": each.line, "why": sentence(each.refusal)} for each in wanted.bad]
        facts = {"lines": report.lines, "good": report.good, "kept": report.kept, "stopped": report.stopped}
        sys.stdout.write(json.dumps({**facts, "refused": bad}) + "\n")
    else:
        tell(_summary(wanted, report, by_mail=by_mail))
    if report.stopped:
        return STOPPED
    return CANNOT if report.refused else 0


def _summary(wanted: _Import, report: Report, *, by_mail: bool) -> str:
    lines = f"Lines read: {report.lines:,}; refused: {report.refused:,}"
    if wanted.how == "check":
        return f"{lines}. Nothing was changed; an import would take {report.good:,}."
    begun = "Stopped. " if report.stopped else ""
    if not report.kept:
        return f"{begun}{lines}. Nothing was changed."
    if wanted.words.what == "resources":
        return f"{begun}{lines}; resources made: {report.kept:,}."
    if by_mail:
        return f"{begun}{lines}; people invited: {report.kept:,}. Their codes are mailed to them."
    codes = "" if wanted.words.codes else " No codes were written; Invite again in the User Manager makes one."
    return f"{begun}{lines}; people invited: {report.kept:,}.{codes}"
