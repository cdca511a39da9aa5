"""`bartizan doctor` names what is wrong with real files, and the command that it names mends them."""

import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from cli.checks import data
from cli.doctor import doctor
from core.config import load_settings
from core.registration import Registration
from core.services import open_services
from tests.core.actors import CONSOLE, PASSWORD
from tests.e2e.programs import as_root

CANNOT = 69


@dataclass(frozen=True)
class House:
    """An installation in a directory of its own, looked at as the account that owns it."""

    home: Path
    output: pytest.CaptureFixture[str]

    @property
    def environ(self) -> dict[str, str]:
        return {"BARTIZAN_CONFIG": str(self.home / "bartizan.toml"), "BARTIZAN_SOCKET": str(self.home / "run/sock")}

    def looked_at(self) -> tuple[int, list[dict[str, str]]]:
        """The exit code and the findings."""
        code = doctor(self.environ, self.home, form="json")
        return code, json.loads(self.output.readouterr().out)

    def wrongs(self) -> list[tuple[str, str, str]]:
        """Subject, sentence and remedy of what is wrong, but for NTP, which is the machine's."""
        _, findings = self.looked_at()
        return [
            (each["subject"], each["says"], each["mend"])
            for each in findings
            if each["standing"] == "wrong" and "NTP" not in each["says"]
        ]


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an installation with a registered owner."""
    home = tmp_path_factory.mktemp("house")
    _write_settings(home)
    services = open_services(load_settings({"BARTIZAN_CONFIG": str(home / "bartizan.toml")}, home), cost=CHEAPEST)
    wanted = Registration("Harbour Works", "Olga", "Ohm", "olga@example.com", PASSWORD, PASSWORD)
    services.registration.register(wanted, origin=CONSOLE)
    services.close()
    (home / "bartizan.log").touch(mode=0o600)
    return home


@pytest.fixture
def house(built_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    """A sound installation, this test's own."""
    home = tmp_path / "house"
    shutil.copytree(built_once, home)
    _write_settings(home)
    return House(home, capsys)


def _write_settings(home: Path, **more: str) -> None:
    values = {
        "database_url": f"sqlite:///{home}/data/bartizan.db",
        "key_ring": f"{home}/keys/keyring.json",
        "log_file": f"{home}/bartizan.log",
        **more,
    }
    file = home / "bartizan.toml"
    file.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()))
    file.chmod(0o644)


def test_a_sound_house_is_all_right_and_untouched(house: House) -> None:
    before = _everything(house.home)

    _, findings = house.looked_at()

    assert house.wrongs() == []
    assert {each["subject"] for each in findings if each["standing"] == "ok"} == {
        "settings", "key ring", "database", "log", "disk", "clock", "host",
    }  # fmt: skip
    assert _everything(house.home) == before


def test_in_a_place_where_nothing_is_yet_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write_settings(tmp_path)
    before = _everything(tmp_path)

    assert House(tmp_path, capsys).wrongs() == []

    assert _everything(tmp_path) == before


@pytest.mark.parametrize(
    ("path", "mode", "subject"),
    [
        ("keys", 0o755, "key ring"),
        ("keys/keyring.json", 0o440, "key ring"),
        ("data", 0o750, "database"),
        ("data/bartizan.db", 0o644, "database"),
        ("bartizan.log", 0o644, "log"),
        ("bartizan.toml", 0o666, "settings"),
    ],
)
def test_a_mode_that_is_too_wide_is_named_with_the_command_that_closes_it(
    house: House, path: str, mode: int, subject: str
) -> None:
    (house.home / path).chmod(mode)

    found = house.wrongs()

    mends = [mend for its_subject, says, mend in found if its_subject == subject and str(house.home / path) in says]
    assert mends
    assert house.looked_at()[0] == 1
    if mends[0].startswith("chmod") or os.geteuid() == 0:
        subprocess.run(mends[0], shell=True, check=True)  # noqa: S602 - it is to be run as it is told
        assert house.wrongs() == []


def _ring_gone(home: Path) -> None:
    (home / "keys/keyring.json").unlink()


def _another_ring(home: Path) -> None:
    from data.sealing import KeyRing

    (home / "keys/keyring.json").unlink()
    KeyRing.create(home / "keys/keyring.json")


def _no_ring_at_all(home: Path) -> None:
    (home / "keys/keyring.json").chmod(0o600)
    (home / "keys/keyring.json").write_text("{}")


def _ring_beside_the_database(home: Path) -> None:
    shutil.move(home / "keys/keyring.json", home / "data/keyring.json")
    _write_settings(home, key_ring=f"{home}/data/keyring.json")


def _no_database_at_all(home: Path) -> None:
    (home / "data/bartizan.db").write_bytes(b"something else")


def _older_schema(home: Path) -> None:
    _change(home, "UPDATE alembic_version SET version_num = '0001'")


def _newer_schema(home: Path) -> None:
    _change(home, "UPDATE alembic_version SET version_num = '9999'")


def _broken_page(home: Path) -> None:
    file = home / "data/bartizan.db"
    with closing(sqlite3.connect(file)) as connection:
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'attempt_counter'")
        [(size,)] = connection.execute("PRAGMA page_size")
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xaa" * size)


def _clock_behind(home: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    _change(home, "UPDATE audit_head SET at = ?", f"{ahead:%Y-%m-%d %H:%M:%S}.000000")


def _change(home: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(home / "data/bartizan.db")) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


SPOILT: list[tuple[Callable[[Path], None], str, str, str]] = [
    (_ring_gone, "key ring", "is missing", "Backup"),
    (_another_ring, "key ring", "belongs to another database", "Backup"),
    (_no_ring_at_all, "key ring", "cannot be read or is damaged", "Backup"),
    (_ring_beside_the_database, "key ring", "lie in one directory", "the setting key_ring"),
    (_no_database_at_all, "database", "is not a SQLite database", "docs/operators.md"),
    (_older_schema, "database", "older release", "systemctl reload bartizan"),
    (_newer_schema, "database", "newer Bartizan", "docs/operators.md"),
    (_broken_page, "database", "amaged", "docs/operators.md"),
    (_clock_behind, "clock", "behind what was seen, and nobody gets in", "bartizan clock --accept"),
]


@pytest.mark.parametrize(("spoil", "subject", "says", "mend"), SPOILT)
def test_what_was_spoilt_is_named_and_what_to_do(
    house: House, spoil: Callable[[Path], None], subject: str, says: str, mend: str
) -> None:
    spoil(house.home)

    assert [found for found in house.wrongs() if found[0] == subject and says in found[1] and mend in found[2]], (
        house.wrongs()
    )
    assert house.looked_at()[0] == 1


def test_a_disk_that_is_full_soon_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "ENOUGH", 2**62)

    [(subject, says, mend)] = house.wrongs()

    assert (subject, mend) == ("disk", f"make room: df -h {house.home}/data")
    assert " MB left." in says


@pytest.mark.parametrize("setting", ["databse_url", "theme"])
def test_settings_that_do_not_load_leave_nothing_to_look_at(house: House, setting: str) -> None:
    _write_settings(house.home, **{setting: "nonsense"})

    code, findings = house.looked_at()

    assert code == CANNOT
    assert [(each["subject"], each["standing"]) for each in findings] == [("settings", "wrong")]
    assert setting in findings[0]["says"]


def test_a_password_in_the_settings_is_told_and_not_shown(house: House) -> None:
    _write_settings(house.home, database_url=f"postgresql://bartizan:Secret-0f-the-server@/db?host={house.home}")

    code = doctor(house.environ, house.home, form="text")

    shown = house.output.readouterr()
    assert code == 1
    assert "database_url holds a password" in shown.out
    assert "Secret-0f" not in shown.out + shown.err


def test_as_text_each_line_fits_and_a_command_is_in_one_piece(house: House) -> None:
    (house.home / "data").chmod(0o755)

    doctor(house.environ, house.home, form="text")

    lines = house.output.readouterr().out.splitlines()
    assert f"→ chmod 0700 {house.home}/data" in [line.strip() for line in lines]
    assert all(len(line) <= 80 for line in lines if str(house.home) not in line)
    assert all(line.startswith(("ok ", "wrong ", "not seen ", " " * 22, "What was not seen")) for line in lines)


def test_nothing_of_the_key_ring_is_told(house: House) -> None:
    ring = json.loads((house.home / "keys/keyring.json").read_text())

    doctor(house.environ, house.home, form="json")
    doctor(house.environ, house.home, form="text")

    shown = house.output.readouterr().out
    assert not [key for key in ring["keys"].values() if key in shown]


# As root

SERVICE = pwd.getpwnam("daemon")
"""An account that every machine has, here the owner of the data."""


@pytest.fixture
def anothers(built_once: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    """A sound installation that belongs to another account, where that account can reach it."""
    as_root()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        home = Path(directory, "house")
        shutil.copytree(built_once, home)
        home.chmod(0o755)
        _write_settings(home)
        for path in home.rglob("*"):
            if path.name != "bartizan.toml":
                os.chown(path, SERVICE.pw_uid, SERVICE.pw_gid)
        yield House(home, capsys)


def test_root_looks_at_data_as_their_owner_and_leaves_nothing_of_its_own(anothers: House) -> None:
    before = _everything(anothers.home)

    assert anothers.wrongs() == []

    assert os.geteuid() == 0
    assert _everything(anothers.home) == before


def test_what_the_owner_of_the_data_cannot_read_is_found_though_root_could(anothers: House) -> None:
    os.chown(anothers.home / "keys/keyring.json", 0, 0)

    found = anothers.wrongs()

    assert ("key ring", f"chown daemon: {anothers.home}/keys/keyring.json") in [(each[0], each[2]) for each in found]
    assert any("cannot be read" in says for _, says, _ in found)


def test_whoever_is_neither_root_nor_the_owner_is_told_that_nothing_was_seen(anothers: House) -> None:
    with _acting_as(SERVICE.pw_uid + 1):
        _, findings = anothers.looked_at()

    [told] = [each for each in findings if each["subject"] == "database"]
    assert (told["standing"], told["mend"]) == ("not seen", "run bartizan doctor as root")
    assert "daemon's: keys, database, log and clock were not looked at" in told["says"]
    assert not {"key ring", "log"} & {each["subject"] for each in findings}


@contextmanager
def _acting_as(uid: int) -> Iterator[None]:
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


# The socket


@contextmanager
def host(path: Path, *, answers: bool = True, mode: int = 0o660) -> Iterator[None]:
    """Something that listens at the socket and, if it answers, closes each connection once it was greeted."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    path.parent.chmod(0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        path.chmod(mode)
        listener.listen()
        greeter = threading.Thread(target=_greet, args=[listener])
        if answers:
            greeter.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        if answers:
            greeter.join()


def _greet(listener: socket.socket) -> None:
    while True:
        try:
            guest, _ = listener.accept()
        except OSError:
            return
        with guest:
            guest.recv(65536)


def of_the_socket(house: House) -> list[str]:
    return [says for subject, says, _ in house.wrongs() if subject == "socket"]


def test_a_socket_in_order_is_told_with_who_may_use_it(house: House) -> None:
    with host(house.home / "run/sock"):
        _, findings = house.looked_at()

    told = [each["says"] for each in findings if each["subject"] == "socket"]
    assert "the host answers" in told
    assert any("mode 0660" in says for says in told)
    assert any("group" in says for says in told)


def test_a_host_that_has_no_keys_yet_is_told_how_they_are_made(house: House) -> None:
    shutil.rmtree(house.home / "data")
    (house.home / "keys/keyring.json").unlink()
    with host(house.home / "run/sock"):
        [(says, mend)] = [found[1:] for found in house.wrongs() if found[0] == "key ring"]

    assert "the host may not make it" in says
    assert mend.endswith("/bin/bartizan register")


def test_a_socket_for_everybody_is_told(house: House) -> None:
    with host(house.home / "run/sock", mode=0o666):
        assert any("has mode 0666, and should have 0660" in says for says in of_the_socket(house))


def test_a_directory_in_which_others_could_put_a_socket_is_told(house: House) -> None:
    with host(house.home / "run/sock"):
        (house.home / "run").chmod(0o777)

        assert any(f"at {house.home}/run" in says for says in of_the_socket(house))


def test_a_host_that_says_nothing_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.checks.host_socket._PATIENCE", 0.2)
    with host(house.home / "run/sock", answers=False):
        assert any("says nothing" in says for says in of_the_socket(house))


def test_a_socket_at_which_nobody_listens_is_told(house: House) -> None:
    with host(house.home / "run/sock"):
        pass

    assert any("Nobody answers" in says for says in of_the_socket(house))


def test_a_file_in_the_place_of_the_socket_is_told(house: House) -> None:
    (house.home / "run").mkdir()
    (house.home / "run/sock").touch()

    assert any("something else than a socket" in says for says in of_the_socket(house))


def test_an_account_that_is_not_there_is_told(house: House) -> None:
    _write_settings(house.home, vouched_accounts="no_such_account")
    with host(house.home / "run/sock"):
        assert any("no_such_account" in says and "no such user" in says for _, says, _ in house.wrongs())


def _everything(home: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Every file and directory with its mode, owner and content."""
    return {
        path: (path.stat().st_mode, path.stat().st_uid, path.read_bytes() if path.is_file() else b"")
        for path in sorted(home.rglob("*"))
    }
