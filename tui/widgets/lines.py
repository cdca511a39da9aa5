"""The lines at the edges of a screen: what this is, who is there, which keys do something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.shown import shown_plain
from tui.widgets.button import Button
from tui.widgets.field import Field
from tui.wording import role_name

if TYPE_CHECKING:
    from core.account import Account

Keys = Iterable[tuple[str, str]]


class TopLine(Static):
    """The name of the program and of the screen; at the right where the console runs and the server's time.

    The time is shown because codes depend on it: who compares it with his telephone sees a wrong clock at once.
    """

    def __init__(self, title: str = "", *, where: str = "") -> None:
        super().__init__(id="top-line")
        self._title = title
        self._where = where

    def on_mount(self) -> None:
        clocks = getattr(self.app, "clocks", None)
        if clocks is not None:  # the app says when the minute is another: a timer each would cost more than all else
            clocks.add(self)

    def render(self) -> Text:
        clock = f"{datetime.now(UTC):%H:%M} UTC"
        right = f"{shown_plain(self._where, 30)} · {clock}" if self._where else clock
        left = Text("Bartizan", style="bold")
        if self._title:
            left.append(f"  {shown_plain(self._title)}", style="not bold")
        return spread(left, Text(right), self.content_size.width)


class Bottom(Vertical):
    """The last lines of a screen."""

    def __init__(self, *lines: Static) -> None:
        super().__init__(*lines, id="bottom")


IN_FIELDS = (("f1", "Help"), ("ctrl+c", "Quit"))
ELSEWHERE = (("?", "Help"), ("q", "Quit"))


class KeyLine(Static):
    """The keys that do something now. In a field letters are typed, so only what works there is told.

    What does not fit into so many lines is cut off at the end.
    """

    def __init__(
        self, always: Keys, *, outside_fields: Keys = ELSEWHERE, in_fields: Keys = IN_FIELDS, lines: int = 1
    ) -> None:
        super().__init__(id="key-line")
        self._lines = lines
        self._in_fields = tuple(in_fields)
        self._always = tuple(always)
        self._outside_fields = tuple(outside_fields)

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._tell_again, init=False)

    def tell(self, always: Keys, *, outside_fields: Keys | None = None) -> None:
        """Tell other keys from now on."""
        self._always = tuple(always)
        if outside_fields is not None:
            self._outside_fields = tuple(outside_fields)
        self._tell_again()

    def _tell_again(self) -> None:
        self.refresh(layout=self._lines > 1)

    def render(self) -> Text:
        focused = self.screen.focused
        keys = self._always + (self._in_fields if isinstance(focused, Field) else self._outside_fields)
        keys = getattr(focused, "KEYS_WITH_FOCUS", keys)  # the menu bar has other keys than the page below it
        width = self.content_size.width or self.app.size.width - 2
        lines = [Text()]
        for key, words in keys:
            told = Text.assemble((key, "bold"), f" {_of_enter(focused, words) if key == 'enter' else words}   ")
            if len(lines) < self._lines and lines[-1] and lines[-1].cell_len + told.cell_len - 3 > width:
                lines.append(Text())
            lines[-1].append_text(told)
        text = Text("\n").join(lines)
        text.no_wrap, text.overflow, text.end = True, "ellipsis", ""
        return text


def _of_enter(focused: Widget | None, otherwise: str) -> str:
    """What Enter does where the focus is."""
    if isinstance(focused, Button):
        return str(focused.label)
    return "Next" if isinstance(focused, Field) and focused.goes_on else otherwise


class StatusLine(Static):
    """Who is signed in, in which role, with 2-factor or without, under which contract."""

    def __init__(self) -> None:
        super().__init__(id="status-line")

    def show(self, account: Account) -> None:
        """Show whose account it is."""
        second_factor = "2-Factor on" if account.second_factor else "2-Factor off"
        self.tell(account.email, role_name(account.role), second_factor, account.contract)

    def tell(self, *parts: str) -> None:
        """Show the parts, one beside the other."""
        self.update(
            Text(" · ".join(shown_plain(part, 40) for part in parts if part), no_wrap=True, overflow="ellipsis")
        )


def spread(left: Text, right: Text, width: int) -> Text:
    """Two texts at the two ends of a line; the right one goes first where there is no room."""
    room = width - left.cell_len - right.cell_len
    if room < 1:
        left.truncate(width, overflow="ellipsis")
        return left
    return Text.assemble(left, " " * room, right, no_wrap=True, end="")
