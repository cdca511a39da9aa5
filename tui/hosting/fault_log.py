"""The file that tells of faults: references, types and places, no values."""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class FaultLog:
    """Appends to a file that only its owner reads."""

    path: Path

    def __call__(self, fault: str) -> None:
        """Write one fault. A log that cannot be written must not become a second fault."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, flags, 0o600)
            try:
                os.fchmod(descriptor, 0o600)
                os.write(descriptor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {fault}\n".encode(errors="replace"))
            finally:
                os.close(descriptor)
