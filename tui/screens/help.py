"""Help: which keys do something here, and what to do when something does not work."""

from datetime import UTC, datetime
from textwrap import fill, wrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.answers_once import AnswersOnce

_KEYS = (
    ("tab, shift+tab", "next and previous field or button"),
    ("enter", "go on; from the last field: do it"),
    ("space", "tick a box, press a button"),
    ("esc", "back; at the login: out of the field"),
    ("← → ↑ ↓", "move in the menu, between tabs, in a list"),
    ("a", "Account Management (from home)"),
    ("?", "this help (F1 in a field)"),
    ("ctrl+o", "lock the console; your password unlocks it"),
    ("ctrl+t", "end the support call told of at the top"),
    ("q", "sign out and quit (ctrl+c everywhere)"),
)

_TROUBLE = (
    (
        "The code does not match.",
        "Compare the server's time, {time}, with your telephone's: both must agree to the minute. "
        "Switch on automatic time there.",
    ),
    (
        "The app is lost.",
        "At the code prompt choose “Recovery code”. None left: ask your contract owner or an administrator.",
    ),
    (
        "Wrong e-mail or password.",
        "After five failures each try has to wait, up to 30 minutes; a right password in a wait is refused too.",
    ),
)
_BELOW = "\n" + " " * 18  # where the words of a key go on


class HelpScreen(AnswersOnce, ModalScreen[None]):
    """The keys and the most usual trouble, on one page."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,question_mark,enter,f1", "close", "Close")]

    def __init__(self, here: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="help") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "esc Close"
            yield Static(_page(self._here))

    def action_close(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)


def _page(here: tuple[tuple[str, str], ...]) -> Text:
    page = Text()
    for title, keys in (("Keys here", here), ("Keys everywhere" if here else "Keys", _KEYS)):
        if keys:
            page.append(f"{title}\n", style="bold")
        for key, words in keys:
            page.append(f"  {key:<16}", style="bold")
            page.append(f"{_BELOW.join(wrap(words, 48))}\n")
        if keys is here and here:
            page.append("\n")
    page.append("\nWhen something does not work\n", style="bold")
    for trouble, words in _TROUBLE:
        page.append(f"  {trouble}\n", style="bold")
        told = words.replace("{time}", f"{datetime.now(UTC):%H:%M} UTC")
        page.append(f"{fill(told, 66, initial_indent='  ', subsequent_indent='  ')}\n")
    return page
