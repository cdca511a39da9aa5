"""What a command asks: on the terminal, or, without one, as answers on standard input, one a line."""

import sys
from getpass import getpass
from pathlib import Path

from core.errors import FileUnusable

_TERMINAL = Path("/dev/tty")


class Asking:
    """Asks one question after the other. Where standard input is a file's content, only a terminal can be asked."""

    def __init__(self, *, input_is_taken: bool = False) -> None:
        self._on_terminal = input_is_taken or sys.stdin.isatty()
        if input_is_taken:
            _check_terminal()

    def openly(self, question: str) -> str:
        """An answer that may be seen."""
        if not self._on_terminal:
            return sys.stdin.readline().rstrip("\n")
        with _TERMINAL.open("w", encoding="utf-8") as there:
            there.write(question)
        with _TERMINAL.open(encoding="utf-8", errors="surrogateescape") as terminal:
            return terminal.readline().rstrip("\n")

    def secretly(self, question: str) -> str:
        """An answer that is not shown."""
        return getpass(question) if self._on_terminal else self.openly(question)


def _check_terminal() -> None:
    """Where there is none, `getpass` would take the next line of the file for a password.

    Raises:
        FileUnusable: nobody can be asked.
    """
    try:
        _TERMINAL.open("r+b", buffering=0).close()
    except OSError:
        raise FileUnusable("-", "cannot be read where answers come from standard input too; name a file") from None
