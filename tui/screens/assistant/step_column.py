"""The right column of every step: which steps there are, what to do in this one, and the buttons."""

from collections.abc import Iterable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

STEPS = (
    "Install the app",
    "Scan the QR code",
    "Enter the security code",
    "Keep your recovery codes",
    "Confirm",
)


class StepColumn(Widget):
    """Steps done, the step at hand, steps to come; below, whatever the screen puts there."""

    def __init__(self, step: int, *below: Widget) -> None:
        super().__init__(id="step-column")
        self._step = step
        self._below: Iterable[Widget] = below

    def compose(self) -> ComposeResult:
        yield Static("2-Factor Authentication", id="assistant-title")
        yield Static(_list_of_steps(self._step), id="steps")
        with Vertical(id="below"):
            yield from self._below


def _list_of_steps(current: int) -> Text:
    lines = Text()
    for number, step in enumerate(STEPS, 1):
        mark = "✓" if number < current else "▶" if number == current else " "
        style = "bold" if number == current else "" if number < current else "dim"
        lines.append(f"{mark} {number} {step}\n", style=style)
    lines.rstrip()
    return lines
