"""The terminal of the tests is itself seen to work."""

import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import CTRL_C, ENTER, Terminal, private_environment

SHOWS = "import sys; sys.stdout.write({!r}); sys.stdout.flush(); input()"


def start(home: Path, program: str) -> Terminal:
    return Terminal([sys.executable, "-c", program], env=private_environment(home))


def test_it_shows_text_and_takes_keys(tmp_path: Path) -> None:
    with start(tmp_path, "print('name? ' + input('who? '))") as terminal:
        terminal.wait_for("who?")
        terminal.type("名前 é" + ENTER)

        assert terminal.wait_exit() == 0
        assert "name? 名前 é" in terminal.text()[1]


def test_unknown_sequences_leave_no_text_behind(tmp_path: Path) -> None:
    with start(tmp_path, SHOWS.format("\x1b[>25u\x1b[<u\x1b[?2026$p\x1bPq#0\x1b\\a\u200bb\x1b[3b.")) as terminal:
        terminal.wait_for("abbbb.")

        assert terminal.text()[0].strip() == "abbbb."


def test_colours_are_told_as_they_are_seen(tmp_path: Path) -> None:
    with start(tmp_path, SHOWS.format("\x1b[7;31mr\x1b[0;38;2;1;2;3;48;5;15mt\x1b[0md")) as terminal:
        terminal.wait_for("rtd")
        red, true, default = terminal.cells()[0][:3]

        assert (red.background, red.reverse) == ((0xCD, 0, 0), True)
        assert (true.foreground, true.background) == ((1, 2, 3), (255, 255, 255))
        assert not default.colours_named


def test_the_alternate_screen_gives_the_first_one_back(tmp_path: Path) -> None:
    with start(tmp_path, SHOWS.format("before\x1b[?1049h\x1b[Hfull\x1b[?1049lafter")) as terminal:
        terminal.wait_for("beforeafter")

        assert "full" not in str(terminal)


def test_ctrl_c_and_hanging_up_reach_the_command_as_signals(tmp_path: Path) -> None:
    with start(tmp_path, SHOWS.format("ready")) as interrupted:
        interrupted.wait_for("ready")
        interrupted.send(CTRL_C)
        assert interrupted.wait_exit() != 0

    with start(tmp_path, SHOWS.format("ready")) as hung_up:
        hung_up.wait_for("ready")
        hung_up.hang_up()
        assert hung_up.wait_exit() == -signal.SIGHUP


def test_a_wait_in_vain_shows_the_screen(tmp_path: Path) -> None:
    with (
        start(tmp_path, SHOWS.format("something else")) as terminal,
        pytest.raises(AssertionError, match="something"),
    ):
        terminal.wait_for("what never comes", timeout=0.5)
