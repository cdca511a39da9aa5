"""The banner over every screen while the support desk has a call about the person who sits there."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from core.wording import moment
from tui.shown import shown_plain

if TYPE_CHECKING:
    from datetime import datetime

    from textual.geometry import Size

    from core.own_calls import CallOnMe

_MOST_CALLS = 3
_LONGEST_NAME = 40
_BETWEEN = " · "
_PROVEN = "The caller has proved to be you: the agent acts for you"
_RESET = "2-factor of your account can be removed at a sign-in {when}. Not you? Account Management, Security: stop it."
_RESET_BELOW_A_CALL = "2-factor can be removed {when}. Not you? Security: stop it."


@dataclass(frozen=True)
class Words:
    """What there is to tell now; false where there is nothing."""

    calls: tuple[CallOnMe, ...] = ()
    said: str = ""
    """What came of the key that ends a call."""

    factor_reset_at: datetime | None = None
    is_due: bool = False
    """Whether that moment has come, and whoever signs in with the password can do it."""

    def __bool__(self) -> bool:
        return bool(self.calls or self.said or self.factor_reset_at)


class CallBanner(Widget):
    """Takes its lines from the screen and covers none; no room at all where there is nothing to tell.

    With `covers` it lies over the screen's last lines instead, where the screen needs the room that it was given.
    """

    DEFAULT_CSS = """
    CallBanner {
        split: top; width: 100%; height: auto; display: none; padding: 0 1;
        background: $warning; color: $background; text-style: bold;
    }
    CallBanner.-covers { split: initial; dock: bottom; }
    CallBanner.-told { display: block; }
    """

    def __init__(self, *, utf8: bool, covers: bool = False) -> None:
        super().__init__(classes="-covers" if covers else None)
        self._utf8 = utf8
        self._words = Words()

    def tell(self, words: Words) -> None:
        """Tell this from now on."""
        if words != self._words:
            self._words = words
            self.set_class(bool(words), "-told")
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that the words take in so many columns."""
        return len(self._lines(width))

    def render(self) -> Text:
        lines = Text("\n".join(self._lines(self.content_size.width)), no_wrap=True, overflow="ellipsis", end="")
        lines.highlight_words(["ctrl+t"], "reverse")
        return lines

    def _lines(self, width: int) -> list[str]:
        words, width = self._words, max(width, 1)
        lines = wrap(words.said, width)
        for number, call in enumerate(words.calls[:_MOST_CALLS], start=1):
            lines += _packed(self._pieces(call, is_last=number == min(len(words.calls), _MOST_CALLS)), width)
        if words.factor_reset_at is not None:
            lines += wrap((_RESET_BELOW_A_CALL if words.calls else _RESET).format(when=_when(words)), width)
        return lines

    def _pieces(self, call: CallOnMe, *, is_last: bool) -> list[str]:
        mark = "☎ " if self._utf8 else ""
        pieces = [f"{mark}Support call: {shown_plain(call.agent, _LONGEST_NAME)}", f"call phrase: {call.phrase}"]
        if is_last:
            more = len(self._words.calls) - _MOST_CALLS
            pieces += [f"{more} more"] if more > 0 else []
            pieces.append("ctrl+t End the call" if len(self._words.calls) == 1 else "ctrl+t End the calls")
        return [*pieces, _PROVEN] if call.proven else pieces


def _when(words: Words) -> str:
    at = words.factor_reset_at
    return "from now on" if words.is_due or at is None else f"from {moment(at)}"


def _packed(pieces: list[str], width: int) -> list[str]:
    """The pieces, as many of them in a line as fit; none is broken."""
    lines: list[Text] = []
    for piece in map(Text, pieces):
        if lines and lines[-1].cell_len + len(_BETWEEN) + piece.cell_len <= width:
            lines[-1].append(_BETWEEN).append_text(piece)
        else:
            lines.append(piece)
    return [line.plain for line in lines]
