"""The menu bar of a signed-in console."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.shown import shown_plain
from tui.widgets.lines import ELSEWHERE, spread

_NAME = "Bartizan │"
_SHORT = {"Resource Manager": "Resources", "Account Management": "Account"}
"""How long choices are called where the window has no room for all of them."""
_LEAST_OF_A_PERSON = 6


class MenuBar(Widget, can_focus=True):
    """One line of choices; left and right move, Enter chooses."""

    DEFAULT_CSS = """
    MenuBar { dock: top; height: 1; background: $surface; color: $foreground; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Previous", show=False),
        Binding("right", "move(1)", "Next", show=False),
        Binding("enter,space,down", "choose", "Choose", show=False),
    ]

    KEYS_WITH_FOCUS = (("← →", "Move"), ("enter", "Open"), ("tab", "Leave the menu"), *ELSEWHERE)

    at: reactive[int] = reactive(0)
    person: reactive[str] = reactive("")

    class Chosen(Message):
        """A choice of the menu was made."""

        def __init__(self, choice: str) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, choices: tuple[str, ...], *, current: str = "") -> None:
        super().__init__(id="menu-bar")
        self._choices = choices
        self._current = current
        self._places: list[tuple[int, int]] = []
        self.set_reactive(MenuBar.at, choices.index(current) if current in choices else 0)

    def render(self) -> Text:
        width = self.content_size.width
        line = self._line(_NAME, dict.fromkeys(self._choices, ""))
        if line.cell_len > width:
            line = self._line(_NAME, _SHORT)
        if line.cell_len > width:
            line = self._line("", _SHORT)
        if line.cell_len > width:
            return self._around_here(line, width)
        room = width - line.cell_len - 2
        person = shown_plain(self.person, min(room, 34)) if room >= _LEAST_OF_A_PERSON else ""
        return spread(line, Text(person), width)

    def _line(self, name: str, short: dict[str, str]) -> Text:
        line = Text(name, style="bold", no_wrap=True, end="")
        self._places = []
        for number, choice in enumerate(self._choices):
            here = self.has_focus and number == self.at
            line.append(" " if line else "")
            start = line.cell_len
            line.append(
                f" {short.get(choice) or choice} ",
                style="reverse bold" if here else "underline" if choice == self._current else "not bold",
            )
            self._places.append((start, line.cell_len))
        return line

    def _around_here(self, line: Text, width: int) -> Text:
        """What fits of a long line, with the marked choice in it."""
        left = max(0, self._places[self.at][1] - width)
        self._places = [(start - left, end - left) for start, end in self._places]
        part = line[left : left + width]
        part.no_wrap = True
        return part

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, step: int) -> None:
        """One choice to the left or right, round the ends."""
        self.at = (self.at + step) % len(self._choices)

    def action_choose(self) -> None:
        """Take the choice that is marked."""
        self.post_message(self.Chosen(self._choices[self.at]))

    def on_click(self, event: Click) -> None:
        at = event.x - self.styles.padding.left
        for number, (start, end) in enumerate(self._places):
            if start <= at < end:
                self.at = number
                self.action_choose()
