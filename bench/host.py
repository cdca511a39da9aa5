"""The console host: what a console on it costs, and what the others feel, against a process for each console.

Run by `python -m bench.host [part …]`, parts being first-paint, many, everybody, flood and isolation. The host is
`bartizan serve` with a database of its own; the clients are terminals that this process hands to it and reads.
Key to paint is the time from a key that is written until the first byte of its answer.
"""

import os
import pty
import random
import select
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from heapq import heapify, heapreplace
from pathlib import Path

from bench.first_paint import first_paint
from tests.e2e.hosted import BARTIZAN, EMAIL, TERMINAL, Client, Host, console_host, handed_over, register

CONSOLES, TYPISTS = 200, 50
KEYS_A_SECOND = 4
SECONDS = 10.0
A_MINUTE = 60.0
"""What idle consoles do, they do once a minute or oftener."""

ROUNDS = 21
BARS = {
    "first paint": 0.3,
    "memory": 3.0,
    "typing": 25.0,
    "idle": 1.0,
    "flood": 50.0,
    "isolation": 2.0,
    "everybody": 1.0,
}

_READY = b"Password"
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_missed: list[str] = []


@dataclass
class Typist:
    """A terminal at which somebody types, whoever runs the console there."""

    terminal: int
    keys: Sequence[bytes] = (b"a", b"b", b"c")  # each is seen: a backspace in an empty field has no answer
    pressed_at: float = 0.0

    def press(self, now: float) -> None:
        """Press a key, unless the last one was not answered yet."""
        if not self.pressed_at:
            os.write(self.terminal, random.choice(self.keys))
            self.pressed_at = now

    def answered(self, now: float) -> float | None:
        """Read what came; how long the key took whose answer it is."""
        os.read(self.terminal, 1 << 20)
        pressed_at, self.pressed_at = self.pressed_at, 0.0
        return now - pressed_at if pressed_at else None


def main() -> int:
    """Measure what was asked for; 1 if a bar is missed."""
    parts: dict[str, Callable[[], None]] = {
        "first-paint": _first_paint,
        "many": _many,
        "everybody": _everybody,
        "flood": _flood,
        "isolation": _isolation,
    }
    for name in sys.argv[1:] or parts:
        parts[name]()
    for missed in _missed:
        print(f"MISSED: {missed}")
    return int(bool(_missed))


def _first_paint() -> None:
    with _host() as host:
        own = {**host.environment, **TERMINAL}
        seconds: dict[str, list[float]] = {"own": [], "attach": []}
        for _ in range(ROUNDS):
            seconds["own"].append(first_paint([str(BARTIZAN), "--own-process"], own))
            seconds["attach"].append(first_paint([str(BARTIZAN), "attach"], own))
    own_paint, attached = (statistics.median(times[1:]) * 1000 for times in seconds.values())
    print(f"first paint, median of {ROUNDS - 1}: own process {own_paint:.0f} ms, over the host {attached:.0f} ms")
    _judge("first paint", attached / own_paint, "times the own process's")


def _many() -> None:
    with _host() as host:
        workers = host.workers()
        before = _memory(workers)
        clients = _opened(host, CONSOLES)
        _judge("memory", (_memory(workers) - before) / CONSOLES, f"MB for each of {CONSOLES} consoles")
        spent, begun = _cpu(workers), time.perf_counter()
        time.sleep(A_MINUTE)
        _judge("idle", (_cpu(workers) - spent) / (time.perf_counter() - begun) * 100, "% of a core, all idle")
        typists = [Typist(client.master) for client in clients]
        spent = _cpu(workers)
        latencies = _type(typists[:TYPISTS], typists)
        cost = (_cpu(workers) - spent) / len(latencies) * 1000
        print(
            f"{TYPISTS} of {CONSOLES} type {KEYS_A_SECOND} keys a second: {_told(latencies)}; a key costs {cost:.2f} ms"
        )
        _judge("typing", _p95(latencies), "ms, p95 of key to paint")


def _everybody() -> None:
    with _host() as host:
        clients = _opened(host, CONSOLES)
        hosted = _type([Typist(client.master) for client in clients])
        print(f"{CONSOLES} on the host type {KEYS_A_SECOND} keys a second: {_told(hosted)}")
    with _host() as host, ExitStack() as stack:
        terminals = [stack.enter_context(_own_process(host)) for _ in range(CONSOLES)]
        own = _type([Typist(terminal) for terminal in terminals])
        print(f"{CONSOLES} in processes of their own: {_told(own)}")
    _judge("everybody", statistics.median(hosted) / statistics.median(own), "times the median of own processes")


def _flood() -> None:
    """500 sign-ins with a wrong password from 100 consoles, as fast as they go, while one person types."""
    with _host() as host:
        strangers, people = _opened(host, 100), _opened(host, 2)
        typists = [Typist(client.master) for client in people]
        quiet = _type(typists, seconds=4)
        for client in strangers:
            client.keys(EMAIL.encode() + b"\t")
        time.sleep(2)
        for client in strangers:
            client.keys(b"".join(b"wrong\r" for _ in range(5)))
        flooded = _type(typists, [*typists, *(Typist(client.master) for client in strangers)], seconds=SECONDS)
    print(f"one types: {_told(quiet)}; beside 500 sign-ins: {_told(flooded)}")
    _judge("flood", _p95(flooded), "ms, p95 of key to paint")


def _isolation() -> None:
    """Two people type on each worker; what goes wrong with one console, goes wrong on the other worker, or on both."""
    with _host() as host:
        clients = _opened(host, 40)
        typists = [Typist(client.master) for client in clients[:20]]
        before = _type(typists, seconds=5)
        print(f"20 of 40 type: {_told(before)}")
        for name, harm in (("one of 5000x5000", _enlarge), ("one stops reading", _stop_reading)):
            harm(clients[-1])
            _feel(name, _type(typists, seconds=5), before)
        stopped = host.workers()[0]
        os.kill(stopped, signal.SIGSTOP)
        others = [typist for typist in typists if _answers(typist)]
        _feel(f"a worker that blocks, {len(others)} on the other one", _type(others, seconds=8), before)
        os.kill(stopped, signal.SIGCONT)
        time.sleep(1)
        os.kill(stopped, signal.SIGKILL)
        _feel("a worker that dies", _type(others, seconds=5), before)


def _enlarge(client: Client) -> None:
    client.resize(5000, 5000)
    client.keys(b"a")


def _stop_reading(client: Client) -> None:
    """Its window goes from large to small and back; nobody reads what is drawn."""
    for columns in (200, 80) * 20:
        client.resize(columns, 50)
        time.sleep(0.02)


def _answers(typist: Typist) -> bool:
    typist.press(time.perf_counter())
    if not select.select([typist.terminal], [], [], 1)[0]:
        return False
    typist.answered(time.perf_counter())
    return True


def _feel(what: str, latencies: Sequence[float], before: Sequence[float]) -> None:
    print(f"{what}: {_told(latencies)}")
    _judge("isolation", _p95(latencies) / _p95(before), f"times the p95 before, with {what}")


def _judge(bar: str, figure: float, unit: str) -> None:
    line = f"{figure:.2f} {unit} (bar: {BARS[bar]})"
    print(f"  {line}", flush=True)
    if figure > BARS[bar]:
        _missed.append(line)


# Consoles


@contextmanager
def _host() -> Iterator[Host]:
    with tempfile.TemporaryDirectory() as directory, console_host(Path(directory), most_consoles_of_one="1000") as host:
        register(host)
        yield host


def _opened(host: Host, count: int) -> list[Client]:
    clients = [handed_over(host) for _ in range(count)]
    for client in clients:
        client.wait_for(_READY, 60)
    time.sleep(2)  # what is opened behind the first paint
    return clients


@contextmanager
def _own_process(host: Host) -> Iterator[int]:
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(  # noqa: S606 - a pty of our own takes the place of a shell
            BARTIZAN, [str(BARTIZAN), "--own-process"], {**host.environment, **TERMINAL}
        )
    try:
        seen = b""
        while _READY not in seen:
            seen += os.read(terminal, 1 << 16)
        yield terminal
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _type(
    typists: Sequence[Typist], watched: Iterable[Typist] | None = None, *, seconds: float = SECONDS
) -> list[float]:
    """Have everybody type, evenly spread over time, and read what comes for whoever is watched; how long keys took."""
    by_terminal = {each.terminal: each for each in watched or typists}
    poll = select.epoll()
    for terminal in by_terminal:
        poll.register(terminal, select.EPOLLIN)
    begun = time.perf_counter()
    due = [(begun + number / len(typists) / KEYS_A_SECOND, number) for number in range(len(typists))]
    heapify(due)
    latencies: list[float] = []
    with poll:
        while (now := time.perf_counter()) < begun + seconds:
            while due[0][0] <= now:
                at, number = due[0]
                typists[number].press(time.perf_counter())
                heapreplace(due, (at + 1 / KEYS_A_SECOND, number))
            for terminal, _ in poll.poll(max(0, due[0][0] - time.perf_counter())):
                took = by_terminal[terminal].answered(time.perf_counter())
                latencies += [] if took is None else [took]
    unanswered = [now - each.pressed_at for each in typists if each.pressed_at]
    return latencies + [took for took in unanswered if took > 1]


# Figures


def _p95(latencies: Sequence[float]) -> float:
    """In milliseconds."""
    return sorted(latencies)[int(len(latencies) * 0.95)] * 1000


def _told(latencies: Sequence[float]) -> str:
    return f"p50 {statistics.median(latencies) * 1000:.1f} ms, p95 {_p95(latencies):.1f} ms ({len(latencies):,} keys)"


def _memory(processes: Iterable[int]) -> float:
    """What processes hold, pages that they share counted by halves and thirds (PSS), in MB."""
    lines = (line for pid in processes for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _cpu(processes: Iterable[int]) -> float:
    """Seconds of a core that processes have taken."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes)
    return sum(int(each[11]) + int(each[12]) for each in fields) / _CLOCK_TICKS


if __name__ == "__main__":
    sys.exit(main())
