"""The host's parent within the test's own process, with workers in the same loop, and whoever comes to its socket."""

import asyncio
import os
import pty
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.hosted import TERMINAL
from tests.tui.seats import PATIENCE, Seat, make_app, until
from tui.hosting import handover
from tui.hosting.callers import Caps, Peer
from tui.hosting.host import ConsoleHost, Who
from tui.hosting.worker import WorkerProcess
from tui.hosting.workers import Worker


@dataclass
class FrontDoor:
    """A host that listens, and those who sit at its consoles."""

    path: Path
    host: ConsoleHost
    is_open: asyncio.Event
    """No worker is ready before."""

    faults: list[str] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    started_after: list[str] = field(default_factory=list)
    """The dead ones whose place the workers took."""

    at_work: "list[asyncio.Task[None]]" = field(default_factory=list)

    def connect(self) -> socket.socket:
        """A connection of somebody who says nothing yet."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(str(self.path))
        connection.settimeout(0)
        return connection

    def come(self, told: Mapping[str, str] = TERMINAL) -> Seat:
        """Hand a new terminal to the host."""
        client = self.connect()
        seat = Seat("", client, (80, 24), lambda slave: handover.send(client, handover.HELLO, told, [slave]))
        self.seats.append(seat)
        return seat

    async def seat(self, told: Mapping[str, str] = TERMINAL) -> Seat:
        """The same, and wait for the console."""
        seat = self.come(told)
        await seat.sees("ready")
        return seat

    async def leave(self, seat: Seat) -> None:
        """Leave without a word, and wait until the host knows."""
        consoles = self.consoles()
        seat.close_client()
        seat.hang_up()
        self.seats.remove(seat)
        await until(lambda: self.consoles() < consoles)

    def consoles(self) -> int:
        """How many consoles the parent counts."""
        return sum(len(worker.consoles) for worker in self.host.workers)

    def start_worker(self, name: str, after: str) -> Worker:
        """A worker in this loop; its process does nothing."""
        self.started_after.append(after)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)

        async def work() -> None:
            await self.is_open.wait()
            await WorkerProcess(theirs, make_app, self.faults.append).work()
            asyncio.get_running_loop().remove_reader(theirs)
            theirs.close()

        self.at_work.append(asyncio.get_running_loop().create_task(work()))
        with subprocess.Popen("true") as process:
            return Worker(name, process, ours)


@asynccontextmanager
async def front_door(
    directory: Path,
    *,
    caps: Caps | None = None,
    workers: int = 1,
    hello_within: float = 5,
    waits_for_worker: float = 10,
    opens_a_second: float = 1_000,
    is_open: bool = True,
) -> AsyncIterator[FrontDoor]:
    """A host that listens; in the end it is told to stop, and all who are still there vanish."""
    loop = asyncio.get_running_loop()
    path, opened = directory / "console.sock", asyncio.Event()
    if is_open:
        opened.set()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen(128)
        host = ConsoleHost(
            listener,
            lambda name, after: door.start_worker(name, after),  # noqa: PLW0108 - there is no door yet
            _who,
            caps or Caps(100, 100),
            "run",
            hello_within=hello_within,
            waits_for_worker=waits_for_worker,
            opens_a_second=opens_a_second,
        )
        door = FrontDoor(path, host, opened)
        serving = loop.create_task(host.serve(workers))
        await until(lambda: len(host.workers) == workers)
        if is_open:
            await until(lambda: all(worker.is_ready for worker in host.workers))
        try:
            yield door
        finally:
            for seat in door.seats:
                seat.close_client()
                seat.hang_up()
            opened.set()
            host._stopping.set()
            async with asyncio.timeout(PATIENCE):
                assert await serving is False
                await asyncio.gather(*door.at_work)


def _who(peer: Peer, terminal: str, told: Mapping[str, str]) -> Who:
    facts = {name: told[name] for name in TERMINAL if name in told}
    return Who(told.get("caller", ""), facts | {"unix_user": peer.unix_user, "terminal": terminal})


def send_raw(connection: socket.socket, packet: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send something that may be no packet of ours."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    socket.send_fds(connection, [packet], list(descriptors))


def left_terminal() -> int:
    """A terminal whose owner is gone already."""
    master, slave = pty.openpty()
    os.close(master)
    return slave


def close_all(descriptors: Sequence[int]) -> None:
    """Give them back."""
    for descriptor in descriptors:
        os.close(descriptor)


async def hung_up(connection: socket.socket) -> bytes:
    """Wait until the other side has closed; what it said before."""
    said = b""
    async with asyncio.timeout(PATIENCE):
        while came := await asyncio.get_running_loop().sock_recv(connection, 1 << 17):
            said += came
    return said
