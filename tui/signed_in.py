"""What the screens of a signed-in person share: who he is, and the services he may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.login_steps import Session
    from core.services import Services

HOME = "home"
"""The id of the screen to which a signed-in person comes first, and comes back to."""


@dataclass
class SignedIn:
    """One console with its person. The session changes when a second factor is proved: it gets a new id."""

    services: Services
    session: Session
    since: datetime
    last_touch: datetime
    role: str = ""
    """As it was when the account was looked at last; the core asks the database, whatever stands here."""

    email: str = ""

    # What follows counts whatever the database says, or does not say.

    @property
    def is_idle(self) -> bool:
        """Whether nobody was here for so long that the console has to be locked."""
        from core.sessions import IDLE

        return self.services.now() - self.last_touch >= IDLE

    @property
    def is_too_old(self) -> bool:
        """Whether the session has lasted as long as any may."""
        from core.sessions import LONGEST

        return self.services.now() - self.since >= LONGEST
