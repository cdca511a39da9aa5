"""Whose a file is, who may open it, and who could put another in its place."""

import os
import pwd
from collections.abc import Collection
from pathlib import Path
from shlex import quote
from stat import S_IMODE, S_ISVTX

from cli.checks.finding import Finding, right, unseen, wrong

_OTHERS_WRITE = 0o022


def user_name(uid: int) -> str:
    """The name of a Unix user, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def private(subject: str, path: Path, *, most: int, owner: int) -> Finding:
    """Whether a file or directory is its owner's and grants nothing beyond the mode `most`.

    Raises:
        FileNotFoundError: nothing is there.
    """
    try:
        found = path.stat()
    except PermissionError:
        return _hidden(subject, path)
    mode = S_IMODE(found.st_mode)
    if found.st_uid != owner:
        mend = f"chown {user_name(owner)}: {quote(str(path))}"
        return wrong(subject, f"{path} belongs to {user_name(found.st_uid)}, not to {user_name(owner)}.", mend=mend)
    if mode & ~most:
        return wrong(
            subject, f"{path} is open to others (mode {mode:04o}).", mend=f"chmod {most:04o} {quote(str(path))}"
        )
    return right(subject, f"{path}: {user_name(owner)}'s, mode {mode:04o}")


def intruder(path: Path, *, trusted: Collection[int]) -> Path | None:
    """The file or directory on the way to `path` at which somebody who is not trusted could put another in its place.

    What is not there yet counts as what its directory allows. In a directory with the sticky bit only owners rename.

    Raises:
        PermissionError: the way cannot be looked at.
    """
    for step in (*reversed(path.parents), path):
        try:
            found = step.stat()
        except FileNotFoundError:
            return None
        sticky = found.st_mode & S_ISVTX and step != path
        if found.st_uid not in trusted or (found.st_mode & _OTHERS_WRITE and not sticky):
            return step
    return None


def guarded(subject: str, path: Path, *, trusted: Collection[int]) -> Finding:
    """Whether only who is trusted can change what stands at a path."""
    try:
        weak = intruder(path, trusted=trusted)
    except PermissionError:
        return _hidden(subject, path)
    if weak is None:
        return right(subject, f"{path}: nobody else can write it")
    whose = f"it is {user_name(weak.stat().st_uid)}'s, mode {S_IMODE(weak.stat().st_mode):04o}"
    says = f"{path} can be replaced by others at {weak}: {whose}."
    return wrong(subject, says, mend=f"chown root: {quote(str(weak))} && chmod go-w {quote(str(weak))}")


def here() -> frozenset[int]:
    """Whom this check trusts with files of the host: root, and the account that looks."""
    return frozenset({0, os.geteuid()})


def _hidden(subject: str, path: Path) -> Finding:
    return unseen(
        subject, f"{path} cannot be looked at by {user_name(os.geteuid())}.", mend="run bartizan doctor as root"
    )
