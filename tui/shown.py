"""The one gate through which people's text reaches the terminal."""

import re

from rich.cells import cell_len, get_character_cell_size, set_cell_size
from rich.text import Text

MARKS_IN_A_ROW = 3
"""Combining marks that one character may carry; more of them climb over the lines above."""

# Printable by Unicode, but blank, without a width of its own, or of another width in each terminal.
_UNSTEADY = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_WIDE_SPACE = "\u3000"


def shown(text: str, limit: int | None = None) -> Text:
    """A person's text as every widget takes it: nothing in it is markup, a control or invisible.

    With `limit` it is at most that many cells wide and ends in … where something is missing.
    """
    return Text(shown_plain(text, limit), no_wrap=limit is not None, end="")


def shown_plain(text: str, limit: int | None = None) -> str:
    """The same as a plain string, for what is no widget: the command, notices, placeholders."""
    if limit is not None:
        return _cut(shown_plain(text[: limit * (MARKS_IN_A_ROW + 1) + 1]), limit)
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown_characters(text))


def shown_characters(text: str) -> list[str]:
    """What is shown for each character of a text, one by one."""
    pieces = []
    marks = MARKS_IN_A_ROW
    for char in text:
        piece = _visible(char)
        if piece != char:
            marks = MARKS_IN_A_ROW
        elif get_character_cell_size(char):
            marks = 0
        elif marks < MARKS_IN_A_ROW:
            marks += 1
        else:
            piece = _named(char)
        pieces.append(piece)
    return pieces


def _visible(char: str) -> str:
    if char.isprintable():
        return _named(char) if _UNSTEADY.match(char) else char
    if char <= "\x1f":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "␡"
    if char == _WIDE_SPACE:
        return char
    return " " if _SPACES.match(char) else _named(char)


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def _cut(text: str, cells: int) -> str:
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""
