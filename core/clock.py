"""The time, injected, so that tests own it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The server's time, aware, in UTC."""
    return datetime.now(UTC)
