"""Who is in which group of a contract."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Uuid, delete, exists, func, insert, literal, select
from sqlmodel import col
from sqlmodel import select as select_rows

from core import access
from core.administration import Act, Desk
from core.errors import NotThere
from core.listing import Count, Page, Stretch, count_rows
from core.login_steps import Session
from core.people import ORDERS, SEARCHED, Order, PersonRow, people_page
from core.searching import Search, search_for
from data.group_tables import Group, Membership
from data.tables import Person

NAMED = 100
"""So many people the audit event of one act names."""

TOLD_EACH = 1_000
"""So many people who come or go in one act are told each by an event of his own (about 0.3 ms), which he finds in his
activity. Of more than that one event tells: everybody else of the contract waits for the audit meanwhile."""

_AT_ONCE = 5_000  # fewer than either engine takes as parameters of one statement


@dataclass(frozen=True)
class MemberService:
    """Lists, adds and removes the members of groups."""

    desk: Desk

    def page(self, session: Session, group_id: UUID, search: str, stretch: Stretch) -> Page[PersonRow]:
        """A stretch of a group's members, by name; every word of `search` stands somewhere in name or e-mail.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "members.page") as act:
            return people_page(act, _found(act, act.group(group_id), search), Order.NAME, stretch)

    def count(self, session: Session, group_id: UUID, search: str) -> Count:
        """How many members that list has.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "members.count") as act:
            found = _found(act, act.group(group_id), search)
            return count_rows(act.db, select(col(Person.id)).where(*found.conditions))

    def of_person(self, session: Session, person_id: UUID) -> tuple[tuple[UUID, str], ...]:
        """The groups that somebody is in, by name: their ids and names.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "members.of_person") as act:
            query = (
                select(col(Group.id), col(Group.name))
                .join(Membership, col(Membership.group_id) == col(Group.id))
                .where(col(Membership.person_id) == act.person(person_id).id)
                .order_by(col(Group.name_norm))
            )
            return tuple((row.id, row.name) for row in act.db.connection().execute(query))

    def add(self, session: Session, group_id: UUID, person_ids: Collection[UUID]) -> None:
        """Take people into a group; whoever is in it already stays.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "members.add") as act:
            group = act.group(group_id)
            people = _asked(act, group, person_ids)
            act.ask_for_proof()
            newcomers = [person for person in people if not person.is_member]
            for ids in _portions([person.id for person in newcomers]):
                whom = select(literal(group.id, Uuid()), col(Person.id)).where(col(Person.id).in_(ids))
                act.db.connection().execute(insert(Membership).from_select(["group_id", "person_id"], whom))
            _finish(act, group, newcomers, "add people to a group")

    def remove(self, session: Session, group_id: UUID, person_ids: Collection[UUID]) -> None:
        """Put people out of a group; whoever is not in it is left alone.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "members.remove") as act:
            group = act.group(group_id)
            people = _asked(act, group, person_ids)
            act.ask_for_proof()
            members = [person for person in people if person.is_member]
            for ids in _portions([person.id for person in members]):
                leaving = delete(Membership).where(_of(group), col(Membership.person_id).in_(ids))
                act.db.connection().execute(leaving)
            _finish(act, group, members, "remove people from a group")


def told_members(act: Act, group: Group) -> dict[str, Any]:
    """What the audit tells of everybody in a group: how many they are, and who, as far as `NAMED` of them."""
    emails = (
        select(col(Person.email))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(_of(group))
        .limit(NAMED)
    )
    count = select(func.count()).select_from(Membership).where(_of(group))
    named = act.db.connection().execute(emails).scalars()
    return {"people": sorted(named), "count": act.db.connection().execute(count).scalar_one()}


def _asked(act: Act, group: Group, person_ids: Collection[UUID]) -> list[Row[Any]]:
    """Those of these ids, by e-mail, each with whether he is in the group.

    Raises:
        NotThere: somebody of them is not in this contract.
    """
    found: list[Row[Any]] = []
    for ids in _portions(sorted(set(person_ids))):
        query = select(col(Person.id), col(Person.email), _is_in(group).label("is_member")).where(
            col(Person.contract_id) == act.contract_id, col(Person.id).in_(ids)
        )
        found += act.db.connection().execute(query)
    if len(found) != len(set(person_ids)):
        raise NotThere("person")
    return sorted(found, key=lambda person: person.email)


def _finish(act: Act, group: Group, people: Sequence[Row[Any]], told: str) -> None:
    """What follows from a change of membership, and its audit events; nothing where nothing was changed."""
    if not people:
        return
    for ids in _portions([person.id for person in people]):
        access.decide_forced(act.db, col(Person.id).in_(ids))
    if len(people) > TOLD_EACH:
        named = [person.email for person in people[:NAMED]]
        act.tell(told, group=group.name, people=named, count=len(people))
        return
    whole = select_rows(Person).where(col(Person.id).in_([person.id for person in people]))
    for person in sorted(act.db.exec(whole), key=lambda person: person.email):
        act.tell(told, target=person, group=group.name, people=[person.email], count=1)


def _found(act: Act, group: Group, typed: str) -> Search:
    of_contract = col(Person.contract_id) == act.contract_id
    members = select(col(Membership.person_id)).where(_of(group))
    found = search_for(act.db, typed, SEARCHED, order=ORDERS[Order.NAME], within=of_contract, among=[members])
    return Search([of_contract, _is_in(group), *found.conditions], found.parts)


def _is_in(group: Group) -> ColumnElement[bool]:
    return exists().where(_of(group), col(Membership.person_id) == col(Person.id))


def _of(group: Group) -> ColumnElement[bool]:
    return col(Membership.group_id) == group.id


def _portions(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
