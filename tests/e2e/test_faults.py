"""What is wrong with settings, key ring or database is told in one sentence; nothing is granted or overwritten."""

import re
import shutil
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.data.processes import running
from tests.e2e.installation import BARTIZAN, Installation, answers
from tests.e2e.journey import (
    OLGA,
    UMA,
    Focused,
    Said,
    agree,
    asked_for_code,
    at_home,
    choose_sign_out,
    enrol,
    fill_in,
    give_password,
    open_from_home,
    open_security,
    show_new_recovery_codes,
    sign_in,
)
from tests.e2e.programs import own_mounts
from tests.e2e.terminal import CTRL_C, Terminal, private_environment, start_console

CANNOT = 69
COMMANDS = ("register", "bootstrap-code", "audit-verify")

Spoil = Callable[[Installation], None]


def key_ring_is_missing(there: Installation) -> None:
    there.key_ring.unlink()


def key_ring_is_of_another_database(there: Installation) -> None:
    other = Installation(there.home / "other")
    assert other.register().returncode == 0
    there.key_ring.unlink()
    shutil.copy(other.key_ring, there.key_ring)


def key_ring_is_cut_off(there: Installation) -> None:
    there.key_ring.chmod(0o600)
    there.key_ring.write_bytes(there.key_ring.read_bytes()[:40])


def key_ring_is_open_to_others(there: Installation) -> None:
    there.key_ring.chmod(0o444)


def directory_of_the_key_ring_is_open_to_others(there: Installation) -> None:
    there.key_ring.parent.chmod(0o755)


def database_is_open_to_others(there: Installation) -> None:
    there.database.chmod(0o644)


def directory_of_the_database_is_open_to_others(there: Installation) -> None:
    there.database.parent.chmod(0o750)


def database_is_of_a_newer_schema(there: Installation) -> None:
    there.change("UPDATE alembic_version SET version_num = '9999'")


def database_is_of_another_program(there: Installation) -> None:
    there.database.unlink()
    there.change("PRAGMA journal_mode = WAL")
    there.change("CREATE TABLE recipes (name TEXT)")
    there.database.chmod(0o600)


def database_is_a_text(there: Installation) -> None:
    there.database.write_bytes(b"Dear diary, this is no database.\n" * 200)


def database_is_damaged(there: Installation) -> None:
    content = bytearray(there.database.read_bytes())
    content[100 : 100 + 8000] = b"\xa5" * 8000
    there.database.write_bytes(content)


def database_is_a_directory(there: Installation) -> None:
    there.database.unlink()
    there.database.mkdir(mode=0o700)


def settings_are_no_toml(there: Installation) -> None:
    (there.key_ring.parent / "bartizan.toml").write_text('theme = "dark\n')


def a_setting_is_unknown(there: Installation) -> None:
    (there.key_ring.parent / "bartizan.toml").write_text('colour = "blue"\n')


def a_setting_is_a_number(there: Installation) -> None:
    (there.key_ring.parent / "bartizan.toml").write_text("theme = 5\n")


SPOILT: dict[Spoil, str] = {
    key_ring_is_missing: r"The key ring \S+ is missing, and the database cannot be read without it. Put it back.",
    key_ring_is_of_another_database: r"The key ring \S+ belongs to another database. Put the right one in its place.",
    key_ring_is_cut_off: r"The key ring \S+ cannot be read or is damaged. Put its backup back.",
    key_ring_is_open_to_others: r"\S+/keys.json is open to others \(mode 0444\). Close it: chmod 0600 \S+/keys.json",
    directory_of_the_key_ring_is_open_to_others: r"\S+ is open to others \(mode 0755\). Close it: chmod 0700 \S+",
    database_is_open_to_others: r"\S+ is open to others \(mode 0644\). Close it: chmod 0600 \S+/bartizan.db",
    directory_of_the_database_is_open_to_others: r"\S+ is open to others \(mode 0750\). Close it: chmod 0700 \S+",
    database_is_of_a_newer_schema: r"The database \S+ was made by a newer Bartizan \(schema 9999, .*\).",
    database_is_of_another_program: r"The database \S+ belongs to another program. It was left as it is.",
    database_is_a_text: r"\S+/bartizan.db is not a SQLite database. It was left as it is.",
    database_is_damaged: r"The database \S+ is damaged. Restore it from its backup.",
    database_is_a_directory: r"\S+/bartizan.db is not a SQLite database. It was left as it is.",
    settings_are_no_toml: r"The setting \S+/bartizan.toml cannot be read: .*line 1.*",
    a_setting_is_unknown: r"The setting colour is not a setting \(\S+/bartizan.toml\).",
    a_setting_is_a_number: r"The setting theme must be a text in quotes \(\S+/bartizan.toml\).",
}

SETTINGS = {
    "no-registration": (
        {"BARTIZAN_REGISTRATION": "anybody"},
        r"The setting registration must be first-start or command.",
    ),
    "no-theme": ({"BARTIZAN_THEME": "pink"}, r"The setting theme must be dark or light."),
    "issuer-with-colon": (
        {"BARTIZAN_ISSUER": "a:b"},
        r"The setting issuer must be 1 to 32 visible characters without a colon.",
    ),
    "no-such-file": (
        {"BARTIZAN_CONFIG": "/nowhere/bartizan.toml"},
        r"The setting /nowhere/bartizan.toml cannot be read: .*",
    ),
    "no-such-scheme": (
        {"BARTIZAN_DATABASE_URL": "mysql://root:s3cret@host/db"},
        r"The setting database_url names neither a SQLite file nor a PostgreSQL server.",
    ),
    "server-unreachable": (
        {"BARTIZAN_DATABASE_URL": "postgresql://bartizan:s3cret@127.0.0.1:1/bartizan"},
        r"The database \S*127.0.0.1\S* cannot be reached: .*",
    ),
}


def told_on(console: Terminal) -> str:
    """What stands on a terminal, as one line: a word goes on where a line is full to its edge."""
    return "".join(line if line[-1:].strip() else f"{line.rstrip()} " for line in console.text()).strip()


def assert_told(said: str, sentence: str) -> None:
    """One sentence that a person understands, and nothing else."""
    assert re.fullmatch(sentence, said.strip()), said
    assert "s3cret" not in said


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_used_is_told_and_left_as_it_is(registered: Installation, spoil: Spoil) -> None:
    spoil(registered)
    before = registered.files()

    with start_console(registered.home) as console:
        assert console.wait_exit() == CANNOT
        assert not console.in_alternate_screen
        on_screen = told_on(console)
    assert_told(on_screen, SPOILT[spoil])
    for command in COMMANDS:
        ended = registered.run(command, typed=answers(OLGA))
        assert (ended.returncode, ended.stdout) == (CANNOT, "")
        assert_told(ended.stderr, SPOILT[spoil])

    assert registered.files() == before


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_cannot_be_used_is_told_and_nothing_is_made(empty: Installation, name: str) -> None:
    variables, sentence = SETTINGS[name]

    with empty.start(**variables) as console:
        assert console.wait_exit() == CANNOT
        assert not console.in_alternate_screen
        assert_told(told_on(console), sentence)
    for command in COMMANDS:
        ended = empty.run(command, typed=answers(OLGA), **variables)
        assert (ended.returncode, ended.stdout) == (CANNOT, "")
        assert_told(ended.stderr, sentence)

    assert empty.files() == {}


LOCKED = r"The database \S+ is busy. Nothing was changed; try again."
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA locking_mode = {sys.argv[2]}")
connection.execute(f"BEGIN {sys.argv[2]}" if sys.argv[2] == "EXCLUSIVE" else "BEGIN IMMEDIATE")
connection.execute("UPDATE installation SET id = id")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_database_that_another_process_holds_for_itself_is_told(registered: Installation) -> None:
    with running(HOLD, str(registered.database), "EXCLUSIVE"):
        with start_console(registered.home) as console:
            assert console.wait_exit() == CANNOT
            assert_told(told_on(console), LOCKED)
        assert_told(registered.run("audit-verify").stderr, LOCKED)


def test_a_sign_in_while_another_process_writes_is_refused_and_works_afterwards(registered: Installation) -> None:
    with start_console(registered.home) as console:
        with running(HOLD, str(registered.database), "NORMAL"):
            give_password(console)
            console.wait_for(Said("is busy. Nothing was changed; try again."))
            assert registered.open_sessions() == 0
        fill_in(console, OLGA.password)
        at_home(console)


def test_leaving_while_another_process_writes_ends_the_console_and_says_what_was_not_done(
    registered: Installation,
) -> None:
    """The fault was an unexpected one: a reference number instead of a sentence."""
    with start_console(registered.home) as console:
        sign_in(console)
        with running(HOLD, str(registered.database), "NORMAL"):
            console.send(CTRL_C)
            agree(console, "Quit?", harmless="Stay")
            assert console.wait_exit() == CANNOT
        told = told_on(console)
    assert_told(told, LOCKED + " Your session ends by itself when it has been idle for 15 minutes.")
    assert not registered.log.exists()


def test_signing_out_while_another_process_writes_says_what_was_not_done(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        with running(HOLD, str(registered.database), "NORMAL"):
            choose_sign_out(console)
            console.wait_for(Said("Your session ends by itself when it has been idle for 15 minutes."))
        sign_in(console)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_file_system_that_is_read_only_says_so(registered: Installation, command: str) -> None:
    assert_refused_with_mounts(
        registered,
        'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"',
        command,
        sentence=r"The database \S+ cannot be (written. Nothing was changed.|reached: unable to open database file)",
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_full_file_system_says_so(registered: Installation, command: str) -> None:
    assert_refused_with_mounts(
        registered,
        'cp -a "$1" "$1.kept" && mount -t tmpfs -o size=1500k,mode=700 full "$1" && cp -a "$1.kept"/. "$1"'
        ' && ! cat /dev/zero 2>/dev/null >"$1/filler"',
        command,
        sentence=r"There is no room left for the database \S+. Nothing was changed.",
    )


def assert_refused_with_mounts(there: Installation, script: str, command: str, *, sentence: str) -> None:
    begin = own_mounts(script, there.database.parent)
    env = private_environment(there.home)
    ended = subprocess.run(
        [*begin, BARTIZAN, command],
        env=env,
        input=answers(OLGA),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (CANNOT, "")
    assert_told(ended.stderr, sentence)

    with Terminal([*begin, BARTIZAN], env=env, cwd=there.home) as console:
        assert console.wait_exit() == CANNOT
        assert not console.in_alternate_screen
        assert_told(told_on(console), sentence)


REGISTRATION_IS_THERE = "SELECT name FROM sqlite_master WHERE name = 'installation'"


def _login(console: Terminal) -> None:
    console.wait_for(Said("E-mail"))


def _home(console: Terminal) -> None:
    sign_in(console)


def _security(console: Terminal) -> None:
    sign_in(console)
    open_security(console)


def _password(console: Terminal) -> None:
    sign_in(console)
    open_from_home(console, "Password")
    console.wait_for(Said("Last changed"))


def _help(console: Terminal) -> None:
    sign_in(console)
    console.send("?")
    console.wait_for(Said("Keys everywhere"))


def _question(console: Terminal) -> None:
    sign_in(console)
    console.send("q")
    console.wait_for(Focused("Stay"))


SCREENS = (_login, _home, _security, _password, _help, _question)


@pytest.mark.parametrize("go_there", SCREENS, ids=lambda go: go.__name__.strip("_"))
def test_a_line_that_breaks_on_any_screen_ends_process_and_session(
    registered: Installation, go_there: Callable[[Terminal], None]
) -> None:
    with start_console(registered.home) as console:
        go_there(console)
        assert_nothing_is_left(console, registered)


def test_a_line_that_breaks_at_the_first_start_leaves_nobody_registered(empty: Installation) -> None:
    with start_console(empty.home) as console:
        console.wait_for("Register your contract")
        fill_in(console, OLGA.contract, OLGA.given)
        console.wait_for(lambda _: empty.key_ring.exists() and empty.rows(REGISTRATION_IS_THERE))
        assert_nothing_is_left(console, empty)

    assert empty.rows("SELECT email FROM person") == []


def test_a_line_that_breaks_at_a_proof_or_a_code_ends_process_and_session(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        enrol(console)
        assert len(show_new_recovery_codes(console)) == 10
        assert_nothing_is_left(console, registered)

    with start_console(registered.home) as console:
        give_password(console)
        asked_for_code(console)
        assert_nothing_is_left(console, registered)


def test_a_line_that_breaks_in_the_assistant_of_a_forced_person_ends_process_and_session(
    populated: Installation,
) -> None:
    with start_console(populated.home) as console:
        give_password(console, UMA)
        console.wait_for(Focused("Next"))
        assert_nothing_is_left(console, populated)


def assert_nothing_is_left(console: Terminal, there: Installation) -> None:
    console.hang_up()

    assert console.wait_exit() == 128 + signal.SIGHUP
    assert there.open_sessions() == 0
    assert there.rows("SELECT * FROM pending_authenticator") == []
    assert not there.log.exists(), there.log.read_text()
