"""`bartizan doctor` reads what a real sshd would do for an account, and names each setting that lets more in."""

import grp
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.checks.accounts import look_at_operators, look_at_owner
from cli.checks.finding import Finding
from cli.checks.sshd import look_at_sshd
from tests.e2e.programs import program, sshd_program

DEPLOY = Path(__file__).parents[2] / "deploy"
OPERATOR = pwd.getpwnam("daemon")
"""An account that every machine has and nobody uses."""


@dataclass(frozen=True)
class Sshd:
    """The settings of a host of our own; nothing runs."""

    home: Path

    def write(self, snippet: str, *, site: str = "") -> None:
        """A host whose own settings are `site`, and that includes the snippet first."""
        (self.home / "snippet.conf").write_text(snippet)
        (self.home / "sshd.conf").write_text(
            f"Include {self.home}/snippet.conf\nHostKey {self.home}/host_key\n{site}\n"
        )

    def look(self, account: pwd.struct_passwd = OPERATOR) -> list[Finding]:
        """What the doctor says of it."""
        return list(look_at_sshd(account, config=self.home / "sshd.conf"))


@pytest.fixture
def sshd(tmp_path: Path) -> Sshd:
    """A host with a host key and a command to be forced."""
    sshd_program()
    keygen = program("ssh-keygen", "openssh-client")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "host_key"], check=True)
    (tmp_path / "bartizan").touch(mode=0o755)
    (tmp_path / "authorized_keys").touch(mode=0o644)
    return Sshd(tmp_path)


def shipped(home: Path) -> str:
    """The snippet, for an account and paths that are here."""
    changes = {"Match User console": f"Match User {OPERATOR.pw_name}", "/etc/bartizan/": f"{home}/"}
    return changed("sshd_bartizan.conf", home, changes)


def changed(name: str, home: Path, changes: dict[str, str]) -> str:
    """A file of deploy/ with other words, each of which must be in it."""
    text = (DEPLOY / name).read_text()
    for there, here in {**changes, "/opt/bartizan/bin/bartizan": f"{home}/bartizan"}.items():
        assert there in text
        text = text.replace(there, here)
    return text


def test_the_shipped_snippet_is_all_right(sshd: Sshd) -> None:
    sshd.write(shipped(sshd.home))

    [found] = sshd.look()

    assert (found.standing, found.says) == ("ok", "daemon: attach and nothing else, by keys that only root can change")


def test_so_is_the_one_for_accounts_of_peoples_own(sshd: Sshd) -> None:
    group = {"Match Group bartizan-console": f"Match Group {grp.getgrgid(OPERATOR.pw_gid).gr_name}"}
    sshd.write(changed("sshd_bartizan_own_accounts.conf", sshd.home, group))

    assert [found.standing for found in sshd.look()] == ["ok"]


def test_who_keeps_his_shell_is_left_out_by_a_group_of_his(sshd: Sshd) -> None:
    name = grp.getgrgid(OPERATOR.pw_gid).gr_name
    group = {"Match Group bartizan-console": f"Match Group *,!{name}"}
    sshd.write(changed("sshd_bartizan_own_accounts.conf", sshd.home, group))

    assert any("ForceCommand is none" in found.says for found in sshd.look())


def test_without_the_snippet_the_command_that_installs_it_is_told(sshd: Sshd) -> None:
    sshd.write("")

    says = {found.says: found.mend for found in sshd.look()}

    [mend] = [mend for told, mend in says.items() if "does not run attach alone (ForceCommand is none)" in told]
    assert mend.startswith("install -m 644 deploy/sshd_bartizan.conf /etc/ssh/sshd_config.d/bartizan.conf && sshd -t")


@pytest.mark.parametrize(
    ("line", "instead", "named"),
    [
        ("PermitTTY yes", "PermitTTY no", "PermitTTY is no, not yes"),
        ("DisableForwarding yes", "DisableForwarding no", "DisableForwarding is no, not yes"),
        ("AllowTcpForwarding no", "AllowTcpForwarding yes", "AllowTcpForwarding is yes, not no"),
        ("AllowTcpForwarding no", "AllowTcpForwarding local", "AllowTcpForwarding is local, not no"),
        ("AllowStreamLocalForwarding no", "", "AllowStreamLocalForwarding is yes, not no"),
        ("AllowAgentForwarding no", "", "AllowAgentForwarding is yes, not no"),
        ("X11Forwarding no", "X11Forwarding yes", "X11Forwarding is yes, not no"),
        ("PermitTunnel no", "PermitTunnel yes", "PermitTunnel is yes, not no"),
        ("PermitUserRC no", "", "PermitUserRC is yes, not no"),
        ("ExposeAuthInfo yes", "", "ExposeAuthInfo is no, not yes"),
        (
            "AcceptEnv COLORTERM NO_COLOR",
            "AcceptEnv COLORTERM BARTIZAN_*",
            "what a client puts into BARTIZAN_* arrives",
        ),
        ("AcceptEnv COLORTERM NO_COLOR", "AcceptEnv *", "what a client puts into * arrives"),
        (" attach", " attach; sh", "does not run attach alone"),
        (" attach", "", "does not run attach alone"),
        ("bartizan attach", "bartizan2 attach", "there is no "),
    ],
)
def test_each_setting_that_lets_more_in_is_named(sshd: Sshd, line: str, instead: str, named: str) -> None:
    text = shipped(sshd.home)
    assert line in text
    sshd.write(text.replace(line, instead))

    found = sshd.look()

    assert [each.standing for each in found] == ["wrong"], found
    assert named in found[0].says
    assert found[0].mend


def test_a_match_block_that_comes_first_is_found_by_what_it_does(sshd: Sshd) -> None:
    """sshd takes the first value that it finds, so a correct snippet behind another block is worth nothing."""
    sshd.write(f"Match User daemon\n    AllowTcpForwarding yes\n{shipped(sshd.home)}")

    assert [each.says for each in sshd.look()] == ["daemon: AllowTcpForwarding is yes, not no."]


def test_an_environment_of_the_accounts_own_is_named(sshd: Sshd) -> None:
    sshd.write(shipped(sshd.home).replace("Match User", "PermitUserEnvironment yes\nMatch User"))

    [found] = sshd.look()

    assert "PermitUserEnvironment is yes" in found.says
    assert "before every Match" in found.mend


@pytest.mark.parametrize("where", ["keys of everybody", "directory of everybody"])
def test_keys_that_others_can_change_are_named(sshd: Sshd, where: str) -> None:
    keys = sshd.home / "keys" / "authorized_keys"
    keys.parent.mkdir(mode=0o755)
    keys.touch(mode=0o644)
    (keys if where.startswith("keys") else keys.parent).chmod(0o777)
    sshd.write(shipped(sshd.home).replace(f"{sshd.home}/authorized_keys", str(keys)))

    [found] = sshd.look()

    assert f"keys in {keys} can be changed by others than root" in found.says


def test_keys_in_the_home_of_the_account_are_named(sshd: Sshd, tmp_path: Path) -> None:
    sshd.write(shipped(sshd.home).replace(f"{sshd.home}/authorized_keys", ".ssh/authorized_keys %h/more"))
    home = tmp_path / "operator"
    home.mkdir()
    home.chmod(0o777)

    found = sshd.look(account(home=home))

    assert len(found) == 2
    assert f"{home}/.ssh/authorized_keys can be changed" in found[0].says
    assert f"{home}/more can be changed" in found[1].says


def test_a_program_that_others_can_replace_is_named(sshd: Sshd) -> None:
    sshd.write(shipped(sshd.home))
    (sshd.home / "bartizan").chmod(0o777)

    [found] = sshd.look()

    assert "others can put another program in the place of" in found.says


def test_settings_that_sshd_refuses_are_named_in_its_words(sshd: Sshd) -> None:
    sshd.write(shipped(sshd.home), site="NoSuchSetting yes")

    [found] = sshd.look()

    assert found.standing != "ok"
    assert "sshd" in found.says


# The accounts


def account(*, uid: int = OPERATOR.pw_uid, runs: str = "/bin/sh", home: Path | str = "/") -> pwd.struct_passwd:
    return pwd.struct_passwd((OPERATOR.pw_name, "x", uid, OPERATOR.pw_gid, "", str(home), runs))


USERS = frozenset({"daemon"})


def test_an_account_of_operators_in_order_is_told() -> None:
    shell = "/bin/sh" if Path("/bin/sh").resolve().name == "dash" else "/bin/dash"

    [found] = look_at_operators(account(runs=shell), users=USERS, owner=4711)

    assert found.standing == "ok"


@pytest.mark.parametrize(
    ("operator", "users", "owner", "says", "mend"),
    [
        (account(), frozenset(), 4711, "may not use the socket", "usermod -aG bartizan-console daemon"),
        (account(), USERS, OPERATOR.pw_uid, "owns keys and database", "another account"),
        (account(uid=0), USERS, 4711, "owns keys and database", "another account"),
        (account(runs="/bin/bash"), USERS, 4711, "may read start-up files", "usermod --shell /bin/sh daemon"),
        (account(runs="/usr/sbin/nologin"), USERS, 4711, "has no shell", "usermod --shell /bin/sh daemon"),
    ],
)
def test_what_is_wrong_with_an_account_of_operators_is_named(
    operator: pwd.struct_passwd, users: frozenset[str], owner: int, says: str, mend: str
) -> None:
    found = list(look_at_operators(operator, users=users, owner=owner))

    assert any(says in each.says and mend in each.mend for each in found), found


def test_a_home_that_the_account_can_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    found = list(look_at_operators(account(home=tmp_path), users=USERS, owner=4711))

    assert any(f"can write {tmp_path}" in each.says for each in found)


def test_an_owner_of_the_data_without_a_shell_is_all_right() -> None:
    found = list(look_at_owner(OPERATOR.pw_uid, users=frozenset()))

    assert [each.standing for each in found] == ["ok"]


@pytest.mark.parametrize(
    ("uid", "users", "says"),
    [(0, frozenset[str](), "belong to root"), (OPERATOR.pw_uid, USERS, "in the group of the operators")],
)
def test_an_owner_of_the_data_who_is_more_than_that_is_named(uid: int, users: frozenset[str], says: str) -> None:
    assert any(says in each.says for each in look_at_owner(uid, users=users))
