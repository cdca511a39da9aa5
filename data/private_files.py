"""Files and directories that only their owner can read."""

import os
import tempfile
from pathlib import Path
from stat import S_IMODE

from data.faults import ModeTooWide

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def make_private_directory(directory: Path) -> None:
    """Create a directory that only its owner enters; one that exists is checked.

    Raises:
        ModeTooWide: it exists and others may enter or list it.
    """
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    refuse_wider(directory, DIRECTORY_MODE)


def refuse_wider(path: Path, wanted: int) -> None:
    """Check that a file or directory grants nothing beyond `wanted`.

    Raises:
        ModeTooWide: it does.
        FileNotFoundError: nothing is there.
    """
    mode = S_IMODE(path.stat().st_mode)
    if mode & ~wanted:
        raise ModeTooWide(path, mode, wanted)


def place(path: Path, content: bytes, *, mode: int) -> None:
    """Make a file appear whole, on disk, or not at all, and never over another.

    Raises:
        FileExistsError: something is there already.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(made)
    finally:
        made.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
