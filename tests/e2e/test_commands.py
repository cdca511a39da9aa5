"""What the command does beside starting the console, with its input from a pipe or on a terminal."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.installation import Installation, answers
from tests.e2e.journey import (
    OLGA,
    AuthenticatorApp,
    Person,
    Said,
    asked_for_code,
    at_home,
    fill_in,
    give_password,
    quit_console,
    sign_in,
)
from tests.e2e.terminal import CTRL_U, ENTER, Terminal, start_console

CANNOT, USAGE = 69, 2


def test_it_tells_its_version(empty: Installation) -> None:
    ended = empty.run("--version")

    assert re.fullmatch(r"bartizan \d+\.\d+\.\d+\n", ended.stdout)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_help_names_every_command(empty: Installation) -> None:
    ended = empty.run("--help")

    assert ended.returncode == 0
    for command in (
        "register",
        "bootstrap-code",
        "audit-verify",
        "demo",
        "import",
        "export",
        "clock",
        "rescue",
        "unlock",
        "agent",
    ):
        assert command in ended.stdout
        assert empty.run(command, "--help").returncode == 0
    assert empty.files() == {}


@pytest.mark.parametrize("words", [["nonsense"], ["register", "now"], ["--nonsense"], ["demo", "--password=x"], [""]])
def test_unknown_words_are_refused_and_nothing_is_done(empty: Installation, words: list[str]) -> None:
    ended = empty.run(*words)

    assert (ended.returncode, ended.stdout) == (USAGE, "")
    assert "usage: bartizan" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert empty.files() == {}


def test_what_a_database_holds_reaches_the_terminal_as_text_alone(registered: Installation) -> None:
    """Attack: the name of a chain in the audit cleared root's screen and wrote to his clipboard."""
    evil = "\x1b[2J\x1b[H\x1b]52;c;ZXZpbA==\x07\u202e"
    registered.change("INSERT INTO audit_head (chain, number, mac, key_id, seal) VALUES (?, 1, '', '', '')", evil)

    ended = registered.run("audit-verify")

    assert ended.returncode != 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stdout + ended.stderr)


def test_a_command_that_asks_for_a_password_leaves_no_core_file(empty: Installation) -> None:
    """Attack: ctrl+\\ at “Password again” wrote a core file with the password and the key ring in it."""
    with start_console(empty.home, "register") as terminal:
        terminal.wait_for("Contract:")

        limits = Path(f"/proc/{terminal.process.pid}/limits").read_text(encoding="utf-8")
        assert re.search(r"Max core file size +0 +0 ", limits)


def test_a_contract_is_registered_from_a_pipe_and_its_owner_signs_in(empty: Installation) -> None:
    ended = empty.register()

    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"Contract \d{8} is registered; olga@example.com can sign in.\n", ended.stdout)
    with start_console(empty.home) as console:
        sign_in(console)
        quit_console(console)


def test_a_second_contract_is_refused(registered: Installation) -> None:
    ended = registered.register(replace(OLGA, email="eve@example.com"))

    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert ended.stderr == "A contract is registered here already. Sign in.\n"
    assert registered.rows("SELECT email FROM person") == [("olga@example.com",)]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Contract must be filled in.\n"),
        (answers(replace(OLGA, email="nobody")), "E-mail must be an address such as jane.doe@example.com.\n"),
        (
            answers(replace(OLGA, password="Short")),
            "The new password needs: 8 characters, 1 special !?$…, not easily guessed.\n",
        ),
        (answers(OLGA)[:-2], "The two passwords are not the same. Type the new one again.\n"),
        (answers(replace(OLGA, contract="\x1b]0;x\x07")), "Contract must have visible characters only.\n"),
    ],
    ids=["nothing", "no-address", "weak-password", "passwords-differ", "control-characters"],
)  # fmt: skip
def test_what_a_pipe_brings_is_judged_as_on_the_screen(empty: Installation, typed: str, sentence: str) -> None:
    ended = empty.run("register", typed=typed)

    assert (ended.returncode, ended.stdout, ended.stderr) == (CANNOT, "", sentence)
    assert empty.rows("SELECT * FROM person") == []


def test_register_asks_on_a_terminal_and_shows_no_password(empty: Installation) -> None:
    with start_console(empty.home, "register") as terminal:
        for question, answer in (
            ("Contract: ", OLGA.contract),
            ("Given name: ", OLGA.given),
            ("Family name: ", OLGA.family),
            ("E-mail: ", OLGA.email),
            ("Password: ", OLGA.password),
            ("Password again: ", OLGA.password),
        ):
            terminal.wait_for(question)
            terminal.send(answer + ENTER)
        terminal.wait_for("is registered; olga@example.com can sign in.")

        assert terminal.wait_exit() == 0
        assert OLGA.password.encode() not in terminal.raw


def test_on_a_host_the_first_start_wants_the_code_that_the_command_printed(empty: Installation) -> None:
    host = {"BARTIZAN_REGISTRATION": "command"}
    code = empty.run("bootstrap-code", **host).stdout.strip()
    assert re.fullmatch(r"([2-9A-Z]{4}-){7}[2-9A-Z]{4}", code)

    with empty.start(**host) as console:
        console.wait_for("Bootstrap code")
        fill_in(console, "", OLGA.contract, OLGA.given, OLGA.family, OLGA.email, OLGA.password, OLGA.password)
        console.wait_for(Said("Its administrator gets one with: bartizan bootstrap-code"))
        give_bootstrap_code(console, "ABCD-" * 7 + "ABCD")
        console.wait_for(Said("That bootstrap code is wrong, used or older than 24 hours."))
        assert empty.rows("SELECT * FROM person") == []
        give_bootstrap_code(console, code.lower())
        console.wait_for(Said("Sign in"))
        sign_in(console)
        quit_console(console)

    ended = empty.run("bootstrap-code", **host)
    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert ended.stderr == "A contract is registered here already. Sign in.\n"


def give_bootstrap_code(console: Terminal, code: str) -> None:
    """The refused form has its cursor in the code's field, and everything else is still filled in."""
    console.send(CTRL_U)
    fill_in(console, code, "", "", "", "", "", "")


def test_a_newer_bootstrap_code_makes_the_older_one_worthless(empty: Installation) -> None:
    host = {"BARTIZAN_REGISTRATION": "command"}
    older, newer = (empty.run("bootstrap-code", **host).stdout.strip() for _ in range(2))

    with empty.start(**host) as console:
        console.wait_for("Bootstrap code")
        fill_in(console, older, OLGA.contract, OLGA.given, OLGA.family, OLGA.email, OLGA.password, OLGA.password)
        console.wait_for(Said("That bootstrap code is wrong, used or older than 24 hours."))
        give_bootstrap_code(console, newer)
        sign_in(console)


def test_the_audit_holds_after_a_sign_in_and_a_changed_row_is_named(registered: Installation) -> None:
    with start_console(registered.home) as console:
        give_password(console, password="not-the-password")
        console.wait_for(Said("Wrong e-mail or password."))
        fill_in(console, OLGA.password)
        at_home(console)
        quit_console(console)
    whole = registered.run("audit-verify")
    assert (whole.returncode, whole.stderr) == (0, "")
    told = re.fullmatch(
        r"Contract \d{8}, Harbour Works: 5 events hold\.\n  ([0-9a-f-]{36}:5:[0-9a-f]{64})\n", whole.stdout
    )
    assert told

    assert registered.change("UPDATE audit_event SET outcome = 'done' WHERE outcome = 'denied'") == 1
    changed = registered.run("audit-verify")

    assert (changed.returncode, changed.stdout) == (CANNOT, "")
    assert re.fullmatch(
        r"The audit of contract \d{8} does not hold at event 2: the event was changed, or what stood before it was\.\n",
        changed.stderr,
    )


def test_an_older_audit_that_was_put_back_is_found_by_what_was_noted_of_the_newer(registered: Installation) -> None:
    older = registered.copied_to(registered.home.with_name("older"))
    with start_console(registered.home) as console:
        sign_in(console)
        quit_console(console)
    noted = registered.run("audit-verify").stdout.split()[-1]
    assert registered.run("audit-verify", noted).returncode == 0

    ended = older.run("audit-verify", noted)

    assert older.run("audit-verify").returncode == 0
    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert "events at the end are missing" in ended.stderr
    assert older.run("audit-verify", "nonsense").returncode == CANNOT


def test_a_cut_off_audit_is_found(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        quit_console(console)
    assert registered.change("DELETE FROM audit_event WHERE number = 3") == 1

    ended = registered.run("audit-verify")

    assert ended.returncode == CANNOT
    assert ended.stderr.endswith("does not hold at event 3: events at the end are missing.\n")


def test_the_demonstration_prints_its_people_and_works(empty: Installation) -> None:
    with start_console(empty.home, "demo", columns=120) as console:
        console.wait_for("press Enter to start.")
        printed = "\n".join(console.text())
        [password] = re.findall(r"Everybody's password: (\S+)", printed)
        secret, agents_secret = re.findall(r"key for your app: (\S+)", printed)
        assert secret != agents_secret
        console.send(ENTER)
        console.wait_for(Said("E-mail"))
        fill_in(console, "adam@example.com", password)
        asked_for_code(console)
        app = AuthenticatorApp(f"otpauth://totp/Bartizan:adam@example.com?secret={secret}&issuer=Bartizan")
        fill_in(console, app.next_code(console))
        at_home(console)

        # In its own process: a host that answers on this machine has another contract.
        [(config, option)] = re.findall(
            r"BARTIZAN_CONFIG=(\S+demo\.toml) \S+bartizan (--\S+)", printed.replace("\n", "")
        )
        assert option == "--own-process"
        with start_console(empty.home, option, BARTIZAN_CONFIG=config) as second:
            give_password(second, Person("bo@example.com", password))
            at_home(second)
            quit_console(second)
        quit_console(console)

    assert empty.files() == {}
