"""A console host as `bartizan serve` runs it, and clients that hand it terminals, many in one process."""

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.terminal import private_environment
from tui.hosting import handover
from tui.hosting.terminal_modes import make_raw, modes_of

BARTIZAN = Path(sys.executable).with_name("bartizan")
EMAIL, PASSWORD = "olga@example.com", "Turret-over-9-gates"
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


@dataclass
class Host:
    """A running host."""

    home: Path
    socket: Path
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"

    def workers(self) -> list[int]:
        """The process numbers of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split() if b"cli.worker" in _command(int(pid))]

    def log(self) -> str:
        """What it has told so far."""
        file = self.home / "host.log"
        return file.read_text() if file.exists() else ""


@dataclass
class Client:
    """A terminal that was handed to a host; what `bartizan attach` does, without a process of its own."""

    master: int
    slave: int
    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)

    def keys(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def read(self) -> bytes:
        """What has come since the last look; nothing if nothing has."""
        try:
            came = os.read(self.master, 1 << 20)
        except (BlockingIOError, OSError):
            return b""
        self.received += came
        return came

    def wait_for(self, mark: bytes, seconds: float = 20) -> float:
        """Wait until this has come; how long it took, in seconds."""
        begun = time.perf_counter()
        while mark not in self.received:
            left = max(0.0, seconds - (time.perf_counter() - begun))
            poll = select.poll()  # select knows no descriptor beyond 1,024
            poll.register(self.master, select.POLLIN)
            if not poll.poll(left * 1000):
                raise TimeoutError(f"{mark!r} did not come, but {bytes(self.received[-500:])!r}")
            self.read()
        return time.perf_counter() - begun

    def told(self) -> dict[str, str]:
        """The next packet of the host."""
        return handover.receive(self.connection)[0]

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size, and tell the host so."""
        set_size(self.slave, columns, rows)
        handover.send(self.connection, handover.RESIZED)

    def close(self) -> None:
        """Vanish, as a client does whose connection broke."""
        self.connection.close()
        for end in (self.master, self.slave):
            with suppress(OSError):
                os.close(end)


@contextmanager
def console_host(home: Path, **settings: str) -> Iterator[Host]:
    """A host with a database, a key ring and a socket of its own, on which nobody is registered."""
    path = home / "run" / "console.sock"
    environment = private_environment(
        home,
        BARTIZAN_SOCKET=str(path),
        BARTIZAN_DATABASE_URL=f"sqlite:///{home}/data/bartizan.db",
        BARTIZAN_KEY_RING=f"{home}/keys/keys.json",
        BARTIZAN_LOG_FILE=f"{home}/host.log",
        BARTIZAN_REGISTRATION="command",
        **{f"BARTIZAN_{name.upper()}": value for name, value in settings.items()},
    )
    process = subprocess.Popen([str(BARTIZAN), "serve"], env=environment)
    host = Host(home, path, environment, process)
    try:
        client = handed_over(host)  # which waits until a worker is ready
        client.wait_for(b"Password")
        client.close()
        yield host
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in [*host.workers(), process.pid]:
                os.kill(pid, signal.SIGKILL)
            process.wait()


def register(host: Host, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Register a contract with its owner by the command."""
    answers = "\n".join(["Harbour Works", "Olga", "Ohm", email, password, password, ""])
    subprocess.run(
        [str(BARTIZAN), "register"],
        env=host.environment,
        input=answers,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def handed_over(host: Host, columns: int = 80, rows: int = 24, *, told: Mapping[str, str] | None = None) -> Client:
    """Hand a new terminal to the host."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    set_size(slave, columns, rows)
    if modes := modes_of(slave):
        make_raw(slave, modes)
    connection = _connected(host)
    handover.send(connection, handover.HELLO, told or TERMINAL, [slave])
    return Client(master, slave, connection)


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Tell the kernel the size of a window."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _connected(host: Host) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(str(host.socket))
        except OSError:
            connection.close()
            if time.monotonic() > deadline or host.process.poll() is not None:
                raise
            select.select([], [], [], 0.05)
        else:
            connection.settimeout(20)
            return connection


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
