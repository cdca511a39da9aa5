"""The line to a terminal: bytes go out, and nothing that happens to the line raises."""

import codecs
import os
import select

from rich.cells import cell_len

_LOOKALIKES = {
    **dict.fromkeys("─━═▔▁╌┄", "-"),
    **dict.fromkeys("│┃║▊▎▏▕▌▐", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("█▀▄■", "#"),
    **dict.fromkeys("▶→▸", ">"),
    **dict.fromkeys("•●○·", "*"),
    **dict.fromkeys("\u2013\u2014\u2212", "-"),
    "\u203a": ">",
    "✓": "v",
    "✗": "x",
    "…": ".",
}


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_LOOKALIKES.get(char, "?" * cell_len(char)) for char in missing), error.end


codecs.register_error("bartizan-plainer", _plainer)


class Line:
    """A text file for Textual's writer: as wide in ASCII as in UTF-8, silent when the terminal is gone."""

    def __init__(self, fileno: int, encoding: str) -> None:
        self._fileno = fileno
        self._encoding = encoding
        self.lost = False

    def fileno(self) -> int:
        """The terminal."""
        return self._fileno

    def isatty(self) -> bool:
        """It is a terminal."""
        return True

    def flush(self) -> None:
        """Nothing is kept back."""

    def write(self, text: str) -> int:
        """Write all of it, or find that the line is lost."""
        rest = memoryview(text.encode(self._encoding, "bartizan-plainer"))
        while rest and not self.lost:
            try:
                rest = rest[os.write(self._fileno, rest) :]
            except BlockingIOError:
                select.select([], [self._fileno], [], 1)
            except OSError:
                self.lost = True
        return len(text)
