"""What the command says to a terminal and to a script."""

import os
import select
from contextlib import redirect_stderr
from io import StringIO

from cli.saying import CANNOT, say

LONG = "This server's clock is behind nothing that was seen here. There is nothing to accept."


def test_no_word_of_a_trouble_is_broken_on_a_terminal() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, redirect_stderr(terminal):
        assert say(LONG, CANNOT) == CANNOT
        terminal.flush()
        came = b""
        while came.count(b"\n") < 2 and select.select([ours], [], [], 5)[0]:
            came += os.read(ours, 1000)
    os.close(ours)

    told = came.decode().splitlines()
    assert (len(told), " ".join(told)) == (2, LONG)
    assert max(map(len, told)) < 80


def test_a_script_reads_a_trouble_in_one_line() -> None:
    with redirect_stderr(StringIO()) as told:
        say(LONG, CANNOT)

    assert told.getvalue() == f"{LONG}\n"
