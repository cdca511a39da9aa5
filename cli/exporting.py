"""`bartizan export people` and `bartizan export resources`: to a file, as a person who signs in for it."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator

from cli.acting import signed_in
from cli.asking import Asking
from cli.files import STANDARD, appearing
from cli.progress import Progress
from core.errors import FileUnusable
from core.exports import PEOPLE_COLUMNS, RESOURCE_COLUMNS, Exported
from core.login_steps import Session
from core.records import as_csv, as_json
from core.services import Services
from tui.shown import shown_plain

_SHOWN_EVERY = 1_000


def run_export(words: Namespace) -> int:
    """Export people or resources; the exit code."""
    asking, progress = Asking(), Progress()
    if words.output == STANDARD:
        with signed_in(asking) as (services, session):
            return _to_standard_output(_lines(words, services, session, progress))
    with appearing(words.output, over_another=words.force) as file, signed_in(asking) as (services, session):
        try:
            _write(_lines(words, services, session, progress), file.write)
        finally:
            progress.clear()
    return 0


def _lines(words: Namespace, services: Services, session: Session, progress: Progress) -> Iterator[str]:
    of_people = words.what == "people"
    columns = PEOPLE_COLUMNS if of_people else RESOURCE_COLUMNS
    rows = services.exports.people(session) if of_people else services.exports.resources(session)
    if words.output != STANDARD:
        rows = _counted(rows, progress, services, session)
    return as_csv(columns, rows) if words.format == "csv" else as_json(rows)


def _counted(rows: Iterator[Exported], progress: Progress, services: Services, session: Session) -> Iterator[Exported]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _SHOWN_EVERY == 0:
            progress.show(number)
            services.sessions.keep_alive(session)


def _write(lines: Iterator[str], write: Callable[[str], object]) -> None:
    for line in lines:
        write(line)


def _to_standard_output(lines: Iterator[str]) -> int:
    """To a terminal as text alone; to a program byte by byte, as long as it reads."""
    if sys.stdout.isatty():
        _write((shown_plain(line.rstrip("\r\n").removeprefix("\n")) + "\n" for line in lines), sys.stdout.write)
        return 0
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    try:
        _write(lines, sys.stdout.write)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be written goes nowhere
        raise FileUnusable(STANDARD, f"cannot be written: {error.strerror}") from None
    return 0
