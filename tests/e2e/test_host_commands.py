"""`bartizan clock`, `rescue` and `unlock`, with their answers from a pipe or on a terminal."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cli.host_clock import tell_clock
from tests.e2e.installation import Installation
from tests.e2e.journey import OLGA, Said, at_home, fill_in, give_password
from tests.e2e.terminal import ENTER, start_console

CANNOT = 69
CODE = re.compile(r"([2-9A-Z]{4}-){4}[2-9A-Z]{4}")


def test_a_locked_out_owner_gets_in_again_by_the_hosts_command(registered: Installation) -> None:
    with start_console(registered.home) as console:
        give_password(console, password="not-the-password")
        console.wait_for(Said("Wrong e-mail or password."))
    assert registered.rows("SELECT count(*) FROM attempt_counter") == [(1,)]

    with start_console(registered.home, "rescue") as terminal:
        for question, answer in (
            ("E-mail of the person: ", OLGA.email.upper()),
            ("Reason, for the audit: ", "the owner forgot it, and is alone"),
            ("Type the e-mail again: ", OLGA.email),
        ):
            terminal.wait_for(question)
            terminal.send(answer + ENTER)
        terminal.wait_for("At the login: Forgot password?")
        assert terminal.wait_exit() == 0
        shown = "\n".join(terminal.text())

    found = CODE.search(shown)
    assert found
    assert registered.rows("SELECT count(*) FROM attempt_counter") == [(0,)]
    [(details,)] = registered.rows("SELECT details FROM audit_event WHERE act = 'rescue on the host'")
    assert "the owner forgot it" in details
    assert found[0] not in str(registered.rows("SELECT * FROM audit_event"))


def test_another_e_mail_the_second_time_changes_nothing(registered: Installation) -> None:
    before = registered.rows("SELECT count(*) FROM audit_event")

    ended = registered.run("rescue", typed=f"{OLGA.email}\nreason\neve@example.com\n")

    assert (ended.returncode, ended.stderr) == (
        CANNOT,
        "The e-mail must be the same both times; nothing was changed.\n",
    )
    assert registered.rows("SELECT count(*) FROM audit_event") == before
    assert registered.rows("SELECT * FROM password_code") == []


def test_what_there_is_not_to_reset_or_nobody_has_is_said(registered: Installation) -> None:
    lost = registered.run("rescue", "--reset-2-factor", typed=f"{OLGA.email}\nreason\n{OLGA.email}\n")
    nobody = registered.run("unlock", typed="nobody@example.com\n")

    assert (lost.returncode, lost.stderr) == (CANNOT, "2-factor authentication is not active.\n")
    assert (nobody.returncode, nobody.stderr) == (CANNOT, "This person is not there, or not any more.\n")


def test_unlock_says_whom_and_of_what(registered: Installation) -> None:
    ended = registered.run("unlock", typed=f"{OLGA.email}\ncalled us\n", SUDO_USER="mallory")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Olga Ohm, owner of contract" in ended.stdout
    assert ended.stdout.endswith("olga@example.com was not waiting.\n")
    [(details,)] = registered.rows("SELECT details FROM audit_event WHERE act = 'unlock on the host'")
    assert '"sudo user (as claimed)": "mallory"' in details


def ahead(installation: Installation, **span: float) -> datetime:
    """As if the clock had been ahead so far; when that is."""
    latest = datetime.now(UTC).replace(microsecond=0) + timedelta(**span)
    installation.change("UPDATE audit_head SET at = ?", f"{latest:%Y-%m-%d %H:%M:%S}.000000")
    return latest


def test_a_clock_that_was_ahead_counts_again_by_the_documented_step(registered: Installation) -> None:
    latest = ahead(registered, hours=24)

    told = registered.run("clock")
    assert told.returncode == CANNOT
    assert f"Latest moment seen here: {latest:%Y-%m-%d %H:%M:%S} UTC" in told.stdout
    assert told.stderr == "Then: bartizan clock --accept\n"
    with start_console(registered.home) as console:
        give_password(console)
        console.wait_for(Said("Nobody gets in until it is right."))

        wrong = registered.run("clock", "--accept", typed=f"{latest:%Y-%m-%d %H:%M}\n")
        assert (wrong.returncode, "set it right first" in wrong.stderr) == (CANNOT, True)
        accepted = registered.run("clock", "--accept", typed=f"{datetime.now(UTC):%Y-%m-%d %H:%M}\n")
        assert (accepted.returncode, accepted.stderr) == (0, "")

        fill_in(console, OLGA.password)
        at_home(console)
    assert registered.run("clock").returncode == 0
    assert registered.run("audit-verify").returncode == 0
    again = registered.run("clock", "--accept")
    assert (again.returncode, "There is nothing to accept." in again.stderr) == (CANNOT, True)


def test_a_clock_of_another_time_is_shown_as_it_is(
    registered: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    then = datetime.now(UTC) - timedelta(days=1)

    assert tell_clock({}, registered.home, now=lambda: then) == CANNOT

    shown = capsys.readouterr().out
    assert f"This server's clock:     {then:%Y-%m-%d %H:%M:%S} UTC" in shown
    assert re.search(r"clock is 2[34] h (\d+ min )?behind what was seen", shown)
