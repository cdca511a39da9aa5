"""The settings of a terminal's line, and the way back to them. The standard library alone, as in `attach`."""

from __future__ import annotations

import os
import select
import termios

TYPE_CHECKING = False  # typing takes 7 ms to import
if TYPE_CHECKING:
    from typing import Any

    Modes = list[Any]

RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[<u\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Ends every mode that a console sets."""

_IFLAG, _LFLAG, _CC = 0, 3, 6


def modes_of(terminal: int) -> Modes | None:
    """The settings of the line, None if there is no terminal."""
    try:
        return termios.tcgetattr(terminal)
    except termios.error:
        return None


def make_raw(terminal: int, modes: Modes) -> None:
    """Have each key arrive as it is typed: no echo, no signals, no flow control. Nothing where the terminal is gone."""
    raw = [*modes[:_CC], list(modes[_CC])]
    raw[_LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[_IFLAG] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(terminal, termios.TCSANOW, raw)
    except termios.error:
        return  # whoever reads it next learns it


def set_modes(terminal: int, modes: Modes | None) -> None:
    """Give the line its settings back; what was typed meanwhile is for nobody."""
    try:
        if modes is not None:
            termios.tcsetattr(terminal, termios.TCSANOW, modes)
            termios.tcflush(terminal, termios.TCIFLUSH)
    except termios.error:
        return


def restore(modes: Modes | None) -> None:
    """Give the terminal of this process back, whatever a console has set, without waiting for it."""
    set_modes(0, modes)
    try:
        if select.select([], [1], [], 0)[1]:
            os.write(1, RESTORE)
    except OSError:
        return


def open_anew(terminal: int) -> int:
    """Another descriptor of the terminal, with flags of its own: that it does not block changes nobody else's.

    Raises:
        OSError: the terminal has no name here, or may not be opened.
    """
    return os.open(os.ttyname(terminal), os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
