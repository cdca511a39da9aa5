"""Half a login: the password was right, and a code or the setup assistant is owed, for ten minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, insert, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import server_clock
from core.errors import LoginExpired
from core.known_person import COLUMNS, KnownPerson
from core.origin import Origin
from core.tokens import new_token, token_hash
from data.tables import KnownOrigin, PendingLogin, Person

PENDING_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Half:
    """Half a login: whose it is, where, in which lane its wrong codes count, and when that place was last noted."""

    person: KnownPerson
    origin: Origin
    lane: str
    noted_at: datetime | None


def begin(db: Transaction, person: KnownPerson, owes: str, *, origin: Origin, lane: str, now: datetime) -> str:
    """Note that a person, who is held, owes a code or the setup assistant; the token of the half login."""
    token = new_token()
    owed = {
        "token_hash": token_hash(token),
        "person_id": person.id,
        "owes": owes,
        "origin": origin.facts(),
        "worker": origin.worker or None,
        "lane": lane,
        "password_changed_at": person.password_changed_at,
        "expires_at": now + PENDING_LASTS,
    }
    db.connection().execute(_FORGETTING, {"of_person": person.id, "at": now})
    db.connection().execute(_OWING, owed)
    return token


def pending(db: Transaction, token: str, *, owes: str, now: datetime) -> Half:
    """The half login that has this token; its person is held.

    Raises:
        LoginExpired: no such, too old, settled, or password or activity of the person have changed since.
    """
    of_token = {"of_token": token_hash(token), "owed": owes, "at": now}
    row = db.connection().execute(_PENDING, of_token).one_or_none()
    if row is None:
        server_clock.check(db, now=now)
        raise LoginExpired
    origin, worker, lane, noted_at, *columns = row
    return Half(KnownPerson(*columns), Origin(**origin, worker=worker or ""), lane, noted_at)


def settle(db: Transaction, token: str) -> None:
    """Use up half a login; the DELETE decides which of two consoles completes it.

    Raises:
        LoginExpired: it was completed in the meantime.
    """
    gone = db.connection().execute(_SETTLING, {"of_token": token_hash(token)})
    if gone.rowcount != 1:
        raise LoginExpired


def void_pending(db: Transaction, person_id: UUID) -> None:
    """Make every half login of a person worthless."""
    db.connection().execute(delete(PendingLogin).where(col(PendingLogin.person_id) == person_id))


def void_owed_codes(db: Transaction, person_id: UUID) -> None:
    """Make every half login that waits for a code of an earlier authenticator worthless.

    One that owes the setup assistant stays: it opens nothing any more, and tells its person why.
    """
    of_person = col(PendingLogin.person_id) == person_id
    db.connection().execute(delete(PendingLogin).where(of_person, col(PendingLogin.owes) == "code"))


_PENDING = (
    select(
        col(PendingLogin.origin),
        col(PendingLogin.worker),
        col(PendingLogin.lane),
        col(KnownOrigin.last_at),
        *COLUMNS,
    )
    .join(Person, col(Person.id) == col(PendingLogin.person_id))
    .outerjoin(
        KnownOrigin,
        and_(
            col(KnownOrigin.person_id) == col(PendingLogin.person_id),
            col(KnownOrigin.lane) == col(PendingLogin.lane),
        ),
    )
    .where(
        col(PendingLogin.token_hash) == bindparam("of_token"),
        col(PendingLogin.owes) == bindparam("owed"),
        col(PendingLogin.expires_at) > bindparam("at"),
        col(Person.active).is_(True),
        col(Person.password_changed_at) == col(PendingLogin.password_changed_at),
    )
    .with_for_update(of=Person, key_share=True)
)
_OWING = insert(PendingLogin)
_FORGETTING = delete(PendingLogin).where(
    col(PendingLogin.person_id) == bindparam("of_person"), col(PendingLogin.expires_at) <= bindparam("at")
)
_SETTLING = delete(PendingLogin).where(col(PendingLogin.token_hash) == bindparam("of_token"))
