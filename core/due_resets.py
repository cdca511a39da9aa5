"""What becomes of a reset of 2-factor when its person signs in: it takes effect, or his app shows that it must not."""

from datetime import datetime

from sqlmodel import Session as Transaction

from core import audit, pending_resets, sessions
from core.factor_removal import remove_second_factor
from core.known_person import AnyPerson
from core.origin import Origin
from core.ownership import void_offers
from data.sealing import KeyRing
from data.tables import Person


def take_effect(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> None:
    """Remove the second factor of a person who is held, if its reset is due; a force flag stays.

    Not where somebody else in the contract could help him by now: he became an administrator meanwhile, or got one.
    """
    if person.factor_reset_at is None or person.factor_reset_at > now:
        return
    reset = pending_resets.take_due(db, person.id, now=now)
    if reset is None:
        return
    whole = db.get_one(Person, person.id, populate_existing=True)
    said = {"asked by": reset.asked_by, "approved by": reset.approved_by}
    if not whole.sec_auth_active or pending_resets.has_helper(db, whole):
        told = audit.Told("let a reset of 2-factor not happen", details=said)
    else:
        remove_second_factor(db, whole)
        void_offers(db, whole.id)
        ended = sessions.end_all(db, whole, why="2-factor reset", now=now)
        told = audit.Told("reset 2-factor after the cool-off", details={**said, "sessions ended": ended})
    audit.record(db, keys, told, at=now, origin=origin, target=whole)


def stop_by_app(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> None:
    """Whoever signs in with a code of his app has not lost it: no reset is wanted, whoever asked for one."""
    if person.factor_reset_at is not None and pending_resets.drop(db, person):
        told = audit.Told("stop a reset of 2-factor", details={"with": "a code of the app"})
        audit.record(db, keys, told, at=now, origin=origin, actor=person)
