"""What a console does by itself while nobody is at it: it covers secrets, locks, and hears of the session's end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from weakref import WeakSet

from textual import events, work
from textual.binding import Binding, BindingType

from core.errors import Fault, Refusal, SessionLocked, SessionOver
from tui.asking import SessionLost
from tui.hardened import HardenedApp

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from core.login_steps import Session
    from core.own_calls import Heard
    from tui.own_calls import OwnCalls
    from tui.screens.lock import LockScreen
    from tui.signed_in import SignedIn

T = TypeVar("T")

COVER_AFTER = timedelta(minutes=1)
"""Without a key, secrets are covered."""

LOOK_EVERY = 1.2
"""Seconds between two looks: an end of the session, or a support call, is seen within two."""

_TELL_EVERY = 30.0
"""Seconds between two notes in the database that somebody is there."""

_RENEWED = "renewed"


class GuardedApp(HardenedApp[T]):
    """Knows when the last key came. While it is locked, one screen covers all others, and whatever these still do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "end_call", "End the support call", show=False, priority=True),
    ]

    def __init__(self, *, no_color: bool | None = None) -> None:
        super().__init__(no_color=no_color)
        self.signed_in: SignedIn | None = None
        """Who is at this console, once his login is complete."""
        self.seconds: Callable[[], float] = time.monotonic
        """The time that passes while the machine runs, by which secrets are covered."""
        self.secrets: set[Widget] = set()
        """What shows a secret now, on whatever screen; see `tui.widgets.secret`."""
        self.conceals = False
        """Whether secrets are covered."""
        self.lock_screen: LockScreen | None = None
        self.own_calls: OwnCalls | None = None
        """What the support desk does about whoever sits here, once there was anything."""
        self.hear: Callable[[SignedIn, Session], Awaitable[Heard]] = _heard
        """Asks what there is to show; a host of many consoles asks for all of them together."""
        self.is_watched = False
        """Whether somebody else looks, by `is_due` and `is_told`, and says when: this console has no timer for it."""
        self._last_key = self.seconds()
        self._keys_since_told = False
        self._told_at = self.seconds()
        self.clocks: WeakSet[Widget] = WeakSet()
        """What shows the time, on whatever screen."""
        self._minute = int(time.time() // 60)
        self._due = asyncio.Event()

    async def on_event(self, event: events.Event) -> None:
        """Notice that somebody is there, whichever widget then takes the key; one that only uncovers goes nowhere."""
        if isinstance(event, events.Key | events.Paste | events.MouseDown):
            only_uncovers, ends_call = self._only_uncovers(), getattr(event, "key", "") == "ctrl+t"
            if only_uncovers and not ends_call:  # that takes one key, whatever is covered
                return
        await super().on_event(event)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has happened at this console yet."""
        return self.signed_in is None

    def begin_watch(self) -> None:
        """Look again and again from now on, and ask whenever it is due."""
        self.keep_asking()
        self.watching = self.set_interval(LOOK_EVERY, self.watch_over, pause=self.is_watched)

    def is_behind(self, minute: int) -> bool:
        """Whether the clocks of this console show another minute than this one (of the epoch)."""
        return self._minute != minute

    def tell_time(self) -> None:
        """Have every clock paint itself, if the minute is another."""
        minute = int(time.time() // 60)
        if self.is_behind(minute):
            self._minute = minute
            for clock in self.clocks:
                clock.refresh()

    def watch_over(self) -> None:
        """Cover, lock and ask, as the time demands; called every `LOOK_EVERY` seconds."""
        self.tell_time()
        if self._has_to_cover():
            self._conceal(covered=True)
        who = self.signed_in
        if who is None:
            return
        if who.is_too_old:
            self.post_message(SessionLost(SessionOver("too old")))
        elif who.is_idle or self._lost_its_cover():
            self.lock_console()
        elif self._has_to_tell():
            self.keep_alive()
        self._due.set()

    @property
    def is_due(self) -> bool:
        """Whether `watch_over` has anything to do but to ask."""
        who = self.signed_in
        if self._has_to_cover() and not self.conceals:
            return True
        if who is None:
            return False
        return who.is_too_old or (self.lock_screen is None and who.is_idle) or self._is_bare() or self._has_to_tell()

    def ask(self) -> None:
        """Ask what there is to show, at once."""
        self._due.set()

    def is_told(self, answer: Heard | Refusal) -> bool:
        """Whether this console shows already what was answered, so that it need not ask itself."""
        if self.lock_screen is not None:
            return isinstance(answer, SessionLocked)
        return (
            self.own_calls is None and not isinstance(answer, Refusal) and not (answer.calls or answer.factor_reset_at)
        )

    def action_lock_console(self) -> None:
        """Lock at once, because somebody wants to."""
        self.lock_console()

    def action_end_call(self) -> None:
        """End the support call about this person; without one, and while the console is locked, nothing."""
        if self.own_calls is not None:
            self.own_calls.end()

    def lock_console(self) -> None:
        """Cover everything until the person has proved that he is there. What is open below stays as it is."""
        from tui.screens.lock import LockScreen

        if self.signed_in is None or self.lock_screen is not None:
            return
        for screen in self.screen_stack:
            _forget_passwords(screen)
        self.forget_clipboard()
        self.lock_screen = LockScreen(self.signed_in)
        self.push_screen(self.lock_screen)
        self.tell_of_lock(self.signed_in)

    def unlocked(self) -> None:
        """Go on where the person was, and first with what came meanwhile."""
        lock = self.forget_lock()
        if lock is not None:
            lock.dismiss(None)
            for each in lock.afterwards:
                each()
            self._due.set()

    def on_lock_screen_unlocked(self) -> None:
        """The person is there."""
        self.unlocked()

    def push_screen(self, screen: Any, *args: Any, **kwargs: Any) -> Any:
        """Open a screen; while the console is locked, below the one that covers it."""
        pushed = super().push_screen(screen, *args, **kwargs)
        lock = self.lock_screen
        if self.own_calls is not None:
            self.own_calls.show_on(screen)
        if lock is not None and screen is not lock and screen.id != "quit" and lock in self.screen_stack:
            self._screen_stack.remove(lock)
            self._screen_stack.append(lock)
            lock.post_message(events.ScreenResume())
        return pushed

    @work(exclusive=True, group="keep alive")
    async def keep_alive(self) -> None:
        """Tell the core that somebody is there, if somebody is. Whether the session stands is asked for by itself."""
        who = self.signed_in
        if who is None or self.lock_screen is not None or not self._keys_since_told:
            return
        self._keys_since_told, self._told_at = False, self.seconds()
        try:
            await asyncio.to_thread(who.services.sessions.keep_alive, who.session)
        except Refusal:
            self.watch_over()
        except Fault:
            self._keys_since_told = True

    def _has_to_tell(self) -> bool:
        return self._keys_since_told and self.lock_screen is None and self.seconds() - self._told_at >= _TELL_EVERY

    @work
    async def keep_asking(self) -> None:
        """Ask the database each time it is due; one question at a time, however slow the answer is.

        One worker for all: each new one would cost more than its question.
        """
        while True:
            await self._due.wait()
            self._due.clear()
            if self.signed_in is not None:
                await self._ask_whether_it_stands(self.signed_in)

    async def _ask_whether_it_stands(self, who: SignedIn) -> None:
        session, was_locked = who.session, self.lock_screen is not None
        try:
            heard = await self.hear(who, session)
            if who is self.signed_in:
                self._hear(who, heard)
            if self.lock_screen is not None and not self.lock_screen.is_busy:
                await asyncio.to_thread(who.services.sessions.lock, session)  # it could not be told before
        except SessionLocked:
            if who is self.signed_in and not was_locked:  # else it may have been unlocked meanwhile
                self.lock_console()
        except Refusal as over:
            is_renewed = isinstance(over, SessionOver) and over.why == _RENEWED  # its screen is about to bring the new
            if who.session is session and not is_renewed:
                self.post_message(SessionLost(over))
        except Fault:
            pass  # no answer is no end; the time without a key is known here

    def _hear(self, who: SignedIn, heard: Heard) -> None:
        if self.own_calls is None:
            if not heard.calls and heard.factor_reset_at is None:
                return
            from tui.own_calls import OwnCalls

            self.own_calls = OwnCalls(self)
        self.own_calls.hear(who, heard)

    @work
    async def tell_of_lock(self, who: SignedIn) -> None:
        """Have the core refuse everything to this session, too."""
        with suppress(Refusal, Fault):  # it is locked or over already, or the next look tells
            await asyncio.to_thread(who.services.sessions.lock, who.session)

    def _only_uncovers(self) -> bool:
        self._last_key = self.seconds()
        if self.conceals:
            self._conceal(covered=False)
            return True
        who = self.signed_in
        if who is None or self.lock_screen is not None:
            return False
        if who.is_idle or who.is_too_old:
            self.watch_over()
            return True
        who.last_touch = who.services.now()
        self._keys_since_told = True
        return False

    def _lost_its_cover(self) -> bool:
        """Whether a locked console's cover is gone, though nobody has proved that he is there."""
        is_bare = self._is_bare()
        if is_bare:
            self.lock_screen = None
        return is_bare

    def _is_bare(self) -> bool:
        lock = self.lock_screen
        return lock is not None and lock not in self.screen_stack and not lock.is_attached

    def _has_to_cover(self) -> bool:
        return bool(self.secrets) and self.seconds() - self._last_key >= COVER_AFTER.total_seconds()

    def _conceal(self, *, covered: bool) -> None:
        if self.conceals != covered:
            self.conceals = covered
            for secret in self.secrets:
                secret.refresh()

    def forget_lock(self) -> LockScreen | None:
        """The console is not locked any more, whatever becomes of the screen."""
        lock, self.lock_screen = self.lock_screen, None
        if self.signed_in is not None:
            self.signed_in.last_touch = self.signed_in.services.now()
        self._conceal(covered=False)
        return lock


async def _heard(who: SignedIn, session: Session) -> Heard:
    return await asyncio.to_thread(who.services.own_calls.heard, session)


def _forget_passwords(screen: Screen[Any]) -> None:
    from tui.widgets.field import Field

    for field in screen.query(Field):
        if field.password:
            field.clear()
