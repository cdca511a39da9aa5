"""`bartizan doctor`: what is right here, what is wrong, and the command that mends it. It changes nothing."""

import json
import os
import pwd
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap

from cli.checks.accounts import look_at_operators, look_at_owner
from cli.checks.as_owner import as_owner
from cli.checks.data import DATABASE, look_at_data
from cli.checks.finding import OK, UNSEEN, WRONG, Finding, right, unseen, wrong
from cli.checks.host_socket import is_host, look_at_socket, may_use
from cli.checks.ntp import look_at_ntp
from cli.checks.paths import user_name
from cli.checks.settings import look_at_settings
from cli.checks.sshd import look_at_sshd
from cli.saying import CANNOT, tell
from core.config import Settings, load_settings
from core.errors import Refusal
from core.wording import sentence
from tui.hosting.handover import SOCKET

WRONG_CODE = 1
"""The exit code where something is wrong."""

_WIDTH = 79
_INDENT = 22


def doctor(environ: Mapping[str, str], home: Path, *, form: str, sshd_config: Path | None = None) -> int:
    """Tell what is right and what is wrong, as text or, where `form` is json, as JSON; the exit code."""
    try:
        settings = load_settings(environ, home)
    except Refusal as refusal:
        mend = "put it right in the settings' file; deploy/bartizan.toml has an example of each"
        _tell([wrong("settings", sentence(refusal), mend=mend)], form=form)
        return CANNOT
    findings = list(_look(settings, environ, home, sshd_config=sshd_config))
    _tell(findings, form=form)
    standings = {finding.standing for finding in findings}
    if WRONG in standings:
        return WRONG_CODE
    return 0 if OK in standings else CANNOT


def _look(settings: Settings, environ: Mapping[str, str], home: Path, *, sshd_config: Path | None) -> Iterator[Finding]:
    yield from look_at_settings(settings, environ, home)
    owner = _owner(settings)
    yield from _data(settings, owner)
    yield look_at_ntp()
    socket = Path(environ.get("BARTIZAN_SOCKET") or SOCKET)
    if not is_host(socket):
        yield right("host", "there is none here: consoles run in processes of their own")
        return
    if owner is not None and _lacks_ring(settings):
        says = f"{settings.key_ring} is not there, and the host may not make it."
        yield wrong("key ring", says, mend=f"runuser -u {user_name(owner)} -- {sys.prefix}/bin/bartizan register")
    yield from look_at_socket(socket, owner=os.geteuid() if owner is None else owner)
    users = may_use(socket)
    if owner is not None:
        yield from look_at_owner(owner, users=users)
    yield from _operators(settings, users, owner=-1 if owner is None else owner, sshd_config=sshd_config)


def _data(settings: Settings, owner: int | None) -> list[Finding]:
    """The data as their owner sees them; whoever is neither he nor root sees nothing."""
    if owner is None or owner == os.geteuid():
        return list(look_at_data(settings)) if owner is not None or _is_new(settings) else [_not_ours(settings, None)]
    if os.geteuid() == 0:
        return as_owner(owner, lambda: look_at_data(settings), subject=DATABASE)
    return [_not_ours(settings, owner)]


def _owner(settings: Settings) -> int | None:
    """Whose the directory of the keys is; None where it is not there or not to be seen."""
    try:
        return settings.key_ring.parent.stat().st_uid
    except OSError:
        return None


def _is_new(settings: Settings) -> bool:
    try:
        return not settings.key_ring.parent.exists()
    except OSError:
        return False


def _lacks_ring(settings: Settings) -> bool:
    try:
        return not settings.key_ring.exists()
    except OSError:  # whoever may not look there is told so elsewhere
        return False


def _not_ours(settings: Settings, owner: int | None) -> Finding:
    whose = "another account" if owner is None else user_name(owner)
    says = f"{settings.key_ring.parent} is {whose}'s: keys, database, log and clock were not looked at."
    return unseen(DATABASE, says, mend="run bartizan doctor as root")


def _operators(settings: Settings, users: frozenset[str], *, owner: int, sshd_config: Path | None) -> Iterator[Finding]:
    for name in sorted(settings.vouched):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            mend = f"useradd --system --shell /bin/sh {name}, or take it out of vouched_accounts"
            yield wrong("accounts", f"{name} is named in vouched_accounts, and there is no such user.", mend=mend)
            continue
        yield from look_at_operators(account, users=users, owner=owner)
        yield from look_at_sshd(account, config=sshd_config)
    if others := sorted(users - settings.vouched):
        says = f"{', '.join(others)}: not vouched for, so the audit has their address as unverified, and no key"
        yield right("accounts", says)


def _tell(findings: Iterable[Finding], *, form: str) -> None:
    if form == "json":
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=1) + "\n")
        return
    for finding in findings:
        lines = wrap(finding.says, _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)
        head = f"{finding.standing:<10}{finding.subject:<{_INDENT - 10}}"
        for line in lines:
            tell(f"{head}{line}")
            head = " " * _INDENT
        if finding.standing != OK and finding.mend:
            tell(f"{head}→ {finding.mend}")  # a command is not broken: it is to be copied
    if UNSEEN in {finding.standing for finding in findings}:
        tell("What was not seen may be right or wrong.")
