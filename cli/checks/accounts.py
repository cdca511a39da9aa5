"""The Unix accounts of a console host: the one that owns the data, and those in which operators come in."""

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, right, wrong
from cli.checks.paths import intruder

SUBJECT = "accounts"
_SHUT = {"nologin", "false"}
_WITHOUT_FILES = {"dash", "true"}
"""Shells that read no file for `sh -c`, which is how sshd runs ForceCommand."""


def look_at_owner(owner: int, *, users: frozenset[str]) -> Iterator[Finding]:
    """The account that owns the data of a host whose socket these users may use."""
    account = pwd.getpwuid(owner)
    name = account.pw_name
    if owner == 0:
        yield wrong(
            SUBJECT,
            "Keys and database belong to root: a fault in the console would be one of the whole machine.",
            mend="give them to an account of their own: docs/operators.md, From nothing to running",
        )
    elif Path(account.pw_shell).name not in _SHUT:
        mend = f"usermod --shell /usr/sbin/nologin {name}"
        yield wrong(SUBJECT, f"{name}, who owns keys and database, has a shell, {account.pw_shell}.", mend=mend)
    elif name in users:
        yield wrong(
            SUBJECT,
            f"{name}, who owns keys and database, is in the group of the operators.",
            mend="operators come in by an account that owns nothing: docs/operators.md",
        )
    else:
        yield right(SUBJECT, f"{name} owns keys and database, and has no shell")
    helpers = sorted(set(grp.getgrgid(account.pw_gid).gr_mem) - {name})
    if owner and helpers:
        mend = " && ".join(f"gpasswd -d {helper} {grp.getgrgid(account.pw_gid).gr_name}" for helper in helpers)
        yield wrong(SUBJECT, f"{', '.join(helpers)}: in the group of {name}.", mend=mend)


def look_at_operators(account: pwd.struct_passwd, *, users: frozenset[str], owner: int) -> Iterator[Finding]:
    """An account that is vouched for: it must run nothing but attach, so nothing of its own may run before that."""
    name, shell = account.pw_name, Path(account.pw_shell or "/bin/sh")
    faults = list(_faults(account, shell, users=users, owner=owner))
    yield from faults
    if not faults:
        yield right(SUBJECT, f"{name}: may use the socket, owns no key, and nothing of its own runs before attach")


def _faults(account: pwd.struct_passwd, shell: Path, *, users: frozenset[str], owner: int) -> Iterator[Finding]:
    name, home = account.pw_name, Path(account.pw_dir)
    if account.pw_uid in {0, owner}:
        yield wrong(SUBJECT, f"{name} owns keys and database.", mend="let operators come in by another account")
    if name not in users:
        yield wrong(SUBJECT, f"{name} may not use the socket.", mend=f"usermod -aG bartizan-console {name}")
    if shell.name in _SHUT:
        mend = f"usermod --shell /bin/sh {name}"
        yield wrong(SUBJECT, f"{name} has no shell, by which sshd could run the console.", mend=mend)
    elif shell.resolve().name not in _WITHOUT_FILES:
        says = f"{name}: the shell {shell} may read start-up files before the console, which takes time."
        yield wrong(SUBJECT, says, mend=f"usermod --shell /bin/sh {name}")
    if (weak := intruder(home, trusted={0, os.geteuid()} - {account.pw_uid})) is not None:
        says = f"{name}: who is in the account, or others, can write {weak}, where shell, sshd and PAM look for files."
        yield wrong(SUBJECT, says, mend=f"chown root: {weak} && chmod go-w {weak}")
