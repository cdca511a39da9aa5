"""Programs of other Unix users, for which the tests need to be root's: other people of the machine."""

import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

# Everything is imported before the user changes: the interpreter may lie where only root comes.
_BECOMING = """
import json, os, socket, sys
from tui.hosting import attach, handover
uid, gid, groups = json.loads(sys.argv[1])
if os.isatty(0):
    os.chown(os.ttyname(0), uid, -1)
os.setgroups(groups)
os.setgid(gid)
os.setuid(uid)
del sys.argv[1]
"""


@dataclass(frozen=True)
class UnixUser:
    """An account that every machine has, with groups of our own choice."""

    name: str
    groups: tuple[int, ...] = ()

    @property
    def uid(self) -> int:
        """Its number."""
        return pwd.getpwnam(self.name).pw_uid

    def command(self, program: str, *words: object) -> list[str]:
        """The words that run a Python program as this user, who owns the terminal from which it is started."""
        identity = f"[{self.uid}, {pwd.getpwnam(self.name).pw_gid}, {list(self.groups)}]"
        return [sys.executable, "-c", f"{_BECOMING}\n{program}", identity, *map(str, words)]

    def told(self, program: str, *words: object) -> str:
        """What such a program prints."""
        ended = subprocess.run(self.command(program, *words), capture_output=True, text=True, check=False, timeout=60)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout

    def cannot_open(self, paths: Sequence[object]) -> set[str]:
        """Which of these the kernel does not let this user read."""
        program = """
for path in sys.argv[1:]:
    try:
        os.listdir(path) if os.path.isdir(path) else os.close(os.open(path, os.O_RDONLY | os.O_NOCTTY))
    except PermissionError:
        print(path)
"""
        return set(self.told(program, *paths).splitlines())
