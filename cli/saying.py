"""How the command speaks: results to standard output, troubles to standard error."""

import sys

CANNOT = 69
"""The exit code of a command that was refused (EX_UNAVAILABLE)."""

USAGE = 64
"""The exit code for words that the command does not know (EX_USAGE)."""


def say(sentence: str, code: int) -> int:
    """Tell a trouble; the exit code to end with."""
    print(sentence, file=sys.stderr)
    return code
