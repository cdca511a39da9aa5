"""What a client can ask of sshd: the console host gives the console and nothing else.

Each way is tried on an ordinary sshd first, so that a try that could never succeed is noticed.
"""

import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.programs import program
from tests.e2e.ssh_host import DEPLOY, SshHost, free_port, host_by_keys, ordinary_host
from tests.e2e.ssh_people import register, sign_in

BANNER = b"behind the bastion"


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A host without Bartizan."""
    with ordinary_host(tmp_path_factory.mktemp("ordinary")) as host:
        yield host


def runs_a_command(host: SshHost) -> bool:
    return "uid=" in host.run(host.ssh("id")).stdout


def runs_a_shell_without_terminal(host: SshHost) -> bool:
    return "uid=" in host.run(host.ssh(options=["-T"]), typed="id\n").stdout


def runs_a_command_on_a_terminal(host: SshHost) -> bool:
    with host.console("id; cat") as terminal:
        terminal.wait_for(lambda shown: "uid=" in str(shown) or "E-mail" in str(shown))
        return "uid=" in str(terminal)


def copies_a_file(host: SshHost) -> bool:
    stolen = host.home / "stolen"
    host.run(host.scp(f"bastion:{host.home}/authorized_keys", str(stolen)))
    return stolen.exists()


def copies_a_file_the_old_way(host: SshHost) -> bool:
    stolen = host.home / "stolen"
    host.run(host.scp("-O", f"bastion:{host.home}/authorized_keys", str(stolen)))
    return stolen.exists()


def transfers_a_file(host: SshHost) -> bool:
    stolen = host.home / "stolen"
    host.run(host.sftp("-b", "-", "bastion"), typed=f"get {host.home}/authorized_keys {stolen}\n")
    return stolen.exists()


def forwards_standard_input(host: SshHost) -> bool:
    with someone_behind() as port:
        return BANNER.decode() in host.run(host.ssh(options=["-W", f"127.0.0.1:{port}"])).stdout


def forwards_a_local_port(host: SshHost) -> bool:
    with someone_behind() as port:
        local = free_port()
        with open_line(host, "-L", f"127.0.0.1:{local}:127.0.0.1:{port}"):
            return hears(local)


def forwards_a_remote_port(host: SshHost) -> bool:
    return takes_remote_forward(host, "0:127.0.0.1:1")


def forwards_a_remote_socket(host: SshHost) -> bool:
    return takes_remote_forward(host, f"{host.home}/sock:127.0.0.1:1")


def forwards_any_port(host: SshHost) -> bool:
    with someone_behind() as port:
        local = free_port()
        socks = b"\x05\x01\x00" + b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2)
        with open_line(host, "-D", f"127.0.0.1:{local}"):
            return hears(local, saying=socks)


def forwards_the_agent(host: SshHost) -> bool:
    return "SSH_AUTH_SOCK=" in environment_of(host, "-A", before=[program("ssh-agent", "openssh-client")])


def forwards_x11(host: SshHost) -> bool:
    return "DISPLAY=" in environment_of(host, "-Y", DISPLAY=":99")


WAYS: list[Callable[[SshHost], bool]] = [
    runs_a_command,
    runs_a_shell_without_terminal,
    runs_a_command_on_a_terminal,
    copies_a_file,
    copies_a_file_the_old_way,
    transfers_a_file,
    forwards_standard_input,
    forwards_a_local_port,
    forwards_a_remote_port,
    forwards_a_remote_socket,
    forwards_any_port,
    forwards_the_agent,
    forwards_x11,
]


@pytest.mark.parametrize("way", WAYS)
def test_the_console_host_gives_nothing_that_an_ordinary_one_gives(
    ordinary: SshHost, standing: SshHost, way: Callable[[SshHost], bool]
) -> None:
    for host in (ordinary, standing):
        for left in ("environment", "stolen"):
            (host.home / left).unlink(missing_ok=True)
    assert way(ordinary)

    assert not way(standing)


@pytest.fixture(scope="module")
def by_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A console host whose sshd is an ordinary one: the operator's guide has the options of the key."""
    guide = (DEPLOY.parent / "docs" / "operators.md").read_text()
    [options] = re.findall(r"^(command=\S.*?,pty) ssh-ed25519", guide, re.MULTILINE)
    with host_by_keys(tmp_path_factory.mktemp("keys"), options) as host:
        register(host)
        yield host


@pytest.mark.parametrize("way", WAYS)
def test_neither_does_a_key_with_the_documented_options(by_keys: SshHost, way: Callable[[SshHost], bool]) -> None:
    for left in ("environment", "stolen"):
        (by_keys.home / left).unlink(missing_ok=True)

    assert not way(by_keys)


def test_such_a_key_shows_the_console(by_keys: SshHost) -> None:
    with by_keys.console() as terminal:
        sign_in(terminal)
        terminal.wait_for("Account Management")


# Privates


@contextmanager
def someone_behind() -> Iterator[int]:
    """The port of a program on the host that greets whoever reaches it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeter = threading.Thread(target=_greet, args=[listener])
        greeter.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        greeter.join()


def _greet(listener: socket.socket) -> None:
    while True:
        try:
            guest, _ = listener.accept()
        except OSError:
            return
        with guest:
            guest.sendall(BANNER)


@contextmanager
def open_line(host: SshHost, *options: str) -> Iterator[None]:
    """A client that only forwards; it listens in the block."""
    argv = host.ssh(options=["-N", "-v", *options])
    client = subprocess.Popen(argv, env=host.outside(), stderr=subprocess.PIPE)
    assert client.stderr is not None
    assert any(b"Entering interactive session" in line for line in client.stderr)
    try:
        yield
    finally:
        client.kill()
        client.communicate()


def hears(port: int, *, saying: bytes = b"") -> bool:
    """Whether the greeting comes out at this port."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(saying)
        while BANNER not in received and (more := line.recv(4096)):
            received += more
    return BANNER in received


def takes_remote_forward(host: SshHost, forward: str) -> bool:
    """Whether the host listens for a client."""
    argv = host.ssh(options=["-N", "-v", "-R", forward])
    with subprocess.Popen(argv, env=host.outside(), stderr=subprocess.PIPE, text=True) as client:
        assert client.stderr is not None
        taken = any("remote forward success" in line for line in client.stderr)
        client.kill()
    return taken


def environment_of(host: SshHost, option: str, *, before: Sequence[Path] = (), **client: str) -> str:
    """The variables of what sshd starts for a client; `before` is a command that starts the client."""
    answer = host.run([*before, *host.ssh("env", options=[option])], **client)
    return answer.stdout + host.environment_seen()
