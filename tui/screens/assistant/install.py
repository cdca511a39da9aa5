"""Step 1: install the app."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.screens.assistant.move import Move
from tui.screens.assistant.step_column import StepColumn
from tui.widgets.button import Button
from tui.widgets.lines import Bottom, KeyLine

_APPS = """\
You need an authenticator app on your telephone or tablet. If you have none yet, install one \
now, free of charge, from Google Play or the App Store:

 · Google Authenticator
 · Microsoft Authenticator
 · FreeOTP, Aegis, 2FAS, any TOTP app

Let the app use your camera, and let your device set its time automatically.

The app needs no data connection.

Once the QR code is shown you have ten minutes."""


class InstallScreen(AnswersOnce, Screen[Move]):
    """Says what is needed before a code can be scanned."""

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#next"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "Cancel")]

    def __init__(self, *, forced: bool) -> None:
        super().__init__(classes="assistant")
        self._forced = forced

    def compose(self) -> ComposeResult:
        why = (
            "Your contract owner or an administrator activated 2-factor authentication for you. "
            "Complete these steps to sign in."
            if self._forced
            else "Nothing changes until the last step is done."
        )
        with Horizontal(id="panes"):
            with Vertical(id="left", classes="-text"):
                yield Static(_APPS)
            yield StepColumn(
                1,
                Static(why, classes="careful" if self._forced else "muted"),
                Horizontal(
                    Button("Next", id="next", variant="primary"), Button("Cancel", id="cancel"), classes="buttons"
                ),
            )
        yield Bottom(KeyLine([("enter", "Next"), ("esc", "Cancel")], outside_fields=(("?", "Help"),)))

    @on(Button.Pressed, "#next")
    def go_on(self) -> None:
        """The app is there."""
        self.dismiss(Move.NEXT)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave the assistant."""
        self.dismiss(Move.CANCEL)
