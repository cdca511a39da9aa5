"""A terminal that a console shows itself on: what it can show, how large it is, and the line to it."""

import asyncio
import fcntl
import os
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui.hosting.alarm import Touch, touching
from tui.hosting.environment import speaks_utf8
from tui.hosting.lookalikes import encoded

WIDEST, HIGHEST = 500, 200
NARROWEST, LOWEST = 20, 5
"""The largest and the smallest window that is drawn, in cells."""

_UNKNOWN_SIZE = (80, 24)
_MOST_AT_ONCE = 64 * 1024
_MOST_READ = 1024
"""Bytes that are read at once: what is typed is taken apart character by character, while nobody else has a turn."""

_MOST_KEPT_BACK = 256 * 1024
"""Bytes that may wait for a line; frames wait for it to be free, so only bells and their like come on top."""

_MOST_RINGS, _COUNTED_FOR = 20, 10.0
"""So often, in so many seconds, the alarm may ring for one terminal: on a busy machine it does, now and then. Beyond
that its owner wants to hold the others.
"""

# Erase in the background's colour: GNU screen does not, and ancient ones have no colours.
_ERASE_IN_COLOUR = (
    *("xterm", "tmux", "linux", "alacritty", "kitty", "foot", "konsole", "vte", "gnome", "rxvt", "putty", "st"),
    *("wezterm", "ghostty", "iterm", "mintty", "contour", "ms-terminal", "nsterm"),
)


@dataclass(frozen=True)
class Abilities:
    """What a terminal can show, as the environment of its program tells."""

    utf8: bool = True
    colours: str | None = "standard"
    """`truecolor`, `256` or `standard` (16)."""

    no_color: bool = False
    """Whether the person wants no colours (NO_COLOR)."""

    erases_in_colour: bool = False


def abilities_of(environ: Mapping[str, str]) -> Abilities:
    """What the terminal can, by TERM, COLORTERM, NO_COLOR and the locale."""
    term = environ.get("TERM", "").lower()
    return Abilities(
        utf8=speaks_utf8(environ),
        colours=_colours(term, environ.get("COLORTERM", "").strip().lower()),
        no_color="NO_COLOR" in environ,
        erases_in_colour=term.startswith(_ERASE_IN_COLOUR),
    )


def _colours(term: str, colorterm: str) -> str:
    if colorterm in {"truecolor", "24bit"} or term.endswith("-direct"):
        return "truecolor"
    return "256" if term.endswith(("-256color", "kitty")) else "standard"


def clamped(width: int, height: int) -> tuple[int, int]:
    """A size that can be laid out without hurting anybody: each cell costs memory, and the far end names the size."""
    return min(max(width, NARROWEST), WIDEST), min(max(height, LOWEST), HIGHEST)


class Terminal:
    """A terminal by its descriptor, which does not block and is this object's own. Whatever happens to the line,
    nothing here raises: a line that is gone is `lost`, and takes and gives nothing.
    """

    def __init__(self, descriptor: int, abilities: Abilities) -> None:
        self.abilities = abilities
        self.lost = False
        self.on_lost: Callable[[], None] = _nothing
        """Called once, when the far end is found to be gone."""
        self.on_free: Callable[[], None] = _nothing
        """Called when the line takes bytes again after it did not."""
        self._descriptor = descriptor
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._waiting = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drained: asyncio.Event | None = None
        self._rings, self._rings_since = 0, 0.0

    @property
    def is_free(self) -> bool:
        """Whether everything that was written is on its way."""
        return not self._waiting

    def size(self) -> tuple[int, int]:
        """Width and height in cells, as the kernel knows them, within what can be drawn."""
        try:
            told = fcntl.ioctl(self._descriptor, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return _UNKNOWN_SIZE
        height, width, _, _ = struct.unpack("HHHH", told)
        return clamped(width, height) if width and height else _UNKNOWN_SIZE

    # Reading

    def listen(self, take: Callable[[str], None]) -> None:
        """From now on hand on what is typed; bad UTF-8 becomes U+FFFD, the end of the file is the end of the line."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._read, take)

    def stop_listening(self) -> None:
        """Hand on nothing more."""
        if self._loop is not None:
            self._loop.remove_reader(self._descriptor)

    def _read(self, take: Callable[[str], None]) -> None:
        with touching(self._descriptor) as touch:
            try:
                received: bytes | None = os.read(self._descriptor, _MOST_READ)
            except (BlockingIOError, InterruptedError):
                received = None
            except OSError:
                received = b""
        if self._holds_others(touch) or received == b"":
            self._lose()
        elif received and (text := self._decoder.decode(received)):  # half a character is no text yet
            take(text)

    # Writing

    def write(self, text: str) -> None:
        """Write as much as the line takes now, and the rest when it takes more."""
        if self.lost or len(self._waiting) > _MOST_KEPT_BACK:
            return
        was_free = not self._waiting
        self._waiting += encoded(text, utf8=self.abilities.utf8)
        if was_free:
            self._send()

    def _send(self) -> None:
        is_gone = False
        with touching(self._descriptor) as touch:
            try:
                while self._waiting and not touch.rings:
                    del self._waiting[: os.write(self._descriptor, self._waiting[:_MOST_AT_ONCE])]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                is_gone = True
        if self._holds_others(touch) or is_gone:
            self._lose()
        elif self._waiting:
            self._when_it_takes_more()

    def _holds_others(self, touch: Touch) -> bool:
        if not touch.rings:
            return False
        now = time.monotonic()
        if now - self._rings_since > _COUNTED_FOR:
            self._rings, self._rings_since = 0, now
        self._rings += touch.rings
        return touch.was_made_to_block or self._rings >= _MOST_RINGS

    def _when_it_takes_more(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_writer(self._descriptor, self._go_on)

    def _go_on(self) -> None:
        self._send()
        if not self._waiting and self._loop is not None:
            self._loop.remove_writer(self._descriptor)
            if self._drained is not None:
                self._drained.set()
            self.on_free()

    async def drain(self, seconds: float) -> None:
        """Wait until all is written, so long at most."""
        if self._waiting and not self.lost:
            self._drained = asyncio.Event()
            try:
                async with asyncio.timeout(seconds):
                    await self._drained.wait()
            except TimeoutError:
                self._waiting.clear()

    # The end

    def _lose(self) -> None:
        if not self.lost:
            self.lost = True
            self._waiting.clear()
            self._forget_loop()
            if self._drained is not None:
                self._drained.set()
            self.on_lost()

    def _forget_loop(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)

    def close(self) -> None:
        """Give the descriptor back."""
        self._forget_loop()
        if self._descriptor >= 0:
            with touching():
                os.close(self._descriptor)
            self._descriptor = -1
        self.lost = True


def _nothing() -> None:
    """Where nobody wants to know."""
