"""What is around one console in its own process, seen from a real terminal."""

import re
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import CTRL_C, CTRL_Z, TAB, Terminal, private_environment
from tests.tui.small_app import SECRET
from tests.tui.small_console import ARGV, small_console
from tui.hosting.environment import clean, speaks_utf8
from tui.hosting.own_process import NO_TERMINAL

FAIL, FAIL_IN_WORKER, HANG, TELL = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~"

# Mouse, focus, paste, alternate screen: off. Cursor and wrapping: on.
MODES_AFTERWARDS = {1002: "l", 1006: "l", 1004: "l", 2004: "l", 1049: "l", 25: "h", 7: "h"}


def assert_terminal_given_back(terminal: Terminal) -> None:
    last = dict(re.findall(r"\x1b\[\?(\d+)([hl])", terminal.raw.decode()))

    assert {mode: last.get(str(mode)) for mode in MODES_AFTERWARDS} == MODES_AFTERWARDS
    assert set(last) == {str(mode) for mode in MODES_AFTERWARDS}, "another mode is set: is it reset?"
    assert terminal.raw.count(b"\x1b[>") == terminal.raw.count(b"\x1b[<u")


def test_ctrl_c_leaves_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with small_console(tmp_path) as terminal:
        before = terminal.modes()
        terminal.wait_for("ready")
        terminal.send(CTRL_C)

        assert terminal.wait_exit() == 0
        assert terminal.modes() == before
        assert_terminal_given_back(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_the_session_and_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    with small_console(tmp_path) as terminal:
        before = terminal.modes()
        terminal.wait_for("ready")
        terminal.signal(number)

        assert terminal.wait_exit(5) == 128 + number
        assert (tmp_path / "session-ended").exists()
        assert terminal.modes() == before
        assert_terminal_given_back(terminal)


def test_a_console_that_hangs_is_ended_by_a_signal_all_the_same(tmp_path: Path) -> None:
    with small_console(tmp_path) as terminal:
        before = terminal.modes()
        terminal.wait_for("ready")
        terminal.send(HANG)
        terminal.wait_for(lambda _: (tmp_path / "hangs").exists())
        terminal.signal(signal.SIGTERM)

        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.modes() == before
        assert not terminal.in_alternate_screen


@pytest.mark.parametrize("before", [(), ("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh")], ids=["hup", "hup-ignored"])
def test_a_hang_up_leaves_no_process_whenever_it_comes(tmp_path: Path, before: tuple[str, ...]) -> None:
    """A disconnect during the start hung Textual in 1 to 65 % of the cases; an ignored SIGHUP burnt a core."""
    for attempt in range(50):
        with small_console(tmp_path, before) as terminal:
            hang_up_at = time.monotonic() + attempt * 0.012
            terminal.wait_until(hang_up_at)
            terminal.hang_up()

            terminal.wait_exit(10)

    assert not (tmp_path / "faults.log").exists(), (tmp_path / "faults.log").read_text()


def test_the_end_of_a_hung_up_session_is_told(tmp_path: Path) -> None:
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()

        assert terminal.wait_exit(5) == 128 + signal.SIGHUP
        assert (tmp_path / "session-ended").exists()


def test_the_console_is_not_suspended(tmp_path: Path) -> None:
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.send(CTRL_Z)
        terminal.signal(signal.SIGTSTP)
        terminal.signal(signal.SIGCONT)
        terminal.type("on")

        terminal.wait_for("has 2 characters")


@pytest.mark.parametrize("key", [FAIL, FAIL_IN_WORKER], ids=["handler", "worker"])
def test_a_fault_tells_a_reference_and_no_secret(tmp_path: Path, key: str) -> None:
    """Textual's own end of an app prints the local variables of the failed function, and exits with 0."""
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.send(key)

        assert terminal.wait_exit() == 70
        assert_terminal_given_back(terminal)
        [line] = [line.strip() for line in terminal.text() if line.strip()]
        log = tmp_path / "faults.log"
        told = log.read_text()
        assert re.fullmatch(r"Something went wrong. Reference: [0-9A-F]{8}", line)
        assert line[-8:] in told
        assert "builtins.ValueError" in told
        assert SECRET.encode() not in bytes(terminal.raw)
        assert SECRET not in told
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_what_is_typed_behind_a_tab_goes_into_the_next_field(tmp_path: Path) -> None:
    """Textual moves the focus after it has handed out the next keys: a password was shown in the field before."""
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.send("jane" + TAB + SECRET)
        terminal.wait_for("•" * len(SECRET))

        assert SECRET.encode() not in bytes(terminal.raw)


def test_variables_of_textual_and_python_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("open('evil-ran', 'w').close()\nDriver = None\n")
    hostile = {
        "TEXTUAL": "debug,devtools",
        "TEXTUAL_LOG": "textual.log",
        "TEXTUAL_DRIVER": "evil:Driver",
        "TEXTUAL_DEBUG": "1",
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_PRESS": "x,y",
        "TEXTUAL_ALLOW_SIGNALS": "1",
        "TEXTUAL_THEME": "no-such-theme",
        "COLUMNS": "20",
        "LINES": "5",
    }
    with small_console(tmp_path, **hostile) as terminal:
        terminal.wait_for("ready")
        terminal.send(TELL)
        terminal.wait_for("textual=none")
        terminal.send(CTRL_C)

        assert terminal.wait_exit() == 0
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["evil.py"]


def test_no_shell_of_python_follows(tmp_path: Path) -> None:
    with small_console(tmp_path, PYTHONINSPECT="1") as terminal:
        terminal.wait_for("Bartizan does not start")


def test_the_memory_is_in_no_core_file_and_in_no_other_process(tmp_path: Path) -> None:
    def told(terminal: Terminal) -> bool:
        terminal.send(TELL)
        return any("dumpable=0 cores=(0, 0)" in line for line in terminal.text())

    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.wait_for(told)


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_is_none_is_refused_in_a_sentence(tmp_path: Path, term: str) -> None:
    with small_console(tmp_path, TERM=term) as terminal:
        assert terminal.wait_exit() == NO_TERMINAL
        assert terminal.text()[0].startswith("Bartizan needs a full-screen terminal")
        assert b"\x1b" not in terminal.raw


def test_pipes_are_refused_in_a_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        ARGV, env=private_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, input="", check=False
    )

    assert ended.returncode == NO_TERMINAL
    assert ended.stdout == ""
    assert ended.stderr.startswith("Bartizan needs a terminal")
    assert ended.stderr.count("\n") == 1


def test_without_colour_no_colour_code_is_written_and_the_cursor_is_seen(tmp_path: Path) -> None:
    with small_console(tmp_path, NO_COLOR="1") as terminal:
        terminal.wait_for("ready")
        terminal.type("ab")
        terminal.wait_for("has 2 characters")
        codes = set(re.findall(rb"\x1b\[([0-9;]*)m", bytes(terminal.raw)))
        numbers = {int(number) for code in codes for number in code.split(b";") if number}

        assert numbers <= {0, 1, 2, 3, 4, 7, 9}
        assert not any(cell.colours_named for row in terminal.cells() for cell in row)
        assert [cell.reverse for cell in terminal.cells()[0][1:4]] == [False, False, True]


def test_in_ascii_the_screen_keeps_its_shape(tmp_path: Path) -> None:
    with small_console(tmp_path, LC_ALL="C") as terminal:
        terminal.wait_for("ready")

        assert terminal.raw.isascii()
        assert terminal.text()[0] == "|open".ljust(80)


@pytest.mark.parametrize(
    ("environ", "utf8"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "en_US.utf8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
    ],
)
def test_the_locale_says_whether_the_terminal_speaks_utf8(environ: dict[str, str], utf8: bool) -> None:  # noqa: FBT001
    assert speaks_utf8(environ) is utf8


def test_what_the_terminal_needs_stays_in_the_environment() -> None:
    environ = {"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1", "LANG": "C.UTF-8", "SSLKEYLOGFILE": "x"}

    clean(environ)

    assert set(environ) == {"TERM", "COLORTERM", "NO_COLOR", "LANG"}


@pytest.mark.parametrize("size", [(20_000, 20_000), (5_000, 5_000), (0, 0), (1, 1)])
@pytest.mark.parametrize("told_by", ["the kernel", "the terminal"])
def test_no_size_of_the_window_takes_the_hosts_memory(tmp_path: Path, size: tuple[int, int], told_by: str) -> None:
    """Attack: 24 bytes, before any login, named a window of 20,000 by 20,000 cells, and 3.5 GB went."""
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        if told_by == "the kernel":
            terminal.set_size(*size)
        else:
            terminal.send(f"\x1b[48;{size[1]};{size[0]};1;1t")
        terminal.set_size(80, 24)
        terminal.send("\x1b[48;24;80;1;1t" + "typed")

        terminal.wait_for("has 5 characters")
        assert peak_memory(terminal.process.pid) < 150


def peak_memory(pid: int) -> int:
    """The most that a process and those it became have held, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024  # type: ignore[index]


def test_what_breaks_the_parser_is_dropped_and_keys_go_on(tmp_path: Path) -> None:
    """Attack: three sequences divided by a window without pixels; the console ended, and the log did not say where."""
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.send("\x1b[?1016;1$y" + "\x1b[48;0;0;0;0t" + "\x1b[<0;3;1M" + "\x1b[I" + "typed")

        terminal.wait_for("has 5 characters")
