"""People and resources from a file and to one, with the installed command, on a terminal and in a pipe."""

import csv
import json
import re
import stat
from io import StringIO
from pathlib import Path

import pytest

import core.demo
from tests.e2e.installation import BARTIZAN, Installation
from tests.e2e.journey import OLGA, UMA, Person, enrol, quit_console, sign_in
from tests.e2e.terminal import CTRL_C, ENTER, Terminal, private_environment, start_console

CANNOT, STOPPED = 69, 130
ANSWERS = f"{OLGA.email}\n{OLGA.password}\n"
HEADER = "email,given_name,family_name,role,groups,force\n"
GOOD = "jane@example.com,Jane,Doe,,,\njoe@example.com,=Joe,Doe,administrator,,yes\n"
EVIL = "\x1b]52;c;ZXZpbA==\x07[/]\u202e"


def written(home: Installation, text: str, name: str = "file.csv") -> str:
    (home.home / name).write_text(text, encoding="utf-8", newline="")
    return name


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def people_in(home: Installation) -> set[str]:
    return {email for (email,) in home.rows("SELECT email FROM person")}


def answer(terminal: Terminal, person: Person = OLGA) -> None:
    for question, said in (("E-mail: ", person.email), ("Password: ", person.password)):
        terminal.wait_for(question)
        terminal.send(said + ENTER)


def test_people_are_imported_from_a_pipe_and_one_of_them_sets_his_password(registered: Installation) -> None:
    file = written(registered, HEADER + GOOD)

    ended = registered.run("import", "people", file, "--codes", "codes.csv", typed=ANSWERS)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "Lines read: 2; refused: 0; people invited: 2.\n"
    codes = registered.home / "codes.csv"
    assert mode_of(codes) == 0o600
    rows = list(csv.DictReader(StringIO(codes.read_text(encoding="utf-8"))))
    assert [row["email"] for row in rows] == ["jane@example.com", "joe@example.com"]
    assert all(re.fullmatch(r"([2-9A-Z]{4}-){4}[2-9A-Z]{4}", row["code"]) for row in rows)
    assert registered.rows("SELECT role, force_sec_auth FROM person WHERE email LIKE 'joe%'") == [("administrator", 1)]
    assert registered.open_sessions() == 0


def test_a_code_reaches_the_file_and_nothing_else(registered: Installation) -> None:
    ended = registered.run(
        "import", "people", written(registered, HEADER + GOOD), "--codes", "codes.csv", typed=ANSWERS
    )

    codes = [row["code"] for row in csv.DictReader(StringIO((registered.home / "codes.csv").read_text()))]
    elsewhere = [content for path, (_, content) in registered.files().items() if path.name != "codes.csv"]
    for code in codes:
        assert code not in ended.stdout + ended.stderr
        assert not any(code.encode() in content for content in elsewhere)
    assert not any(OLGA.password.encode() in content for content in elsewhere)


def test_codes_are_never_written_over_a_file_and_there_is_none_where_nobody_was_invited(
    registered: Installation, tmp_path: Path
) -> None:
    file = written(registered, HEADER + GOOD)
    kept = registered.home / "kept"
    kept.write_text("mine", encoding="utf-8")
    (registered.home / "link").symlink_to(tmp_path / "elsewhere")

    for codes in ("kept", "link", "no/such/place"):
        ended = registered.run("import", "people", file, "--codes", codes, typed=ANSWERS)
        assert (ended.returncode, ended.stdout) == (CANNOT, "")
    bad = written(registered, HEADER + GOOD + "nobody,N,N,,,\n", "bad.csv")
    registered.run("import", "people", bad, "--all-or-nothing", "--codes", "codes.csv", typed=ANSWERS)

    assert kept.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert not (registered.home / "codes.csv").exists()
    assert people_in(registered) == {OLGA.email}


@pytest.mark.parametrize("words", [["--dry-run"], ["--all-or-nothing"]])
def test_a_dry_run_and_a_file_that_is_not_all_good_change_nothing(registered: Installation, words: list[str]) -> None:
    file = written(registered, HEADER + GOOD + "nobody,N,N,,,\n")

    ended = registered.run("import", "people", file, *words, typed=ANSWERS)

    assert ended.returncode == CANNOT
    assert ended.stderr == "line 4: E-mail must be an address such as jane.doe@example.com.\n"
    assert "Lines read: 3; refused: 1. Nothing was changed" in ended.stdout
    assert people_in(registered) == {OLGA.email}


def test_without_a_mode_what_is_good_is_kept(registered: Installation) -> None:
    ended = registered.run("import", "people", written(registered, HEADER + "nobody,,,,,\n" + GOOD), typed=ANSWERS)

    assert ended.returncode == CANNOT
    assert ended.stdout == (
        "Lines read: 3; refused: 1; people invited: 2. "
        "No codes were written; Invite again in the User Manager makes one.\n"
    )


def test_with_json_every_bad_line_is_told_and_nothing_else(registered: Installation) -> None:
    file = written(registered, HEADER + "nobody,N,N,,,\n" * 150 + GOOD)

    ended = registered.run("import", "people", file, "--json", "--dry-run", typed=ANSWERS)
    told = json.loads(ended.stdout)
    shorter = registered.run("import", "people", file, "--dry-run", typed=ANSWERS)

    assert (ended.returncode, ended.stderr) == (CANNOT, "")
    assert {name: told[name] for name in told if name != "refused"} == {
        "lines": 152, "good": 2, "kept": 0, "stopped": False,
    }  # fmt: skip
    assert [each["line"] for each in told["refused"]] == list(range(2, 152))
    assert len(shorter.stderr.splitlines()) == 101


@pytest.mark.parametrize("words", [[], ["--json"], ["--dry-run"], ["--all-or-nothing"]])
@pytest.mark.parametrize(
    "text",
    [f"email,{EVIL}\n", f"{HEADER}a@b.example,{EVIL},x,,,\n", f"{HEADER}a@b.example,A,A,,{EVIL},\n", HEADER + EVIL],
    ids=["column", "name", "group", "line"],
)  # fmt: skip
def test_what_a_file_holds_reaches_the_terminal_as_text_alone(
    registered: Installation, text: str, words: list[str]
) -> None:
    """Attack: a supplier's list of people wrote into the clipboard of the administrator who imported it."""
    ended = registered.run("import", "people", written(registered, text), *words, typed=ANSWERS)

    assert ended.returncode == CANNOT
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stdout + ended.stderr)
    assert "Traceback" not in ended.stderr


def test_the_name_of_a_file_reaches_the_terminal_as_text_alone(registered: Installation) -> None:
    ended = registered.run("import", "people", EVIL, typed=ANSWERS)

    assert ended.returncode == CANNOT
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stdout + ended.stderr)


def test_standard_input_is_no_file_where_the_answers_come_from_it(registered: Installation) -> None:
    """Attack on oneself: the first rows of the file were taken for e-mail and password, and told to the audit."""
    ended = registered.run("import", "people", "-", typed=HEADER + GOOD)

    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert "name a file" in ended.stderr
    assert registered.rows("SELECT act FROM audit_event WHERE outcome = 'denied'") == []


def test_on_a_terminal_the_file_may_come_through_a_pipe_and_no_password_is_shown(registered: Installation) -> None:
    written(registered, HEADER + GOOD)
    command = 'exec "$0" import people - <file.csv'
    with shell(registered, command) as terminal:
        answer(terminal)
        terminal.wait_for("people invited: 2.")

        assert terminal.wait_exit() == 0
        assert OLGA.password.encode() not in terminal.raw


def shell(home: Installation, command: str) -> Terminal:
    """A line of a shell on a terminal, whose $0 is the installed command."""
    return Terminal(["/bin/sh", "-c", command, BARTIZAN], env=private_environment(home.home), cwd=home.home)


def test_ctrl_c_stops_between_portions_and_says_what_was_kept(registered: Installation) -> None:
    people = "".join(f"person-{number}@example.com,Given,Family,,,\n" for number in range(100_000))
    written(registered, HEADER + people)
    with start_console(registered.home, "import", "people", "file.csv") as terminal:
        answer(terminal)
        terminal.wait_for(lambda _: re.search(rb"\d,000 of 100,001", bytes(terminal.raw)))
        terminal.send(CTRL_C)
        line: str = terminal.wait_for("Stopped. Lines read:")

        assert terminal.wait_exit() == STOPPED
    said = re.search(r"people invited: ([\d,]+)\.", line)
    assert said
    kept = int(said[1].replace(",", ""))
    assert 0 < kept < 100_000
    assert len(people_in(registered)) == kept + 1
    assert registered.open_sessions() == 0


def test_whoever_has_a_second_factor_is_asked_for_a_code_and_gets_protected_resources(
    registered: Installation,
) -> None:
    written(registered, "kind,name,protected\nsnapshot,vault,yes\n", "r.csv")
    with registered.start() as console:
        sign_in(console)
        app, recovery_codes = enrol(console)
        quit_console(console)

    for words, code in (
        (["import", "resources", "r.csv"], recovery_codes[1]),
        (["export", "resources", "--output", "out.csv"], ""),
    ):
        with start_console(registered.home, *words) as terminal:
            answer(terminal)
            terminal.wait_for("Security code")
            terminal.send((code or app.next_code(terminal)) + ENTER)
            assert terminal.wait_exit() == 0
            assert app.secret.encode() not in terminal.raw

    assert (registered.home / "out.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "snapshot,vault,yes,Olga Ohm,"
    ]
    wrong = registered.run("export", "resources", typed=f"{ANSWERS}{app.wrong_code()}\n")
    assert (wrong.returncode, wrong.stdout) == (CANNOT, "")
    assert registered.open_sessions() == 0


def test_whoever_must_set_up_2_factor_first_is_told_so(populated: Installation) -> None:
    ended = populated.run("export", "resources", typed=f"{UMA.email}\n{core.demo.PASSWORD}\n")

    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert ended.stderr == "You must set up 2-factor authentication first. Start the console with: bartizan\n"


@pytest.mark.parametrize("typed", ["", f"{OLGA.email}\nwrong\n", f"{OLGA.email}\n"])
@pytest.mark.parametrize("words", [["import", "people", "file.csv"], ["export", "people", "--output", "out"]])
def test_without_the_right_password_nothing_is_done(registered: Installation, words: list[str], typed: str) -> None:
    written(registered, HEADER + GOOD)

    ended = registered.run(*words, typed=typed)

    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert "Wrong e-mail or password." in ended.stderr
    assert not (registered.home / "out").exists()
    assert people_in(registered) == {OLGA.email}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_is_a_private_file_that_is_written_over_only_by_force(registered: Installation, kind: str) -> None:
    registered.run("import", "people", written(registered, HEADER + GOOD), typed=ANSWERS)
    words = ["export", "people", "--format", kind, "--output", "out"]
    out = registered.home / "out"

    assert registered.run(*words, typed=ANSWERS).returncode == 0
    first = out.read_text(encoding="utf-8")
    assert mode_of(out) == 0o600
    assert "jane@example.com" in first
    again = registered.run(*words, typed=ANSWERS)
    assert (again.returncode, out.read_text(encoding="utf-8")) == (CANNOT, first)
    assert again.stderr == "The file out is there already; it is written over with --force only.\n"
    out.chmod(0o644)
    assert registered.run(*words, "--force", typed=ANSWERS).returncode == 0

    assert mode_of(out) == 0o600
    assert [path.name for path in registered.home.iterdir() if path.name.startswith(".out")] == []


def test_an_export_to_a_pipe_is_the_file_and_to_a_terminal_text_alone(registered: Installation) -> None:
    registered.run("import", "people", written(registered, HEADER + GOOD), typed=ANSWERS)
    registered.change("UPDATE person SET given_name = ? WHERE email = 'jane@example.com'", EVIL)

    piped = registered.run("export", "people", typed=ANSWERS)
    with start_console(registered.home, "export", "people", columns=120) as terminal:
        answer(terminal)
        terminal.wait_for("joe@example.com,'=Joe,Doe,administrator,yes,,yes,no,yes,")
        assert terminal.wait_exit() == 0
        assert b"\x1b]52" not in terminal.raw

    assert (piped.returncode, piped.stderr) == (0, "")
    rows = list(csv.DictReader(StringIO(piped.stdout)))
    assert [row["email"] for row in rows] == ["jane@example.com", "joe@example.com", OLGA.email]


def test_an_export_that_nobody_can_take_is_one_sentence_and_signs_out(registered: Installation) -> None:
    for target in ("/dev/full", "no/such/place"):
        words = ["--output", target] if target != "/dev/full" else []
        redirected = f'exec "$0" export people {" ".join(words)} <answers' + ("" if words else f" >{target}")
        written(registered, ANSWERS, "answers")
        with shell(registered, redirected) as terminal:
            terminal.wait_for("cannot be written: No")
            assert terminal.wait_exit() == CANNOT
    assert registered.open_sessions() == 0


@pytest.fixture
def another(tmp_path: Path) -> Installation:
    there = Installation(tmp_path / "there")
    assert there.register(Person("otto@example.com", OLGA.password, "Otto", "Other", "Elsewhere")).returncode == 0
    return there


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_of_one_installation_is_imported_into_another(
    registered: Installation, another: Installation, kind: str
) -> None:
    registered.run("import", "people", written(registered, HEADER + GOOD), typed=ANSWERS)
    content = registered.run("export", "people", "--format", kind, typed=ANSWERS).stdout
    there = f"otto@example.com\n{OLGA.password}\n"

    ended = another.run("import", "people", written(another, content), typed=there)

    assert ended.stderr.endswith("Role must be user or administrator.\n")
    wanted = "SELECT email, given_name, family_name, role, force_sec_auth FROM person WHERE role <> 'owner' ORDER BY 1"
    assert another.rows(wanted) == registered.rows(wanted)
    assert len(another.rows(wanted)) == 2


@pytest.mark.parametrize(
    "words",
    [["import"], ["import", "groups", "x"], ["import", "people"],
     ["import", "people", "x", "--all-or-nothing", "--dry-run"],
     ["import", "resources", "x", "--codes", "y"], ["export"], ["export", "people", "--format", "xml"],
     ["export", "people", "--password=x"]],
)  # fmt: skip
def test_words_that_make_no_sense_are_refused_before_anything_is_asked(empty: Installation, words: list[str]) -> None:
    ended = empty.run(*words)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "usage: bartizan" in ended.stderr
    assert empty.files() == {}
