"""The console host's parent: it holds the socket, looks who comes, and hands each terminal to a worker process.

It imports no Textual and opens no database. What a client says is read here, within bounds, and only in the end a
worker gets it, with the Unix user that the kernel named.
"""

import asyncio
import itertools
import os
import signal
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from tui.hosting import alarm, handover, systemd, workers
from tui.hosting.alarm import touching
from tui.hosting.callers import Caps, NotATerminal, Peer, close_unless_socket, peer_of, terminal_name
from tui.hosting.elsewhere import elsewhere
from tui.hosting.turns import Allowance
from tui.hosting.workers import Worker

_HELLO_WITHIN = 5.0
_MOST_UNKNOWN, _MOST_UNKNOWN_OF_ONE = 64, 16
"""Connections that have not said anything yet, in all and of one Unix user; the next are closed."""

_OPENS_A_SECOND, _OPENS_WAIT = 2.0, 20
"""Consoles that one caller may open without waiting, beyond as many as he may hold; and for how many turns he waits."""

_STARTING = "The console host is starting. Try again in a few seconds."
_STOPPING = "The console host is stopping. Try again in a minute."
_WAITS_FOR_WORKER = 10.0

_START_AGAIN_AFTER = 1.0
"""Seconds before a worker that died is replaced, so that one that cannot start does not take the machine."""


@dataclass(frozen=True)
class Who:
    """Whose console it is to be: what counts against the caps, and what the worker is told of him."""

    caller: str
    facts: Mapping[str, str]


@dataclass
class ConsoleHost:
    """Everything the parent knows."""

    listener: socket.socket
    start_worker: Callable[[str, str], Worker]
    """Starts a worker of this name, after the death of that one."""

    identify: Callable[[Peer, str, Mapping[str, str]], Who]
    """Who this is, by peer, terminal and what his client told."""

    caps: Caps
    run: str
    """The name of this run of the host, unique; its workers are named after it."""

    first_number: int = 0
    report: Callable[[str], None] = lambda _: None
    """Takes a line for the log."""

    hello_within: float = _HELLO_WITHIN
    waits_for_worker: float = _WAITS_FOR_WORKER
    opens_a_second: float = _OPENS_A_SECOND
    workers: list[Worker] = field(default_factory=list)
    _unknown: Counter[int] = field(default_factory=Counter)
    _paces: dict[str, Allowance] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _is_told: bool = False

    async def serve(self, count: int) -> bool:
        """Run so many workers until SIGTERM, or SIGHUP: then True, and this process is to become the new release."""
        loop = asyncio.get_running_loop()
        alarm.install()
        again = False

        def reload() -> None:
            nonlocal again
            again = True
            self._stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, reload)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # see below: the release before has blocked it
        loop.add_signal_handler(signal.SIGCHLD, workers.reap)
        self._names = itertools.count(self.first_number)
        self._numbers = itertools.count()
        for _ in range(count):
            self._start_worker("")
        self.listener.settimeout(0)
        loop.add_reader(self.listener, self._accept)
        watch = asyncio.create_task(self._watch())
        await self._stopping.wait()
        watch.cancel()
        if again:  # whoever comes now waits for the next release, and so does its next signal, which would end it
            loop.remove_reader(self.listener)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        await self._stop(again=again)
        return again

    @property
    def next_number(self) -> int:
        """The number of the next worker, for the release that follows in this process."""
        return next(self._names)

    # Workers

    def _start_worker(self, after: str) -> None:
        if self._stopping.is_set():
            return
        worker = self.start_worker(f"{self.run}/{next(self._names)}", after)
        self.workers.append(worker)
        workers.listen(worker, self._take, self._gone)

    def _take(self, worker: Worker, told: dict[str, str]) -> None:
        match told["what"]:
            case workers.READY:
                worker.is_ready = True
                if not self._is_told:
                    self._is_told = True
                    systemd.notify("READY=1")
            case workers.CLOSED:
                caller = worker.consoles.pop(told.get("number", ""), None)
                if caller is not None:
                    self.caps.give_back(caller)

    def _gone(self, worker: Worker) -> None:
        self.workers.remove(worker)
        for caller in worker.consoles.values():
            self.caps.give_back(caller)
        if not self._stopping.is_set():
            self.report(f"worker {worker.name} ended with {len(worker.consoles)} consoles; another one is started")
            asyncio.get_running_loop().call_later(_START_AGAIN_AFTER, self._start_worker, worker.name)

    async def _watch(self) -> None:
        tell = systemd.watchdog_seconds()
        while True:
            await asyncio.sleep(min(tell or workers.BEATS_EVERY, workers.BEATS_EVERY))
            for worker in self.workers:
                if worker.silent_for > workers.IS_DEAD_AFTER:
                    self.report(f"worker {worker.name} gave no sign of life for {workers.IS_DEAD_AFTER:.0f} s")
                    worker.kill()
            if tell and any(worker.takes_more for worker in self.workers):
                systemd.notify("WATCHDOG=1")

    async def _stop(self, *, again: bool) -> None:
        systemd.notify(systemd.reloading() if again else "STOPPING=1")
        for worker in self.workers:
            worker.stop()
        if again:  # they end by themselves; nobody needs this process for it
            return
        try:
            async with asyncio.timeout(workers.STOPS_WITHIN + 5):
                while self.workers:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            for worker in self.workers:
                worker.kill()

    # Callers

    def _accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        peer = peer_of(connection)
        if self._unknown.total() >= _MOST_UNKNOWN or self._unknown[peer.uid] >= _MOST_UNKNOWN_OF_ONE:
            with touching():
                connection.close()
            return
        connection.settimeout(0)
        self._unknown[peer.uid] += 1
        self._tasks.add(task := asyncio.get_running_loop().create_task(self._welcome(connection, peer)))
        task.add_done_callback(self._tasks.discard)

    async def _welcome(self, connection: socket.socket, peer: Peer) -> None:
        """Hear who is there and what he wants, and hand him to a worker, or refuse him in a sentence."""
        passed: list[int] = []
        terminal = None
        try:
            try:
                told = await self._hello(connection, passed)
                if told["what"] == handover.HELLO and len(passed) == 1:
                    terminal = await elsewhere(partial(terminal_name, passed[0]))
                    who = self.identify(peer, terminal, told)
                    await self._pace(who.caller)
            finally:
                if terminal is None:
                    await self._throw_away(passed)
                self._unknown[peer.uid] -= 1
            if terminal is None:
                return
            sentence = self.caps.why_not(who.caller) or await self._hand_over(who, [connection.fileno(), *passed])
            if sentence:
                handover.send(connection, handover.REFUSED, {"sentence": sentence})
        except (TimeoutError, OSError, handover.Gone, handover.Malformed, NotATerminal):
            return  # whoever speaks another language gets no answer
        finally:
            with touching():
                connection.close()
                for descriptor in passed:
                    os.close(descriptor)

    async def _pace(self, caller: str) -> None:
        """Let who opens one console after the other wait. He still counts as one of those that have said nothing."""
        allowance = self._paces.setdefault(caller, Allowance(a_second=self.opens_a_second, at_once=self.caps.of_one))
        for _ in range(_OPENS_WAIT):
            if allowance.take():
                return
            await asyncio.sleep(1 / self.opens_a_second)

    async def _throw_away(self, passed: list[int]) -> None:
        """Close what is no terminal. Who keeps that from ending has one connection less that may say nothing yet."""
        while passed:
            descriptor = passed.pop()
            if not await elsewhere(partial(close_unless_socket, descriptor)):
                with touching():
                    os.close(descriptor)

    async def _hello(self, connection: socket.socket, passed: list[int]) -> dict[str, str]:
        async with asyncio.timeout(self.hello_within):
            await _readable(connection)
        with touching():
            told, descriptors = handover.receive(connection, most_descriptors=1, give_back=passed.append)
        passed += descriptors
        return told

    async def _hand_over(self, who: Who, descriptors: list[int]) -> str:
        """Give a console to the worker that has the fewest; why not, if it cannot be."""
        if self._stopping.is_set():
            return _STOPPING
        self.caps.take(who.caller)  # now, since others come while this one waits
        waited = 0.0
        while True:
            for worker in sorted(self.workers, key=lambda each: len(each.consoles)):
                if worker.takes_more and self._given(worker, who, descriptors):
                    return ""
            if waited >= self.waits_for_worker:
                self.caps.give_back(who.caller)
                return _STARTING
            await asyncio.sleep(0.1)
            waited += 0.1

    def _given(self, worker: Worker, who: Who, descriptors: list[int]) -> bool:
        try:
            worker.give(str(next(self._numbers)), who.caller, who.facts, descriptors)
        except OSError:
            return False
        return True


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(connection)
