"""Accepting a security code or a recovery code: each once, whatever two consoles try at the same moment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import recovery_codes, totp
from core.errors import ClockDrift, CodeAlreadyUsed, SecondFactorNotActive, WrongRecoveryCode
from core.known_person import AnyPerson
from data.sealing import KeyRing
from data.tables import AuditEvent, Authenticator, Person, RecoveryCode


def accept_code(db: Transaction, keys: KeyRing, person: AnyPerson, digits: str, *, now: datetime) -> None:
    """Accept a code of the person's app; the caller holds the person.

    A refusal that tells the clock's drift says that the code will be right later. Its step is used up with that,
    or a guesser who hit one of the twenty steps around now would come back when it is due.

    Raises:
        SecondFactorNotActive: there is no confirmed authenticator (any more).
        WrongCode, ClockDrift, CodeAlreadyUsed: see `totp.matching_step`.
    """
    sealed = db.connection().execute(_SECRET, {"of_person": person.id}).scalar_one_or_none()
    if sealed is None:
        raise SecondFactorNotActive
    secret = open_secret(keys, "authenticator", person.id, sealed)
    try:
        step = totp.matching_step(secret, digits, last_step=person.last_step, now=now, told=person.told_steps)
    except ClockDrift as drift:
        _use_up_told(db, person, drift.step, now=now)
        raise
    take_step(db, person, step, last_code_at=now)


def take_step(db: Transaction, person: AnyPerson, step: int, *, last_code_at: datetime | None) -> None:
    """Use up a time step (RFC 6238 §5.2). The UPDATE decides which of two consoles had it first.

    Raises:
        CodeAlreadyUsed: this step, or a later one, was taken in the meantime.
    """
    taken = db.connection().execute(_TAKING, {"of_person": person.id, "step": step, "code_at": last_code_at})
    if taken.rowcount != 1:
        raise CodeAlreadyUsed


def _use_up_told(db: Transaction, person: AnyPerson, told: int, *, now: datetime) -> None:
    """Keep a step that was told until its time is over."""
    oldest = totp.step_at(now) - totp.DRIFT_STEPS
    steps = sorted({step for step in person.told_steps if step >= oldest} | {told})
    db.connection().execute(_TELLING, {"of_person": person.id, "steps": steps})


def count_again(db: Transaction, person: Person, *, now: datetime) -> None:
    """Let codes count again whose time is before that of the last one, which the server's clock had been ahead of.

    Whatever was accepted in the time that is yet to come is not accepted when it comes: each acceptance is an event
    of the person's, so the steps around those are told ones. The caller holds the person.
    """
    begins = totp.step_at(now) + totp.WINDOW
    ahead = db.exec(select(AuditEvent.at).where(AuditEvent.actor_id == person.id, col(AuditEvent.at) > now))
    around = range(-totp.WINDOW, totp.WINDOW + 1)
    accepted = {totp.step_at(at) + away for at in ahead for away in around} | {person.last_step}
    person.told_steps = sorted(step for step in {*person.told_steps, *accepted} if step > begins)
    person.last_step = begins


def accept_recovery_code(db: Transaction, keys: KeyRing, person: AnyPerson, typed: str, *, now: datetime) -> None:
    """Use up one recovery code.

    Raises:
        WrongRecoveryCode: unknown, used, or not of this person.
    """
    taken = db.connection().execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.person_id) == person.id,
            col(RecoveryCode.code_hash).in_(hashes_of(keys, person.id, typed)),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    if taken.rowcount != 1:
        raise WrongRecoveryCode


def recovery_codes_left(db: Transaction, person_id: UUID) -> int:
    """How many of the person's recovery codes are unused."""
    query = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, col(RecoveryCode.used_at).is_(None))
    )
    return db.exec(query).one()


def hash_of(keys: KeyRing, person_id: UUID, recovery_code: str) -> str:
    """What the database keeps of a recovery code, under the active key."""
    return keys.keyed_hash("recovery code", _bound(person_id, recovery_code))


def hashes_of(keys: KeyRing, person_id: UUID, typed: str) -> list[str]:
    """What the database may hold of a typed recovery code, under every live key."""
    return keys.keyed_hashes("recovery code", _bound(person_id, typed))


def seal_secret(keys: KeyRing, table: str, person_id: UUID, secret: str) -> bytes:
    """Seal an authenticator's secret to its table and person."""
    return keys.seal(secret.encode(), table=table, column="secret_sealed", row=str(person_id))


def open_secret(keys: KeyRing, table: str, person_id: UUID, sealed: bytes) -> str:
    """The secret that was sealed to this table and person."""
    return keys.unseal(sealed, table=table, column="secret_sealed", row=str(person_id)).decode()


def _bound(person_id: UUID, recovery_code: str) -> bytes:
    return f"{person_id}:{recovery_codes.cleaned(recovery_code)}".encode("utf-8", "surrogatepass")


_SECRET = select(col(Authenticator.secret_sealed)).where(col(Authenticator.person_id) == bindparam("of_person"))
_TELLING = update(Person).where(col(Person.id) == bindparam("of_person")).values(told_steps=bindparam("steps"))
_TAKING = (
    update(Person)
    .where(col(Person.id) == bindparam("of_person"), col(Person.last_step) < bindparam("step"))
    .values(last_step=bindparam("step"), last_code_at=bindparam("code_at"))
)
