"""What the support desk does about the person at a console, told over all of its screens, and ended by one key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from core.errors import Fault, Refusal, SessionLocked, SessionOver
from core.own_calls import Heard
from core.wording import sentence
from tui.asking import SessionLost
from tui.screens.assistant.scan import ScanScreen
from tui.widgets.call_banner import CallBanner, Words

if TYPE_CHECKING:
    from uuid import UUID

    from textual.screen import Screen

    from tui.guarded import GuardedApp
    from tui.signed_in import SignedIn

_SAID_FOR = 4
"""Looks for which it is told what came of the key."""

_ENDED, _ALL_ENDED = "The call is ended.", "The calls are ended."
_NOT_YET = "Not done yet: press ctrl+t once more."


class OwnCalls:
    """Made when there is something to tell for the first time; then it is kept, for whoever sits there."""

    def __init__(self, app: GuardedApp[Any]) -> None:
        self._app = app
        self._who: SignedIn | None = None
        self._heard = Heard()
        self._said = ""
        self._said_for = 0
        self._ended: set[UUID] = set()
        self._is_ending = False

    def hear(self, who: SignedIn, heard: Heard) -> None:
        """Tell on all screens what goes on now; a call that was ended here may come once more in a late answer."""
        if who is not self._who:
            self._who, self._ended, self._said = who, set(), ""
        calls = tuple(call for call in heard.calls if call.id not in self._ended)
        self._heard = Heard(calls, heard.factor_reset_at)
        self._said_for -= 1
        if self._said_for <= 0:
            self._said = ""
        self._tell()

    def show_on(self, screen: Screen[Any]) -> None:
        """Tell it on one screen; on a console's cover and for anybody else there is nothing to tell."""
        is_here = self._who is self._app.signed_in and self._app.lock_screen is None
        words = self._words() if is_here else Words()
        banner = next((each for each in screen.children if isinstance(each, CallBanner)), None)
        if banner is None and words:
            # The QR code takes all of a small window: moved by a line, it would not be whole.
            covers = isinstance(screen, ScanScreen)
            if covers and not screen.children:  # it lies over what comes before it
                screen.call_after_refresh(self.show_on, screen)
                return
            banner = CallBanner(utf8=self._app.unicode, covers=covers)
            screen.mount(banner)
        if banner is not None:
            banner.tell(words)

    @property
    def is_open(self) -> bool:
        """Whether there is a call that this console knows of."""
        return self._who is self._app.signed_in and self._app.lock_screen is None and bool(self._heard.calls)

    def end(self) -> None:
        """End every call about this person, once."""
        if self._who is not None and self.is_open and not self._is_ending:
            self._is_ending = True
            self._app.run_worker(self._end(self._who))

    async def _end(self, who: SignedIn) -> None:
        known = {call.id for call in self._heard.calls}
        try:
            await asyncio.to_thread(who.services.own_calls.end, who.session)
        except SessionLocked:
            self._app.lock_console()
        except SessionOver as over:
            if over.why == "renewed":  # its screen is about to bring the new one
                self._say(_NOT_YET)
            else:
                self._app.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            self._say(sentence(trouble))
        else:
            self._ended |= known
            self._heard = Heard((), self._heard.factor_reset_at)
            self._say(_ENDED if len(known) == 1 else _ALL_ENDED)
        finally:
            self._is_ending = False

    def _say(self, text: str) -> None:
        self._said, self._said_for = text, _SAID_FOR
        self._tell()

    def _words(self) -> Words:
        at = self._heard.factor_reset_at
        is_due = at is not None and self._who is not None and at <= self._who.services.now()
        return Words(self._heard.calls, self._said, at, is_due)

    def _tell(self) -> None:
        for screen in self._app.screen_stack:
            self.show_on(screen)
