"""Somebody forgets his password and gets a code by a real mail server, through the installed command."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.posting import codes_in
from tests.e2e.installation import Installation
from tests.e2e.journey import (
    OLGA,
    Focused,
    Said,
    asked_for_code,
    enrol,
    fill_in,
    give_password,
    register,
    sign_in,
    sign_out,
)
from tests.e2e.terminal import ESC, Terminal
from tests.mail_server import MAIL_PASSWORD, USER, MailServer, mail_server, make_certificates

UNIT = Path(__file__).parents[2] / "deploy" / "bartizan-mail.service"
NEW = "Turret-over-9-gates"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(make_certificates(tmp_path / "certificates"), password=MAIL_PASSWORD) as there:
        yield there


@pytest.fixture
def mail(post: MailServer, tmp_path: Path) -> dict[str, str]:
    """What the operator has set."""
    password = tmp_path / "mail-password"
    password.write_text(f"{MAIL_PASSWORD}\n")
    password.chmod(0o400)
    return {
        "BARTIZAN_MAIL_SERVER": f"localhost:{post.port}",
        "BARTIZAN_MAIL_FROM": "bartizan@example.com",
        "BARTIZAN_MAIL_USER": USER,
        "BARTIZAN_MAIL_PASSWORD_FILE": str(password),
        "BARTIZAN_MAIL_CA_FILE": str(tmp_path / "certificates" / "authority.pem"),
    }


def test_a_forgotten_password_is_set_anew_with_the_code_of_a_mail_and_2_factor_is_still_asked(
    empty: Installation, post: MailServer, mail: dict[str, str]
) -> None:
    with empty.start(**mail) as console:
        register(console)
        sign_in(console)
        enrol(console)
        sign_out(console)

        ask_for_code(console)
        [code] = console.wait_for(lambda _: codes_in(post))
        fill_in(console, code, NEW, NEW)

        console.wait_for(Said("Your password is set. Sign in with it."))
        give_password(console, password=OLGA.password)
        console.wait_for(Said("Wrong e-mail or password."))
        fill_in(console, NEW)
        asked_for_code(console)

        console.send(ESC)
        console.wait_for(Said("First login"))
        press_at_buttons(console, "f")
        console.wait_for(Said("Set your password"))
        fill_in(console, code, f"{NEW}2", f"{NEW}2")
        console.wait_for(Said("Wrong e-mail or code, or the code was used or has expired."))

    assert not empty.log.exists(), empty.log.read_text()


def press_at_buttons(console: Terminal, key: str) -> None:
    """Leave the fields of the login, and press a key that is a letter in them."""
    console.send(ESC)
    console.wait_for(Focused("Sign in"))
    console.send(key)


def ask_for_code(console: Terminal) -> None:
    """From the login, by keys, to where the code goes."""
    console.wait_for(Said("tab Next f1 Help ctrl+c Quit"))
    if not Said(OLGA.email)(console):
        console.type(OLGA.email)
    press_at_buttons(console, "p")
    console.wait_for(Said("Mail me a code"))
    fill_in(console, "")
    console.wait_for(Said("If this e-mail has an account, a reset code is on its way."))


def words_of_the_unit() -> list[str]:
    """What systemd would run."""
    [line] = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return str(line).split()[1:]


def test_the_command_says_what_is_wrong_with_mail_and_sends_what_waits(
    registered: Installation, post: MailServer, mail: dict[str, str], tmp_path: Path
) -> None:
    def trouble(**other: str) -> str:
        done = registered.run("mail", "--test", "op@example.com", **{**mail, **other})
        assert done.returncode == 69
        return done.stderr

    sent = registered.run("mail", "--test", "op@example.com", **mail)
    assert (sent.returncode, sent.stdout) == (0, "The mail server took the test mail.\n")
    assert post.envelopes == [("bartizan@example.com", "op@example.com")]

    other_authority = make_certificates(tmp_path / "others").authority
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "wrong").chmod(0o600)
    assert "certificate is refused" in trouble(BARTIZAN_MAIL_CA_FILE=str(other_authority))
    assert "refused user and password (535 5.7.8)" in trouble(BARTIZAN_MAIL_PASSWORD_FILE=str(tmp_path / "wrong"))
    assert "name no mail server" in registered.run("mail").stderr

    idle = registered.run(*words_of_the_unit(), **mail)
    assert (idle.returncode, idle.stdout) == (0, "Mails sent: 0; to be tried again: 0; given up: 0.\n")
    registered.change(
        "INSERT INTO outgoing_mail (id, kind, address, origin, asked_at, due_at, attempts) "
        "VALUES (?, 'reset', ?, '{}', datetime('now'), datetime('now'), 0)",
        "0" * 32,
        OLGA.email,
    )
    assert registered.run("mail", **mail).stdout.startswith("Mails sent: 1;")
    assert len(codes_in(post)) == 1
