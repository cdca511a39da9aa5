"""A console host that a test plays: it hears what `bartizan attach` says, and answers as it likes."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tui.hosting import handover

PATIENCE = 10.0


@dataclass
class Line:
    """A connection of a client, with the terminal that it has handed over."""

    connection: socket.socket
    hello: dict[str, str]
    terminal: int

    def say(self, what: str, **facts: str) -> None:
        """Answer."""
        handover.send(self.connection, what, facts)

    def hear(self) -> dict[str, str]:
        """The next packet of the client."""
        return handover.receive(self.connection)[0]

    def is_closed(self) -> bool:
        """Wait until the client is gone."""
        with suppress(handover.Gone):
            while True:
                self.hear()
        return True

    def die(self) -> None:
        """Close everything, as the kernel does when a process is killed."""
        self.connection.close()
        if self.terminal >= 0:
            os.close(self.terminal)
            self.terminal = -1


@dataclass
class PlayedHost:
    """A listening socket."""

    path: Path
    listener: socket.socket
    lines: list[Line] = field(default_factory=list)

    def answer(self) -> Line:
        """Wait for a client and its terminal, and show nothing there."""
        connection, _ = self.listener.accept()
        connection.settimeout(PATIENCE)
        hello, (terminal,) = handover.receive(connection, most_descriptors=1)
        self.lines.append(Line(connection, hello, terminal))
        return self.lines[-1]

    def was_asked(self) -> bool:
        """Whether anybody has connected and waits."""
        self.listener.settimeout(0)
        try:
            connection, _ = self.listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True


@contextmanager
def played_host(directory: Path) -> Iterator[PlayedHost]:
    """A host that listens."""
    path = directory / "console.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen(8)
        listener.settimeout(PATIENCE)
        host = PlayedHost(path, listener)
        try:
            yield host
        finally:
            for line in host.lines:
                line.die()
