"""Files that a command reads and writes. What it writes nobody else reads, and nothing is written over unasked."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from core.errors import FileUnusable

STANDARD = "-"
_CHUNK = 1 << 20


@contextmanager
def reading(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """A file, or standard input by the name -, and how many lines it has, where that can be told beforehand.

    Raises:
        FileUnusable: it cannot be read.
    """
    if name == STANDARD:
        yield sys.stdin.buffer, None
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below, and not in the way of what the block raises
    except OSError as error:
        raise FileUnusable(name, f"cannot be read: {error.strerror}") from None
    with file:
        yield file, _lines_in(file) if file.seekable() else None


@contextmanager
def appearing(name: str, *, over_another: bool) -> Iterator[TextIO]:
    """A new file, for its owner alone, that appears whole at the end of the block, or not at all.

    Raises:
        FileUnusable: something is there already, or nothing can be written there.
    """
    path = Path(name)
    if not over_another and os.path.lexists(path):  # also a link to nowhere
        raise FileUnusable(name, "is there already; it is written over with --force only")
    with _troubles(name):
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            with _troubles(name):
                file.flush()
                os.fsync(descriptor)
        with _troubles(name):
            Path(made).replace(path) if over_another else path.hardlink_to(made)
    finally:
        with suppress(FileNotFoundError):
            Path(made).unlink()


@contextmanager
def _troubles(name: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise FileUnusable(name, "is there already; it is written over with --force only") from None
    except OSError as error:
        raise FileUnusable(name, f"cannot be written: {error.strerror}") from None


def _lines_in(file: BinaryIO) -> int:
    lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
    file.seek(0)
    return lines
