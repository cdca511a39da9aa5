"""What is written in place of a character that the terminal has not got: as wide, and as like as ASCII can be."""

import codecs

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


def encoded(text: str, *, utf8: bool) -> bytes:
    """The bytes for a terminal; in ASCII they take as many cells as in UTF-8."""
    return text.encode("utf-8" if utf8 else "ascii", "bartizan-plainer")
