"""One reset of 2-factor that waits: whose, by whom asked, why; to be approved or declined by a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from core.wording import moment
from tui.answers_once import AnswersOnce
from tui.shown import shown, shown_plain
from tui.widgets.button import Button

if TYPE_CHECKING:
    from core.factor_resets import WaitingReset

APPROVE, DECLINE = "approve", "decline"
"""The answers; "" leaves it as it is."""

_TITLE = "Reset of 2-factor"


class ApprovalScreen(AnswersOnce, ModalScreen[str]):
    """Whoever asked for it himself can only decline it. The focus is on what does nothing."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "close", "Close"),
        ("a", "choose('approve')", "Approve"),
        ("d", "choose('decline')", "Decline"),
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
        ("up,k", "scroll(-1)", ""),
        ("down,j", "scroll(1)", ""),
    ]
    KEYS_HERE = (("a", "approve it, after a proof"), ("d", "decline it"), ("up, down", "move what does not fit"))

    def __init__(self, reset: WaitingReset, *, cool_off: str) -> None:
        super().__init__()
        self._reset = reset
        self._cool_off = cool_off

    def compose(self) -> ComposeResult:
        keys = f"{'a Approve · ' if self._may_approve else ''}d Decline · esc Close"
        with Vertical(classes="dialog", id="approval") as dialog:
            dialog.border_title = _TITLE
            dialog.border_subtitle = keys
            yield Static(_TITLE, classes="frame-title")
            yield Static(_facts(self._reset))
            yield Static(classes="gap")
            yield Static(self._says(), classes="muted")
            yield Static(classes="gap")
            with Horizontal(classes="buttons"):
                if self._may_approve:
                    yield Button("Approve", id=APPROVE)
                yield Button("Decline", id=DECLINE)
                yield Button("Close", id="close", variant="primary")
            yield Static(keys, classes="frame-title")  # where no frame has room for them

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """Answer with the button's name."""
        self.action_choose(event.button.id or "")

    def action_choose(self, choice: str) -> None:
        """Answer; nobody approves what he asked for himself."""
        if choice == APPROVE and not self._may_approve:
            return
        self.dismiss(choice if choice in {APPROVE, DECLINE} else "")

    def action_close(self) -> None:
        """Leave it as it is."""
        self.dismiss("")

    def action_scroll(self, lines: int) -> None:
        """Move what does not fit."""
        self.query_one("#approval").scroll_relative(y=lines, animate=False)

    @property
    def _may_approve(self) -> bool:
        return self._reset.due_at is None and not self._reset.is_own

    def _says(self) -> Text:
        if self._reset.due_at is not None:
            return shown(
                f"Approved. It can be used from {moment(self._reset.due_at)} on; until then you can decline it."
            )
        if self._reset.is_own:
            return Text("You asked for it: a colleague has to approve it on his own console.")
        return shown(f"Approved, it waits {self._cool_off}, in which the person and his administrators can stop it.")


def _facts(reset: WaitingReset) -> Text:
    facts = (
        ("Contract", shown_plain(reset.contract, 60)),
        ("Account", reset.masked_email),
        ("Asked by", "you" if reset.is_own else shown_plain(reset.asked_by, 60)),
        ("Reason", shown_plain(reset.reason)),
        ("Until", "approved" if reset.due_at else f"{moment(reset.until)}, while that call lasts"),
    )
    return Text("\n").join(Text(f"{name:<9} {fact}") for name, fact in facts)
