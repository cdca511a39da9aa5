"""`bartizan attach`: hands this terminal to the console host, and takes it back at the end, whatever happens there.

The standard library alone, and little of it: it starts in 30 ms, for each operator anew.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

from tui.hosting import handover
from tui.hosting.environment import why_not_here
from tui.hosting.terminal_modes import make_raw, modes_of, open_anew, restore, set_modes

TYPE_CHECKING = False  # typing takes 7 ms to import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from tui.hosting.handover import Facts
    from tui.hosting.terminal_modes import Modes

CANNOT = 69
"""The exit code where the host refuses, or where none is (EX_UNAVAILABLE)."""

WENT_AWAY = 75
"""The exit code where the host ended in the midst of it (EX_TEMPFAIL)."""

NO_TERMINAL = 2

NOBODY_ANSWERS = "The console host does not answer. Try again in a minute, then tell whoever runs this host."
MAY_NOT = "You may not use the console host of this machine: ask whoever runs it for its group (bartizan-console)."
_NOT_YOURS = "This terminal belongs to another user, as after su or sudo. Log in as yourself, then start again."
_GONE = "The console host went away; your session has ended. Start again in a minute."

_PATIENCE = 15.0
"""Seconds that the host may take to open a console, or to say why not: longer than it waits for a worker."""

# What the host must know of a terminal, and nothing else of the environment.
_TOLD = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "SSH_CONNECTION")
_LONGEST = 1_000
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_LONGEST_AUTH = 32 * 1024


class _Signalled(Exception):  # noqa: N818 - what it is, is no error
    """A signal wants this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def connected(path: str) -> socket.socket | None:
    """A connection to the host, None if there is none that answers.

    Raises:
        PermissionError: there may be one, and this user may not use it.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(_PATIENCE)
    try:
        connection.connect(path)
    except PermissionError:
        connection.close()
        raise
    except OSError:
        connection.close()
        return None
    return connection


def attach(connection: socket.socket, environ: Mapping[str, str]) -> int:
    """Show a console of the host on this terminal until it ends; the exit code."""
    if sentence := why_not_here(environ):
        return say(sentence, NO_TERMINAL)
    modes = modes_of(0)
    try:
        terminal = open_anew(0)
    except PermissionError:
        return say(_NOT_YOURS, NO_TERMINAL)
    except OSError as error:
        return say(f"This terminal cannot be handed to the console host: {error.strerror}.", NO_TERMINAL)
    is_open = False
    try:
        for number in _ENDING:
            signal.signal(number, _end)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        if modes is not None:
            make_raw(0, modes)
        handover.send(connection, handover.HELLO, _facts(environ), [terminal])
        os.close(terminal)
        told, _ = handover.receive(connection)
        is_open = told["what"] == handover.OPENED
        return _stay(connection, modes, told)
    except _Signalled as signalled:
        connection.close()
        restore(modes)
        return 128 + signalled.number
    except (handover.Gone, handover.Malformed, OSError):
        _hear_no_more()
        restore(modes)
        return say(_GONE, WENT_AWAY) if is_open else say(NOBODY_ANSWERS, CANNOT)


def _stay(connection: socket.socket, modes: Modes | None, told: Facts) -> int:
    """Wait for the end, of which `told` may be word already, and tell the host of each change of the window's size."""
    if told["what"] == handover.OPENED:
        connection.settimeout(None)
        signal.signal(signal.SIGWINCH, lambda *_: _tell_size(connection))
        _tell_size(connection)  # it may have changed since the host looked
        while told["what"] != handover.ENDED:
            told, _ = handover.receive(connection)
    set_modes(0, modes)
    number = told.get("code", "")
    code = int(number) if number.isdecimal() else CANNOT
    return say(told["sentence"], code) if told.get("sentence") else code


def _tell_size(connection: socket.socket) -> None:
    try:
        handover.send(connection, handover.RESIZED)
    except OSError:
        return  # the end of the host is seen where its packets are read


def _facts(environ: Mapping[str, str]) -> dict[str, str]:
    facts = {name: environ[name][:_LONGEST] for name in _TOLD if name in environ}
    if auth := environ.get("SSH_USER_AUTH"):
        facts["SSH_USER_AUTH"] = _read(auth)
    return facts


def _read(path: str) -> str:
    """How sshd says that this person proved himself (ExposeAuthInfo): a file that only he can read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib takes 4 ms to import
            return file.read(_LONGEST_AUTH)
    except OSError:
        return ""


def _end(number: int, _frame: FrameType | None) -> None:
    _hear_no_more()
    raise _Signalled(number)


def _hear_no_more() -> None:
    """A signal that comes on the way out breaks off nothing: several may tell of the same broken line."""
    for number in _ENDING:
        signal.signal(number, _too_late)


def _too_late(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN: Python complains, on the terminal, of a signal that is ignored only after it has come."""


def say(sentence: str, code: int) -> int:
    """Tell why; the exit code to end with."""
    try:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    except OSError:
        return code
    return code
