"""Other people who have an account on the console host's machine, and what the kernel does not let them do."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.as_user import UnixUser
from tests.e2e.installation import Installation
from tests.e2e.journey import at_home, give_password
from tests.e2e.programs import as_root
from tests.e2e.serving import Serving, serving
from tests.e2e.terminal import Terminal, private_environment

GROUP = 60_123
"""Who may use the socket; a number that no machine gives away."""

OPERATOR, COLLEAGUE = UnixUser("games", (GROUP,)), UnixUser("man", (GROUP,))
STRANGER = UnixUser("news")

ATTACH = """
try:
    line = attach.connected(sys.argv[1])
except PermissionError:
    sys.exit(attach.say(attach.MAY_NOT, 69))
sys.exit(attach.attach(line, os.environ) if line else 69)
"""


@dataclass(frozen=True)
class Machine:
    """A machine with a console host, whose data are root's."""

    installation: Installation
    consoles: Serving
    socket: Path

    def attach(self, user: UnixUser, program: str = ATTACH, **environment: str) -> Terminal:
        """`bartizan attach`, as this user runs it."""
        env = private_environment(self.installation.home, **environment)
        return Terminal(user.command(program, self.socket), env=env)

    def origin(self) -> dict[str, str]:
        """From where the audit says that the last sign-in came."""
        [*_, (told,)] = self.installation.rows("SELECT origin FROM audit_event WHERE act = 'sign in' ORDER BY number")
        return dict(json.loads(told))


@pytest.fixture
def machine(registered_once: Installation) -> Iterator[Machine]:
    """A running host in a place where everybody may look around."""
    as_root()
    with tempfile.TemporaryDirectory(prefix="bartizan-") as directory:
        place = Path(directory)
        place.chmod(0o755)
        installation = registered_once.copied_to(place / "home")
        for open_to_all in (installation.home, *(installation.home / ".local", installation.home / ".local/share")):
            open_to_all.chmod(0o755)
        run = place / "run"
        run.mkdir()
        os.chown(run, 0, GROUP)
        run.chmod(0o2755)  # the socket is to be the group's
        with _host(installation, run / "console.sock") as machine:
            yield machine


@contextmanager
def _host(installation: Installation, path: Path) -> Iterator[Machine]:
    environment = private_environment(installation.home, BARTIZAN_SOCKET=str(path), BARTIZAN_REGISTRATION="command")
    with serving(environment) as consoles:
        yield Machine(installation, consoles, path)


def test_whoever_is_not_in_the_group_is_refused_by_the_kernel(machine: Machine) -> None:
    connecting = """
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    line.connect(sys.argv[1])
except OSError as error:
    print(type(error).__name__)
"""
    assert STRANGER.told(connecting, machine.socket) == "PermissionError\n"
    assert OPERATOR.told(connecting, machine.socket) == ""

    with machine.attach(STRANGER) as terminal:
        assert terminal.wait_exit() == 69
        assert terminal.text()[0].startswith("You may not use the console host of this machine")


def test_whatever_he_claims_an_operator_attaches_as_himself(machine: Machine) -> None:
    """The environment is his, and so is what his program sends: neither makes him somebody else, or anywhere else."""
    auth = machine.installation.home / "auth"
    auth.write_text("publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHk5hzMqGVn4BKqOuaB5HFnUX9l3kPxnXyOBrBYYDDmN\n")
    auth.chmod(0o644)
    claims = {
        "USER": "root",
        "LOGNAME": "root",
        "SUDO_USER": "root",
        "SSH_CONNECTION": "192.0.2.7 1 192.0.2.8 22",
        "SSH_USER_AUTH": str(auth),
    }
    with machine.attach(OPERATOR, **claims) as terminal:
        name = os.ttyname(terminal._slave)
        give_password(terminal)
        at_home(terminal)

    origin = machine.origin()
    assert (origin["unix_user"], origin["terminal"]) == ("games", name)
    assert origin["source"] == "192.0.2.7 (unverified)"
    assert "key" not in origin


def test_a_program_of_his_own_that_speaks_to_the_host_says_who_it_is_in_vain(machine: Machine) -> None:
    lying = """
attach._facts = lambda environ: {
    "TERM": "xterm-256color", "unix_user": "root", "uid": "0", "caller": "0 ", "number": "0",
    "terminal": "/dev/pts/9999", "source": "192.0.2.7", "key": "SHA256:AAAA",
    "host": "elsewhere", "worker": "elsewhere/0",
}
"""
    with machine.attach(OPERATOR, lying + ATTACH) as terminal:
        name = os.ttyname(terminal._slave)
        give_password(terminal)
        at_home(terminal)

    origin = machine.origin()
    assert (origin["unix_user"], origin["terminal"]) == ("games", name)
    assert not {"source", "key"} & origin.keys()
    assert origin["host"] != "elsewhere"


def test_nobody_else_reads_database_keys_memory_or_terminals(machine: Machine) -> None:
    installation = machine.installation
    with machine.attach(OPERATOR) as terminal:
        give_password(terminal)
        at_home(terminal)
        [client] = [terminal.process.pid]
        private: list[object] = [
            installation.database,
            installation.database.parent,
            installation.key_ring.parent,
            installation.key_ring,
            *(f"/proc/{pid}/{what}" for pid in machine.consoles.workers() for what in ("mem", "environ", "fd")),
            *(f"/proc/{client}/{what}" for what in ("mem", "environ", "fd")),
            os.ttyname(terminal._slave),
        ]
        for path in private:
            assert Path(str(path)).exists()

        for other in (STRANGER, COLLEAGUE):
            assert other.cannot_open(private) == {str(path) for path in private}
        of_the_host = [path for path in private if str(client) not in str(path) and "/dev/pts" not in str(path)]
        assert OPERATOR.cannot_open(of_the_host) == {str(path) for path in of_the_host}


def test_no_one_but_root_can_put_another_socket_in_its_place(machine: Machine) -> None:
    replacing = """
for attempt in (lambda: os.unlink(sys.argv[1]), lambda: os.rename(sys.argv[1], sys.argv[1] + "2"),
                lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1] + "3")):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""
    for user in (STRANGER, OPERATOR):
        assert user.told(replacing, machine.socket).split() == ["refused"] * 3
