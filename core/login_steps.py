"""The types a person holds on the way in: half a login, or a session. Nothing but the standard library is needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True)
class CodeNeeded:
    """The password was right; a code, or a recovery code, is owed. Opens nothing else."""

    token: str = field(repr=False)
    reset_due: bool = False
    """Whether whoever has lost his app can have 2-factor removed now, as the support desk has let him."""


@dataclass(frozen=True)
class EnrolmentNeeded:
    """The password was right; 2-factor is forced, and the setup assistant must be completed. Opens nothing else."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class Session:
    """One signed-in console. What it may do is asked of the database each time; this only says which it is."""

    token: str = field(repr=False)
    person_id: UUID
    second_factor: bool
