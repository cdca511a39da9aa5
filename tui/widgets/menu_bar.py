"""The menu bar of a signed-in console."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.shown import shown_plain
from tui.widgets.lines import spread


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
        self.set_reactive(MenuBar.at, choices.index(current) if current in choices else 0)

    def render(self) -> Text:
        line = Text("Bartizan │", style="bold")
        for number, choice in enumerate(self._choices):
            here = self.has_focus and number == self.at
            line.append(" ")
            line.append(
                f" {choice} ", style="reverse bold" if here else "underline" if choice == self._current else "not bold"
            )
        return spread(line, Text(shown_plain(self.person, 34)), self.content_size.width)

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
        end = len("Bartizan │") + self.styles.padding.left
        for number, choice in enumerate(self._choices):
            start, end = end + 1, end + len(choice) + 3
            if start <= event.x < end:
                self.at = number
                self.action_choose()
