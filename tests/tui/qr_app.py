"""The assistant's step with the QR code, in its own process, for one e-mail address after the other.

    python -m tests.tui.qr_app THEME

“Next” shows the next address.
"""

import os
import sys
from typing import Any

from textual import work
from textual.widgets import Static

from core.clock import utc_now
from core.enrolment import SetupKey
from core.totp import in_groups
from tests.tui.qr_reading import LENGTHS, email, key_of, otpauth
from tui.hardened import HardenedApp
from tui.hosting.own_process import run
from tui.screens.assistant.scan import ScanScreen
from tui.theme import DARK, LIGHT


class MeasuredScan(ScanScreen):
    """The step, which also says for which size of the window it has drawn itself."""

    CSS_PATH = "../../tui/screens/assistant/assistant.tcss"

    async def _draw(self) -> None:
        width, height = self.size  # it may change while the code is drawn
        await super()._draw()
        self.query_one("#why", Static).update(f"drawn for {width}x{height}")
        self.query_one("#why").add_class("-shown")


class QrApp(HardenedApp[None]):
    """Shows the step for every address, and begins again."""

    CSS_PATH = "../../tui/app.tcss"

    def __init__(self, theme: str) -> None:
        super().__init__()
        for each in (DARK, LIGHT):
            self.register_theme(each)
        self.theme = theme

    def on_mount(self) -> None:
        self.show_them()

    @work
    async def show_them(self) -> None:
        while True:
            for length in LENGTHS:
                setup = SetupKey(otpauth(length), in_groups(key_of(length)), email(length), utc_now())
                await self.push_screen_wait(MeasuredScan(setup, utf8=self.unicode))


def make_app() -> HardenedApp[Any]:
    return QrApp(sys.argv[1])


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(run(make_app))
