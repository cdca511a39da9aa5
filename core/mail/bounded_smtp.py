"""`smtplib`, bounded: a server that answers without end, or a byte at a time, gets neither the memory nor the time.

`smtplib` bounds each line and each wait, but neither the lines of an answer nor all its waits together. The first
answers come before TLS has shown who gives them: anybody on the way can.
"""

import io
import smtplib
import socket
from time import monotonic

TIMEOUT = 10.0
"""Seconds for each whole answer of the server."""

MOST_BYTES = 64 * 1024
"""Of one answer: hundreds of times what any needs."""


class BoundedSMTP(smtplib.SMTP):
    """A connection whose answers end."""

    _answers: "_Answers | None" = None

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer (RFC 5321, section 4.2)."""
        if self.file is None and self.sock is not None:
            self._answers = _Answers(self.sock)
            self.file = io.BufferedReader(self._answers)
        if self._answers is not None:
            self._answers.begin()
        return super().getreply()


class BoundedSMTPOverTLS(BoundedSMTP, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


class _Answers(io.RawIOBase):
    """What a server sends, as much and as long as one answer may be."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.begin()

    def begin(self) -> None:
        """Let the next answer have all of it."""
        self._until, self._room = monotonic() + TIMEOUT, MOST_BYTES

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Some bytes of the answer.

        Raises:
            OSError: it is too long, or takes too long.
        """
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        if self._room <= 0:
            raise OSError
        self._sock.settimeout(left)
        try:
            read = self._sock.recv_into(memoryview(buffer)[: self._room])
        finally:
            self._sock.settimeout(TIMEOUT)
        self._room -= read
        return read
