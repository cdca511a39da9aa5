"""Lines that break over a real sshd, in whatever screen: nothing is left of the client, the console or the session."""

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import core.demo
from core.config import load_settings
from core.demo import fill
from core.services import open_services
from tests.e2e.journey import AuthenticatorApp, Focused, Person, Said, asked_for_code, at_home, fill_in, give_password
from tests.e2e.serving import serving, until
from tests.e2e.ssh_host import SshHost, console_host, ssh_host
from tests.e2e.terminal import ENTER, ESC, F1, SPACE, TAB, Terminal
from tests.e2e.test_support_call import ANN, enrolled, open_call
from tui.hosting import handover

OLIVIA = Person("olivia@example.com", core.demo.PASSWORD)
ADAM = Person("adam@example.com", core.demo.PASSWORD)
UMA = Person("uma@example.com", core.demo.PASSWORD)
CTRL_O = "\x0f"

AT_MOST = 3.0
"""Seconds after which nothing may be left."""


@dataclass(frozen=True)
class Way:
    """The keys to a screen; what stands there after each."""

    steps: tuple[tuple[str, str | Focused], ...]
    person: Person | None = OLIVIA
    """Who signs in first; None: nobody does."""

    signs_in_at_once: bool = True


SCREENS = {
    "login": Way((), None),
    "help of the login": Way(((F1, "Keys here"),), None),
    "forgot password": Way(((TAB * 3 + ENTER, "Stop a reset"),), None),
    "first login": Way(((TAB * 4 + ENTER, "Set your password"),), None),
    "code prompt": Way((("", "Sign in, step 2 of 2"),), ADAM, signs_in_at_once=False),
    "setup assistant": Way((("", "▶ 1"),), UMA, signs_in_at_once=False),
    "QR code": Way((("", "▶ 1"), (ENTER, "Point your app's camera here.")), UMA, signs_in_at_once=False),
    "home": Way(()),
    "menu": Way(((ESC, "tab Leave the menu"),)),
    "help": Way((("?", "Keys everywhere"),)),
    "security": Way((("a", "[ ] 2-Factor Auth Enabled"),)),
    "own setup assistant": Way((("a", Focused("2-Factor Auth Enabled")), (SPACE, "▶ 1"))),
    "password and PIN": Way((("c", "Show a call code"),)),
    "sessions": Way((("a", "[ ] 2-Factor Auth Enabled"), ("n", "Where you are signed in"))),
    "my activity": Way((("a", "[ ] 2-Factor Auth Enabled"), ("m", "When (UTC)"))),
    "data centers": Way((("r", "3 data centers"),)),
    "a data center": Way((("r", "3 data centers"), (ENTER, "Who can see this"))),
    "groups": Way((("r", "3 data centers"), ("g", "Members"))),
    "people": Way((("u", "22 people"),)),
    "a person": Way((("u", "22 people"), (ENTER, "Transfer ownership"))),
    "invitation": Way((("u", "22 people"), ("i", "Given name"))),
    "question": Way((("q", "the console closes"),)),
    "forecast": Way((("f", "Force 2-factor on all who have none?"),)),
    "locked": Way(((CTRL_O, "locked"),)),
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A console host with the sample people, on which the clients begin with SIGHUP ignored."""
    home = tmp_path_factory.mktemp("host")
    with console_host(home, before="trap '' HUP") as host:
        services = open_services(load_settings(host.inside(), home))
        fill(services)
        services.close()
        yield host


def client_is_killed(terminal: Terminal) -> None:
    terminal.signal(signal.SIGKILL)


def line_breaks(terminal: Terminal) -> None:
    terminal.hang_up()


@pytest.mark.parametrize("end", [client_is_killed, line_breaks])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_line_that_breaks_in_any_screen_leaves_nothing(
    host: SshHost, screen: str, end: Callable[[Terminal], None]
) -> None:
    way = SCREENS[screen]
    with host.console(COLORTERM="truecolor") as terminal:
        terminal.wait_for("E-mail")
        if way.person:
            give_password(terminal, way.person)
        if way.person and way.signs_in_at_once:
            at_home(terminal)
        for keys, mark in way.steps:
            terminal.send(keys)
            terminal.wait_for(Said(mark) if isinstance(mark, str) else mark)
        assert host.processes()
        assert host.consoles.terminals() > 0

        end(terminal)

        until(lambda: host.processes() == [], AT_MOST)
        until(lambda: host.consoles.terminals() == 0, AT_MOST)
    assert host.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == []


@pytest.fixture(scope="module")
def app(host: SshHost) -> AuthenticatorApp:
    """The authenticator of a support agent."""
    services = open_services(load_settings(host.inside(), host.home))
    try:
        return enrolled(services, ANN)
    finally:
        services.close()


def test_a_line_that_breaks_in_a_call_leaves_nothing(host: SshHost, app: AuthenticatorApp) -> None:
    with host.console(COLORTERM="truecolor") as terminal:
        terminal.wait_for("E-mail")
        give_password(terminal, ANN)
        asked_for_code(terminal)
        fill_in(terminal, app.next_code(terminal))
        terminal.wait_for(Said("I have seen this"))
        terminal.send(ENTER)
        terminal.wait_for(lambda _: not Said("I have seen this")(terminal))
        terminal.wait_for(Said("E-mail or contract number"))
        open_call(terminal, "bo@example.com")

        line_breaks(terminal)

        until(lambda: host.processes() == [], AT_MOST)
        until(lambda: host.consoles.terminals() == 0, AT_MOST)
    assert host.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == []


# Many of them


MANY, AT_ONCE = 200, 10


def vanish_at_once(client: "Vanishing") -> None:
    """Nothing was drawn yet."""


def vanish_in_the_first_paint(client: "Vanishing") -> None:
    client.wait_for(b"\x1b[?1049h")


def vanish_while_typing(client: "Vanishing") -> None:
    client.wait_for(b"E-mail")
    client.type(OLIVIA.email + TAB + "half a pass")


def vanish_while_the_password_is_checked(client: "Vanishing") -> None:
    client.wait_for(b"Password")
    client.type(OLIVIA.email + TAB + OLIVIA.password + ENTER)


def vanish_at_home(client: "Vanishing") -> None:
    vanish_while_the_password_is_checked(client)
    client.wait_for(b"Welcome")


MOMENTS = [
    vanish_at_once,
    vanish_in_the_first_paint,
    vanish_while_typing,
    vanish_while_the_password_is_checked,
    vanish_at_home,
]


def test_two_hundred_clients_that_vanish_leave_no_console_no_descriptor_and_no_session(tmp_path: Path) -> None:
    with ssh_host(tmp_path) as host:
        with serving(host.inside()) as consoles:
            services = open_services(load_settings(host.inside(), tmp_path))
            fill(services)
            services.close()
            vanish(host, MOMENTS * 4)
            until(lambda: consoles.terminals() == 0, AT_MOST)
            before = consoles.descriptors()

            vanish(host, MOMENTS * (MANY // len(MOMENTS)))

            until(lambda: consoles.terminals() == 0, AT_MOST)
            until(lambda: consoles.descriptors() == before, AT_MOST)
            until(lambda: host.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == [], AT_MOST)
            assert len(consoles.workers()) == len(before) - 1
            consoles.process.terminate()
            consoles.process.wait(5)  # a console that was left would be given half a minute
            assert host.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == []
        assert host.rows("SELECT ended_why FROM session WHERE ended_at IS NULL") == []


def vanish(host: SshHost, moments: Sequence[Callable[["Vanishing"], None]]) -> None:
    """So many clients that vanish, each at its moment, some at a time."""
    for some in range(0, len(moments), AT_ONCE):
        clients = [(Vanishing(host.socket), moment) for moment in moments[some : some + AT_ONCE]]
        for client, moment in clients:
            moment(client)
            client.vanish()


class Vanishing:
    """What `bartizan attach` does, without a process of its own, up to an end without a word."""

    def __init__(self, path: Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        tty.setraw(slave)
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.connect(str(path))
        told = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        handover.send(self._connection, handover.HELLO, told, [slave])
        os.close(slave)
        self._came = b""

    def wait_for(self, mark: bytes) -> None:
        """Read until this has come."""
        while mark not in self._came:
            assert select.select([self._master], [], [], 20)[0], self._came[-500:]
            self._came += os.read(self._master, 65536)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def vanish(self) -> None:
        """The line breaks, and the client is gone in the same moment."""
        os.close(self._master)
        self._connection.close()
