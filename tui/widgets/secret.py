"""What shows a secret, and is covered while nobody is there."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.widget import Widget

    _Secret = Widget
else:
    _Secret = object

COVER = "Hidden after a minute without a key. Press any key."


class Secret(_Secret):
    """Stands before the class of a widget: its lines are not painted while the app conceals secrets.

    The widget keeps its size and what it holds, so that a key brings it back as it was.
    """

    def on_mount(self) -> None:
        _known_to(self.app).add(self)

    def on_unmount(self) -> None:
        _known_to(self.app).discard(self)

    def render_line(self, y: int) -> Strip:
        """A line of the widget, or of what covers it."""
        if not getattr(self.app, "conceals", False):
            return self.secret_line(y)
        width = self.size.width
        words = wrap(COVER, max(width, 1))
        text = words[y] if y < len(words) else ""
        return Strip([Segment(text.ljust(width)[:width], self.rich_style)], width)

    def secret_line(self, y: int) -> Strip:
        """A line of the secret."""
        return super().render_line(y)


class SecretText(Secret, Static):
    """Text that is a secret."""


def _known_to(app: Any) -> set[Widget]:
    known: set[Widget] = getattr(app, "secrets", set())
    return known
