"""A line that counts down the time that something still lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

if TYPE_CHECKING:
    from core.clock import Clock

_HURRY = timedelta(minutes=1)


class Countdown(Static):
    """Tells minutes and seconds by the clock that the core goes by; in the last minute with a mark."""

    DEFAULT_CSS = """
    Countdown { height: 1; }
    """
    LOOK_EVERY: ClassVar[float] = 0.25
    """Seconds; more often than it changes, so that no second is left out."""

    class Over(Message):
        """The time is over."""

    def __init__(self, now: Clock, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._now = now
        self._until: datetime | None = None
        self._told = ""
        self._timer: Timer

    def on_mount(self) -> None:
        self._timer = self.set_interval(self.LOOK_EVERY, self.tick, pause=True)

    def count_to(self, until: datetime | None) -> None:
        """Count down to this moment from now on; None stops it."""
        if until != self._until:
            self._until, self._told = until, ""
            if until is None:
                self._timer.pause()
            else:
                self._timer.resume()
        self.tick()

    def tick(self) -> None:
        """Tell what is left, and once that nothing is."""
        if self._until is None:
            return
        left = max(self._until - self._now(), timedelta(0))
        text = told(left)
        if text != self._told:
            self._told = text
            mark = "! " if left < _HURRY else ""
            self.update(Text.assemble("Time left ", (f"{mark}{text}", "bold"), f" · until {self._until:%H:%M} UTC"))
        if not left:
            self.count_to(None)
            self.post_message(self.Over())


def told(left: timedelta) -> str:
    """`09:59`; a second that has begun is told until it is over."""
    seconds = -(-left // timedelta(seconds=1))
    return f"{seconds // 60:02}:{seconds % 60:02}"
