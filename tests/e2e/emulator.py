"""A terminal screen in memory: pyte, and what pyte lacks."""

import copy
import re
import unicodedata
from typing import Any

import pyte
from pyte.screens import Char, wcwidth

ALTERNATE_SCREEN = 1049

# pyte prints the rest of sequences with < or =, of kitty's keyboard protocol and of device control strings.
_UNKNOWN_TO_PYTE = re.compile(
    r"""\x1b\[[<=>][0-?]*[\x20-/]*[@-~] | \x1b\[[0-?]*[\x20!"'\#&]+[@-~] | \x1b[P_^X].*?\x1b\\""",
    re.DOTALL | re.VERBOSE,
)
_UNFINISHED = re.compile(r"\x1b(\[[0-?]*[ -/]*|[P_^X](?:(?!\x1b\\).)*)?\Z", re.DOTALL)


class Emulator(pyte.Screen):
    """A pyte screen with an alternate screen, REP, and no fear of odd characters."""

    _other: tuple[Any, Any] | None = None
    _last_drawn = " "

    def draw(self, data: str) -> None:
        """Draw text; what has no width is left out, where pyte would drop the rest of the text with it."""
        visible = "".join(char for char in data if wcwidth(char) > 0 or unicodedata.combining(char))
        if visible:
            self._last_drawn = visible[-1]
            super().draw(visible)

    def repeat(self, count: int = 1) -> None:
        """Draw the last character again (REP)."""
        self.draw(self._last_drawn * max(1, count))

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        """Set modes; enter the alternate screen."""
        if kwargs.get("private") and ALTERNATE_SCREEN in modes and self._other is None:
            self._other = (dict(self.buffer), copy.copy(self.cursor))
            self.buffer.clear()
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        """Reset modes; leave the alternate screen."""
        if kwargs.get("private") and ALTERNATE_SCREEN in modes and self._other is not None:
            lines, cursor = self._other
            self._other = None
            self.buffer.clear()
            self.buffer.update(lines)
            hidden = self.cursor.hidden
            self.cursor = cursor
            self.cursor.hidden = hidden
        super().reset_mode(*modes, **kwargs)

    @property
    def in_alternate_screen(self) -> bool:
        """Is the alternate screen shown?"""
        return self._other is not None

    def row(self, y: int) -> list[Char]:
        """The characters of one row; the second half of a wide character is an empty one."""
        line = self.buffer[y]
        return [line[x] for x in range(self.columns)]


class Stream(pyte.ByteStream):
    """Feeds bytes to an emulator, without the sequences that pyte would print as text."""

    csi = pyte.ByteStream.csi | {"b": "repeat"}
    events = pyte.ByteStream.events | {"repeat"}
    _kept = ""

    def feed(self, data: bytes) -> None:  # type: ignore[override]
        """Take bytes as they come, cut anywhere."""
        text = self._kept + self.utf8_decoder.decode(data)
        unfinished = _UNFINISHED.search(text)
        self._kept = unfinished.group() if unfinished else ""
        whole = text[: len(text) - len(self._kept)]
        pyte.Stream.feed(self, _UNKNOWN_TO_PYTE.sub("", whole))
