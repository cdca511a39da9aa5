"""The support calls about a contract's people, for its owner and administrators, the newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.administration import Desk
from core.listing import Key, Page, Stretch, Way, beyond_downwards, page_of
from core.login_steps import Session
from core.support_calls import AGENT_GONE, RAN_OUT
from data.support_tables import SupportCall, TicketUse
from data.tables import ConsoleSession, Person


@dataclass(frozen=True)
class CallRow:
    """One call; times are UTC. Names are what people call themselves."""

    id: UUID
    opened_at: datetime
    name: str
    email: str
    agent: str
    proven: bool
    """Whether the caller proved who he was."""

    done: tuple[str, ...]
    """What the agent did, by the names of the functions."""

    ended_at: datetime | None
    """None while it goes on."""

    ended_why: str
    key: Key = field(repr=False)


@dataclass(frozen=True)
class ContractCallService:
    """Shows what the support desk did for the people of a contract."""

    desk: Desk

    def page(self, session: Session, stretch: Stretch) -> Page[CallRow]:
        """A stretch of the contract's calls, the newest first.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "contract_calls.page") as act:
            fitting = stretch if _fits(stretch) else Stretch(rows=stretch.rows)
            query = (
                select(*_COLUMNS)
                .join(Person, col(Person.id) == col(SupportCall.person_id))
                .outerjoin(ConsoleSession, col(ConsoleSession.id) == col(SupportCall.session_id))
                .where(col(SupportCall.contract_id) == act.contract_id)
                .order_by(*(column if fitting.is_backwards else column.desc() for column in _ORDER))
                .limit(fitting.rows + 1)
            )
            if fitting.key is not None and fitting.way not in {Way.FIRST, Way.LAST}:
                query = query.where(beyond_downwards(_ORDER, fitting))
            rows = act.db.connection().execute(query).all()
            done = _done(act.db, [row.id for row in rows])
            found = [_row(row, done.get(row.id, ()), now=act.now) for row in rows]
            return page_of(found, fitting, key_of=lambda row: row.key)


def _done(db: Transaction, call_ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    query = select(col(TicketUse.call_id), col(TicketUse.act)).where(col(TicketUse.call_id).in_(call_ids))
    done: dict[UUID, tuple[str, ...]] = {}
    for call_id, act in db.connection().execute(query.order_by(col(TicketUse.at), col(TicketUse.act))):
        done[call_id] = (*done.get(call_id, ()), act)
    return done


def _row(row: Row[Any], done: tuple[str, ...], *, now: datetime) -> CallRow:
    ran_out = row.ended_at is None and row.expires_at <= now
    is_left = row.ended_at is None and row.agent_left_at is not None and not ran_out
    return CallRow(
        id=row.id,
        opened_at=row.opened_at,
        name=f"{row.given_name} {row.family_name}",
        email=row.email,
        agent=row.agent,
        proven=row.matched_at is not None,
        done=done,
        ended_at=row.expires_at if ran_out else row.agent_left_at if is_left else row.ended_at,
        ended_why=RAN_OUT if ran_out else AGENT_GONE if is_left else row.ended_why or "",
        key=(row.opened_at, row.id),
    )


def _fits(stretch: Stretch) -> bool:
    return stretch.key is None or (len(stretch.key) == len(_ORDER) and isinstance(stretch.key[0], datetime))


_ORDER: tuple[Any, ...] = (col(SupportCall.opened_at), col(SupportCall.id))
_COLUMNS: tuple[Any, ...] = (
    *_ORDER,
    col(Person.given_name),
    col(Person.family_name),
    col(Person.email),
    col(SupportCall.agent),
    col(SupportCall.matched_at),
    col(SupportCall.expires_at),
    col(SupportCall.ended_at),
    col(SupportCall.ended_why),
    col(ConsoleSession.ended_at).label("agent_left_at"),
)
