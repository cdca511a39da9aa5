"""The support PIN, by which a caller proves himself to the support team (source text, "Setting your support PIN")."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, delete
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, call_codes, sessions, support_calls
from core.clock import Clock
from core.errors import PinMalformed, PinsDiffer, PinTrivial
from core.login_steps import Session
from core.passwords import Passwords
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import SupportPin

_SAVING = "support_pin.save"
_RUNS = "01234567890123456789", "98765432109876543210"


@dataclass(frozen=True)
class SupportPinService:
    """Sets the support PIN; it is never shown again and may be replaced at any time."""

    engine: Engine
    keys: KeyRing
    pins: Passwords
    now: Clock

    def save(self, session: Session, pin: str, *, repeated: str) -> None:
        """Set or replace the person's PIN.

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
            PinMalformed, PinTrivial, PinsDiffer: it is not taken.
        """
        now = self.now()
        _take(pin, repeated)
        with reading(self.engine) as db:
            sessions.look_for_proof(db, sessions.acting(db, session, now=now), _SAVING, now=now)
        pin_hash = self.pins.hash(pin)
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            sessions.ask_for_proof(db, who, _SAVING, now=now)
            replaced = db.get(SupportPin, who.person.id) is not None
            support_calls.end_tickets(db, who.person, now=now)  # whoever had the old one had reason to lose it
            db.merge(SupportPin(person_id=who.person.id, pin_hash=pin_hash, set_at=now))
            told = audit.Told("set support PIN", details={"replaced": replaced})
            audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)


def void_pin(db: Transaction, person_id: UUID) -> bool:
    """Make a person's PIN and his call code worthless; whether he had a PIN."""
    call_codes.void(db, person_id)
    return db.connection().execute(delete(SupportPin).where(col(SupportPin.person_id) == person_id)).rowcount == 1


def _take(pin: str, repeated: str) -> None:
    if not re.fullmatch("[0-9]{6,20}", pin):
        raise PinMalformed
    if any(pin in run for run in _RUNS) or _is_repeated_pattern(pin):
        raise PinTrivial
    if pin != repeated:
        raise PinsDiffer


def _is_repeated_pattern(pin: str) -> bool:
    """Whether the PIN is a shorter piece said again and again: 111111, 121212, 123123."""
    return any(pin == (pin[:size] * len(pin))[: len(pin)] for size in range(1, len(pin) // 2 + 1))
