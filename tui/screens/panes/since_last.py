"""What happened since the last visit: a line on the home screen as long as it was not seen, and the panel over it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.widgets import Static

from core.errors import Fault, Refusal
from tui.answers import answered
from tui.screens.since_last import ACTIVITY, PASSWORD, SEEN, SinceLastScreen

if TYPE_CHECKING:
    from core.last_visit import Visit
    from tui.signed_in import SignedIn


class SinceLastPane(Static):
    """Takes no room where there is nothing to see. The panel comes by itself once, and by its key again."""

    DEFAULT_CSS = """
    SinceLastPane { height: auto; display: none; margin-bottom: 1; text-style: bold; color: $warning; }
    SinceLastPane.-told { display: block; }
    """

    class Changed(Message):
        """There is something to see now, or there is nothing any more."""

    class Wanted(Message):
        """Another place is wanted: `ACTIVITY` or `PASSWORD`."""

        def __init__(self, place: str) -> None:
            super().__init__()
            self.place = place

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="since-last")
        self._who = who
        self._is_first = True
        self._is_due = False
        self._looking = asyncio.Lock()
        self.visit: Visit | None = None
        """What there is to see, as it was when it was looked at last."""

    async def look(self) -> None:
        """Ask what there is. What there was at the sign-in is shown as soon as nothing else lies over the home screen.

        For a worker of the screen, before it shows anything else of its answer: the panel stands when home does.
        """
        try:
            async with self._looking:  # else what was read before an acknowledgement may come after what was read then
                self.visit = await answered(self, self._who.services.visits.since_last, self._who.session)
        except (Refusal, Fault):
            return  # the screen's own look says so
        self._is_due = self.visit is not None and (self._is_due or self._is_first)
        self._is_first = False
        self._tell()
        if self._is_due and self.app.screen is self.screen:
            self.open()

    def open(self) -> None:
        """Show it, if there is anything."""
        if self.visit is not None:
            self._is_due = False
            self.app.push_screen(SinceLastScreen(self.visit), self._go_on)

    def _go_on(self, answer: str | None) -> None:
        if answer == SEEN and self.visit is not None:
            self.acknowledge(self.visit)
        elif answer in {ACTIVITY, PASSWORD}:
            self.post_message(self.Wanted(answer))

    @work
    async def acknowledge(self, visit: Visit) -> None:
        """Say that it was seen; what came since then is told on."""
        try:
            await answered(self, self._who.services.visits.acknowledge, self._who.session, visit.up_to)
        except (Refusal, Fault):
            return  # it is told on
        await self.look()

    def _tell(self) -> None:
        count = len(self.visit.notices) if self.visit else 0
        things = "1 thing" if count == 1 else f"{count} things"
        self.update(f"! Since your last visit: {things} to see. Press v." if count else "")
        self.set_class(count > 0, "-told")
        self.post_message(self.Changed())
