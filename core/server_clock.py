"""This server's clock against the latest moment that the database has seen.

Security codes, waits and sessions are judged by the time: a clock that went back would let old ones count again. So
whatever grants or counts asks first, and nothing does anything until the clock is right. `AuditHead.at` holds the
latest moment of each chain. It goes up with every event and with every console that is in use, and down by nothing
but `core.host_clock`, which somebody runs on the host once the clock is right.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.errors import ServerClockBehind
from data.tables import AuditHead

TOLERANCE = timedelta(seconds=60)
"""So far the clocks of two hosts that share a database may be apart."""

LONGEST_ACT = timedelta(minutes=30)
"""What an act tells at its end bears the moment at which it began. Others may have told of later ones meanwhile."""

LATEST_MOMENT = select(func.max(col(AuditHead.at)))
"""There is one head a contract, so these are few rows."""

LATEST = LATEST_MOMENT.correlate(None).scalar_subquery().label("latest")
"""The same, for what another statement gives back: a statement less in every login."""


def check(db: Transaction, *, now: datetime) -> None:
    """Let nothing pass while this server's clock is behind what was seen.

    Raises:
        ServerClockBehind: by more than a minute. Asked before anything is counted or compared: the answer is the same
            for everybody, whatever he said.
    """
    check_against(db.connection().execute(LATEST_MOMENT).scalar_one(), now=now)


def check_against(latest: datetime | None, *, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """As `check`, where the latest moment is known.

    Raises:
        ServerClockBehind: see `check`.
    """
    if latest is not None and latest - now > tolerance:
        raise ServerClockBehind(latest=latest, now=now)


def note(db: Transaction, chain: str, *, now: datetime) -> None:
    """Keep a moment at which something was done that is not in the audit. Told last, as an event is."""
    db.flush()
    db.connection().execute(_NOTING, {"of_chain": chain, "moment": now})


_NOTING = (
    update(AuditHead)
    .where(col(AuditHead.chain) == bindparam("of_chain"), col(AuditHead.at) < bindparam("moment"))
    .values(at=bindparam("moment"))
)
