"""How the command speaks: results to standard output, troubles to standard error, and nothing raw to a terminal."""

import sys

from tui.shown import shown_plain

CANNOT = 69
"""The exit code of a command that was refused (EX_UNAVAILABLE)."""

FAULT = 70
"""The exit code after an error that nobody expected (EX_SOFTWARE)."""

STOPPED = 130
"""The exit code of a command that was interrupted."""


def tell(line: str) -> None:
    """Tell a result. Whatever the database holds, what reaches the terminal is text."""
    print(shown_plain(line))


def say(sentence: str, code: int) -> int:
    """Tell a trouble; the exit code to end with."""
    print(shown_plain(sentence), file=sys.stderr)
    return code
