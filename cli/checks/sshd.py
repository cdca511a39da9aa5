"""What sshd would do for an account, in its own words: `sshd -T -C user=…`."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, right, unseen, wrong
from cli.checks.paths import intruder

SUBJECT = "sshd"
_SNIPPET = "deploy/sshd_bartizan.conf"
_RELOAD = "sshd -t && systemctl reload ssh"
_FORCED = re.compile(r"(?:exec +)?(/\S+) attach")
_HARMLESS = {"LANG", "LC_*", "COLORTERM", "NO_COLOR", "TERM"}
_WANTED = {
    "PermitTTY": "yes",
    "DisableForwarding": "yes",
    "AllowTcpForwarding": "no",
    "AllowStreamLocalForwarding": "no",
    "AllowAgentForwarding": "no",
    "X11Forwarding": "no",
    "PermitTunnel": "no",
    "PermitUserRC": "no",
    "PermitUserEnvironment": "no",
}
_WITH_KEY = {"ExposeAuthInfo": "yes"}
"""Without it the audit lacks the key; nothing else hangs on it."""


def look_at_sshd(account: pwd.struct_passwd, *, config: Path | None = None) -> Iterator[Finding]:
    """What is to be said of the settings that sshd has for an account that is vouched for."""
    name = account.pw_name
    told = _told(name, config)
    if isinstance(told, Finding):
        yield told
        return
    faults = [*_of_command(name, told), *_of_words(name, told), *_of_environment(name, told), *_of_keys(account, told)]
    yield from faults
    if not faults:
        yield right(SUBJECT, f"{name}: attach and nothing else, by keys that only root can change")


Told = dict[str, list[str]]


def _told(name: str, config: Path | None) -> Told | Finding:
    """The words of sshd, each with its values."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if program is None:
        return unseen(SUBJECT, "There is no sshd here.")
    whose = f"user={name},host=localhost,addr=127.0.0.1"
    asked = [program, "-T", *(["-f", str(config)] if config else []), "-C", whose]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - sshd's path
    if answer.returncode == 0:
        told: Told = {}
        for line in answer.stdout.splitlines():
            word, _, value = line.partition(" ")
            told.setdefault(word, []).append(value)
        return told
    if os.geteuid() != 0:
        return unseen(SUBJECT, f"{name}: sshd tells its settings to root alone.", mend="run bartizan doctor as root")
    if "privilege separation directory" in answer.stderr:  # which its service makes, where it is started on demand
        return unseen(SUBJECT, f"{name}: sshd has not run since the start.", mend="install -d -m 755 /run/sshd")
    said = (answer.stderr.strip().splitlines() or ["it says nothing"])[-1]
    return wrong(SUBJECT, f"sshd cannot use its settings: {said}", mend="sshd -t")


def _value(told: Told, word: str) -> str:
    return told.get(word.lower(), [""])[-1]


def _of_command(name: str, told: Told) -> Iterator[Finding]:
    command = _value(told, "ForceCommand")
    forced = _FORCED.fullmatch(command)
    if forced is None:
        says = (
            f"{name}: sshd does not run attach alone (ForceCommand is {command or 'none'}), so nothing vouches for it."
        )
        mend = f"install -m 644 {_SNIPPET} /etc/ssh/sshd_config.d/bartizan.conf && {_RELOAD}"
        yield wrong(SUBJECT, says, mend=f"{mend}; or take {name} out of vouched_accounts")
        return
    program = Path(forced[1])
    if not program.exists():
        yield wrong(SUBJECT, f"{name}: there is no {program}.", mend="docs/operators.md, From nothing to running")
    elif weak := intruder(program.resolve(), trusted={0, os.geteuid()}):
        says = f"{name}: others can put another program in the place of {program} at {weak}."
        yield wrong(SUBJECT, says, mend=f"chown root: {weak} && chmod go-w {weak}")


def _of_words(name: str, told: Told) -> Iterator[Finding]:
    for word, wanted in {**_WANTED, **_WITH_KEY}.items():
        if (found := _value(told, word)) != wanted:
            where = "before every Match" if word == "PermitUserEnvironment" else f"in the Match block of {name}"
            says = f"{name}: {word} is {found or 'not known'}, not {wanted}."
            yield wrong(SUBJECT, says, mend=f"{word} {wanted}, {where}; then: {_RELOAD}")


def _of_environment(name: str, told: Told) -> Iterator[Finding]:
    taken = {each for value in told.get("acceptenv", []) for each in value.split()}
    if more := sorted(taken - _HARMLESS):
        says = f"{name}: what a client puts into {', '.join(more)} arrives."
        yield wrong(SUBJECT, says, mend=f"AcceptEnv COLORTERM NO_COLOR, in the Match block of {name}; then: {_RELOAD}")


def _of_keys(account: pwd.struct_passwd, told: Told) -> Iterator[Finding]:
    """Whoever can write the keys can bring a key with options of its own, and stand in the audit under another."""
    for pattern in _value(told, "AuthorizedKeysFile").split():
        if pattern == "none":
            continue
        path = _place(pattern, account)
        try:
            weak = intruder(path, trusted={0, os.geteuid()} - {account.pw_uid})
        except PermissionError:
            yield unseen(SUBJECT, f"{path} cannot be looked at.", mend="run bartizan doctor as root")
            continue
        if weak:
            says = f"{account.pw_name}: keys in {path} can be changed by others than root, at {weak}."
            mend = (
                f"AuthorizedKeysFile /etc/bartizan/authorized_keys, in the Match block of {account.pw_name}; {_RELOAD}"
            )
            yield wrong(SUBJECT, says, mend=mend)


def _place(pattern: str, account: pwd.struct_passwd) -> Path:
    """The file that a pattern means for an account (sshd_config(5), TOKENS); what is relative lies in its home."""
    tokens = {"%h": account.pw_dir, "%u": account.pw_name, "%U": str(account.pw_uid), "%%": "%"}
    return Path(account.pw_dir, re.sub("%[huU%]", lambda token: tokens[token[0]], pattern))
