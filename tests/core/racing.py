"""Real processes that do one thing at the same moment, and processes that are killed in the middle of one."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from types import FrameType
from typing import Any

from argon2.profiles import CHEAPEST

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
    """Processes with services of their own, each at the other end of a pipe."""

    pipes: Sequence[Connection]

    def do(self, now: datetime, act: Act, orders: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Let every process do `act(services, *order)` at once; what each got: a result or the name of a refusal."""
        for pipe, order in zip(self.pipes, orders, strict=True):
            pipe.send((now, act, order))
        return [pipe.recv() for pipe in self.pipes]


@contextmanager
def crowd(size: int, settings: Settings) -> Iterator[Crowd]:
    """`size` processes, spawned once, that wait for orders."""
    barrier = _processes.Barrier(size)
    pipes, running = [], []
    for _ in range(size):
        here, there = _processes.Pipe()
        process = _processes.Process(target=_follow_orders, args=(settings, there, barrier), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        running.append(process)
    try:
        yield Crowd(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in running:
            process.join()


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


def _follow_orders(settings: Settings, pipe: Connection, barrier: Barrier) -> None:
    clock = SetClock()
    services = _opened(settings, clock)
    with suppress(EOFError):
        while True:
            clock.time, act, order = pipe.recv()
            barrier.wait()
            pipe.send(_outcome(services, act, order))
    services.close()


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
