"""Key ring, database, log, room and clock, as the account sees them that owns them."""

import os
from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, right, unseen, wrong
from cli.checks.paths import private, user_name
from core.clock import Clock, utc_now
from core.config import Settings
from core.errors import Fault
from core.health import Health, look
from core.host_clock import ClockReport
from core.wording import duration, sentence

KEYS, DATABASE, LOG, ROOM, CLOCK = "key ring", "database", "log", "disk", "clock"

ENOUGH = 512 * 1024**2
"""Bytes below which the disk of the database is told to be full soon: a backup and an import want some hundred MB."""


def look_at_data(settings: Settings, *, now: Clock = utc_now) -> Iterator[Finding]:
    """What is to be said of all that this account owns. Nothing of it is made or changed."""
    health = look(settings, now=now)
    yield from _of_keys(settings, health)
    yield from _of_database(settings, health)
    yield from _of_log(settings.log_file)
    yield from _of_room(settings)
    if health.is_made:
        yield _of_clock(health.clock)


def _of_keys(settings: Settings, health: Health) -> Iterator[Finding]:
    ring = settings.key_ring
    if not health.is_made and not ring.exists():
        yield right(KEYS, f"{ring}: not there yet; the first start makes it")
        return
    for path, most in ((ring.parent, 0o700), (ring, 0o600)):
        if path.exists():
            yield private(KEYS, path, most=most, owner=os.geteuid())
    if health.key_ring:
        yield wrong(KEYS, sentence(health.key_ring), mend="docs/operators.md, Backup")
    elif health.is_current and not health.database:
        yield right(KEYS, "it opens the database")
    database = settings.database_file
    if database and database.parent.resolve() == ring.parent.resolve():
        yield wrong(
            KEYS,
            f"Key ring and database lie in one directory, {ring.parent}: a copy of it is everything.",
            mend="with no console open move the ring into a directory of its own, and name it in the setting key_ring",
        )


def _of_database(settings: Settings, health: Health) -> Iterator[Finding]:
    file = settings.database_file
    if file and file.exists():
        yield private(DATABASE, file.parent, most=0o700, owner=os.geteuid())
        for beside in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))):
            if beside.exists():
                yield private(DATABASE, beside, most=0o600, owner=os.geteuid())
    if health.database:
        yield wrong(DATABASE, sentence(health.database), mend=_mend_of(health.database))
    elif health.contradictions:
        many = f"{len(health.contradictions)} contradictions, the first: {health.contradictions[0]}"
        yield wrong(DATABASE, f"It is damaged: {many}", mend="docs/operators.md, Backup: restore it")
    elif not health.is_made:
        yield right(DATABASE, "not there yet; the first start makes it")
    elif not health.is_current:
        yield wrong(
            DATABASE,
            "Its tables are those of an older release; the next start brings them up to date.",
            mend="systemctl reload bartizan",
        )
    else:
        yield right(DATABASE, "whole, with this release's tables")


def _mend_of(fault: Fault) -> str:
    """The command, where the sentence has none."""
    return "" if "chmod" in sentence(fault) else "docs/operators.md, Where things lie"


def _of_log(log: Path) -> Iterator[Finding]:
    if log.exists():
        yield private(LOG, log, most=0o600, owner=os.geteuid())
    elif not _can_be_made(log):
        yield wrong(
            LOG,
            f"{log} cannot be written by {user_name(os.geteuid())}: faults would leave no trace.",
            mend=f"install -d -o {user_name(os.geteuid())} -m 700 {log.parent}",
        )
    else:
        yield right(LOG, f"{log}: not there yet; the first fault makes it")


def _can_be_made(path: Path) -> bool:
    there = next(parent for parent in path.parents if parent.exists())
    return os.access(there, os.W_OK | os.X_OK)


def _of_room(settings: Settings) -> Iterator[Finding]:
    file = settings.database_file
    if file is None:
        return
    there = next(parent for parent in file.parents if parent.exists())
    found = os.statvfs(there)
    free = found.f_bavail * found.f_frsize
    if free < ENOUGH:
        yield wrong(ROOM, f"{there} has {_megabytes(free)} left.", mend=f"make room: df -h {there}")
    elif found.f_files and not found.f_favail:
        yield wrong(ROOM, f"{there} can take no more files.", mend=f"make room: df -i {there}")
    else:
        yield right(ROOM, f"{there} has {_megabytes(free)} left")


def _of_clock(report: ClockReport | None) -> Finding:
    if report is None:
        return unseen(CLOCK, "It is held against the database, which could not be asked.")
    if report.apart:
        says = f"This server's clock and the database server's are {duration(report.apart)} apart."
        return wrong(CLOCK, says, mend="set them right by NTP; then: bartizan clock")
    if report.behind:
        says = f"This server's clock is {duration(report.behind)} behind what was seen, and nobody gets in."
        return wrong(CLOCK, says, mend="set it right; where it is right: bartizan clock --accept")
    return right(CLOCK, f"{report.now:%Y-%m-%d %H:%M:%S} UTC, behind nothing that was seen")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
