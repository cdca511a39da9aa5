"""Which console `bartizan` shows: the host's where one answers, else one of its own; and how little attaching needs."""

import json
import socket
import sys
from pathlib import Path

from tests.e2e.terminal import Terminal, private_environment, start_console
from tests.tui.played_host import played_host
from tui.hosting import handover

CANNOT = 69
ROOT = Path(__file__).parents[2]

# What attaching imports: told to a file, since standard output is the terminal.
_TELLING = """
import sys
sys.path.insert(0, sys.argv.pop(1))
file = sys.argv.pop(1)
from cli.main import main
code = main()
loaded = sorted(sys.modules)
import json
open(file, "w").write(json.dumps(loaded))
sys.exit(code)
"""


def shows_a_console(terminal: Terminal) -> bool:
    return terminal.in_alternate_screen


def test_alone_it_attaches_to_the_host_that_answers(tmp_path: Path) -> None:
    with played_host(tmp_path) as host, start_console(tmp_path, BARTIZAN_SOCKET=str(host.path)) as terminal:
        line = host.answer()
        line.say(handover.OPENED)
        line.say(handover.ENDED, code="7", sentence="See you.")

        assert terminal.wait_exit() == 7
        assert terminal.text()[0].startswith("See you.")


def test_alone_it_runs_the_console_itself_where_there_is_no_host(tmp_path: Path) -> None:
    with start_console(tmp_path, BARTIZAN_SOCKET=str(tmp_path / "console.sock")) as terminal:
        terminal.wait_for(shows_a_console)


def test_alone_it_runs_the_console_itself_where_a_host_has_left_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "console.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        left.bind(str(path))
    assert path.is_socket()

    with start_console(tmp_path, BARTIZAN_SOCKET=str(path)) as terminal:
        terminal.wait_for(shows_a_console)


def test_told_so_it_runs_the_console_itself_whatever_host_there_is(tmp_path: Path) -> None:
    with (
        played_host(tmp_path) as host,
        start_console(tmp_path, "--own-process", BARTIZAN_SOCKET=str(host.path)) as terminal,
    ):
        terminal.wait_for(shows_a_console)

        assert not host.was_asked()


def test_attach_says_that_no_host_answers_and_leaves_the_terminal_alone(tmp_path: Path) -> None:
    with start_console(tmp_path, "attach", BARTIZAN_SOCKET=str(tmp_path / "console.sock")) as terminal:
        modes = terminal.modes()

        assert terminal.wait_exit() == CANNOT

        assert terminal.modes() == modes
        assert terminal.text()[0].startswith("The console host does not answer. Try again in a minute")
        assert b"\x1b" not in terminal.raw


def test_attaching_imports_little_of_the_standard_library_and_nothing_else(tmp_path: Path) -> None:
    told = tmp_path / "modules.json"
    argv: list[str | Path] = [sys.executable, "-I", "-S", "-c", _TELLING, ROOT, told, "attach"]
    with played_host(tmp_path) as host:
        environment = private_environment(tmp_path, BARTIZAN_SOCKET=str(host.path))
        with Terminal(argv, env=environment) as terminal:
            line = host.answer()
            line.say(handover.OPENED)
            line.say(handover.ENDED, code="0")
            assert terminal.wait_exit() == 0

    modules = {name.partition(".")[0] for name in json.loads(told.read_text())}
    slow = {"asyncio", "json", "typing", "pathlib", "re", "argparse", "subprocess", "logging", "dataclasses"}
    assert modules <= sys.stdlib_module_names | {"__main__", "cli", "tui"}
    assert not modules & slow
