"""`bartizan attach`: whatever becomes of the host, of the line, or of itself, the terminal is given back."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.hosted import BARTIZAN
from tests.e2e.terminal import Terminal, private_environment
from tests.tui.played_host import Line, PlayedHost, played_host
from tui.hosting import handover
from tui.hosting.attach import CANNOT, WENT_AWAY
from tui.hosting.callers import peer_of

GONE = "The console host went away; your session has ended. Start again in a minute."

# Mouse, focus, paste, alternate screen: off. Cursor and wrapping: on.
MODES_AFTERWARDS = {1002: "l", 1006: "l", 1004: "l", 2004: "l", 1049: "l", 25: "h", 7: "h"}

BEFORE = {
    "nothing": (),
    "nohup": ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"),
}


@contextmanager
def attached(
    directory: Path, before: tuple[str, ...] = (), /, **environment: str
) -> Iterator[tuple[PlayedHost, Line, Terminal]]:
    """A host, and a client of it whose console is open."""
    with played_host(directory) as host:
        env = private_environment(directory, BARTIZAN_SOCKET=str(host.path), **environment)
        with Terminal([*before, BARTIZAN, "attach"], env=env) as terminal:
            line = host.answer()
            line.say(handover.OPENED)
            assert line.hear()["what"] == handover.RESIZED  # it may have changed since the host looked
            yield host, line, terminal


def assert_given_back(terminal: Terminal) -> None:
    last = dict(re.findall(r"\x1b\[\?(\d+)([hl])", terminal.raw.decode()))

    assert {mode: last.get(str(mode)) for mode in MODES_AFTERWARDS} == MODES_AFTERWARDS
    assert not terminal.in_alternate_screen
    assert not terminal.cursor_hidden


def test_where_the_host_dies_the_terminal_is_given_back_at_once_and_it_is_said(tmp_path: Path) -> None:
    with attached(tmp_path) as (_, line, terminal):
        os.write(line.terminal, b"\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?2004hdrawn")
        terminal.wait_for("drawn")

        died = time.monotonic()
        line.die()

        assert terminal.wait_exit(5) == WENT_AWAY
        assert time.monotonic() - died < 1
        assert_given_back(terminal)
        assert terminal.text()[0].startswith(GONE)


def test_where_the_host_dies_the_lines_settings_are_as_before_and_nothing_that_was_typed_reaches_the_shell(
    tmp_path: Path,
) -> None:
    """A password that was typed at the host's last moment would else be a command of the shell's."""
    shell = f'stty -a > before; "{BARTIZAN}" attach; stty -a > after; IFS= read -r line; echo "read <$line>"'
    with played_host(tmp_path) as host:
        env = private_environment(tmp_path, BARTIZAN_SOCKET=str(host.path))
        with Terminal(["/bin/sh", "-c", shell], env=env, cwd=tmp_path) as terminal:
            line = host.answer()
            line.say(handover.OPENED)
            line.hear()
            terminal.type("Canary-5up3r$ecret\r")
            line.die()
            terminal.wait_for("The console host went away")
            terminal.wait_for(lambda _: (tmp_path / "after").exists() and (tmp_path / "after").read_text())

            terminal.type("mine\r")

            terminal.wait_for("read <mine>")
            assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


def test_the_hosts_last_word_is_the_exit_code_and_one_sentence(tmp_path: Path) -> None:
    with attached(tmp_path) as (_, line, terminal):
        line.say(handover.ENDED, code="70", sentence="Something went wrong. Reference: 1234ABCD")

        assert terminal.wait_exit() == 70
        assert [row.strip() for row in terminal.text() if row.strip()] == ["Something went wrong. Reference: 1234ABCD"]


def test_a_refusal_is_said_and_the_lines_settings_are_as_before(tmp_path: Path) -> None:
    with played_host(tmp_path) as host:
        env = private_environment(tmp_path, BARTIZAN_SOCKET=str(host.path))
        with Terminal([BARTIZAN, "attach"], env=env) as terminal:
            modes = terminal.modes()
            host.answer().say(handover.REFUSED, sentence="All 500 consoles of this host are in use.")

            assert terminal.wait_exit() == CANNOT
            assert terminal.modes() == modes
            assert terminal.text()[0].startswith("All 500 consoles of this host are in use.")


def test_a_host_that_speaks_another_language_is_one_that_is_gone(tmp_path: Path) -> None:
    with attached(tmp_path) as (_, line, terminal):
        line.connection.send(b"\xff\xfe")

        assert terminal.wait_exit() == WENT_AWAY
        assert_given_back(terminal)
        assert "Traceback" not in str(terminal)


# What the host is told


def test_the_host_is_told_of_the_terminal_and_of_nothing_else_in_the_environment(tmp_path: Path) -> None:
    auth = tmp_path / "auth"
    auth.write_text("publickey ssh-ed25519 AAAA\n")
    told = {
        "TERM": "xterm-kitty",
        "COLORTERM": "24bit",
        "NO_COLOR": "",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C",
        "LC_CTYPE": "x" * 5_000,
        "SSH_CONNECTION": "192.0.2.7 1 192.0.2.8 22",
    }
    others = {"BARTIZAN_DATABASE_URL": "postgresql://user:secret@db/x", "SSH_AUTH_SOCK": "/x", "USER": "root"}
    with attached(tmp_path, **told, **others, SSH_USER_AUTH=str(auth)) as (_, line, terminal):
        expected = {**told, "LC_CTYPE": "x" * 1_000, "SSH_USER_AUTH": auth.read_text()}

        assert line.hello == {**expected, "what": handover.HELLO}
        assert os.ttyname(line.terminal) == os.ttyname(terminal._slave)


def test_how_the_host_uses_the_terminal_changes_nobody_elses_descriptor(tmp_path: Path) -> None:
    with attached(tmp_path) as (_, line, terminal):
        os.set_blocking(line.terminal, False)

        assert os.get_blocking(terminal._slave)


def test_a_file_of_sshd_that_is_not_there_or_too_long_keeps_nobody_out(tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_text("x" * 100_000)
    with attached(tmp_path, SSH_USER_AUTH=str(tmp_path / "missing")) as (_, line, _):
        assert line.hello["SSH_USER_AUTH"] == ""
    (tmp_path / "console.sock").unlink()
    with attached(tmp_path, SSH_USER_AUTH=str(long)) as (_, line, _):
        assert len(line.hello["SSH_USER_AUTH"]) == 32 * 1024


def test_each_change_of_the_windows_size_is_told(tmp_path: Path) -> None:
    with attached(tmp_path) as (_, line, terminal):
        for columns in (100, 90, 132):
            terminal.resize(columns, 30)

            assert line.hear() == {"what": handover.RESIZED}
            assert os.get_terminal_size(line.terminal) == (columns, 30)


# Signals


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back_and_hangs_up_on_the_host(
    tmp_path: Path, number: signal.Signals, before: str
) -> None:
    with attached(tmp_path, BEFORE[before]) as (_, line, terminal):
        terminal.signal(number)

        assert terminal.wait_exit(5) == 128 + number
        assert_given_back(terminal)
        assert line.is_closed()
        assert "Traceback" not in str(terminal)


def test_signals_that_come_together_are_one_and_no_traceback(tmp_path: Path) -> None:
    """sshd and the kernel both tell of a broken line; the second came while the terminal was given back."""
    with attached(tmp_path) as (_, line, terminal):
        terminal.signal(signal.SIGSTOP)
        terminal.wait_for(is_stopped)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            terminal.signal(number)
        terminal.signal(signal.SIGCONT)

        assert terminal.wait_exit(5) - 128 in {signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
        assert_given_back(terminal)
        assert line.is_closed()
        assert [row for row in terminal.text() if row.strip()] == []


def is_stopped(terminal: Terminal) -> bool:
    """Whether its process stands still."""
    return "State:\tT" in Path(f"/proc/{terminal.process.pid}/status").read_text()


@pytest.mark.parametrize("before", BEFORE)
def test_a_line_that_breaks_ends_it(tmp_path: Path, before: str) -> None:
    with attached(tmp_path, BEFORE[before]) as (_, line, terminal):
        terminal.hang_up()

        assert terminal.wait_exit(5) == 128 + signal.SIGHUP
        assert line.is_closed()


def test_it_is_not_stopped_in_a_shell_with_jobs(tmp_path: Path) -> None:
    """A client that stands still would keep its console open behind the shell."""
    with attached(tmp_path, ("/bin/sh", "-c", 'set -m; "$@"; exit $?', "sh")) as (_, line, terminal):
        os.kill(peer_of(line.connection).pid, signal.SIGTSTP)
        terminal.send("\x1a\x03\x1c")
        terminal.resize(100, 30)

        assert line.hear() == {"what": handover.RESIZED}
        line.say(handover.ENDED, code="0")
        assert terminal.wait_exit(5) == 0
