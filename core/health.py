"""How database and key ring stand, for `bartizan doctor`: looked at, never made, never brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import select

from core import key_check
from core.clock import Clock, utc_now
from core.config import Settings
from core.host_clock import ClockReport, HostClockService
from data.checking import contradictions
from data.engine import open_engine, reading
from data.faults import DatabaseNewer, DatabaseUnreachable, Fault, KeyRingWrong
from data.migrating import HEAD, stored_version
from data.sealing import KeyRing
from data.tables import Installation


@dataclass(frozen=True)
class Health:
    """What was found. What hangs on something that cannot be used was not looked at, and is empty."""

    key_ring: Fault | None = None
    """Why the key ring cannot be used."""

    database: Fault | None = None
    """Why the database cannot be used."""

    is_made: bool = False
    """Whether there is a database with tables; if not, the first start makes it."""

    is_current: bool = False
    """Whether its schema is this release's; if not, the next start brings it there."""

    contradictions: tuple[str, ...] = ()
    """What is damaged in it, in the words of SQLite."""

    clock: ClockReport | None = None


def look(settings: Settings, *, now: Clock = utc_now) -> Health:
    """How database and key ring of these settings stand. Nothing is changed, nothing is made."""
    ring: KeyRing | Fault
    try:
        ring = KeyRing.load(settings.key_ring)
    except Fault as fault:
        ring = fault
    file = settings.database_file
    try:
        if file is not None and not file.exists():
            return Health(key_ring=_fault(ring))
        with _opened(settings) as engine:
            return _look_into(engine, settings, ring, now=now)
    except Fault as fault:
        return Health(_fault(ring), fault, is_made=True)
    except OSError as error:  # its directory may not be entered
        return Health(_fault(ring), DatabaseUnreachable(str(file), error.strerror or ""), is_made=True)


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _look_into(engine: Engine, settings: Settings, ring: KeyRing | Fault, *, now: Clock) -> Health:
    version = stored_version(engine)
    if version is None:
        return Health(key_ring=_fault(ring))
    if version > HEAD:
        raise DatabaseNewer(str(engine.get_execution_options()["where"]), version, HEAD)
    damaged = contradictions(engine)
    if version != HEAD or isinstance(ring, Fault):
        return Health(_fault(ring), is_made=True, is_current=version == HEAD, contradictions=damaged)
    with reading(engine) as db:
        sealed = db.exec(select(Installation.key_check)).one_or_none()
    wrong = sealed is not None and not key_check.fits(ring, sealed)
    clock = HostClockService(engine, ring, now).look()
    return Health(
        KeyRingWrong(settings.key_ring) if wrong else None,
        is_made=True,
        is_current=True,
        contradictions=damaged,
        clock=clock,
    )


def _fault(ring: KeyRing | Fault) -> Fault | None:
    return ring if isinstance(ring, Fault) else None
