"""Step 2: scan the QR code, or type the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from tui.answers_once import AnswersOnce
from tui.screens.assistant.move import Move
from tui.screens.assistant.step_column import StepColumn
from tui.shown import shown_plain
from tui.widgets.button import Button
from tui.widgets.lines import Bottom, KeyLine
from tui.widgets.qr_code import QrCode, Way, way_to_draw
from tui.widgets.secret import SecretText

if TYPE_CHECKING:
    from core.enrolment import SetupKey

_COLUMN = 32
_WHY = (
    "Nothing scanned? Enlarge the window or the letters, turn up the screen's brightness, hold the camera still, "
    "or type the key."
)


class ScanScreen(AnswersOnce, Screen[Move]):
    """Shows the code as large as the terminal allows; the key to type is one key away."""

    CSS_PATH = "assistant.tcss"
    AUTO_FOCUS = "#next"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("k", "other_way", "Type the key instead"),
        ("c", "why", "Why is nothing scanned?"),
    ]
    KEYS_HERE = (("k", "type the key instead, or scan the QR code"), ("c", "what to do if nothing is scanned"))

    def __init__(self, setup: SetupKey, *, utf8: bool) -> None:
        super().__init__(classes="assistant")
        self._setup = setup
        self._utf8 = utf8
        self._typing = False
        self._code: QrCode | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield Vertical(id="left")
            yield StepColumn(
                2,
                Static(id="how"),
                Static(_WHY, id="why", classes="careful"),
                Button("Next", id="next", variant="primary"),
                Button("Type the key instead", id="other-way"),
                Button("Cancel", id="cancel"),
            )
        yield Bottom(
            KeyLine(
                [("enter", "Next"), ("k", "Key"), ("c", "Nothing scanned?"), ("esc", "Back")],
                outside_fields=(("?", "Help"),),
            )
        )

    # Every screen is given its size once it is mounted; before that nothing would fit.

    async def on_resize(self) -> None:
        await self._draw()

    @on(Button.Pressed, "#next")
    def go_on(self) -> None:
        """The app has the key."""
        self._leave(Move.NEXT)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Leave the assistant."""
        self._leave(Move.CANCEL)

    def action_back(self) -> None:
        """Back to the step before."""
        self._leave(Move.BACK)

    @on(Button.Pressed, "#other-way")
    async def action_other_way(self) -> None:
        """Change between QR code and key."""
        self._typing = not self._typing
        await self._draw()

    def action_why(self) -> None:
        """Say what helps when the camera finds nothing."""
        self.query_one("#why").toggle_class("-shown")

    async def _draw(self) -> None:
        """Put the code, or the key where a whole code does not fit, into the left pane."""
        way = way_to_draw(
            self._setup.address,
            width=self.size.width - _COLUMN,
            height=self.size.height - 1,
            utf8=self._utf8,
        )
        fits = way is not Way.KEY
        with_code = fits and not self._typing
        left = self.query_one("#left", Vertical)
        self._forget()
        await left.remove_children()
        left.set_class(not with_code, "-text")
        if with_code:
            self._code = QrCode(self._setup.address, way=way)
            await left.mount(self._code)
        else:
            await left.mount(SecretText(_key_to_type(self._setup)))
        self.query_one("#how", Static).update(_how(fits=fits, with_code=with_code))
        other = self.query_one("#other-way", Button)
        other.label = "Show the QR code" if self._typing else "Type the key instead"
        other.display = fits

    def _leave(self, move: Move) -> None:
        self._forget()
        self.dismiss(move)

    def _forget(self) -> None:
        if self._code is not None:
            self._code.forget()
            self._code = None


def _how(*, fits: bool, with_code: bool) -> str:
    if with_code:
        return "Point your app's camera here.\n"
    if fits:
        return "In the app, choose to enter a key by hand.\n"
    return "The QR code needs a larger window. Enlarge it, or type the key into the app.\n"


def _key_to_type(setup: SetupKey) -> Text:
    groups = setup.key.split(" ")
    rows = [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
    text = Text()
    text.append("Account\n", style="dim")
    text.append(f"  {shown_plain(setup.email, 40)}\n\n")
    text.append("Key\n", style="dim")
    text.append("".join(f"  {row}\n" for row in rows), style="bold")
    text.append("\nTime-based, six digits, every 30 seconds.\n", style="dim")
    return text
