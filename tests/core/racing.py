"""Real processes that do one thing at the same moment, and processes that are killed in the middle of one."""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from argon2.profiles import CHEAPEST
from sqlalchemy import Engine

from core.config import Settings
from core.errors import Fault, Refusal
from core.services import Services, services_on
from tests.core.actors import SetClock
from tests.engines import open_unsynced

Act = Callable[..., Any]
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["core.services", "tests.core.racing", "psycopg"])
_DONE = 0


@dataclass(frozen=True)
class Crowd:
    """Processes with services of their own, each at the other end of a pipe, behind one gate."""

    pipes: Sequence[Connection]

    def do(self, now: datetime, act: Act, orders: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Let every process do `act(services, *order)` at once; what each got: a result or the name of a refusal."""
        for pipe, order in zip(self.pipes, orders, strict=True):
            pipe.send((now, act, order))
        for pipe in self.pipes:
            pipe.recv()  # it is at the gate
        os.write(_gate_opens.fileno(), bytes(len(self.pipes)))
        return [pipe.recv() for pipe in self.pipes]


@contextmanager
def crowd(size: int, settings: Settings) -> Iterator[Crowd]:
    """`size` processes that open their services, all at the same time, and wait for orders."""
    processes = [_standing_by.pop() if _standing_by else _started() for _ in range(size)]
    pipes = [pipe for _, pipe in processes]
    try:
        for pipe in pipes:
            pipe.send(settings)
        yield Crowd(pipes)
        for pipe in pipes:
            pipe.send(None)
        for pipe in pipes:
            pipe.recv()  # its services are closed
    except BaseException:
        _end(processes)  # nobody knows who still waits for what
        raise
    _standing_by.extend(processes)


_standing_by: list[tuple[BaseProcess, Connection]] = []
"""Processes of this test worker that one test after the other uses: they have imported everything already."""

_gate, _gate_opens = _processes.Pipe(duplex=False)
"""Each process waits for one byte; so many are written at once."""


def _started() -> tuple[BaseProcess, Connection]:
    here, there = _processes.Pipe()
    process = _processes.Process(target=_stand_by, args=(there, _gate), daemon=True)
    process.start()
    there.close()
    return process, here


def _end(processes: Sequence[tuple[BaseProcess, Connection]]) -> None:
    for process, pipe in processes:
        process.kill()
        process.join()
        pipe.close()
    while _gate.poll():
        os.read(_gate.fileno(), len(processes))


def killed(settings: Settings, now: datetime, act: Act, *order: Any, at_event: int) -> int | None:
    """Do `act` in a process that kills itself (SIGKILL) at the n-th call or return of a function.

    None if it died there; else how many such events there were.
    """
    here, there = _processes.Pipe()
    process = _processes.Process(target=_die_at, args=(settings, now, (act, order), at_event, there), daemon=True)
    process.start()
    there.close()
    with here:
        seen: int | None = None
        with suppress(EOFError):
            seen = here.recv()
    process.join()
    assert process.exitcode == (-signal.SIGKILL if seen is None else _DONE)
    return seen


def _stand_by(pipe: Connection, gate: Connection) -> None:
    gc.freeze()
    clock = SetClock()
    engines: dict[str, Engine] = {}  # each has compiled most statements already, as those of the tests themselves
    with suppress(EOFError):
        while True:
            settings = pipe.recv()
            engine = engines.setdefault(settings.database_url, open_unsynced(settings.database_url))
            services = services_on(engine, settings, now=clock, cost=CHEAPEST)
            while (told := pipe.recv()) is not None:
                clock.time, act, order = told
                pipe.send("at the gate")
                os.read(gate.fileno(), 1)
                pipe.send(_outcome(services, act, order))
            services.close()
            pipe.send("closed")


def _outcome(services: Services, act: Act, order: tuple[Any, ...]) -> Any:
    try:
        return act(services, *order)
    except (Refusal, Fault) as refusal:
        return type(refusal).__name__


def _die_at(
    settings: Settings, now: datetime, deed: tuple[Act, tuple[Any, ...]], at_event: int, pipe: Connection
) -> None:
    act, order = deed
    seen = 0

    def note(_frame: FrameType, _what: str, _argument: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at_event:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = SetClock(now)
    services = None if act in OPENING else _opened(settings, clock)
    sys.setprofile(note)
    act(services or settings, *order)
    sys.setprofile(None)
    pipe.send(seen)


def _opened(settings: Settings, clock: SetClock) -> Services:
    return services_on(open_unsynced(settings.database_url), settings, now=clock, cost=CHEAPEST)


OPENING: set[Act] = set()
"""Acts that open the services themselves, and get the settings instead."""
