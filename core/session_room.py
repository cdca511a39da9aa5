"""How many sessions there may be: of a person, and in use on a host."""

from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.errors import TooManySessions
from core.known_person import AnyPerson
from core.sessions import IDLE, TOO_OLD
from data.tables import ConsoleSession

MOST_OF_A_PERSON = 10
MOST_IN_USE_ON_A_HOST = 500
TOO_MANY = "too many sessions"


def make_room(db: Transaction, person: AnyPerson, *, host: str, now: datetime) -> int:
    """Let a person who is held have one session more (ASVS 7.1.2); how many of his had to end for it.

    Of `MOST_OF_A_PERSON` the longest unused one goes. A host's consoles are in use while somebody was there in the
    last 15 minutes, so that those of a process that was killed keep nobody out.

    Raises:
        TooManySessions: the host has as many consoles in use as it takes. Nothing was changed.
    """
    connection = db.connection()
    in_use = connection.execute(_IN_USE, {"on_host": host, "idle_since": now - IDLE}).scalar_one()
    if in_use >= MOST_IN_USE_ON_A_HOST:
        raise TooManySessions(MOST_IN_USE_ON_A_HOST)
    ended = connection.execute(_MAKING_ROOM, {"of_person": person.id, "at": now}).scalars()
    return list(ended).count(TOO_MANY)


_OPEN_OF_PERSON = (col(ConsoleSession.person_id) == bindparam("of_person"), col(ConsoleSession.ended_at).is_(None))
_IN_USE = select(func.count()).where(
    col(ConsoleSession.host) == bindparam("on_host"),
    col(ConsoleSession.ended_at).is_(None),
    col(ConsoleSession.last_used_at) > bindparam("idle_since"),
)
_MAKING_ROOM = (
    update(ConsoleSession)
    .where(
        *_OPEN_OF_PERSON,
        or_(
            col(ConsoleSession.expires_at) <= bindparam("at"),
            col(ConsoleSession.id).in_(
                select(col(ConsoleSession.id))
                .where(*_OPEN_OF_PERSON, col(ConsoleSession.expires_at) > bindparam("at"))
                .order_by(col(ConsoleSession.last_used_at).desc(), col(ConsoleSession.started_at).desc())
                .offset(MOST_OF_A_PERSON - 1)
            ),
        ),
    )
    .values(
        ended_at=bindparam("at"),
        ended_why=case((col(ConsoleSession.expires_at) <= bindparam("at"), TOO_OLD), else_=TOO_MANY),
    )
    .returning(col(ConsoleSession.ended_why))
)
