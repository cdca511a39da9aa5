"""The app that every console is: what Textual would leak, run or write by itself is taken out of it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from textual._compositor import CompositorUpdate
from textual.actions import SkipAction
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen

from tui.drawn_lines import install as let_lines_go
from tui.fault import came_too_late, described, new_reference
from tui.no_colour import NoColour
from tui.seen import is_seen
from tui.shared_rules import SharedStylesheet
from tui.shown import shown_plain
from tui.told_sizes import install as tell_sizes
from tui.widgets.field import Field

T = TypeVar("T")

# Textual paints the whole screen when the focus moves, 4.5 KB for a Tab; the widgets that gain and lose it paint
# themselves.
Screen.focused._repaint = False
tell_sizes()
let_lines_go()

FAULT = 70
"""The exit code after an error that nobody expected (EX_SOFTWARE)."""

SECONDS_TO_SAY_GOODBYE = 1.5


class HardenedApp(App[T], inherit_bindings=False):
    """An app without palette, screenshots, text selection, links and tracebacks.

    Hosting sets `report_fault`, `unicode` and the driver; a subclass overrides `action_request_quit` and
    `end_session`.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    # Tab has priority because the app then moves the focus before it hands out the next key. Otherwise what is
    # typed quickly behind it still reaches the old field: a password in the e-mail's.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "request_quit", "Quit", show=False, priority=True),
        Binding("tab", "focus_next", "Next", show=False, priority=True),
        Binding("shift+tab", "focus_previous", "Previous", show=False, priority=True),
        Binding("enter", "go_on", "Next", show=False, priority=True),
        Binding("slash", "search", "Search", show=False, priority=True),
        Binding("ctrl+l", "redraw", "Draw anew", show=False, priority=True),
    ]

    def __init__(self, *, no_color: bool | None = None) -> None:
        super().__init__()
        self.report_fault: Callable[[str], None] = _forget
        """Takes the reference and the places of a fault: a line for the log."""
        self.unicode = True
        """Can the terminal show characters beyond ASCII?"""
        self.farewell: str | None = None
        """One sentence for the terminal after the console has left it."""
        self._leaving: asyncio.Task[None] | None = None
        if no_color is not None:
            self.no_color = no_color
        self.stylesheet = SharedStylesheet(variables=self.get_css_variables())
        self._choose_filters()

    # The terminal

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Leave it to a driver that knows what its terminal shows already to send what is new."""
        paint = getattr(self._driver, "paint", None)
        if paint is None or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
        elif self._running and not self._closed and not self._batch_count:
            paint(renderable, self.screen.outer_size.clamp_offset(self.cursor_position))

    def look_at_size(self) -> None:
        """Draw for the size that the window has now."""
        look = getattr(self._driver, "look_at_size", None)
        if look is not None:
            look()

    def action_redraw(self) -> None:
        """Ctrl+l: paint everything, whatever something else wrote over it."""
        redraw = getattr(self._driver, "redraw", None)
        if redraw is not None:
            redraw()

    # Leaving

    async def end_session(self) -> None:
        """Tell the database that the person is gone; called when the line broke, at most for a second or two."""

    def leave(self, return_code: int) -> None:
        """End the session, then the app. For hang-ups and signals; asks nobody."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(return_code))

    async def _leave(self, return_code: int) -> None:
        try:
            async with asyncio.timeout(SECONDS_TO_SAY_GOODBYE):
                await self.end_session()
        except Exception as error:  # noqa: BLE001 - whatever fails there, the process has to go
            self.report_fault(described(error))
        self.exit(return_code=return_code)

    def exit(self, result: T | None = None, return_code: int = 0, message: object = None) -> None:
        """Leave; `message` is the farewell. After a fault its exit code stays."""
        if message:
            self.farewell = shown_plain(str(message))
        super().exit(result, return_code if self._exception is None else FAULT)

    async def action_request_quit(self) -> None:
        """Ctrl+c: leave."""
        self.exit()

    async def action_go_on(self) -> None:
        """Enter in a field that leads elsewhere: go there, before the next key is handed out."""
        if not (isinstance(self.focused, Field) and await self.focused.go_on()):
            raise SkipAction

    # Faults

    def take_fault(self, error: Exception) -> None:
        """Take an error that nobody expected: a line for the log, a reference for the person, another exit code."""
        reference = new_reference()
        self.report_fault(f"{reference} {described(error)}")
        self._return_code = FAULT
        if self._exception is None:
            self.farewell = f"Something went wrong. Reference: {reference}"
            self._exception = error
            self._exception_event.set()

    def _handle_exception(self, error: Exception) -> None:
        if came_too_late(error):
            if not self._exit:  # a console that ends while it begins is nothing to tell of
                self.report_fault(described(error))
            return
        self.take_fault(error)
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """What Textual would print is not printed."""
        self._handle_exception(RuntimeError("panic"))

    def _fatal_error(self) -> None:
        self._handle_exception(RuntimeError("fatal error"))

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def action_search(self) -> None:
        """Slash outside fields: to the search of the list that is worked with, before the next key is handed out."""
        if isinstance(self.focused, Field):
            raise SkipAction
        around = self.focused.ancestors if self.focused else [self.screen]
        for node in around:
            for field in node.query(".search-field").results(Field):
                if is_seen(field):
                    self.screen.set_focus(field)
                    return
        raise SkipAction

    # Text

    def notify(self, message: str, *, title: str = "", **options: Any) -> None:
        """Show a notice; nothing in it is markup."""
        super().notify(shown_plain(message), title=shown_plain(title), **(options | {"markup": False}))

    def validate_title(self, title: object) -> str:
        """A title is shown like every other text."""
        return shown_plain(str(title))

    def validate_sub_title(self, sub_title: object) -> str:
        """A title is shown like every other text."""
        return shown_plain(str(sub_title))

    # NO_COLOR

    def _choose_filters(self) -> None:
        coloured: list[LineFilter] = [each for each in self._filters if isinstance(each, ANSIToTruecolor)]
        self._filters = [NoColour(dark=self.current_theme.dark)] if self.no_color else coloured

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        self._choose_filters()

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables; under NO_COLOR cursors and scroll bars are bright, which becomes reverse video."""
        variables = super().get_css_variables()
        if self.no_color:
            bright, ground = variables["foreground"], variables["background"]
            for name in ("block-cursor", "block-cursor-blurred", "input-cursor", "input-selection"):
                variables |= {f"{name}-background": bright, f"{name}-foreground": ground}
            variables |= dict.fromkeys(("scrollbar", "scrollbar-hover", "scrollbar-active"), bright)
        return variables

    # What is gone

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None: there is no palette."""
        return ()

    def copy_to_clipboard(self, text: str) -> None:
        """Keep it for this console's own fields; the terminal's clipboard (OSC 52) belongs to the far end."""
        self._clipboard = text

    def forget_clipboard(self) -> None:
        """Keep nothing for the next person."""
        self._clipboard = ""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Nothing: on a bastion there is no browser, and a link may be anybody's."""

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Nothing: a picture of the screen would be a file with secrets."""

    def save_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str:
        """Nothing: a picture of the screen would be a file with secrets."""
        return ""

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> None:
        """Nothing: a picture of the screen would be a file with secrets."""

    def action_suspend_process(self) -> None:
        """Nothing: a stopped console would keep a session open behind a shell."""

    def _set_pointer_shape(self, shape: str) -> None:
        """Nothing: Textual would write a sequence for each field the mouse passes."""


def _forget(_fault: str) -> None:
    """Where nobody set a log, faults are told to nobody."""
