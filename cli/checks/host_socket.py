"""The socket of the console host: who may use it, who could take its place, and whether the host answers."""

import grp
import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE, S_ISSOCK

from cli.checks.finding import Finding, right, unseen, wrong
from cli.checks.paths import intruder, user_name
from tui.hosting import handover

SUBJECT = "socket"
_MODE = 0o660
_PATIENCE = 5.0
"""Seconds in which the host has to answer."""

_UNITS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/usr/local/lib/systemd/system")
_USUAL_GROUP = "bartizan-console"
_RESTART = "systemctl restart bartizan.socket bartizan.service"


def is_host(path: Path) -> bool:
    """Whether consoles are meant to run in a host here: there is its socket, or its unit."""
    return os.path.exists(path) or any(  # noqa: PTH110 - a directory that is shut raises nothing
        Path(directory, "bartizan.socket").exists() for directory in _UNITS
    )


def look_at_socket(path: Path, *, owner: int) -> Iterator[Finding]:
    """What is to be said of the socket of a host whose data are of the account `owner`."""
    try:
        found = path.stat()
    except PermissionError:
        yield unseen(
            SUBJECT, f"{path.parent} is shut to {user_name(os.geteuid())}.", mend="run bartizan doctor as root"
        )
        return
    except OSError:
        yield wrong(SUBJECT, f"{path} is not there: nobody can attach.", mend="systemctl enable --now bartizan.socket")
        return
    if not S_ISSOCK(found.st_mode):
        yield wrong(SUBJECT, f"{path} is something else than a socket.", mend=f"see what it is: ls -l {path}")
        return
    trusted = {0, owner, os.geteuid()}
    if weak := intruder(path.parent, trusted=trusted):
        mend = f"chown root: {weak} && chmod go-w {weak}; then: {_RESTART}"
        yield wrong(SUBJECT, f"Others can put a socket of their own in its place at {weak}.", mend=mend)
    mode = S_IMODE(found.st_mode)
    if found.st_uid not in trusted:
        yield wrong(SUBJECT, f"{path} belongs to {user_name(found.st_uid)}.", mend=_RESTART)
    elif mode != _MODE:
        yield wrong(
            SUBJECT, f"{path} has mode {mode:04o}, and should have {_MODE:04o}.", mend=f"SocketMode=0660; {_RESTART}"
        )
    else:
        yield right(SUBJECT, f"{path}: {user_name(found.st_uid)}'s, mode {mode:04o}")
    yield _of_users(found.st_gid)
    yield _of_answer(path)


def may_use(path: Path) -> frozenset[str]:
    """The Unix users, root aside, whom the socket's group lets attach; where there is no socket, the usual group."""
    try:
        return _members(path.stat().st_gid)
    except OSError:
        pass
    try:
        return _members(grp.getgrnam(_USUAL_GROUP).gr_gid)
    except KeyError:
        return frozenset()


def _members(group: int) -> frozenset[str]:
    try:
        named = frozenset(grp.getgrgid(group).gr_mem)
    except KeyError:
        named = frozenset()
    return named | {user.pw_name for user in pwd.getpwall() if user.pw_gid == group} - {"root"}


def _of_users(group: int) -> Finding:
    name = _group_name(group)
    members = sorted(_members(group))
    if not members:
        mend = f"usermod -aG {name} console"
        return wrong(SUBJECT, f"Nobody but root is in its group {name}: no operator can attach.", mend=mend)
    return right(SUBJECT, f"group {name} may use it: {', '.join(members)}")


def _group_name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)


def _of_answer(path: Path) -> Finding:
    """Greet the host without a terminal, and see whether it says anything, be it that it goes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.settimeout(_PATIENCE)
        try:
            line.connect(os.fspath(path))
            handover.send(line, handover.HELLO)
            handover.receive(line)
        except PermissionError:
            return unseen(SUBJECT, f"{user_name(os.geteuid())} may not use it.", mend="run bartizan doctor as root")
        except TimeoutError:
            return wrong(SUBJECT, f"The host takes a connection and says nothing for {_PATIENCE:.0f} s.", mend=_RESTART)
        except (handover.Gone, handover.Malformed):
            pass
        except OSError as error:
            return wrong(SUBJECT, f"Nobody answers at it ({error.strerror}).", mend="systemctl start bartizan.socket")
    return right(SUBJECT, "the host answers")
