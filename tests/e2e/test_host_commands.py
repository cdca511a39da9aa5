"""`bartizan clock`, `rescue`, `unlock` and `agent`, with their answers from a pipe or on a terminal."""

import json
import re
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import core.demo
from cli.host_clock import tell_clock
from tests.e2e.installation import Installation
from tests.e2e.journey import OLGA, Person, Said, at_home, fill_in, give_password
from tests.e2e.terminal import CTRL_C, ENTER, start_console
from tests.e2e.test_invited import first_login

CANNOT, STOPPED = 69, 130
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


ANN = "ann@desk.example.com"
AS_ANN = Person(ANN, OLGA.password)


def has_agent(installation: Installation) -> str:
    """Make the support agent Ann; what the command printed."""
    ended = installation.run("agent", "add", typed=f"{ANN}\nAnn\nBell\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def listed(installation: Installation) -> Any:
    return json.loads(installation.run("agent", "list", "--json").stdout)


def test_an_agent_who_was_added_gets_in_by_the_printed_code_and_no_further_than_the_setup_assistant(
    registered: Installation,
) -> None:
    with start_console(registered.home, "agent", "add") as terminal:
        for question, answer in (("E-mail of the agent: ", ANN), ("Given name: ", "Ann"), ("Family name: ", "Bell")):
            terminal.wait_for(question)
            terminal.send(answer + ENTER)
        terminal.wait_for("First login")
        assert terminal.wait_exit() == 0
        shown = "\n".join(terminal.text())
        assert all(len(line.rstrip()) < 80 for line in terminal.text()), "no word is broken"
    found = CODE.search(shown)
    assert found
    assert found[0] not in str(registered.rows("SELECT * FROM audit_event"))
    assert listed(registered) == [
        {"email": ANN, "name": "Ann Bell", "state": "invited", "second_factor": False, "last_sign_in": None}
    ]

    with start_console(registered.home) as console:
        first_login(console, AS_ANN, found[0])
        fill_in(console, AS_ANN.password)
        console.wait_for(Said("▶ 1"))

    assert [agent["state"] for agent in listed(registered)] == ["active"]


def test_a_deactivated_agent_does_not_sign_in_until_activated_and_the_audit_has_both(registered: Installation) -> None:
    printed = has_agent(registered)
    again = registered.run("agent", "activate", typed=f"{ANN}\n")
    assert again.stdout.endswith(f"{ANN} is active already.\n")

    gone = registered.run("agent", "deactivate", typed=f" {ANN.upper()}\n")
    assert (gone.returncode, f"{ANN} is deactivated." in gone.stdout) == (0, True)
    assert [agent["state"] for agent in listed(registered)] == ["deactivated"]
    assert registered.rows("SELECT * FROM password_code") == [], "the code of the first login is void"
    twice = registered.run("agent", "deactivate", typed=f"{ANN}\n")
    assert (twice.returncode, twice.stdout) == (0, f"Ann Bell, support agent\n{ANN} is deactivated already.\n")
    back = registered.run("agent", "activate", typed=f"{ANN}\n")
    assert (back.returncode, "For a new code: bartizan rescue" in " ".join(back.stdout.split())) == (0, True)

    acts = "'make a support agent', 'deactivate a person', 'activate a person'"
    rows = registered.rows(f"SELECT act, origin FROM audit_event WHERE act IN ({acts}) ORDER BY at")  # noqa: S608
    assert [act for act, _ in rows] == ["make a support agent", "deactivate a person", "activate a person"]
    assert all(socket.gethostname() in origin for _, origin in rows)
    assert CODE.search(printed)


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("deactivate",), f"{OLGA.email}\n", "This support agent is not there, or not any more.\n"),
        (("activate",), "\n", "This support agent is not there, or not any more.\n"),
        (("add",), f"{OLGA.email}\nEve\nDropper\n", "This address cannot be used here. Ask the person for another.\n"),
        (("add",), "nobody\nEve\nDropper\n", "E-mail must be an address such as jane.doe@example.com.\n"),
        (("add",), f"{ANN}\n\nBell\n", "Given name must be filled in.\n"),
        (("add",), "", "E-mail must be filled in.\n"),
    ],
)
def test_what_cannot_be_an_agent_or_is_none_is_refused_and_nothing_is_changed(
    registered: Installation, words: tuple[str, ...], typed: str, said: str
) -> None:
    before = registered.rows("SELECT count(*), sum(active) FROM person")

    ended = registered.run("agent", *words, typed=typed)

    assert (ended.returncode, ended.stdout, ended.stderr) == (CANNOT, "", said)
    assert registered.rows("SELECT count(*), sum(active) FROM person") == before
    assert listed(registered) == []


def test_a_question_that_is_left_by_ctrl_c_changes_nothing(registered: Installation) -> None:
    with start_console(registered.home, "agent", "add") as terminal:
        terminal.wait_for("E-mail of the agent: ")
        terminal.send(ANN + ENTER)
        terminal.wait_for("Given name: ")
        terminal.send(CTRL_C)
        terminal.wait_for("Stopped; nothing was changed.")
        assert terminal.wait_exit() == STOPPED

    assert listed(registered) == []


def test_agents_are_listed_as_a_table_of_text_alone(registered: Installation) -> None:
    """Attack: a name in the database that clears the screen of whoever lists the agents."""
    none = registered.run("agent", "list")
    assert none.stdout == "There is no support agent. Make one with: bartizan agent add\n"
    has_agent(registered)
    registered.change("UPDATE person SET family_name = ? WHERE email = ?", "\x1b[2JBell\u202e", ANN)

    ended = registered.run("agent", "list")

    heading, line = ended.stdout.splitlines()
    assert heading.split() == ["State", "2-factor", "Last", "sign-in", "(UTC)", "E-mail", "Name"]
    assert re.match(rf"invited +not yet +never +{ANN}  Ann ", line)
    assert line.index(ANN) == heading.index("E-mail")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stdout)


def test_an_agent_who_lost_the_device_gets_a_code_and_sets_2_factor_up_anew_and_nobody_else_is_told(
    populated: Installation,
) -> None:
    sam = Person("sam@example.net", core.demo.PASSWORD + "?")

    ended = populated.run("rescue", "--reset-2-factor", typed=f"{sam.email}\nlost the telephone\n{sam.email}\n")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Sam Support, support agent\n  2-factor: on\n")
    assert "The audit and the person are told." in " ".join(ended.stdout.split())
    assert populated.rows("SELECT count(*) FROM audit_event WHERE act LIKE 'be told of%'") == [(0,)]
    assert [(agent["state"], agent["second_factor"]) for agent in listed(populated)] == [("active", False)]
    found = CODE.search(ended.stdout)
    assert found
    with start_console(populated.home) as console:
        first_login(console, sam, found[0])
        fill_in(console, sam.password)
        console.wait_for(Said("▶ 1"))


def test_an_agent_whose_first_code_was_lost_gets_another(registered: Installation) -> None:
    has_agent(registered)

    ended = registered.run("rescue", typed=f"{ANN}\nthe code was lost\n{ANN}\n")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert CODE.search(ended.stdout)
    assert "At the login: First login, then e-mail, this code" in ended.stdout
