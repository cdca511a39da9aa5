"""Textual's driver for a console on a terminal: no threads, no signals, nothing of the process it runs in.

The same one serves a console in its own process and the many of a host. Textual's own (`LinuxDriver`) takes all three,
hung, died and lied, and writes each frame whole.
"""

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from textual import events, messages
from textual._compositor import CompositorUpdate
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from tui.hosting.painter import Painter
from tui.hosting.pastes import Pastes
from tui.hosting.terminal import Terminal
from tui.hosting.turns import Allowance, Turns

if TYPE_CHECKING:
    from textual.app import App

_AT_EACH_ESCAPE = re.compile("(?=\x1b)")

TICK = 0.1
"""Seconds after which keys that may be the beginning of a sequence are looked at again."""

SIZES_A_SECOND, SIZES_AT_ONCE = 0.5, 8.0
"""Sizes that each console of a worker may bring: to draw the largest takes a tenth of a second of all of them."""

_BEGIN = (
    "\x1b[?1049h\x1b[?25l"  # alternate screen, no cursor
    "\x1b[?1002h\x1b[?1006h"  # mouse: buttons and dragging; each mere movement would be bytes for nothing
    "\x1b[?1004h\x1b[?2004h"  # focus, pastes in brackets
    "\x1b[>25u"  # kitty's keyboard protocol: unambiguous, all keys, their text
    "\x1b[?7l"  # no wrapping
    "\x1b[?2026$p"  # does it show a frame at once?
)
_END = "\x1b[?2004l\x1b[?7h\x1b[?1002l\x1b[?1006l\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
_FRAME, _FRAME_OVER = "\x1b[?2026h", "\x1b[?2026l"
_SMALL = 200
"""Characters of a frame that no terminal shows in parts."""


class Keys(XTermParser):
    """Textual's parser, without the cache that keeps what was typed, and whole apps, for the life of the process."""

    def _parse_extended_key(self, sequence: str) -> list[events.Key] | None:  # type: ignore[override]
        parsed: list[events.Key] | None = XTermParser._parse_extended_key.__wrapped__(self, sequence)
        return parsed

    @property
    def waits(self) -> bool:
        """Whether a key may be the beginning of something longer, and only time will tell."""
        return self._timeout_time is not None


class TerminalDriver(Driver):
    """Shows an app on a terminal, and gives it the terminal's keys."""

    def __init__(
        self,
        app: "App[Any]",
        *,
        terminal: Terminal,
        turns: Turns | None = None,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size or terminal.size())
        self.terminal = terminal
        self._turns = turns
        self._allowance = Allowance()
        self._held: deque[Message] = deque()
        self._sizes = Allowance(a_second=SIZES_A_SECOND, at_once=SIZES_AT_ONCE)
        self._looks_again: asyncio.TimerHandle | None = None
        self._says_nothing = False
        self._pastes = Pastes()
        self._keys = Keys()
        self._tick: asyncio.TimerHandle | None = None
        self._is_due = self._is_over = False
        self._shows_nothing = True
        self._shows_frames_at_once = False
        self._painter = _painter_for(terminal)

    # Showing

    def paint(self, update: CompositorUpdate, cursor: tuple[int, int]) -> None:
        """Have this shown as soon as the line is free; what comes meanwhile is shown in one frame with it."""
        self._painter.take(update, cursor)
        if self._shows_nothing:  # whoever waits for the first picture need not wait for what comes behind it
            self._show()
        elif not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._show)

    def _show(self) -> None:
        self._is_due = False
        if self.terminal.is_free and (frame := self._painter.frame()):
            if self._shows_frames_at_once and len(frame) > _SMALL:
                frame = f"{_FRAME}{frame}{_FRAME_OVER}"
            self.terminal.write(frame)
            self._shows_nothing = False

    def write(self, data: str) -> None:
        """Write what is no frame: a bell, and what Textual thinks of."""
        self.terminal.write(data)

    def redraw(self) -> None:
        """Paint everything: something else has written on the terminal."""
        self._painter.forget()
        self._show()

    # Typing

    def _take(self, text: str) -> None:
        """Hand on what was pasted and what was typed; no text means that nothing came for a tick."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        for part in self._pastes.apart(text):
            if isinstance(part, str):
                self._take_typed(part)
            else:
                self.process_message(part)
        if self._keys.waits or self._pastes.wait:
            self._tick = self._loop.call_later(TICK, self._take, "")
        if (self._says_nothing or self._pastes.is_full) and self._turns is not None:
            self._says_nothing = False
            self._wait_for_turn(self._turns)

    def _take_typed(self, text: str) -> None:
        """Hand on what the parser makes of the text; a sequence on which it breaks is dropped, with the parser."""
        for piece in _AT_EACH_ESCAPE.split(text):
            try:
                # No text would be the end of the file for the parser, for good.
                messages = list(self._keys.feed(piece) if piece else self._keys.tick())
                if piece and not messages and not self._allowance.take():
                    self._says_nothing = True  # it is read all the same, which others wait for
                for message in messages:
                    self.process_message(message)
            except (ValueError, ArithmeticError, IndexError, RuntimeError, StopIteration):
                self._keys = Keys()

    def process_message(self, message: Message) -> None:
        """Hand a message on; what a terminal says of its size is not believed, the kernel knows it."""
        if isinstance(message, events.Resize | messages.InBandWindowResize):
            return
        if isinstance(message, messages.TerminalSupportsSynchronizedOutput):
            self._shows_frames_at_once = True
            return
        if self._turns is None or (not self._held and self._allowance.take()):
            super().process_message(message)
            return
        if not self._held:
            self._wait_for_turn(self._turns)
        self._held.append(message)

    def _wait_for_turn(self, turns: Turns) -> None:
        if not self._held and not self._is_over:
            self.terminal.stop_listening()  # what else he types waits with him, in the kernel
            turns.wait(self)

    def hand_on(self) -> bool:
        """Hand on the next key that waits for its turn; whether there are more."""
        if self._held:
            super().process_message(self._held.popleft())
        if not self._held and not self._is_over:
            self.terminal.listen(self._take)
        return bool(self._held)

    def send_message(self, message: Message) -> None:
        """Textual would make a task for each key, as it comes from a thread there."""
        self._app.post_message(message)

    # Size

    def look_at_size(self) -> None:
        """Draw anew if the window has another size now; in a while, if it had many of late."""
        if self._looks_again is not None:
            return
        if self._turns is not None and not self._sizes.take():
            self._looks_again = self._loop.call_later(1 / SIZES_A_SECOND, self._look_again)
            return
        self._look()

    def _look_again(self) -> None:
        self._looks_again = None
        self.look_at_size()

    def _look(self) -> None:
        size = Size(*self.terminal.size())
        if self._size != tuple(size):
            self._size = (size.width, size.height)
            self._painter.resize(*size)
            self.send_message(events.Resize(size, size))

    # Beginning and end

    def move_to(self, terminal: Terminal) -> None:
        """Show on a terminal what was painted for one that is nowhere."""
        before, self.terminal = self.terminal, terminal
        self.start_application_mode()
        if before.abilities == terminal.abilities:
            self._loop.call_soon(self._show)
        else:  # other colours: nothing of what was painted is of use
            self._painter = _painter_for(terminal)
            self._app.call_later(self._app.refresh)

    async def drain(self, seconds: float) -> None:
        """Wait until the terminal has taken everything, so long at most."""
        await self.terminal.drain(seconds)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.terminal.write(_BEGIN)
        self.terminal.on_free = self._show
        self.terminal.listen(self._take)
        self.look_at_size()

    def disable_input(self) -> None:
        """Take no more keys."""
        self._is_over = True
        self._held.clear()
        self.terminal.stop_listening()
        for timer in (self._tick, self._looks_again):
            if timer is not None:
                timer.cancel()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was; what stood ready to be shown is not."""
        self.disable_input()
        self.terminal.on_free = _nothing
        self.terminal.write(_END)

    def open_url(self, url: str, new_tab: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Nothing: the browser would be the host's."""

    def deliver_binary(self, *_: Any, **__: Any) -> None:
        """Nothing: the file would be the host's."""


def _painter_for(terminal: Terminal) -> Painter:
    can = terminal.abilities
    # Under NO_COLOR too: the app has taken its colours away before, but for the QR code's black and white.
    painter = Painter(colours=can.colours, utf8=can.utf8, erases_in_colour=can.erases_in_colour)
    painter.resize(*terminal.size())
    return painter


def driver_on(terminal: Terminal, turns: Turns | None = None) -> type[Driver]:
    """What makes the driver of an app that is to be shown on this terminal, one of many that take turns or alone."""

    def made(app: "App[Any]", **options: Any) -> TerminalDriver:
        return TerminalDriver(app, terminal=terminal, turns=turns, **options)

    return cast("type[Driver]", made)  # Textual only calls it


def _nothing() -> None:
    """After the end nobody draws."""
