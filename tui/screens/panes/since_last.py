"""What happened since the last visit: a line on the home screen as long as it was not seen, and the panel over it."""

from __future__ import annotations

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
        self._was_shown = False
        self.visit: Visit | None = None
        """What there is to see, as it was when it was looked at last."""

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Ask what there is, and show it once, where nothing else lies over the home screen."""
        try:
            self.visit = await answered(self, self._who.services.visits.since_last, self._who.session)
        except (Refusal, Fault):
            return  # the screen's own look says so
        self._tell()
        if self.visit is not None and not self._was_shown and self.app.screen is self.screen:
            self.open()

    def open(self) -> None:
        """Show it, if there is anything."""
        if self.visit is not None:
            self._was_shown = True
            self.show(self.visit)

    @work(group="show")
    async def show(self, visit: Visit) -> None:
        """Show what happened, and do what is wanted then."""
        answer: str | None = await self.app.push_screen_wait(SinceLastScreen(visit))
        if answer == SEEN:
            try:
                await answered(self, self._who.services.visits.acknowledge, self._who.session, visit.up_to)
            except (Refusal, Fault):
                return  # it is told again with the next look
            self.look()
        elif answer in {ACTIVITY, PASSWORD}:
            self.post_message(self.Wanted(answer))

    def _tell(self) -> None:
        count = len(self.visit.notices) if self.visit else 0
        things = "1 thing" if count == 1 else f"{count} things"
        self.update(f"! Since your last visit: {things} to see. Press v." if count else "")
        self.set_class(count > 0, "-told")
        self.post_message(self.Changed())
