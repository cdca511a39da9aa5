"""A real sshd on a loopback port: with the files of deploy/ a console host, without them an ordinary one."""

import grp
import os
import pty
import pwd
import shutil
import socket as sockets
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.e2e.programs import program, sshd_program
from tests.e2e.serving import BARTIZAN, Serving, descendants_of, serving, until
from tests.e2e.terminal import Terminal, private_environment

DEPLOY = Path(__file__).parents[2] / "deploy"
ME = pwd.getpwuid(os.getuid()).pw_name

# Everything that sshd can be talked into is open here: what is closed, the snippet has closed.
_SITE = """
ListenAddress 127.0.0.1:{port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv *
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding yes
X11Forwarding yes
XAuthLocation {home}/xauth
PermitTunnel yes
Subsystem sftp internal-sftp
"""
_CLIENT = """
Host bastion
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {home}/key
    IdentitiesOnly yes
    UserKnownHostsFile {home}/known_hosts
    StrictHostKeyChecking yes
    BatchMode yes
    ExitOnForwardFailure yes
"""
# Notes with what environment sshd started the client, then becomes the client of the host that is here.
_NOTING = '#!/bin/sh\n{before}\nenv >>"{home}/environment"\nBARTIZAN_SOCKET={socket} exec {bartizan} "$@"\n'


@dataclass(frozen=True)
class SshHost:
    """A running sshd, its one account (who runs the tests), and the client's side of it."""

    home: Path
    server: subprocess.Popen[bytes]
    socket: Path
    """Where its console host listens, if it has one."""

    serving: Serving | None = None

    def ssh(self, *arguments: str, options: Sequence[str] = ()) -> list[str | Path]:
        """The words that start the client; `arguments` stand behind the host's name."""
        return [*self._client("ssh"), *options, "bastion", *arguments]

    def scp(self, *arguments: str) -> list[str | Path]:
        """The words that start a copy."""
        return [*self._client("scp"), *arguments]

    def sftp(self, *arguments: str) -> list[str | Path]:
        """The words that start a transfer."""
        return [*self._client("sftp"), *arguments]

    def run(
        self, argv: Sequence[str | Path], *, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a client without a terminal to its end."""
        return subprocess.run(
            argv, input=typed, env=self.outside(**environment), capture_output=True, text=True, timeout=20, check=False
        )

    def console(self, *arguments: str, **environment: str) -> Terminal:
        """`ssh -tt` on a pty of its own."""
        argv = self.ssh(*arguments, options=["-tt", *(f"-oSendEnv={name}" for name in environment)])
        return Terminal(argv, env=self.outside(**environment))

    def command(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """The `bartizan` command as the account that owns the database runs it."""
        return subprocess.run(
            [str(BARTIZAN), *words],
            input=typed,
            env=self.inside(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def outside(self, **more: str) -> dict[str, str]:
        """The environment of the client."""
        return private_environment(self.home / "outside", **more)

    @property
    def consoles(self) -> Serving:
        """Its console host."""
        assert self.serving is not None
        return self.serving

    def inside(self) -> dict[str, str]:
        """The environment of the account that owns the database."""
        settings = {"BARTIZAN_CONFIG": str(self.home / "bartizan.toml"), "BARTIZAN_SOCKET": str(self.socket)}
        return private_environment(self.home / "account", **settings)

    def environment_seen(self) -> str:
        """With what sshd started the clients of this host."""
        noted = self.home / "environment"
        return noted.read_text() if noted.exists() else ""

    def processes(self) -> list[int]:
        """Everything that sshd has started and that still runs."""
        return descendants_of(self.server.pid)

    def ended_within(self, seconds: float) -> list[tuple[object, ...]]:
        """Why each session ended, once all have; that may take so many seconds."""
        until(lambda: self.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == [], seconds)
        return self.rows("SELECT ended_why FROM session")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the host's database answers."""
        with closing(sqlite3.connect(f"file:{self.home}/data/bartizan.db?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def _client(self, name: str) -> list[str | Path]:
        return [program(name, "openssh-client"), "-F", self.home / "client.conf"]


@contextmanager
def console_host(home: Path, *, before: str = "", vouched: str = ME) -> Iterator[SshHost]:
    """A host with the snippet and the settings of deploy/, and its consoles; only account and paths are others.

    `before` is what the shell does before it becomes the client.
    """
    with ssh_host(home, before=before, vouched=vouched) as host, serving(host.inside()) as running:
        yield replace(host, serving=running)


@contextmanager
def host_by_keys(home: Path, options: str) -> Iterator[SshHost]:
    """A console host without a file of sshd's: the one key has these options, with another path."""
    with ssh_host(home, vouched="", first_line="") as host, serving(host.inside()) as running:
        key = (home / "key.pub").read_text()
        (home / "authorized_keys").write_text(f"{options.replace('/opt/bartizan/bin', str(home))} {key}")
        yield replace(host, serving=running)


@contextmanager
def ssh_host(
    home: Path, *, before: str = "", vouched: str = ME, first_line: str = "Include {home}/sshd_bartizan.conf"
) -> Iterator[SshHost]:
    """A console host with nobody who serves consoles."""
    paths = {
        "/opt/bartizan/bin/bartizan": f"{home}/bartizan",
        "/etc/bartizan/keys": f"{home}/keys",
        "/etc/bartizan": str(home),
        "/var/lib/bartizan": f"{home}/data",
        "/var/log/bartizan": f"{home}/log",
        "Match User console": f"Match User {ME}",
        'vouched_accounts = "console"': f'vouched_accounts = "{vouched}"',
    }
    for name in ("sshd_bartizan.conf", "bartizan.toml"):
        text = (DEPLOY / name).read_text()
        for shipped, here in paths.items():
            text = text.replace(shipped, here)
        (home / name).write_text(text)
    with (
        tempfile.TemporaryDirectory(prefix="bartizan-") as short,  # the name of a socket has 107 characters at most
        _running(home, first_line.format(home=home), socket=Path(short, "console.sock")) as host,
    ):
        noting = _NOTING.format(home=home, before=before, socket=host.socket, bartizan=BARTIZAN)
        _place_script(home / "bartizan", noting)
        yield host


@contextmanager
def ordinary_host(home: Path) -> Iterator[SshHost]:
    """A host without Bartizan."""
    with _running(home, "", socket=home / "nobody") as host:
        yield host


def free_port() -> int:
    """A port that nobody listens at just now."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _running(home: Path, first_line: str, *, socket: Path) -> Iterator[SshHost]:
    program("ssh", "openssh-client")
    sshd = sshd_program()
    keygen = program("ssh-keygen", "openssh-client")
    if os.geteuid() != 0 and not _terminals_are_of_group_tty():
        pytest.skip("sshd cannot give terminals here without being root: mount /dev/pts with gid=5,mode=620")
    for name in ("host_key", "key"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    shutil.copy(home / "key.pub", home / "authorized_keys")
    _place_script(home / "xauth", "#!/bin/sh\ncat >/dev/null\n")
    server, port = _started(sshd, home, first_line)
    (home / "client.conf").write_text(_CLIENT.format(home=home, port=port, user=ME))
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {(home / 'host_key.pub').read_text()}")
    try:
        yield SshHost(home, server, socket)
    finally:
        server.terminate()
        server.wait()
        if server.stderr is not None:
            server.stderr.close()


def _started(sshd: Path, home: Path, first_line: str) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(5):  # between our look and sshd's another program may take the port
        port = free_port()
        config = home / "sshd.conf"
        config.write_text(first_line + _SITE.format(home=home, port=port))
        checked = subprocess.run([sshd, "-t", "-f", config], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
        server = subprocess.Popen([sshd, "-D", "-e", "-f", config], stderr=subprocess.PIPE)
        assert server.stderr is not None
        if b"listening" in server.stderr.readline():
            return server, port
        server.communicate()
    raise AssertionError("sshd does not start")


def _terminals_are_of_group_tty() -> bool:
    """sshd sees to it that they are, which only root can; most machines make them so."""
    ends = pty.openpty()
    try:
        return os.fstat(ends[1]).st_gid == grp.getgrnam("tty").gr_gid
    finally:
        for end in ends:
            os.close(end)


def _place_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
