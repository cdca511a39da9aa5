"""One event of one's activity, with everything that is told of it: plain text that can be copied from the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.activity import ActivityRow

_SAID = {"done": "done", "denied": "refused", "failed": "failed"}


class ActivityEventScreen(AnswersOnce, ModalScreen[None]):
    """When, what, by whom, from where, how it ended; old and new values."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "close", "Close")]

    def __init__(self, row: ActivityRow) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "What happened"
            dialog.border_subtitle = "esc Close"
            yield Static("What happened", classes="frame-title")
            yield Static(table_of(_facts(self._row)))

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)


def table_of(facts: Iterable[tuple[str, str]]) -> Table:
    """Facts, each beside its name; both are shown as people's text is."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", max_width=20)
    table.add_column(ratio=1, overflow="fold")
    for name, value in facts:
        table.add_row(shown(name), shown(value))
    return table


def _facts(row: ActivityRow) -> Iterator[tuple[str, str]]:
    yield "When", f"{row.at:%Y-%m-%d %H:%M:%S} UTC"
    yield "What", row.what
    yield "By", row.by or "you"
    yield "Outcome", _SAID[row.outcome]
    for name, value in (
        ("Far end", row.origin.source),
        ("SSH key", row.origin.key),
        ("Host", row.origin.host),
        ("Terminal", row.origin.terminal),
        ("Unix user", row.origin.unix_user),
    ):
        if value:
            yield name, value
    for name, value in row.facts:
        yield name[:1].upper() + name[1:], value
