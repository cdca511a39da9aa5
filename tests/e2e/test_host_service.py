"""`bartizan serve` as systemd runs it: with a socket that is passed to it, notes to NOTIFY_SOCKET, reload and stop."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.hosted import BARTIZAN, Host
from tests.e2e.journey import Said
from tests.e2e.serving import children_of, until
from tests.e2e.terminal import CTRL_C, Terminal, private_environment

REFUSED, WENT_AWAY = 69, 75
STARTS_WITHIN = 30.0

# systemd names the process that is meant, whose number is not known before.
_WITH_SOCKET = 'exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=console.socket; exec "$@"'


@dataclass
class Service:
    """A running service, and what it tells systemd."""

    host: Host
    notes: socket.socket
    told: list[str] = field(default_factory=list)

    def hear(self, note: str) -> str:
        """Wait until it has told this, from now on."""
        self.notes.settimeout(STARTS_WITHIN)
        while True:
            self.told.append(self.notes.recv(4096).decode())
            if note in self.told[-1].splitlines():
                return self.told[-1]

    def attach(self) -> Terminal:
        """`bartizan attach` on a terminal."""
        return Terminal([BARTIZAN, "attach"], env=self.host.environment)


@contextmanager
def service(home: Path, **settings: str) -> Iterator[Service]:
    """A service that is ready, on a socket of systemd's."""
    path = home / "console.sock"
    address = f"bartizan-test-{os.getpid()}-{home.name}"
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notes,
    ):
        listener.bind(str(path))
        listener.listen(128)
        notes.bind(f"\0{address}")
        environment = private_environment(
            home,
            BARTIZAN_SOCKET=str(path),
            BARTIZAN_REGISTRATION="command",
            **{f"BARTIZAN_{name.upper()}": value for name, value in settings.items()},
        )
        process = subprocess.Popen(
            ["/bin/sh", "-c", _WITH_SOCKET, "sh", BARTIZAN, "serve"],
            env={**environment, "NOTIFY_SOCKET": f"@{address}", "WATCHDOG_USEC": "400000"},
            stdin=listener.fileno(),
        )
        running = Service(Host(home, path, environment, process), notes)
        listener.close()  # systemd keeps its own; here it would answer where nobody listens
        try:
            running.hear("READY=1")
            yield running
        finally:
            everything = [process.pid, *children_of(process.pid)]
            for pid in everything if process.poll() is None else ():
                os.kill(pid, signal.SIGKILL)
            process.wait()


@contextmanager
def connecting_all_the_time(path: Path) -> Iterator[list[OSError]]:
    """Somebody who connects again and again; the errors that he met."""
    errors: list[OSError] = []
    over = threading.Event()

    def connect() -> None:
        while not over.wait(0.03):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                try:
                    connection.connect(str(path))
                except OSError as error:
                    errors.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    try:
        yield errors
    finally:
        over.set()
        thread.join()


def environment_of(pid: int) -> set[str]:
    """The names of a process's variables, when it began."""
    return {each.partition("=")[0] for each in Path(f"/proc/{pid}/environ").read_text().split("\0")}


def test_a_reload_keeps_process_socket_and_open_consoles_and_a_stop_leaves_no_process(tmp_path: Path) -> None:
    with service(tmp_path, most_consoles_of_one="2") as run:
        pid, old = run.host.process.pid, run.host.workers()
        assert old
        assert not any(name.startswith("LISTEN_") for worker in old for name in environment_of(worker))
        run.hear("WATCHDOG=1")
        with run.attach() as one, run.attach() as two:
            for terminal in (one, two):
                terminal.wait_for("Bootstrap code")
            with run.attach() as third:
                assert third.wait_exit() == REFUSED
                assert Said("You have as many consoles open here as one may (2)")(third)

            with connecting_all_the_time(run.host.socket) as errors:
                run.host.process.send_signal(signal.SIGHUP)
                assert "MONOTONIC_USEC=" in run.hear("RELOADING=1")
                run.host.process.send_signal(signal.SIGHUP)  # whoever is impatient
                one.wait_for(Said("This console host stops within 30 seconds."))
                run.hear("READY=1")
            assert errors == []

            assert run.host.process.poll() is None
            assert run.host.process.pid == pid
            with run.attach() as new:
                new.wait_for("E-mail")
                assert not Said("This console host stops")(new)
                one.type("still@example.com")
                one.wait_for("still@example.com")
                for terminal in (one, two, new):
                    terminal.send(CTRL_C)
                    assert terminal.wait_exit() == 0
            until(lambda: not set(old) & set(children_of(pid)), 10)

        run.hear("WATCHDOG=1")
        left = children_of(pid)
        run.host.process.terminate()
        run.hear("STOPPING=1")
        assert run.host.process.wait(10) == 0
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in left), 5)
        log = tmp_path / ".local/share/bartizan/bartizan.log"
        assert not log.exists(), log.read_text()


def test_a_worker_that_is_killed_takes_its_own_consoles_alone_and_is_replaced(tmp_path: Path) -> None:
    with service(tmp_path, most_consoles="2") as run:
        until(lambda: len(run.host.workers()) == os.cpu_count(), STARTS_WITHIN)
        one, other = two_apart(run)
        with one, other:
            [victim] = [pid for pid in run.host.workers() if holds(pid, one)]
            modes = other.modes()  # those of a console, as one's are
            with run.attach() as third:
                assert third.wait_exit() == REFUSED

            os.kill(victim, signal.SIGKILL)

            assert one.wait_exit(5) == WENT_AWAY
            assert Said("The console host went away; your session has ended.")(one)
            assert one.modes() != modes
            assert not one.in_alternate_screen
            with run.attach() as third:
                third.wait_for("E-mail")
            other.send(CTRL_C)
            assert other.wait_exit() == 0
            until(lambda: len(run.host.workers()) == os.cpu_count() and victim not in run.host.workers(), STARTS_WITHIN)


def two_apart(run: Service) -> tuple[Terminal, Terminal]:
    """Two consoles in two workers, as soon as two are ready; in the same one where the machine has one core."""
    while True:
        one, other = run.attach(), run.attach()
        for terminal in (one, other):
            terminal.wait_for("E-mail")
        if os.cpu_count() == 1 or not any(holds(pid, one) and holds(pid, other) for pid in run.host.workers()):
            return one, other
        for terminal in (one, other):
            terminal.close()
        until(lambda: not any("/dev/pts/" in name for pid in run.host.workers() for name in open_in(pid)), 10)


def holds(pid: int, terminal: Terminal) -> bool:
    """Whether a process has this terminal open."""
    return os.ttyname(terminal._slave) in open_in(pid)


def open_in(pid: int) -> list[str]:
    """What a process has open, by name."""
    found = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            found.append(str(each.readlink()))
    return found
