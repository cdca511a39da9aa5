"""A place that is kept."""

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static


class NotYetPane(Widget, can_focus=True):
    """Says what will stand here."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def compose(self) -> ComposeResult:
        yield Static(f"{self._what}: not yet.", classes="muted")

    def opened(self) -> None:
        self.focus()

    def keys(self) -> list[tuple[str, str]]:
        return []
