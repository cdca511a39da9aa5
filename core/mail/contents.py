"""What a mail says and to whom it goes, decided when it is sent: a code is issued only then, and lies nowhere."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit, email_change, notices, password_codes, pending_resets
from core.mail import letters, outbox
from core.mail.letters import Words
from core.mail.outbox import Claimed
from data.sealing import KeyRing
from data.tables import Person

ACTS = {
    outbox.RESET: "mail a reset code",
    outbox.ACTIVATION: "mail an activation code",
    outbox.NEW_EMAIL: "mail the code for a new e-mail",
    outbox.OLD_EMAIL: "tell the old e-mail that it was changed",
    outbox.NOTICE: "mail a notice",
    outbox.FACTOR_RESET: "mail that 2-factor will be reset",
}
"""How the audit tells of each kind."""


@dataclass(frozen=True)
class Contents:
    """One mail."""

    to: str
    words: Words
    told: tuple[UUID, int] | None = None
    """Of a notice: to whom it tells what has happened up to which event of his chain."""


def contents_of(db: Transaction, keys: KeyRing, mail: Claimed, *, now: datetime) -> Contents | None:
    """Issue what is to be sent, and tell the audit; None where there is nobody any more to whom it could go.

    An unknown address, somebody deactivated, a code that is not wanted any more: the mail is simply dropped.
    """
    if mail.kind == outbox.OLD_EMAIL:
        address = mail.address or ""
        return Contents(address, letters.old_email(address, mail.asked_at))
    person = receiver(db, mail)
    if person is None:
        return None
    contents = _for_person(db, keys, mail, person, now=now)
    if contents is not None:
        told = audit.Told(ACTS[mail.kind], details={"attempt": mail.attempts})
        audit.record(db, keys, told, at=now, origin=mail.origin, target=person)
    return contents


def receiver(db: Transaction, mail: Claimed) -> Person | None:
    """To whom a mail is, held, if he is active. A forgotten password's goes to whoever has the address by now.

    One to an old address is to nobody: whoever has that address by now has nothing to do with it.
    """
    if mail.kind == outbox.OLD_EMAIL:
        return None
    is_his = col(Person.email_norm) == mail.address if mail.person_id is None else col(Person.id) == mail.person_id
    query = select(Person).where(is_his, col(Person.active)).with_for_update(key_share=True)
    return db.scalars(query).one_or_none()


def _for_person(db: Transaction, keys: KeyRing, mail: Claimed, person: Person, *, now: datetime) -> Contents | None:
    if mail.kind == outbox.NEW_EMAIL:
        renewed = email_change.renew(db, keys, person, now=now)
        return None if renewed is None else Contents(renewed.email, letters.new_email(renewed))
    if mail.kind == outbox.RESET and _still_wants_reset(person, mail):
        return Contents(
            person.email, letters.reset(password_codes.issue(db, keys, person, password_codes.RESET, now=now))
        )
    if mail.kind == outbox.ACTIVATION and person.password_hash is None:
        issued = password_codes.issue(db, keys, person, password_codes.ACTIVATION, now=now)
        return Contents(person.email, letters.activation(issued))
    if mail.kind == outbox.FACTOR_RESET and person.factor_reset_at is not None:
        code = pending_resets.new_stop_code(db, keys, person)
        words = letters.factor_reset(person.email, code, person.factor_reset_at) if code else None
        return Contents(person.email, words) if words else None
    if mail.kind == outbox.NOTICE:
        end = notices.end_of(db, person)  # first: what comes meanwhile is told twice rather than never
        lines = notices.lines_for(db, person, mail, now=now)
        return Contents(person.email, letters.notice(lines), told=(person.id, end)) if lines else None
    return None


def _still_wants_reset(person: Person, mail: Claimed) -> bool:
    """Whoever has no password has nothing to reset; a password that was set since was what he wanted."""
    if person.password_hash is None:
        return False
    return person.password_changed_at is None or person.password_changed_at <= mail.asked_at
