"""What happened to the sample people shortly before: so that each finds something when he signs in."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from core import audit
from core.origin import Origin
from core.services import Services
from data.engine import transaction
from data.tables import Person

_STRANGER = Origin("bastion-2", "pts/4", "mallory", "203.0.113.66")
_OFFICE = Origin("bastion-1", "pts/9", "adam", "192.0.2.7")

_NEWS: tuple[tuple[int, str, str, audit.Told, Origin], ...] = (
    # minutes ago, on whom, by whom ("" is nobody who was signed in), what, from where
    *(
        (29 - number, "olivia@example.com", "", audit.Told("sign in", audit.DENIED, {"with": "password"}), _STRANGER)
        for number in range(14)
    ),
    (13, "olivia@example.com", "", audit.Told("ask for a reset code"), _STRANGER),
    (
        12,
        "olivia@example.com",
        "ana.janes@example.com",
        audit.Told("reset 2-factor", audit.DENIED, {"why": "NotAllowed"}),
        _OFFICE,
    ),
    (11, "adam@example.com", "", audit.Told("sign in", audit.DENIED, {"with": "code"}), _STRANGER),
    (
        10,
        "adam@example.com",
        "olivia@example.com",
        audit.Told("change a role", details={"old": "user", "new": "administrator"}),
        _OFFICE,
    ),
    (9, "uma@example.com", "olivia@example.com", audit.Told("force 2-factor"), _OFFICE),
    (
        8,
        "bo@example.com",
        "adam@example.com",
        audit.Told("add people to a group", details={"group": "Karlsruhe", "people": ["bo@example.com"], "count": 1}),
        _OFFICE,
    ),
)


def happen(services: Services) -> None:
    """Tell the audit of the sample contract."""
    now = services.now()
    with transaction(services.engine) as db:
        people: dict[str, Any] = {person.email: person for person in db.exec(select(Person))}
        for person in people.values():
            person.acknowledged_at = now - timedelta(days=1)
        for minutes, target, actor, told, origin in _NEWS:
            at, by = now - timedelta(minutes=minutes), people.get(actor)
            audit.record(db, services.keys, told, at=at, origin=origin, actor=by, target=people[target])
