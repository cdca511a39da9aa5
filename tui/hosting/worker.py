"""One worker process of the console host: many consoles on one event loop."""

import asyncio
import contextvars
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tui.fault import described
from tui.guarded import GuardedApp
from tui.hosting import alarm, handover, workers
from tui.hosting.alarm import touching
from tui.hosting.garbage import Garbage
from tui.hosting.heard_together import HeardTogether
from tui.hosting.hosted import Hosted, Running, make_hosted, show
from tui.hosting.lanes import Lanes, is_signed_in
from tui.hosting.spare import Nowhere, fits, move
from tui.hosting.terminal import Abilities, Terminal, abilities_of
from tui.hosting.turns import Turns

HANGUP = 128 + signal.SIGHUP

WENT_AWAY = 75
"""The exit code of a console whose host has stopped: to be tried again (EX_TEMPFAIL)."""

_ENDS_WITHIN = 5.0
"""Seconds after which the end of a console is over, whatever hangs in it."""

_SPARE_AFTER = 0.2
"""Seconds after which the next console is made ready: whoever has just come is shown his first."""

_USUAL = Abilities(colours="256", erases_in_colour=True)
"""What most terminals can that come by SSH; the next spare console is for one like the last that came."""

_STOPS = "This console host stops within 30 seconds. Finish what you are at; start again in a minute."
_STOPPED = "The console host has stopped. Start again in a minute."
_PARENT_IS_GONE = "The console host went away; your session has ended. Start again in a minute."

# The interpreter lets another thread have its turn so often (seconds); with its 5 ms a key waits for a query.
_SWITCH_INTERVAL = 0.001


@dataclass
class WorkerProcess:
    """The consoles of this process."""

    parent: socket.socket
    make_app: Callable[[Mapping[str, str], Abilities], GuardedApp[Any]]
    """Makes the console of somebody, of whom the parent tells these facts."""

    report_fault: Callable[[str], None]
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None
    """What else runs in this process as long as it does."""

    stops_within: float = workers.STOPS_WITHIN
    ends_within: float = _ENDS_WITHIN
    be_at: Callable[[GuardedApp[Any], Mapping[str, str]], None] | None = None
    """Has a console that stands ready be somebody's, of whom the parent tells these facts. Without, none is kept."""

    consoles: dict[str, Hosted] = field(default_factory=dict)
    garbage: Garbage = field(default_factory=Garbage)
    _spare: Running | None = None
    _turns: Turns = field(default_factory=Turns)
    _is_stopping: bool = False
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self) -> None:
        """Show consoles until the parent says stop, or is gone, and the last one has ended."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.report_fault(_told(context)))
        self.parent.settimeout(0)
        loop.add_reader(self.parent, self._hear)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        self._tell(workers.READY)
        self._looks = HeardTogether(self._apps)
        always = [asyncio.create_task(self._beat()), asyncio.create_task(self._looks.watch())]
        if self.beside is not None:
            always.append(asyncio.create_task(self.beside()))
        if self.be_at is not None:
            self._make_spare(_USUAL)
        await self._over.wait()
        if self._spare is not None:  # it was told to leave, and is nobody's to break off in the midst of it
            await asyncio.wait([self._spare[1]], timeout=self.ends_within)
        for task in always:
            task.cancel()

    def _apps(self) -> list[GuardedApp[Any]]:
        ready = [] if self._spare is None else [self._spare[0]]
        return [*(console.app for console in self.consoles.values()), *ready]

    # The parent

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(workers.BEATS_EVERY)
            self._tell(workers.BEAT)
            self.garbage.look()

    def _tell(self, what: str, **facts: str) -> None:
        with suppress(OSError):  # it is seen where the parent's packets are read
            handover.send(self.parent, what, facts)

    def _hear(self) -> None:
        try:
            told, passed = handover.receive(self.parent, most_descriptors=2)
        except BlockingIOError:
            return
        except (handover.Gone, handover.Malformed):
            asyncio.get_running_loop().remove_reader(self.parent)
            if not self._is_stopping:  # it died: nobody watches over these consoles any more
                self._end_all(_PARENT_IS_GONE)
            return
        if told["what"] == workers.CONSOLE and len(passed) == 2:
            self._open(told, *passed)
        elif told["what"] == workers.STOP:
            self._stop()

    def _stop(self) -> None:
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._spare is not None:
            self._spare[0].leave(0)
        for console in self.consoles.values():
            console.app.call_later(partial(console.app.notify, _STOPS, severity="warning", timeout=self.stops_within))
        asyncio.get_running_loop().call_later(self.stops_within, self._end_all, _STOPPED)
        self._end_if_empty()

    def _end_all(self, sentence: str) -> None:
        self._is_stopping = True
        if self._spare is not None:
            self._spare[0].leave(0)
        for console in self.consoles.values():
            console.app.farewell = sentence
            self._leave(console, WENT_AWAY)
        self._end_if_empty()

    def _end_if_empty(self) -> None:
        if self._is_stopping and not self.consoles:
            self._over.set()

    # Consoles

    def _open(self, told: dict[str, str], client_fd: int, terminal_fd: int) -> None:
        client = socket.socket(fileno=client_fd)
        client.settimeout(0)
        os.set_blocking(terminal_fd, False)
        terminal = Terminal(terminal_fd, abilities_of(told))
        try:
            app, task = self._taken_spare(told, terminal) or self._begun(told, terminal)
        except Exception as error:  # noqa: BLE001 - it concerns this console alone
            self.report_fault(described(error))
            terminal.close()
            with touching():
                client.close()
            self._tell(workers.CLOSED, number=told["number"])
            return
        console = self.consoles[told["number"]] = Hosted(told["number"], app, terminal, client, task)
        terminal.on_lost = lambda: self._leave(console, HANGUP)
        asyncio.get_running_loop().add_reader(client, self._hear_client, console)
        task.add_done_callback(lambda _: self._close(console))
        with suppress(OSError):
            handover.send(client, handover.OPENED)

    def _begun(self, told: Mapping[str, str], terminal: Terminal) -> Running:
        self.garbage.begun += 1
        app = self.make_app(told, terminal.abilities)
        make_hosted(app, terminal, self._turns)
        app.report_fault = self.report_fault
        self._looks.take(app)
        context = contextvars.Context()  # a console knows nothing of another one's
        context.run(is_signed_in.set, lambda: app.signed_in is not None)
        return app, asyncio.get_running_loop().create_task(show(app), context=context)

    # A console that stands ready

    def _make_spare(self, can: Abilities) -> None:
        if self._spare is not None or self._is_stopping:
            return
        try:
            self._spare = app, task = self._begun({}, Nowhere(can))
        except Exception as error:  # noqa: BLE001 - whoever comes is begun by himself, and told what is wrong
            self.report_fault(described(error))
        else:
            task.add_done_callback(lambda _: self._lose_spare(app))

    def _lose_spare(self, app: GuardedApp[Any]) -> None:
        if self._spare is not None and self._spare[0] is app:
            self._spare = None

    def _taken_spare(self, told: Mapping[str, str], terminal: Terminal) -> Running | None:
        if self.be_at is None:
            return None
        spare, self._spare = self._spare, None
        asyncio.get_running_loop().call_later(_SPARE_AFTER, self._make_spare, terminal.abilities)
        if spare is None:
            return None
        app, _ = spare
        if not fits(app, terminal.abilities):
            app.leave(0)
            return None
        self.be_at(app, told)
        move(app, terminal)
        return spare

    def _hear_client(self, console: Hosted) -> None:
        try:
            with touching():
                told, _ = handover.receive(console.client)
        except BlockingIOError:
            return
        except (handover.Gone, handover.Malformed):
            asyncio.get_running_loop().remove_reader(console.client)
            self._leave(console, HANGUP)
        else:
            if told["what"] == handover.RESIZED:
                console.app.look_at_size()

    def _leave(self, console: Hosted, code: int) -> None:
        console.app.leave(code)
        if console.last_resort is None:
            console.last_resort = asyncio.get_running_loop().call_later(
                self.ends_within,
                console.task.cancel,
                context=contextvars.Context(),  # in the console's own, the cancelled timer would hold it to the end
            )

    def _close(self, console: Hosted) -> None:
        if console.last_resort is not None:
            console.last_resort.cancel()
        asyncio.get_running_loop().remove_reader(console.client)
        console.terminal.close()
        facts = {"code": str(console.app.return_code or 0), "sentence": console.app.farewell or ""}
        with suppress(OSError):
            handover.send(console.client, handover.ENDED, facts)
        with touching():
            console.client.close()
        self.consoles.pop(console.number, None)
        self.garbage.ended += 1
        self._tell(workers.CLOSED, number=console.number)
        self._end_if_empty()


def run(process: Callable[[], WorkerProcess]) -> None:
    """Run a worker process to its end."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    alarm.install()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def work() -> None:
        asyncio.get_running_loop().set_default_executor(Lanes())
        worker = process()
        threading.excepthook = lambda failed: worker.report_fault(
            described(failed.exc_value) if failed.exc_value else failed.exc_type.__qualname__
        )
        worker.garbage.begin()
        await worker.work()

    asyncio.run(work())


def _told(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return described(error) if isinstance(error, BaseException) else "the event loop complained"
