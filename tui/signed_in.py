"""What the screens of a signed-in person share: who he is, and the services he may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.login_steps import Session
    from core.services import Services


@dataclass
class SignedIn:
    """One console with its person. The session changes when a second factor is proved: it gets a new id."""

    services: Services
    session: Session
