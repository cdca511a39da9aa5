"""A console of one step: a QR code beside a text, or the key where the code does not fit.

    python -m tests.tui.qr_app THEME

Any key shows the next address.
"""

import sys

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from core.totp import in_groups
from tests.tui.qr_reading import KEY, LENGTHS, otpauth
from tui.widgets.qr_code import QrCode, Way, way_to_draw

TEXT_COLUMNS = 33


class QrApp(App[None]):
    """Shows one address after the other, and redraws when the window changes."""

    CSS = f"""
    #text {{ width: 1fr; min-width: {TEXT_COLUMNS}; }}
    """

    def __init__(self, theme: str, *, utf8: bool) -> None:
        super().__init__(ansi_color=True if theme.startswith("ansi") else None)
        self.theme = theme
        self._utf8 = utf8
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Horizontal()

    async def on_resize(self, event: events.Resize) -> None:
        await self._show(event.size.width, event.size.height)

    async def on_key(self) -> None:
        self._at = (self._at + 1) % len(LENGTHS)
        await self._show(self.size.width, self.size.height)

    async def _show(self, width: int, height: int) -> None:
        text = otpauth(LENGTHS[self._at])
        way = way_to_draw(text, width=width - TEXT_COLUMNS, height=height, utf8=self._utf8)
        told = f"length={LENGTHS[self._at]} size={width}x{height}\n"
        row = self.query_one(Horizontal)
        with self.batch_update():
            await row.remove_children()
            if way is not Way.KEY:
                await row.mount(QrCode(text, way=way))
            key = in_groups(KEY) if way is Way.KEY else ""
            await row.mount(Static(f"{told}{way.value}\n{key}", id="text", markup=False))


if __name__ == "__main__":
    sys.exit(QrApp(sys.argv[1], utf8=sys.__stderr__ is not None and sys.__stderr__.encoding == "utf-8").run())
