"""What the screens of a signed-in person share: who he is, and the services he may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.login_steps import Session
    from core.services import Services


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

    @property
    def is_forgotten(self) -> bool:
        """Whether the console may not stand open any longer, whatever the database says or does not say."""
        from core.sessions import IDLE, LONGEST

        now = self.services.now()
        return now - self.last_touch >= IDLE or now - self.since >= LONGEST
