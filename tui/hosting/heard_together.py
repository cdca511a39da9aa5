"""Looks for all consoles of a process at once: one timer and one question, not one for each of them.

A console of its own looks every 1.2 seconds, whether there is anything or not. Two hundred that do so cost a fifth of
a processor core, and mostly find nothing. Here one look asks for all of them (`OwnCallService.heard_all`), and only a
console that has something to show, or to do by the time, is woken; it then asks and acts as it always does, through
`GuardedApp.hear`, so that nothing about what an answer means stands here.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import Fault
from tui.guarded import LOOK_EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.errors import Refusal
    from core.login_steps import Session
    from core.own_calls import Heard, OwnCallService
    from core.services import Services
    from tui.guarded import GuardedApp
    from tui.signed_in import SignedIn

CLOCKS_AT_ONCE = 10
"""Consoles that paint a new minute in one look: all at once they would keep everybody's keys waiting."""

GATHERED_FOR = 0.1
"""Seconds in which what consoles ask is put together."""

QUIET_FOR = 10.0
"""Seconds for which nothing is read where nobody has written and there was nothing to show. What time alone changes,
a console's idleness and its age, is looked at by itself; that a clock was set back is seen so much later."""

Version = tuple[int, int] | None
Asked = list[tuple["OwnCallService", "Session", "asyncio.Future[Heard]"]]


@dataclass(frozen=True)
class _Quiet:
    """At this version of the database these sessions had nothing to show that is not shown."""

    version: Version
    sessions: list[Session]
    since: float

    def lasts(self, version: Version, sessions: list[Session], now: float) -> bool:
        """Whether it is so still."""
        is_same = version is not None and version == self.version and sessions == self.sessions
        return is_same and now - self.since < QUIET_FOR


class HeardTogether:
    """The looks of one process, whose consoles share their services."""

    def __init__(
        self, consoles: Callable[[], Iterable[GuardedApp[Any]]], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._consoles = consoles
        self._seconds = seconds
        self._asked: Asked = []
        self._answering: set[asyncio.Task[None]] = set()
        self._quiet: _Quiet | None = None

    def take(self, app: GuardedApp[Any]) -> None:
        """Look for this console from now on; before it runs."""
        app.hear, app.is_watched = self.hear, True

    async def watch(self) -> None:
        """Look again and again, until it is cancelled. A slow answer delays no look at the time."""
        looking: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look_at_time()
            if looking is None or looking.done():
                looking = asyncio.create_task(self.look())

    def look_at_time(self) -> None:
        """Wake the consoles that have to cover, to lock, or to end, and a few of those that show another minute."""
        minute, painting = int(time.time() // 60), 0
        for app in self._consoles():
            if _is_due(app):
                app.call_later(app.watch_over)
            elif painting < CLOCKS_AT_ONCE and app.is_behind(minute):
                painting += 1
                app.call_later(app.tell_time)

    async def look(self) -> None:
        """Ask for all, and wake the consoles that do not show yet what was answered."""
        asked = [(app, app.signed_in, app.signed_in.session) for app in self._consoles() if app.signed_in is not None]
        if not asked:
            return
        sessions, services = [session for _, _, session in asked], asked[0][1].services
        try:
            version, answers = await asyncio.to_thread(self._answers, services, sessions)
        except Fault:
            return  # no answer is no end
        except Exception:  # noqa: BLE001 - a bug: each console meets it, and ends with a reference of its own
            for app, _, _ in asked:
                app.ask()
            return
        if answers is None:
            return
        waits = [
            app
            for (app, who, session), answer in zip(asked, answers, strict=True)
            if app.signed_in is who and who.session is session and not app.is_told(answer)
        ]
        for app in waits:
            app.ask()
        self._quiet = None if waits else _Quiet(version, sessions, self._seconds())

    def _answers(self, services: Services, sessions: list[Session]) -> tuple[Version, Sequence[Heard | Refusal] | None]:
        """What each is told, or None: everybody had nothing to show, and nobody has written since."""
        version, quiet = services.version(), self._quiet  # before what is read, so that nothing is missed
        if quiet is not None and quiet.lasts(version, sessions, self._seconds()):
            return version, None
        return version, services.own_calls.heard_all(sessions)

    async def hear(self, who: SignedIn, session: Session) -> Heard:
        """What `OwnCallService.heard` says to one session, asked together with what others ask just now.

        Raises:
            SessionOver, SessionLocked: see there.
            Fault: as to everybody who asked.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Heard] = loop.create_future()
        self._asked.append((who.services.own_calls, session, answer))
        if len(self._asked) == 1:  # it is nobody's question alone, so it is asked in nobody's context
            loop.call_later(GATHERED_FOR, self._ask, context=contextvars.Context())
        return await answer

    def _ask(self) -> None:
        asked, self._asked = self._asked, []
        task = asyncio.get_running_loop().create_task(_answer(asked))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)


def _is_due(app: GuardedApp[Any]) -> bool:
    try:
        return app.is_due
    except Exception:  # noqa: BLE001 - a bug: this console meets it by itself then, and no other does
        return True


async def _answer(asked: Asked) -> None:
    service = asked[0][0]
    try:
        said: Sequence[Heard | Exception] = await asyncio.to_thread(
            service.heard_all, [session for _, session, _ in asked]
        )
    except Exception as error:  # noqa: BLE001 - it is raised to all that wait
        said = [error] * len(asked)
    for (_, _, answer), each in zip(asked, said, strict=True):
        if answer.done():  # its console is gone
            continue
        if isinstance(each, Exception):
            answer.set_exception(each)
        else:
            answer.set_result(each)
