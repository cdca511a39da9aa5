"""Lets root look at data as the account that owns them: what that account cannot read, the host cannot either."""

import json
import os
import pwd
from collections.abc import Callable, Iterable
from dataclasses import asdict

from cli.checks.finding import Finding, unseen
from tui.fault import described


def as_owner(owner: int, look: Callable[[], Iterable[Finding]], *, subject: str) -> list[Finding]:
    """The findings of a look that a child of this process takes as another Unix user.

    Root itself could open everything, and what it opens or makes may then be closed to the account.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _look_and_leave(owner, look, writing, subject=subject)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    try:
        return [Finding(**each) for each in json.loads(told)]
    except (ValueError, TypeError):
        return [unseen(subject, "The look as its owner ended without an answer.")]


def _look_and_leave(owner: int, look: Callable[[], Iterable[Finding]], writing: int, *, subject: str) -> None:
    """In the child: become the owner, look, tell, and end without what the parent would do at its end."""
    try:
        _become(owner)
        found = list(look())
    except Exception as error:  # noqa: BLE001 - a traceback may hold what no terminal is to show
        found = [unseen(subject, f"It could not be looked at ({described(error).splitlines()[0]}).")]
    told = json.dumps([asdict(each) for each in found]).encode()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(told)
    os._exit(0)


def _become(owner: int) -> None:
    account = pwd.getpwuid(owner)
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(owner)
    os.environ["HOME"] = account.pw_dir  # where libpq looks for the authorities of a server
