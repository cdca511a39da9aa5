"""A console of two fields for the tests of the process that shows many: keys of it fail, print, hang and fill."""

import asyncio
import io
import sys
from typing import ClassVar

from textual import work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.guarded import GuardedApp
from tui.widgets.field import Field

SECRET = "Canary-5up3r$ecret"
FAIL, FAIL_IN_WORKER, PRINT, LEAVE = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
FILL, ASK, ACT_ON_HOST = b"\x1b[17~", b"\x1b[18~", b"\x1b[19~"


class Question(ModalScreen[None]):
    """A dialog that somebody waits for."""

    def compose(self) -> ComposeResult:
        yield Field(placeholder="really?", id="really")

    def on_mount(self) -> None:
        self.query_one("#really", Field).focus()


class HostedApp(GuardedApp[None]):
    """Ready when it says so. It closes only once `hangs` is not set."""

    CSS = "#state { height: auto }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("f2", "fail", "Fail"),
        ("f3", "fail_in_worker", "Fail in a worker"),
        ("f4", "print", "Print"),
        ("f5", "leave_smiling", "Leave"),
        ("f6", "fill", "Fill the screen"),
        ("f7", "ask", "Ask"),
        ("f8", "act_on_host", "Act on the host"),
        ("escape", "say('escaped')", "Back"),
    ]

    def __init__(self, *, no_color: bool | None = None) -> None:
        super().__init__(no_color=no_color)
        self.animation_level = "none"
        self.ended_sessions = 0
        self.hangs = False
        self.filled = 0

    @property
    def is_fresh(self) -> bool:
        """Whether it is shown as it is shown first."""
        return self.is_running and bool(self.screen.query("#state")) and not self.query_one("#open", Field).value

    def compose(self) -> ComposeResult:
        yield Field(placeholder="open", id="open")
        yield Field(placeholder="secret", password=True, id="secret")
        yield Static("ready", id="state")

    def on_mount(self) -> None:
        self.query_one("#open", Field).focus()

    def on_input_changed(self, event: Field.Changed) -> None:
        if event.input.id == "open":
            self.action_say(f"has {len(event.value)} characters: {event.value}")

    async def on_unmount(self) -> None:
        while self.hangs:
            await asyncio.sleep(3600)

    async def end_session(self) -> None:
        self.ended_sessions += 1

    def action_say(self, what: str) -> None:
        self.query_one("#state", Static).update(Content(what))

    def action_fail(self) -> None:
        password = SECRET
        raise ValueError(f"not with {password}")

    @work
    async def action_fail_in_worker(self) -> None:
        password = SECRET
        await asyncio.sleep(0)
        raise ValueError(f"not with {password}")

    def action_print(self) -> None:
        print(SECRET)  # noqa: T201 - what becomes of it is what is tested
        sys.stderr.write(f"{SECRET}\n")
        self.call_later(self.action_say, "has printed")

    def action_leave_smiling(self) -> None:
        self.exit(message="See you.")

    def action_fill(self) -> None:
        self.filled += 1
        cells = self.size.width * (self.size.height - 8)
        self.action_say("".join(chr(ord("a") + (at * self.filled) % 26) for at in range(cells)))

    @work
    async def action_ask(self) -> None:
        await self.push_screen_wait(Question())

    def action_act_on_host(self) -> None:
        self.open_url("https://example.com")
        self.action_screenshot()
        self.save_screenshot()
        self.deliver_screenshot()
        self.deliver_text(io.StringIO(SECRET), save_filename="delivered")
        self.deliver_binary(io.BytesIO(SECRET.encode()), save_filename="delivered")
        self.copy_to_clipboard(SECRET)
        self.action_suspend_process()
        try:
            with self.suspend():
                self.action_say("was suspended")
        except SuspendNotSupported:
            self.action_say("did nothing")
