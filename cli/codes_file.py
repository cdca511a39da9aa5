"""The file into which an import writes the activation codes, and nowhere else."""

import os
from collections.abc import Sequence
from pathlib import Path

from core.errors import FileUnusable
from core.password_codes import IssuedCode
from core.records import as_csv

_COLUMNS = ("email", "code", "expires")


class CodesFile:
    """A new file for its owner alone. Each portion is on disk before its people are: nobody's code can be lost."""

    def __init__(self, name: str) -> None:
        """Make it, empty.

        Raises:
            FileUnusable: something is there already, or nothing can be written there.
        """
        self._name = name
        try:
            self._descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            raise FileUnusable(name, "is there already, and codes are never written over another file") from None
        except OSError as error:
            raise FileUnusable(name, f"cannot be written: {error.strerror}") from None
        self._is_empty = True

    def take(self, codes: Sequence[IssuedCode]) -> None:
        """Write codes down.

        Raises:
            FileUnusable: they could not be; what they are for is not done.
        """
        rows = [
            {"email": each.email, "code": each.code, "expires": each.expires_at.isoformat(timespec="seconds")}
            for each in codes
        ]
        header, *lines = as_csv(_COLUMNS, rows)
        content = memoryview("".join([header, *lines] if self._is_empty else lines).encode())
        try:
            while content:
                content = content[os.write(self._descriptor, content) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise FileUnusable(self._name, f"cannot be written: {error.strerror}") from None
        self._is_empty = False

    def close(self, *, keep: bool) -> None:
        """Done; where nobody was invited the codes are for nobody, and the file goes."""
        os.close(self._descriptor)
        if not keep:
            Path(self._name).unlink()
