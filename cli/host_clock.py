"""`bartizan clock`: what the clocks say, and the step by which one that was ahead, and is right, counts again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cli.asking import Asking
from cli.console import origin_of
from cli.saying import CANNOT, say, tell, tell_at_length
from core.clock import Clock, utc_now
from core.config import load_settings
from core.errors import ClockNotBehind, FieldRefused
from core.host_clock import ClockAccepted, ClockReport, LatestMoment
from core.services import open_services
from core.wording import duration

_STEP = """\
What bartizan clock --accept does now: it takes this time for the present.
  - Sessions, half logins, setups and codes that began in the time ahead end.
  - Failures that were counted in it are forgotten.
  - Security codes count again. Those accepted in the time ahead do not.
  - Every contract is told. Nobody's password, authenticator or force changes."""


def tell_clock(environ: Mapping[str, str], home: Path, *, now: Clock = utc_now) -> int:
    """Say what the clocks say and what to do; the exit code is 0 where all is well."""
    services = open_services(load_settings(environ, home), now=now)
    try:
        report = services.host_clock.look()
    finally:
        services.close()
    _show(report)
    return _judge(report)


def accept_clock(environ: Mapping[str, str], home: Path, *, now: Clock = utc_now) -> int:
    """Show the same, ask what another clock says, and take the present for the present; the exit code.

    Raises:
        ClockNotBehind, ClockUnconfirmed, FieldRefused: nothing was changed.
    """
    services = open_services(load_settings(environ, home), now=now)
    try:
        report = services.host_clock.look()
        _show(report)
        if report.apart:
            return _judge(report)
        if report.behind is None:
            raise ClockNotBehind
        tell("")
        for line in _STEP.splitlines():
            tell(line)
        said = _time(Asking().openly("Date and time in UTC by another clock (YYYY-MM-DD HH:MM): "))
        _tell_done(services.host_clock.accept(said, origin=origin_of(environ)))
    finally:
        services.close()
    return 0


def _show(report: ClockReport) -> None:
    tell(f"This server's clock:     {_when(report.now)}")
    if report.database:
        tell(f"The database server's:   {_when(report.database)}")
    if report.latest:
        tell(f"Latest moment seen here: {_when(report.latest.at)}")
        tell_at_length(f"  in {_where(report.latest)}")


def _judge(report: ClockReport) -> int:
    if report.apart:
        return say(f"The two servers' clocks are {duration(report.apart)} apart. Set them right.", CANNOT)
    if report.behind:
        tell_at_length(
            f"This server's clock is {duration(report.behind)} behind what was seen, and nobody gets in. Where it is "
            "wrong, set it right: there is nothing else to do. Where it is right, it was ahead before."
        )
        return say("Then: bartizan clock --accept", CANNOT)
    tell_at_length(
        "This server's clock is behind nothing that was seen. Is it right by another clock? Where it is ahead, people "
        "with the right time are told that their codes do not match."
    )
    return 0


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _where(latest: LatestMoment) -> str:
    contract = f"contract {latest.contract_number}, {latest.contract_name}" if latest.contract_number else "this host"
    return f"{contract}; told last: {latest.act}, {latest.actor}, {latest.host or 'host unknown'}"


def _time(typed: str) -> datetime:
    try:
        return datetime.strptime(typed.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise FieldRefused("Date and time", "look like 2026-01-31 14:05; nothing was changed") from None


def _tell_done(done: ClockAccepted) -> None:
    tell_at_length(
        f"Done. Sessions ended: {done.cleared.sessions:,}; codes, half logins and setups void: {done.cleared.codes:,}; "
        f"failures forgotten: {done.cleared.waits:,}; people whose security codes count again: {done.people_freed:,}."
    )
    tell("The next code that their apps show is taken; the one of now is not.")
