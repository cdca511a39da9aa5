"""Textual's driver for one console on the terminal of its own process, without what hung, died or lied in it."""

import os
import re
import selectors
import signal
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from tui.hosting.environment import speaks_utf8
from tui.hosting.line import Line
from tui.hosting.pastes import Pastes

if TYPE_CHECKING:
    import io

    from textual.app import App

_AT_EACH_ESCAPE = re.compile("(?=\x1b)")

WIDEST, HIGHEST = 500, 200
NARROWEST, LOWEST = 20, 5
"""The largest and the smallest window that is drawn, in cells."""

MOUSE_PIXELS_OFF = "\x1b[?1016l"


class OwnProcessDriver(LinuxDriver):
    """Reads standard input, writes standard output."""

    def __init__(
        self, app: "App[Any]", *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._pastes = Pastes()
        self._file = cast("io.TextIOWrapper", Line(1, "utf-8" if speaks_utf8(os.environ) else "ascii"))

    def _sigcont_application(self, *_: object) -> None:
        """Nothing. Textual takes SIGCONT for the end of a suspension and begins the application mode anew; but the
        kernel sends one behind each SIGHUP, and a console that was just starting then hung for ever.
        """

    def _sigtstp_application(self, *_: object) -> None:
        """Nothing: a stopped console would keep a session open behind a shell."""

    @property
    def can_suspend(self) -> bool:
        """Never: a stopped console would keep a session open behind a shell."""
        return False

    def start_application_mode(self) -> None:
        """Take the terminal; if there is none any more, hang up."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is None:
            _hang_up()

    def write(self, data: str) -> None:
        """Write, unless the line broke before there was a writer."""
        if self._writer_thread is not None:
            super().write(data)

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        if self._mouse_pixels:
            self.write(MOUSE_PIXELS_OFF)
        super().stop_application_mode()

    def _get_terminal_size(self) -> tuple[int, int]:
        return clamped(*super()._get_terminal_size())

    def process_message(self, message: Message) -> None:
        """Hand a message on; a window of an unlikely size is drawn at the largest, one of no size not."""
        if isinstance(message, events.Resize):
            if not message.size:
                return
            size = Size(*clamped(*message.size))
            message = events.Resize(size, size, pixel_size=message.pixel_size)
        super().process_message(message)

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the fault log wants this one, not what Textual makes of it
            self._app.call_later(self._handle, error)

    def _handle(self, error: Exception) -> None:
        self._app._handle_exception(error)

    def run_input_thread(self) -> None:
        """Read keys until the console ends; bad UTF-8 becomes U+FFFD, the end of the file is a hang-up."""
        decoder = getincrementaldecoder("utf-8")("replace")
        parser = XTermParser(self._debug)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                received = self._received() if selector.select(0.1) else None
                if received == b"":
                    _hang_up()
                    return
                parser = self._feed(parser, decoder.decode(received or b""))

    def _received(self) -> bytes | None:
        """What came, None if nothing did after all, no bytes if the line is gone."""
        try:
            return os.read(self.fileno, 4096)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _feed(self, parser: XTermParser, text: str) -> XTermParser:
        """Hand on what was pasted and what was typed."""
        for part in self._pastes.apart(text):
            if isinstance(part, str):
                parser = self._feed_typed(parser, part)
            else:
                self.process_message(part)
        return parser

    def _feed_typed(self, parser: XTermParser, text: str) -> XTermParser:
        """Hand on what the parser makes of the text; a sequence on which it breaks is dropped, with the parser."""
        for piece in _AT_EACH_ESCAPE.split(text):
            try:
                for message in parser.feed(piece) if piece else parser.tick():
                    self.process_message(message)
            except (ValueError, ArithmeticError, IndexError, RuntimeError, StopIteration):
                parser = XTermParser(self._debug)
        return parser


def clamped(width: int, height: int) -> tuple[int, int]:
    """A size that can be laid out without hurting anybody: each cell costs memory, and the far end names the size."""
    return min(max(width, NARROWEST), WIDEST), min(max(height, LOWEST), HIGHEST)


def _hang_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)
