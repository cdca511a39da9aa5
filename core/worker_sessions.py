"""Sessions and half logins of the console host's processes, and their end when such a process is gone.

Each carries which process has made it, `name_of`: the machine, the run of the host there, and the number of the
process in it. Consoles in a process of their own carry none, and nothing here touches them. What was begun on the way
in, and not committed when the process died, is nobody's; whoever was signed in has seen his console go, so that the
audit alone is told.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, not_, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit
from core.known_person import ADDRESSEE, Addressee
from core.origin import Origin
from data.sealing import KeyRing
from data.tables import ConsoleSession, PendingLogin, Person

HOST_ENDED = "host ended"
_ACT = "end sessions with their console host"
_BETWEEN = "/"
_BEHIND = chr(ord(_BETWEEN) + 1)

Owner = type[ConsoleSession] | type[PendingLogin]


def name_of(host: str, run: str, number: int) -> str:
    """What the sessions of a process carry."""
    return _joined(host, run, str(number))


def end_of_worker(db: Transaction, keys: KeyRing, worker: str, *, now: datetime) -> int:
    """End what one process has made; how many sessions there were."""
    its = {each: col(each.worker) == worker for each in _OWNERS}
    return _end(db, keys, worker.partition(_BETWEEN)[0], its, now=now)


def end_of_other_runs(db: Transaction, keys: KeyRing, host: str, run: str, *, now: datetime) -> int:
    """End what any other run of the host on this machine has made; how many sessions there were."""
    others = {each: and_(_begins(each, host), not_(_begins(each, host, run))) for each in _OWNERS}
    return _end(db, keys, host, others, now=now)


def _begins(owner: Owner, *parts: str) -> ColumnElement[bool]:
    """Whether a process's name begins with these parts: a range of the index, and no part is a pattern."""
    begin = _joined(*parts)
    return and_(col(owner.worker) > begin + _BETWEEN, col(owner.worker) < begin + _BEHIND)


def _joined(*parts: str) -> str:
    return _BETWEEN.join(part.replace(_BETWEEN, "_") for part in parts)


def _end(db: Transaction, keys: KeyRing, host: str, which: dict[Owner, ColumnElement[bool]], *, now: datetime) -> int:
    connection = db.connection()
    connection.execute(delete(PendingLogin).where(which[PendingLogin]))
    ended = connection.execute(
        update(ConsoleSession)
        .where(which[ConsoleSession], col(ConsoleSession.ended_at).is_(None), col(ConsoleSession.expires_at) > now)
        .values(ended_at=now, ended_why=HOST_ENDED)
        .returning(col(ConsoleSession.person_id))
    )
    counts = Counter(ended.scalars())
    query = select(*ADDRESSEE).where(col(Person.id).in_(counts))
    people = [Addressee(*row) for row in connection.execute(query)]
    # The audit last and by chains in one order: two who tell of many contracts wait for each other, and not in a ring.
    for person in sorted(people, key=lambda each: (audit.chain_of(each), each.id)):
        told = audit.Told(_ACT, details={"sessions ended": counts[person.id]})
        audit.record(db, keys, told, at=now, origin=Origin(host=host), target=person)
    return counts.total()


_OWNERS: tuple[Owner, ...] = (ConsoleSession, PendingLogin)
