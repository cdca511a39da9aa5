"""News by mail: whoever has some is told, and no more often than every quarter of an hour.

The audit is read from where it was left; one UPDATE decides which of many processes reads a stretch. What news is, and
how it is told, is the same as on the screen (`core.visits`), but for what people have typed: a mail repeats none of it.
What only guessers did waits an hour: a person who mistyped his password has seen it on the screen by then.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, or_, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, visits
from core.last_visit import LATE
from core.mail import outbox
from core.mail.outbox import Claimed
from core.news import Kind
from core.origin import Origin
from core.visits import News, Notice, Window
from core.wording import moment
from data.engine import reading, transaction
from data.tables import AuditHead, MailPosition, Person
from data.upserts import insert_into

AT_ONCE = 1_000
"""Events of a stretch."""

OFTEN = timedelta(minutes=15)
SELDOM = timedelta(days=1)
"""Between two mails to one person; the longer for what only guessers did."""

_GUESSED = timedelta(hours=1)
_QUIET = frozenset({Kind.WRONG_PASSWORD, Kind.WRONG_PASSWORD_CODE, Kind.CODE_ASKED})
_LINES = 10
_PLACE = re.compile(r"[\w.:()\- ]{1,60}")
_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def gather(engine: Engine, *, now: datetime) -> None:
    """Read what the audit says since the last time, and put a mail in for whoever has news.

    What was told before mail was configured is not mailed.
    """
    with reading(engine) as db:
        chains = _unread(db)
    for chain, read, end in chains:
        for after in [read] if read is None else range(read, end, AT_ONCE):
            with transaction(engine) as db:
                up_to = end if after is None else min(after + AT_ONCE, end)
                if not _claim(db, chain, after, up_to):
                    break
                if after is not None:
                    _queue(db, visits.news_in(db, chain, after=after, up_to=up_to), now=now)


def lines_for(db: Transaction, person: Person, mail: Claimed, *, now: datetime) -> tuple[str, ...]:
    """What a person is told who is held; of what only guessers did, nothing that he has seen on the screen by now.

    All else is mailed even so: whoever signs in twice as him could say in one session that he has seen the other.
    """
    window = Window(mail.asked_at - LATE, now + LATE, person.notified_number)
    unseen = replace(window, after=max(person.notified_number, person.acknowledged_number))
    found = [notice for notice in visits.notices(db, person, window) if notice.kind not in _QUIET]
    found += [notice for notice in visits.notices(db, person, unseen) if notice.kind in _QUIET]
    lines = tuple(map(_line, found[:_LINES]))
    return lines if len(found) <= _LINES else (*lines, f"and {len(found) - _LINES} other things")


def end_of(db: Transaction, person: Person) -> int:
    """Up to where a person's chain goes: whatever is told next comes after it."""
    head = select(col(AuditHead.number)).where(col(AuditHead.chain) == audit.chain_of(person))
    return db.connection().execute(head).scalar_one_or_none() or 0


def note_told(db: Transaction, person_id: UUID, up_to: int, *, now: datetime) -> None:
    """Note that a mail has told everything up to there."""
    of_person = (col(Person.id) == person_id, col(Person.notified_number) <= up_to)
    db.connection().execute(update(Person).where(*of_person).values(notified_number=up_to, notified_at=now))


def _unread(db: Transaction) -> list[tuple[str, int | None, int]]:
    position, head = MailPosition, AuditHead
    rows = db.connection().execute(
        select(col(head.chain), col(position.number), col(head.number))
        .outerjoin(position, col(position.chain) == col(head.chain))
        .where(or_(col(position.number).is_(None), col(position.number) < col(head.number)))
    )
    return [(chain, read, end) for chain, read, end in rows]


def _claim(db: Transaction, chain: str, after: int | None, up_to: int) -> bool:
    """Take a stretch of a chain; of a chain that was never read all there is, and nobody is told of it."""
    connection = db.connection()
    if after is None:
        insertion = insert_into(MailPosition, connection.dialect.name).values(chain=chain, number=up_to)
        return connection.execute(insertion.on_conflict_do_nothing()).rowcount == 1
    is_there = (col(MailPosition.chain) == chain, col(MailPosition.number) == after)
    return connection.execute(update(MailPosition).where(*is_there).values(number=up_to)).rowcount == 1


def _queue(db: Transaction, news: Sequence[News], *, now: datetime) -> None:
    """Put a mail in for each, in the order of ids; one that waits already goes out as soon as either would."""
    first: dict[tuple[UUID, bool], News] = {}
    for each in news:
        first.setdefault((each.person_id, each.kind in _QUIET), each)
    told_at = _told_at(db, [person_id for person_id, _ in first])
    for (person_id, is_quiet), each in sorted(first.items(), key=lambda found: (found[0][0].hex, found[0][1])):
        if person_id not in told_at:
            continue
        last, pause = told_at[person_id], SELDOM if is_quiet else OFTEN
        due_at = max(now + _GUESSED if is_quiet else now, now if last is None else last + pause)
        outbox.ask_by(db, person_id, outbox.NOTICE, origin=Origin(), asked_at=each.at, due_at=due_at)


def _told_at(db: Transaction, person_ids: Sequence[UUID]) -> dict[UUID, datetime | None]:
    """When each was told last, of those who have taken their accounts into use."""
    query = select(col(Person.id), col(Person.notified_at)).where(
        col(Person.id).in_(person_ids), col(Person.active), col(Person.password_hash).is_not(None)
    )
    return {row.id: row.notified_at for row in db.connection().execute(query)}


def _line(notice: Notice) -> str:
    often = "" if notice.count == 1 else f", {notice.count:,} times{' or more' if notice.is_more else ''}, last"
    where = [place for place in (notice.origin.source, notice.origin.host) if _PLACE.fullmatch(place)]
    by = f" by {notice.by}" if notice.by else ""
    from_there = f", from {' at '.join(where)}" if where else ""
    with_key = f", SSH key {notice.origin.key}" if _KEY.fullmatch(notice.origin.key) else ""
    return f"{notice.untyped}{often or ','} on {moment(notice.last)}{by}{from_there}{with_key}"
