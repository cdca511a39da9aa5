"""A running console host, as a service is run: it says when it is ready, and is told to stop."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BARTIZAN = Path(sys.executable).with_name("bartizan")
_READY_WITHIN = 60.0
_ENDS_WITHIN = 10.0


@dataclass(frozen=True)
class Serving:
    """`bartizan serve`, and what the kernel tells of it."""

    process: "subprocess.Popen[bytes]"

    def workers(self) -> list[int]:
        """Its worker processes."""
        return children_of(self.process.pid)

    def descriptors(self) -> list[int]:
        """How many descriptors each of its processes has open, but for the database's, which are kept for the next."""
        return [sum("bartizan.db" not in name for name in _open_in(pid)) for pid in (self.process.pid, *self.workers())]

    def terminals(self) -> int:
        """How many terminals its processes hold."""
        processes = (self.process.pid, *self.workers())
        return sum(name.startswith("/dev/pts/") for pid in processes for name in _open_in(pid))


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[Serving]:
    """Run `bartizan serve` in this environment; it is ready in the block, and stopped after it."""
    address = f"\0bartizan-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(address)
        told.settimeout(_READY_WITHIN)
        process = subprocess.Popen([BARTIZAN, "serve"], env={**environment, "NOTIFY_SOCKET": f"@{address[1:]}"})
        try:
            assert told.recv(4096) == b"READY=1"
            yield Serving(process)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Consoles that are left open would be given half a minute."""
    workers = children_of(process.pid)
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        for pid in (*workers, process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(_ENDS_WITHIN)


def _open_in(pid: int) -> list[str]:
    """What a process has open, by name."""
    names = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            names.append(str(descriptor.readlink()))
    return names


def children_of(parent: int) -> list[int]:
    """The processes that a process has started and that still run."""
    return [pid for pid, its_parent in _parents().items() if its_parent == parent]


def descendants_of(parent: int) -> list[int]:
    """The same, with what those have started."""
    parents = _parents()
    found = [pid for pid, its_parent in parents.items() if its_parent == parent]
    for process in found:
        found.extend(pid for pid, its_parent in parents.items() if its_parent == process)
    return found


def _parents() -> dict[int, int]:
    """Every living process with its parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def until(question: Callable[[], object], seconds: float) -> float:
    """Wait until a question has a true answer; how long it took.

    Raises:
        AssertionError: it had none within so many seconds.
    """
    begun = time.monotonic()
    while not question():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
        select.select([], [], [], 0.02)
    return time.monotonic() - begun
