"""A real terminal for a real command: a pty with a screen that tests read and keys that they press."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from core.config import SYSTEM_FILE
from tests.e2e.emulator import Emulator, Stream
from tests.e2e.picture import DARK, Cell, Image, Palette, cells_to_image, decode_codes, seen

T = TypeVar("T")

ENTER, TAB, SHIFT_TAB, ESC, SPACE, BACKSPACE = "\r", "\t", "\x1b[Z", "\x1b", " ", "\x7f"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, PAGE_UP, PAGE_DOWN, DELETE = "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[3~"
CTRL_A, CTRL_C, CTRL_D, CTRL_Q, CTRL_S, CTRL_U, CTRL_X, CTRL_Z = "\x01\x03\x04\x11\x13\x15\x18\x1a"
F1 = "\x1bOP"

# The shell opens the pty anew as leader of its session, which makes it the controlling terminal.
_TAKE_TERMINAL = 'exec "$@" <"$0"'


class Terminal:
    """One command on one pty of its own, in a session of its own."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        palette: Palette = DARK,
    ) -> None:
        self.raw = bytearray()
        """Every byte that the command has written."""
        self._palette = palette
        self._emulator = Emulator(columns, rows)
        self._stream = Stream(self._emulator)
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.set_size(columns, rows)
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _TAKE_TERMINAL, os.ttyname(self._slave), *map(str, argv)],
            stdin=subprocess.DEVNULL,
            stdout=self._slave,
            stderr=self._slave,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Keys

    def send(self, keys: str | bytes) -> None:
        """Press keys, reading on meanwhile, so that a full pty stops nobody."""
        rest = keys.encode("utf-8", "surrogateescape") if isinstance(keys, str) else keys
        deadline = time.monotonic() + 20
        while rest:
            readable, writable, _ = select.select([self._master], [self._master], [], 1)
            if readable:
                self._read()
            if writable:
                rest = rest[os.write(self._master, rest[:1024]) :]
            if time.monotonic() > deadline:
                raise TimeoutError(f"The command does not read its keys.\n{self}")

    def type(self, text: str) -> None:
        """Type text; the same as `send`, for reading's sake."""
        self.send(text)

    def paste(self, text: str | bytes) -> None:
        """Paste as terminals do: between the marks of a bracketed paste."""
        content = text.encode() if isinstance(text, str) else text
        self.send(b"\x1b[200~" + content + b"\x1b[201~")

    # The screen

    def text(self) -> list[str]:
        """The lines of the screen."""
        return ["".join(char.data for char in self._emulator.row(y)) for y in range(self._emulator.lines)]

    def cells(self) -> list[list[Cell]]:
        """The cells of the screen with the colours that a person sees."""
        return [[seen(char, self._palette) for char in self._emulator.row(y)] for y in range(self._emulator.lines)]

    def image(self) -> Image:
        """The screen as pixels."""
        return cells_to_image(self.cells())

    def picture(self, path: Path) -> None:
        """Write the screen to a PNG file."""
        self.image().write_png(path)

    def decode_qr(self) -> list[str]:
        """The texts of the QR codes on the screen, read from its pixels."""
        return decode_codes(self.image())

    @property
    def in_alternate_screen(self) -> bool:
        """Is a full-screen program showing?"""
        return self._emulator.in_alternate_screen

    @property
    def cursor_hidden(self) -> bool:
        """Is the terminal's own cursor hidden?"""
        return bool(self._emulator.cursor.hidden)

    def modes(self) -> list[Any]:
        """The settings of the line (termios), echo and so on."""
        return termios.tcgetattr(self._slave)

    def __str__(self) -> str:
        edge = "─" * self._emulator.columns
        lines = "\n".join(f"│{line}│" for line in self.text())
        return f"╭{edge}╮\n{lines}\n╰{edge}╯"

    # Waiting

    def wait_for(self, wanted: str | Callable[["Terminal"], T], timeout: float = 20) -> T:
        """Read until the screen has a text, or until a question about this terminal gets a true answer.

        Raises:
            AssertionError: with the screen, when the time is over or the command has ended.
        """
        deadline = time.monotonic() + timeout
        while True:
            ended = self.process.poll()
            self._read_what_is_there()
            answer: Any = self._find(wanted) if isinstance(wanted, str) else wanted(self)
            if answer:
                return answer  # type: ignore[no-any-return]
            if ended is not None:
                raise AssertionError(f"The command ended with {ended} before {wanted!r} came.\n{self}")
            if time.monotonic() > deadline:
                raise AssertionError(f"Waited {timeout} s for {wanted!r}.\n{self}")
            select.select([self._master], [], [], 0.05)

    def wait_until(self, moment: float) -> None:
        """Read until a moment of `time.monotonic`: to do something at any point of a start."""
        while (left := moment - time.monotonic()) > 0:
            select.select([self._master], [], [], left)
            self._read()

    def wait_exit(self, timeout: float = 20) -> int:
        """Read until the command has ended; its exit code, or minus the signal that killed it.

        Raises:
            AssertionError: with the screen, when the time is over.
        """
        deadline = time.monotonic() + timeout
        while (code := self.process.poll()) is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"Still running after {timeout} s.\n{self}")
            if self._master < 0:
                self._wait_without_terminal(deadline)
            else:
                select.select([self._master], [], [], 0.01)
                self._read()
        self._read_what_is_there()
        return code

    # The person's end

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        self._emulator.resize(rows, columns)
        self.set_size(columns, rows)

    def hang_up(self) -> None:
        """Break the line, as a closed laptop does: the kernel sends SIGHUP, reading gives an end of file."""
        for end in (self._master, self._slave):
            if end >= 0:
                os.close(end)
        self._master = self._slave = -1

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command alone."""
        self.process.send_signal(number)

    def close(self) -> None:
        """Break the line and end whatever still runs in the session."""
        self.hang_up()
        if self.process.poll() is None:
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    # Privates

    def _find(self, wanted: str) -> str | None:
        return next((line for line in self.text() if wanted in line), None)

    def _read(self) -> bool:
        try:
            received = os.read(self._master, 65536)
        except (BlockingIOError, OSError):
            return False
        self.raw += received
        self._stream.feed(received)
        return bool(received)

    def _read_what_is_there(self) -> None:
        if self._master < 0:
            return
        enough = time.monotonic() + 0.5
        while self._read() and time.monotonic() < enough:
            select.select([self._master], [], [], 0.003)

    def _wait_without_terminal(self, deadline: float) -> None:
        try:
            self.process.wait(timeout=max(0.01, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return

    def set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def private_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment in which a command finds nothing of the machine's and leaves everything under `home`."""
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": home / "run",
        "TMPDIR": home / "tmp",
    }
    for folder in folders.values():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {name: str(folder) for name, folder in folders.items()}
    environment |= {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "BARTIZAN_SOCKET": str(home / "no-host.sock"),  # not the host of this machine
    }
    if SYSTEM_FILE.exists():  # of a real installation here, which no test may open
        unset = home / "no-settings.toml"
        unset.touch()
        environment["BARTIZAN_CONFIG"] = str(unset)
    return environment | more


def start_console(
    home: Path, *arguments: str, columns: int = 80, rows: int = 24, palette: Palette = DARK, **more: str
) -> Terminal:
    """The installed `bartizan` on a fresh pty, with an environment private to `home`."""
    command = Path(sys.executable).with_name("bartizan")
    env = private_environment(home, **more)
    return Terminal([command, *arguments], columns=columns, rows=rows, env=env, cwd=home, palette=palette)
