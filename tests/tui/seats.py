"""A worker process of the host within the test's own process, and seats at its consoles."""

import asyncio
import gc
import os
import pty
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from weakref import ref

from tests.e2e.emulator import Emulator, Stream
from tests.e2e.hosted import TERMINAL, set_size
from tests.tui.hosted_app import HostedApp
from tui.guarded import GuardedApp
from tui.hosting import handover, workers
from tui.hosting.hosted import Hosted
from tui.hosting.terminal import Abilities
from tui.hosting.terminal_modes import make_raw, modes_of
from tui.hosting.worker import WorkerProcess

PATIENCE = 20.0
"""Seconds after which what a test waits for will not come."""


async def until(condition: Callable[[], object], what: Callable[[], object] = str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what()}"
        await asyncio.sleep(0.002)


class Seat:
    """A terminal at which somebody sits, with the connection of his client; `hand_over` has it shown."""

    def __init__(
        self, number: str, client: socket.socket, size: tuple[int, int], hand_over: Callable[[int], None]
    ) -> None:
        self.number = number
        self.client = client
        self.raw = bytearray()
        self.packets: list[dict[str, str]] = []
        self.emulator = Emulator(*size)
        self._stream = Stream(self.emulator)
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        set_size(self.master, *size)
        make_raw(slave, modes_of(slave) or [])
        self.client.settimeout(0)
        hand_over(slave)
        os.close(slave)
        self.read_on()
        asyncio.get_running_loop().add_reader(self.client, self._hear)

    # The client

    def _hear(self) -> None:
        try:
            self.packets.append(handover.receive(self.client)[0])
        except handover.Gone:
            asyncio.get_running_loop().remove_reader(self.client)

    async def ended(self) -> dict[str, str]:
        """What the client is told at the end."""
        await until(lambda: self.packets and self.packets[-1]["what"] == handover.ENDED, self.text)
        return self.packets[-1]

    def resize(self, columns: int, rows: int, *, shown: bool = True) -> None:
        """Give the window another size, and tell so; `shown` is whether the terminal really has it."""
        if shown:
            self.emulator.resize(rows, columns)
        set_size(self.master, columns, rows)
        handover.send(self.client, handover.RESIZED)

    def close_client(self) -> None:
        """End the client without a word."""
        if self.client.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.client)
            self.client.close()

    # The terminal

    def type(self, keys: bytes | str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def read_on(self) -> None:
        """Show from now on what comes."""
        asyncio.get_running_loop().add_reader(self.master, self._read)

    def stop_reading(self) -> None:
        """Be slow: as slow as can be."""
        asyncio.get_running_loop().remove_reader(self.master)

    def _read(self) -> None:
        try:
            came = os.read(self.master, 1 << 16)
        except OSError:  # the console has closed it
            self.stop_reading()
            return
        self.raw += came
        self._stream.feed(came)

    async def sees(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        await until(lambda: all(text in self.text() for text in texts), lambda: f"{texts} in\n{self.text()}")

    def text(self) -> str:
        """What the screen shows."""
        rows = ("".join(cell.data for cell in self.emulator.row(y)).rstrip() for y in range(self.emulator.lines))
        return "\n".join(rows)

    def hang_up(self) -> None:
        """Close the terminal without a word."""
        if self.master >= 0:
            self.stop_reading()
            os.close(self.master)
            self.master = -1


@dataclass
class Hosting:
    """A worker process, and its parent's end of the link."""

    worker: WorkerProcess
    link: socket.socket
    work: "asyncio.Task[None]"
    faults: list[str]
    apps: "list[ref[GuardedApp[Any]]]"
    seats: list[Seat] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def sit_down(self, size: tuple[int, int] = (80, 24), told: Mapping[str, str] = TERMINAL) -> Seat:
        """Hand a terminal to the worker."""
        number = str(next(self._numbers))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        facts = {**told, "number": number}
        with theirs:
            seat = Seat(
                number,
                ours,
                size,
                lambda slave: handover.send(self.link, workers.CONSOLE, facts, [theirs.fileno(), slave]),
            )
        self.seats.append(seat)
        return seat

    async def spare(self) -> HostedApp:
        """The console that stands ready for whoever comes next, once it does."""
        await until(lambda: self.worker._spare is not None and self.worker._spare[0].is_fresh)
        assert self.worker._spare is not None
        app = self.worker._spare[0]
        assert isinstance(app, HostedApp)
        return app

    async def seat(self, size: tuple[int, int] = (80, 24), told: Mapping[str, str] = TERMINAL) -> Seat:
        """The same, and wait for the console."""
        seat = self.sit_down(size, told)
        await seat.sees("ready")
        return seat

    def console(self, seat: Seat) -> Hosted:
        """What the worker holds for a seat."""
        return self.worker.consoles[seat.number]

    def app(self, seat: Seat) -> HostedApp:
        """The app at a seat."""
        app = self.console(seat).app
        assert isinstance(app, HostedApp)
        return app

    def tell(self, what: str) -> None:
        """Say something as the parent."""
        handover.send(self.link, what)

    def hear(self) -> None:
        """Keep what the worker tells its parent."""
        try:
            self.told.append(handover.receive(self.link)[0])
        except handover.Gone:
            asyncio.get_running_loop().remove_reader(self.link)

    def closed(self) -> set[str]:
        """The numbers of the consoles of which the parent was told that they are closed."""
        return {told["number"] for told in self.told if told["what"] == workers.CLOSED}

    def leave_link(self) -> None:
        """Be gone, as a parent is that was killed."""
        if self.link.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.link)
            self.link.close()


MakeApp = Callable[[Mapping[str, str], Abilities], GuardedApp[Any]]


def make_app(_told: Mapping[str, str], can: Abilities) -> HostedApp:
    """The app of a seat."""
    return HostedApp(no_color=can.no_color)


@asynccontextmanager
async def hosting(
    make: MakeApp = make_app,
    *,
    stops_within: float = 30,
    ends_within: float = 5,
    be_at: Callable[[GuardedApp[Any], Mapping[str, str]], None] | None = None,
) -> AsyncIterator[Hosting]:
    """A worker process in this loop; what is open at the end is closed without a word."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    faults: list[str] = []
    apps: list[ref[GuardedApp[Any]]] = []

    def made(told: Mapping[str, str], can: Abilities) -> GuardedApp[Any]:
        app = make(told, can)
        apps.append(ref(app))
        return app

    worker = WorkerProcess(theirs, made, faults.append, stops_within=stops_within, ends_within=ends_within, be_at=be_at)
    host = Hosting(worker, ours, loop.create_task(worker.work()), faults, apps)
    loop.add_reader(ours, host.hear)
    try:
        yield host
    finally:
        for seat in host.seats:
            seat.close_client()
            seat.hang_up()
        if ours.fileno() >= 0:
            with suppress(OSError):
                host.tell(workers.STOP)
        async with asyncio.timeout(PATIENCE):
            await host.work
        await until(lambda: not shown())
        loop.remove_reader(theirs)
        theirs.close()
        host.leave_link()


def shown() -> "set[asyncio.Task[Any]]":
    """The tasks that show a console."""
    return {task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "_show"}


def descriptors() -> dict[str, str]:
    """What this process has open."""
    found = {}
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found[each.name] = str(each.readlink())
    return found


def timers() -> int:
    """How many timers of the loop will still call somebody."""
    scheduled: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return sum(not handle.cancelled() for handle in scheduled)


async def time_flies(seconds: float) -> None:
    """Have the loop call now whatever it would call within so many seconds."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]
    for _ in range(200):  # what is called has others called
        await asyncio.sleep(0)


async def alive(apps: "list[ref[GuardedApp[Any]]]") -> int:
    """How many of these apps something still holds, but for timers that were cancelled."""
    await time_flies(2)
    gc.unfreeze()  # a worker sets aside what stood when it last looked
    gc.collect()
    gc.freeze()
    return sum(app() is not None for app in apps)
