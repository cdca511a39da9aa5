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
_BEFORE_COMBINING = re.compile(r"(?=[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\u3099\u309a])")
_UNFINISHED = re.compile(r"\x1b(\[[0-?]*[ -/]*|[P_^X](?:(?!\x1b\\).)*)?\Z", re.DOTALL)


class Emulator(pyte.Screen):
    """A pyte screen with an alternate screen, REP, and no fear of odd characters; it erases as terminals do."""

    erases_in_colour = True
    """Do erased cells take the background that is set (terminfo's bce), or the terminal's own?"""

    _other: tuple[Any, Any] | None = None
    _last_drawn = " "

    def draw(self, data: str) -> None:
        """Draw text; what has no width is left out, where pyte would drop the rest of the text with it."""
        visible = "".join(char for char in data if wcwidth(char) > 0 or unicodedata.combining(char))
        if visible:
            self._last_drawn = visible[-1]
            row, start = self.cursor.y, self.cursor.x
            self._clear_before_orphan(row, start)
            for part in _BEFORE_COMBINING.split(visible):
                self._draw(part)
            self._mend(row, start)
            self._mend(self.cursor.y, self.cursor.x)

    def _draw(self, part: str) -> None:
        """Draw text of which only the first character may be combining; it joins a wide one as a whole."""
        line, before = self.buffer[self.cursor.y], self.cursor.x - 2
        if part and unicodedata.combining(part[0]) and before >= 0 and line[before + 1].data == "":
            line[before] = line[before]._replace(data=unicodedata.normalize("NFC", line[before].data + part[0]))
            part = part[1:]
        super().draw(part)

    def _mend(self, row: int, cut: int) -> None:
        """Show a space for the half that is left of a wide character that was cut in two at this column."""
        line = self.buffer[row]
        if 0 < cut < self.columns and (wcwidth(line[cut - 1].data[:1]) == 2) != (line[cut].data == ""):
            half = cut if line[cut].data == "" else cut - 1
            line[half] = line[half]._replace(data=" ")

    def _clear_before_orphan(self, row: int, column: int) -> None:
        """As tmux does it: over the half of a wide character whose first half was erased, both are drawn anew."""
        line = self.buffer[row]
        if 0 < column < self.columns and line[column].data == "" and wcwidth(line[column - 1].data[:1]) != 2:
            line[column - 1] = self.default_char

    def _erase(self, row: int, start: int, end: int) -> None:
        background = self.cursor.attrs.bg if self.erases_in_colour else "default"
        line = self.buffer[row]
        for x in range(start, min(end, self.columns)):
            line[x] = self.default_char._replace(bg=background)
        self._mend(row, start)

    def erase_characters(self, count: int | None = None) -> None:
        """Erase so many characters; nothing is seen there but a background (ECH)."""
        self._erase(self.cursor.y, self.cursor.x, self.cursor.x + (count or 1))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:  # noqa: FBT001, FBT002 - pyte's signature
        """Erase behind the cursor, before it, or the whole line (EL)."""
        start = self.cursor.x if how == 0 else 0
        self._erase(self.cursor.y, start, self.cursor.x + 1 if how == 1 else self.columns)

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """Erase below the cursor, above it, or all (ED); pyte leaves out where nothing was drawn yet."""
        if how < 2:
            self.erase_in_line(how)
        first = self.cursor.y + 1 if how == 0 else 0
        for row in range(first, self.cursor.y if how == 1 else self.lines):
            self._erase(row, 0, self.columns)

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
