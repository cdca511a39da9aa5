"""Over a real sshd with the shipped snippet: the console and nothing else, and nothing left behind."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from core.clock import utc_now
from core.config import load_settings
from core.login_steps import Session
from core.origin import Origin
from core.services import open_services
from tests.e2e.programs import program
from tests.e2e.ssh_host import ME, SshHost, console_host
from tests.e2e.ssh_people import EMAIL, PASSWORD, PERSON, register, sign_in
from tests.e2e.terminal import CTRL_C, ENTER, TAB, Terminal


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SshHost]:
    """A console host on which nobody is registered."""
    with console_host(tmp_path) as host:
        yield host


@pytest.fixture
def registered(host: SshHost) -> SshHost:
    """A console host with an owner, registered by the command."""
    register(host)
    return host


def fill_first_start(terminal: Terminal, bootstrap_code: str) -> None:
    terminal.wait_for("Bootstrap code")
    terminal.type(TAB.join([bootstrap_code, *PERSON, PASSWORD, PASSWORD]) + ENTER)


def a_minute_ago() -> datetime:
    return utc_now() - timedelta(minutes=1)


def enrol(host: SshHost) -> pyotp.TOTP:
    """Give the owner an authenticator, a minute ago, so that the code of now is not used up."""
    settings = load_settings({"BARTIZAN_CONFIG": str(host.home / "bartizan.toml")}, host.home)
    services = open_services(settings, now=a_minute_ago)
    try:
        session = services.login.sign_in(EMAIL, PASSWORD, origin=Origin())
        assert isinstance(session, Session)
        setup = services.enrolment.begin(session)
        app = pyotp.TOTP(setup.key.replace(" ", ""))
        codes = services.enrolment.prove(session, app.at(a_minute_ago()))
        renewed = services.enrolment.confirm(session, codes[0])
        services.sessions.sign_out(renewed)
    finally:
        services.close()
    return app


# Registering and signing in


def test_a_person_registered_by_the_command_signs_in_with_a_code(registered: SshHost) -> None:
    app = enrol(registered)

    with registered.console() as terminal:
        sign_in(terminal)
        terminal.wait_for("Security code")
        terminal.type(app.now() + ENTER)

        terminal.wait_for("Account Management")
        assert registered.rows("SELECT second_factor_at IS NULL FROM session WHERE ended_at IS NULL") == [(0,)]


def test_the_audit_tells_from_where(registered: SshHost) -> None:
    with registered.console() as terminal:
        sign_in(terminal)
        terminal.wait_for("Account Management")

    [(told,)] = registered.rows("SELECT origin FROM audit_event WHERE act = 'sign in'")
    origin = json.loads(str(told))
    assert (origin["unix_user"], origin["source"], origin["key"]) == (ME, "127.0.0.1", fingerprint(registered))
    assert origin["terminal"].startswith("/dev/pts/")


def test_the_doctor_hears_the_host_and_what_sshd_would_do(standing: SshHost) -> None:
    ended = standing.command("doctor", "--json", "--sshd-config", str(standing.home / "sshd.conf"))

    found = {(each["subject"], each["says"]) for each in json.loads(ended.stdout)}
    assert ("socket", "the host answers") in found
    assert ("key ring", "it opens the database") in found
    # Keys and accounts are those of who runs the tests; the words of sshd are the snippet's.
    assert {says for subject, says in found if subject == "sshd" and f"keys in {standing.home}" not in says} <= {
        f"{ME}: attach and nothing else, by keys that only root can change",
        f"{ME}: others can put another program in the place of {standing.home}/bartizan at {standing.home}/bartizan.",
    }


def fingerprint(host: SshHost) -> str:
    """Of the client's key, as ssh-keygen says it."""
    keygen = program("ssh-keygen", "openssh-client")
    told = subprocess.run([keygen, "-lf", host.home / "key.pub"], capture_output=True, text=True, check=True)
    return told.stdout.split()[1]


def test_in_an_account_that_nobody_vouches_for_the_address_is_a_claim_and_the_key_is_nothing(tmp_path: Path) -> None:
    with console_host(tmp_path, vouched="") as host:
        register(host)
        with host.console() as terminal:
            sign_in(terminal)
            terminal.wait_for("Account Management")

        [(told,)] = host.rows("SELECT origin FROM audit_event WHERE act = 'sign in'")

    origin = json.loads(str(told))
    assert (origin["unix_user"], origin["source"]) == (ME, "127.0.0.1 (unverified)")
    assert "key" not in origin


def test_without_the_bootstrap_code_nobody_registers(host: SshHost) -> None:
    with host.console() as terminal:
        fill_first_start(terminal, "")
        terminal.wait_for("bootstrap-code")  # the sentence names the command

    with host.console() as terminal:
        fill_first_start(terminal, "AAAA-BBBB-CCCC-DDDD")
        terminal.wait_for("That bootstrap code is wrong")

    assert host.rows("SELECT email FROM person") == []


def test_with_the_bootstrap_code_one_person_registers(host: SshHost) -> None:
    code = host.command("bootstrap-code").stdout.strip()

    with host.console() as terminal:
        fill_first_start(terminal, code)
        terminal.wait_for("Sign in")
        terminal.wait_for(EMAIL)

    assert host.rows("SELECT email, role FROM person") == [(EMAIL, "owner")]
    assert "registered here already" in host.command("bootstrap-code").stderr


def test_ctrl_c_ends_the_connection_and_gives_the_terminal_back(standing: SshHost) -> None:
    with standing.console() as terminal:
        before = terminal.modes()
        terminal.wait_for("E-mail")
        terminal.send(CTRL_C)

        terminal.wait_exit()
        assert terminal.modes() == before
        assert not terminal.in_alternate_screen


def test_without_a_terminal_one_sentence_says_so(standing: SshHost) -> None:
    refused = standing.run(standing.ssh("id"))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "Bartizan needs a terminal: standard input and output are not one (with ssh, use -t).\n"


def test_what_the_client_sets_in_the_environment_has_no_effect(standing: SshHost) -> None:
    """Textual writes keys and passwords where TEXTUAL_LOG says; a database of one's own has an owner of one's own."""
    home = standing.home
    sent = {
        "BARTIZAN_DATABASE_URL": f"sqlite:///{home}/mine/mine.db",
        "BARTIZAN_CONFIG": "/nowhere.toml",
        "BARTIZAN_REGISTRATION": "first-start",
        "TEXTUAL_LOG": f"{home}/textual.log",
        "PYTHONSTARTUP": "/nowhere.py",
        "PYTHONPATH": "/nowhere",
        "LD_PRELOAD": "/nowhere.so",
        "BASH_ENV": "/nowhere.sh",
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
        "HOME": "/nowhere",
        "BARTIZAN_SOCKET": "/nowhere.sock",
        "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22",
        "SSH_USER_AUTH": "/nowhere.auth",
    }
    with standing.console(**sent) as terminal:
        sign_in(terminal)
        terminal.wait_for("Account Management")

    seen = dict(line.partition("=")[::2] for line in standing.environment_seen().splitlines())
    assert {name for name, value in sent.items() if seen.get(name) == value} == set()
    assert not [name for name in seen if name.startswith("BARTIZAN_")]
    assert seen["LANG"] == "C.UTF-8"
    assert not (home / "mine").exists()
    assert not (home / "textual.log").exists()


def test_how_it_looks_may_be_set(standing: SshHost) -> None:
    with standing.console(NO_COLOR="1", COLORTERM="truecolor") as terminal:
        terminal.wait_for("E-mail")

    assert {"NO_COLOR=1", "COLORTERM=truecolor"} <= set(standing.environment_seen().splitlines())


# The end of a connection


def client_is_killed(terminal: Terminal) -> None:
    terminal.process.kill()


def line_breaks(terminal: Terminal) -> None:
    terminal.hang_up()


ENDS: list[Callable[[Terminal], None]] = [client_is_killed, line_breaks]


@pytest.mark.parametrize("end", ENDS)
def test_a_closed_client_leaves_no_process_and_no_session(registered: SshHost, end: Callable[[Terminal], None]) -> None:
    with registered.console() as terminal:
        sign_in(terminal)
        terminal.wait_for("Account Management")
        assert registered.rows("SELECT ended_why FROM session") == [(None,)]
        with watched(registered.processes()) as wait_for_their_end:
            end(terminal)
            wait_for_their_end(3)

    assert registered.processes() == []
    assert registered.ended_within(3) == [("signed out",)]


@pytest.mark.parametrize("end", ENDS)
def test_a_client_closed_at_the_login_leaves_no_process(standing: SshHost, end: Callable[[Terminal], None]) -> None:
    with standing.console() as terminal:
        terminal.wait_for("E-mail")
        with watched(standing.processes()) as wait_for_their_end:
            end(terminal)
            wait_for_their_end(3)

    assert standing.processes() == []


# Privates


@contextmanager
def watched(processes: list[int]) -> Iterator[Callable[[float], None]]:
    """Gives a function that waits until all these processes have ended, and fails after so many seconds."""
    assert processes
    descriptors = {os.pidfd_open(process): process for process in processes}
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    alive = set(descriptors)

    def wait(seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while alive and (left := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                alive.discard(descriptor)
        assert [descriptors[descriptor] for descriptor in alive] == []

    try:
        yield wait
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
