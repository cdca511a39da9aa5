"""Mails that wait to be sent: put in by upsert, taken out by whichever process gets there first, one at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, exists, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.known_person import AnyPerson
from core.origin import Origin
from data.tables import OutgoingMail
from data.upserts import insert_into

RESET = "reset"
ACTIVATION = "activation"
NEW_EMAIL = "new e-mail"
OLD_EMAIL = "old e-mail"
NOTICE = "notice"
FACTOR_RESET = "factor reset"

URGENCY = (FACTOR_RESET, RESET, NEW_EMAIL, OLD_EMAIL, ACTIVATION, NOTICE)
"""Who waits at a screen comes before an import's hundred thousand."""

_A_DAY = timedelta(days=1)
LASTS = dict.fromkeys(URGENCY, _A_DAY) | {RESET: timedelta(minutes=30)}
"""How long it is tried. Nobody waits longer for a reset code."""

LEASE = timedelta(minutes=5)
"""How long a process has a mail for itself: more than all of a mail server's time-outs together."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))
"""The pause after each failed attempt; the last one goes on for ever."""

KEPT = {ACTIVATION, RESET, NEW_EMAIL}
"""Kinds of which, given up, the person's details tell until the next one is asked for."""


@dataclass(frozen=True)
class Claimed:
    """A mail that this process alone may send, for as long as the lease lasts."""

    id: UUID
    kind: str
    person_id: UUID | None
    address: str | None
    origin: Origin
    asked_at: datetime
    attempts: int
    """Which attempt this is, from one on."""

    trouble: str | None
    """What went wrong last time."""

    def is_over(self, now: datetime) -> bool:
        """Whether it was tried for long enough."""
        return now - self.asked_at > LASTS[self.kind]


@dataclass(frozen=True)
class WaitingMail:
    """What is told of a mail to a person that has not gone out."""

    kind: str
    trouble: str | None
    due_at: datetime | None
    """None: it was given up."""


# Putting in


def ask(db: Transaction, person: AnyPerson, kind: str, *, origin: Origin, now: datetime) -> None:
    """Have a mail of this kind sent to a person, as soon as can be; one that waits already is this one from now on."""
    _put(db, {"person_id": person.id}, kind, origin=origin, now=now)


def ask_by(
    db: Transaction, person_id: UUID, kind: str, *, origin: Origin, asked_at: datetime, due_at: datetime
) -> None:
    """Have a mail sent to a person, not before `due_at`; one that waits already stays, and goes out at the earlier."""
    connection = db.connection()
    insertion = insert_into(OutgoingMail, connection.dialect.name).values(
        id=uuid4(), kind=kind, person_id=person_id, origin=origin.facts(), asked_at=asked_at, due_at=due_at, attempts=0
    )
    waits = col(OutgoingMail.due_at)
    is_later = (waits > due_at, col(OutgoingMail.attempts) == 0)
    connection.execute(
        insertion.on_conflict_do_update(
            index_elements=["person_id", "kind"], set_={"due_at": due_at}, where=and_(*is_later)
        )
    )


def ask_at(db: Transaction, address: str, kind: str, *, origin: Origin, now: datetime) -> None:
    """Have one sent to an address, whosever it is; see `ask`."""
    _put(db, {"address": address}, kind, origin=origin, now=now)


def withdraw(db: Transaction, person_id: UUID, *kinds: str) -> None:
    """Send a person none of these any more."""
    of_person = col(OutgoingMail.person_id) == person_id
    db.connection().execute(delete(OutgoingMail).where(of_person, col(OutgoingMail.kind).in_(kinds)))


def row_of(person_id: UUID, kind: str, *, origin: Origin, now: datetime) -> dict[str, Any]:
    """What `ask` writes, for whoever writes many."""
    return {
        "id": uuid4(),
        "kind": kind,
        "person_id": person_id,
        "address": None,
        "origin": origin.facts(),
        "asked_at": now,
        "due_at": now,
        "attempts": 0,
        "trouble": None,
    }


def _put(db: Transaction, to: dict[str, Any], kind: str, *, origin: Origin, now: datetime) -> None:
    db.flush()
    connection = db.connection()
    fresh = {"origin": origin.facts(), "asked_at": now, "due_at": now, "attempts": 0, "trouble": None}
    insertion = insert_into(OutgoingMail, connection.dialect.name).values(id=uuid4(), kind=kind, **to, **fresh)
    connection.execute(insertion.on_conflict_do_update(index_elements=[*to, "kind"], set_=fresh))


# Looking


def waiting_for(db: Transaction, person_id: UUID) -> tuple[WaitingMail, ...]:
    """The mails to a person that have not gone out, or were given up."""
    rows = db.connection().execute(
        select(col(OutgoingMail.kind), col(OutgoingMail.trouble), col(OutgoingMail.due_at))
        .where(col(OutgoingMail.person_id) == person_id, col(OutgoingMail.kind).in_(KEPT))
        .order_by(col(OutgoingMail.kind))
    )
    return tuple(WaitingMail(*row) for row in rows)


def most_urgent(db: Transaction, now: datetime) -> str | None:
    """Of which kind the next mail is; None where none is due."""
    for kind in URGENCY:
        due = exists().where(col(OutgoingMail.kind) == kind, col(OutgoingMail.due_at) <= now)
        if db.connection().execute(select(due)).scalar_one():
            return kind
    return None


# Taking out


def claim(db: Transaction, kind: str, now: datetime) -> Claimed | None:
    """Take the mail of this kind that is due longest; the one UPDATE decides which of many processes has it.

    It is due again when the lease is over: a process that is killed loses no mail.
    """
    is_due = (col(OutgoingMail.kind) == kind, col(OutgoingMail.due_at) <= now)
    first = (
        select(col(OutgoingMail.id))
        .where(*is_due)
        .order_by(col(OutgoingMail.due_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (
        db.connection()
        .execute(
            update(OutgoingMail)
            .where(col(OutgoingMail.id) == first.scalar_subquery(), *is_due)
            .values(due_at=now + LEASE, attempts=col(OutgoingMail.attempts) + 1)
            .returning(
                col(OutgoingMail.id),
                col(OutgoingMail.kind),
                col(OutgoingMail.person_id),
                col(OutgoingMail.address),
                col(OutgoingMail.origin),
                col(OutgoingMail.asked_at),
                col(OutgoingMail.attempts),
                col(OutgoingMail.trouble),
            )
        )
        .one_or_none()
    )
    return None if row is None else Claimed(**{**row._mapping, "origin": Origin(**row.origin)})


def take_out(db: Transaction, mail: Claimed) -> None:
    """Take it out for good, unless it was asked for again meanwhile."""
    db.connection().execute(delete(OutgoingMail).where(*_is_still(mail)))


def postpone(db: Transaction, mail: Claimed, trouble: str, *, now: datetime) -> None:
    """Let it be tried again, each time later."""
    wait = WAITS[min(mail.attempts, len(WAITS)) - 1]
    changed = update(OutgoingMail).where(*_is_still(mail)).values(due_at=now + wait, trouble=trouble)
    db.connection().execute(changed)


def give_up(db: Transaction, mail: Claimed, trouble: str) -> None:
    """Try it no more."""
    if mail.person_id is None or mail.kind not in KEPT:
        take_out(db, mail)
        return
    db.connection().execute(update(OutgoingMail).where(*_is_still(mail)).values(due_at=None, trouble=trouble))


def _is_still(mail: Claimed) -> tuple[Any, ...]:
    table = OutgoingMail
    return (col(table.id) == mail.id, col(table.asked_at) == mail.asked_at, col(table.attempts) == mail.attempts)
