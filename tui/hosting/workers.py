"""The host's worker processes, as their parent sees them: started, given consoles, listened to, replaced."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tui.hosting import handover

READY, BEAT, CLOSED = "ready", "beat", "closed"
CONSOLE, STOP = "console", "stop"

STOPS_WITHIN = 30.0
"""Seconds that consoles have when the host stops; then each is ended."""

BEATS_EVERY = 1.0
"""Seconds between two signs of life of a worker."""

IS_SLOW_AFTER = 3.0
"""Seconds without one after which a worker gets no more consoles."""

IS_DEAD_AFTER = 20.0
"""Seconds without one after which it is ended, with the consoles it holds: nobody there can do anything any more."""


_LONGEST_FACT = 1_000
"""Characters of what a client told that a worker is told: the longest packet of his would be too long with the rest."""


@dataclass(eq=False)
class Worker:
    """One worker process."""

    name: str
    process: "subprocess.Popen[bytes]"
    link: socket.socket
    is_ready: bool = False
    is_leaving: bool = False
    beat_at: float = field(default_factory=time.monotonic)
    consoles: dict[str, str] = field(default_factory=dict)
    """Whose console each number is."""

    @property
    def silent_for(self) -> float:
        """Seconds since its last sign of life."""
        return time.monotonic() - self.beat_at

    @property
    def takes_more(self) -> bool:
        """Whether it can be given a console."""
        return self.is_ready and not self.is_leaving and self.silent_for < IS_SLOW_AFTER

    def give(self, number: str, caller: str, facts: Mapping[str, str], descriptors: Sequence[int]) -> None:
        """Have it show a console.

        Raises:
            OSError: it does not listen.
        """
        short = {name: fact[:_LONGEST_FACT] for name, fact in facts.items()}
        handover.send(self.link, CONSOLE, {**short, "number": number}, descriptors)
        self.consoles[number] = caller

    def stop(self) -> None:
        """Have it tell its consoles that the host stops, and end with the last of them, or after 30 seconds."""
        self.is_leaving = True
        try:
            handover.send(self.link, STOP)
        except OSError:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)


def start(name: str, command: Sequence[str], *, after: str = "") -> Worker:
    """Start a worker process; `after` names the dead one whose sessions it is to end first."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, str(theirs.fileno()), name, after],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
    finally:
        theirs.close()
    return Worker(name, process, ours)


def listen(worker: Worker, take: Callable[[Worker, dict[str, str]], None], gone: Callable[[Worker], None]) -> None:
    """From now on hand on what a worker tells, and its end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            told, _ = handover.receive(worker.link)
        except BlockingIOError:
            return
        except (handover.Gone, handover.Malformed):
            loop.remove_reader(worker.link)
            worker.link.close()
            gone(worker)
        else:
            worker.beat_at = time.monotonic()
            take(worker, told)

    loop.add_reader(worker.link, read)


def reap() -> None:
    """Take note of every child that ended, those too that another program of this process has started."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
