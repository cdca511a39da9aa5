"""The console host goes away, by kill -9 or a stop: every terminal is given back, and everybody is told what to do."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.installation import answers
from tests.e2e.journey import OLGA, Said, at_home, give_password
from tests.e2e.serving import Serving, serving
from tests.e2e.ssh_host import ssh_host
from tests.e2e.terminal import CTRL_C, Terminal

CANNOT, WENT_AWAY = 69, 75
RESTORED_WITHIN = 1.0


def parent_alone(consoles: Serving) -> list[int]:
    return [consoles.process.pid]


def all_at_once(consoles: Serving) -> list[int]:
    """What systemd does to the others of a service whose main process was killed."""
    return [consoles.process.pid, *consoles.workers()]


@pytest.mark.parametrize("killed", [parent_alone, all_at_once])
def test_after_kill_9_terminals_are_given_back_within_a_second_and_sessions_end(
    tmp_path: Path, killed: Callable[[Serving], list[int]]
) -> None:
    with ssh_host(tmp_path) as host:
        assert host.command("register", typed=answers(OLGA)).returncode == 0
        with serving(host.inside()) as consoles, host.console() as one, host.console() as other:
            modes = [terminal.modes() for terminal in (one, other)]
            give_password(one)
            at_home(one)
            other.wait_for(Said("Sign in"))
            victims = killed(consoles)

            begun = time.monotonic()
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            codes = [terminal.wait_exit(5) for terminal in (one, other)]

            assert time.monotonic() - begun < RESTORED_WITHIN
            assert [terminal.modes() for terminal in (one, other)] == modes
            for terminal in (one, other):
                assert_given_back(terminal, "The console host went away; your session has ended.")
            if killed is all_at_once:
                assert codes == [WENT_AWAY, WENT_AWAY]

        with serving(host.inside()), host.console() as again:
            host.ended_within(3)
            give_password(again)
            at_home(again)


def test_where_no_host_runs_attach_says_what_to_do_and_nothing_happens_to_the_terminal(tmp_path: Path) -> None:
    with ssh_host(tmp_path) as host, host.console() as terminal:
        modes = terminal.modes()

        assert terminal.wait_exit() == CANNOT

        assert terminal.modes() == modes
        assert_given_back(terminal, "The console host does not answer. Try again in a minute")


def test_a_stop_tells_the_consoles_and_waits_for_the_last_of_them(tmp_path: Path) -> None:
    with ssh_host(tmp_path) as host, serving(host.inside()) as consoles, host.console() as terminal:
        terminal.wait_for(Said("Bootstrap code"))

        consoles.process.terminate()

        terminal.wait_for(Said("This console host stops within 30 seconds."))
        assert consoles.process.poll() is None
        with host.console() as late:
            late.wait_for(lambda _: host.environment_seen().count("SSH_TTY=") == 2)
            terminal.send(CTRL_C)
            assert terminal.wait_exit() == 0
            assert consoles.process.wait(5) == 0
            assert late.wait_exit() == CANNOT
            assert_given_back(late, "The console host is stopping. Try again in a minute.")


def assert_given_back(terminal: Terminal, sentence: str) -> None:
    assert not terminal.in_alternate_screen
    assert not terminal.cursor_hidden
    assert Said(sentence)(terminal), terminal
