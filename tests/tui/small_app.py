"""A console of two fields and some ways to go wrong, for the tests of what is around a console."""

import asyncio
import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tui.hosting.own_process import run

if TYPE_CHECKING:
    from tui.hardened import HardenedApp

SECRET = "Canary-5up3r$ecret"


def small_app() -> "HardenedApp[None]":
    """The app; imports Textual only now."""
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Static

    from tui.hardened import HardenedApp
    from tui.widgets.field import Field

    class SmallApp(HardenedApp[None]):
        """Ready when it says so."""

        BINDINGS: ClassVar[list[BindingType]] = [
            ("f2", "fail", "Fail"),
            ("f3", "fail_in_worker", "Fail in a worker"),
            ("f4", "hang", "Hang"),
            ("f5", "tell", "Tell"),
        ]
        TITLE = "[/] small"

        def compose(self) -> ComposeResult:
            yield Field(placeholder="open", id="open")
            yield Field(placeholder="secret", password=True, id="secret")
            yield Static("ready", id="state")

        def on_mount(self) -> None:
            self.query_one("#open", Field).focus()

        def on_input_changed(self, event: Field.Changed) -> None:
            if event.input.id == "open":
                self.query_one("#state", Static).update(f"has {len(event.value)} characters")

        def action_fail(self) -> None:
            password = SECRET
            raise ValueError(f"not with {password}")

        def action_fail_in_worker(self) -> None:
            async def fail() -> None:
                password = SECRET
                await asyncio.sleep(0)
                raise ValueError(f"not with {password}")

            self.run_worker(fail())

        def action_hang(self) -> None:
            Path("hangs").touch()
            while True:
                pass

        def action_tell(self) -> None:
            dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
            cores = resource.getrlimit(resource.RLIMIT_CORE)
            textual = [name for name in os.environ if name.startswith("TEXTUAL")]
            self.query_one("#state", Static).update(f"{dumpable=} {cores=} {textual=}".replace("[]", "none"))

        async def end_session(self) -> None:
            Path("session-ended").touch()

    return SmallApp()


def main() -> None:
    """Run the app on this terminal."""
    sys.exit(run(small_app, fault_log=Path("faults.log")))
