"""The units and accounts of deploy/, as systemd itself reads them; it need not run for that."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.programs import as_root, program

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = ["bartizan.service", "bartizan.socket", "bartizan-mail.service", "bartizan-mail.timer"]

MOST_EXPOSED = 1.5
"""Of 10, by the measure of systemd; a service without any settings has 9.6."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A directory with the units, for a command that is here."""
    for name in UNITS:
        text = (DEPLOY / name).read_text()
        command = str(Path(sys.executable).with_name("bartizan"))
        (tmp_path / name).write_text(text.replace("/opt/bartizan/bin/bartizan", command))
    return tmp_path


def of(unit: Path) -> dict[str, list[str]]:
    """The words of a unit with each one's values."""
    words: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        word, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            words.setdefault(word, []).append(value)
    return words


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line(units: Path, unit: str) -> None:
    analyze = program("systemd-analyze", "systemd")

    said = subprocess.run([analyze, "verify", "--man=no", units / unit], capture_output=True, text=True, check=False)

    assert (said.returncode, said.stderr) == (0, "")


def test_the_host_is_shut_in_as_far_as_it_works(units: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    judged = ["security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", "--no-pager"]

    said = subprocess.run([analyze, *judged, units / "bartizan.service"], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout[-300:]


def test_the_host_still_sees_who_is_at_its_socket() -> None:
    """Under PrivateUsers SO_PEERCRED names everybody nobody, so that all share caps and stand alike in the audit."""
    assert "PrivateUsers" not in of(DEPLOY / "bartizan.service")


def test_only_the_data_and_the_log_can_be_written_by_the_host() -> None:
    service = of(DEPLOY / "bartizan.service")

    assert service["ProtectSystem"] == ["strict"]
    assert service["ReadWritePaths"] == ["/var/lib/bartizan /var/log/bartizan"]


def test_the_socket_is_the_one_that_attach_and_doctor_look_for() -> None:
    from tui.hosting.handover import SOCKET

    told = of(DEPLOY / "bartizan.socket")

    assert told["ListenSequentialPacket"] == [SOCKET]
    assert (told["SocketMode"], told["SocketGroup"]) == (["0660"], ["bartizan-console"])


def test_the_accounts_and_directories_are_made_as_the_host_needs_them(tmp_path: Path) -> None:
    as_root()  # the directories are given to others
    sysusers, tmpfiles = program("systemd-sysusers", "systemd"), program("systemd-tmpfiles", "systemd")
    for kind in ("sysusers", "tmpfiles"):
        place = tmp_path / "etc" / f"{kind}.d"
        place.mkdir(parents=True)
        (place / "bartizan.conf").write_text((DEPLOY / f"{kind}.conf").read_text())

    for made in (sysusers, tmpfiles):
        create = ["--create"] if made == tmpfiles else []
        subprocess.run([made, f"--root={tmp_path}", *create, "bartizan.conf"], check=True, capture_output=True)

    users = {line.split(":")[0]: line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    groups = {line.split(":")[0]: line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines()}
    assert users["bartizan"][5:] == ["/var/lib/bartizan", "/usr/sbin/nologin"]
    assert users["console"][5:] == ["/", "/bin/sh"]
    assert groups["bartizan-console"][3] == "console"
    assert groups["bartizan"][3] == ""
    for private in ("etc/bartizan/keys", "var/lib/bartizan", "var/log/bartizan"):
        found = (tmp_path / private).stat()
        assert (f"{found.st_mode & 0o7777:o}", str(found.st_uid)) == ("700", users["bartizan"][2])


def test_from_nothing_to_running_are_ten_lines_with_files_that_are_here() -> None:
    guide = (DEPLOY.parent / "docs" / "operators.md").read_text()
    _, _, after = guide.partition("## From nothing to running over SSH")
    lines = after.partition("```sh\n")[2].partition("```")[0].splitlines()

    named = {word for line in lines for word in line.split() if word.startswith("deploy/")}
    assert len(lines) <= 10
    assert {f"deploy/{name}" for name in UNITS[:2]} < named
    assert [name for name in named if not (DEPLOY.parent / name).is_file()] == []
