"""What core does underneath: the statements it sends, and how often it runs argon2. Seen, not replaced."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from sqlalchemy import event

from core.services import Services


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """The SQL that is sent in the block, in order."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(services.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(services.engine, "before_cursor_execute", note)


@contextmanager
def argon2_runs() -> Iterator[list[str]]:
    """The argon2 computations of this thread in the block."""
    runs: list[str] = []

    def note(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call" and frame.f_code.co_name in {"hash_secret", "verify_secret"}:
            runs.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield runs
    finally:
        sys.setprofile(before)
