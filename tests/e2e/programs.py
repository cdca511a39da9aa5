"""Programs of the machine that some tests need; where one is missing, those tests say which package brings it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def program(name: str, package: str) -> Path:
    """Where the program is. Daemons lie in directories that are not on everybody's PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return Path(found)


def sshd_program() -> Path:
    """Where sshd is. As root it insists on a directory that is there wherever its service runs."""
    found = program("sshd", "openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return found


def as_root() -> None:
    """Skips what needs other Unix users where this account may not become them."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as other Unix users: run the tests as root")


def own_mounts(script: str, directory: Path) -> list[str]:
    """The beginning of a command that runs with mounts of its own, made by a shell script for which $1 is a directory.

    Skips where this account may not have any.
    """
    inside = [str(program("unshare", "util-linux")), "--map-root-user", "--mount"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("unshare --map-root-user --mount is not allowed here")
    return [*inside, "/bin/sh", "-ec", f'{script}; shift; exec "$@"', "sh", str(directory)]
