"""How the command speaks: results to standard output, troubles to standard error, and nothing raw to a terminal."""

import sys
from textwrap import wrap

from tui.shown import shown_plain

CANNOT = 69
"""The exit code of a command that was refused (EX_UNAVAILABLE)."""

FAULT = 70
"""The exit code after an error that nobody expected (EX_SOFTWARE)."""

STOPPED = 130
"""The exit code of a command that was interrupted."""


_WIDTH = 79


def tell(line: str) -> None:
    """Tell a result. Whatever the database holds, what reaches the terminal is text."""
    print(shown_plain(line))


def tell_at_length(words: str) -> None:
    """Tell several sentences, in lines that fit every terminal."""
    for line in _wrapped(words):
        tell(line)


def say(sentence: str, code: int) -> int:
    """Tell a trouble; the exit code to end with. On a terminal no word of it is broken, elsewhere it is one line."""
    lines = _wrapped(sentence) if sys.stderr.isatty() else [sentence]
    for line in lines:
        print(shown_plain(line), file=sys.stderr)
    return code


def _wrapped(words: str) -> list[str]:
    return wrap(words, _WIDTH, break_long_words=False, break_on_hyphens=False)
