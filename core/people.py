"""The people of a contract, as its owner and administrators see them in the User Manager."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlmodel import col

from core.administration import Act, Desk
from core.found import Finds
from core.listing import Count, Key, Page, Stretch, count_rows, read_page
from core.login_steps import Session
from core.person_details import PersonDetails, details_of
from core.searching import Search, Searched, search_for
from data.tables import PEOPLE_FILTERS, Person

SEARCHED = Searched(Person, col(Person.search_text), (col(Person.email_norm), col(Person.name_norm)))


class Filter(Enum):
    """Which people a list shows."""

    ALL = "all"
    NO_SECOND_FACTOR = "no_second_factor"
    NOT_ENROLLED = "not_enrolled"
    """2-factor is forced, and there is no authenticator yet."""

    LOCKED = "locked"
    INVITED = "invited"
    """Has not yet set a password."""

    INACTIVE = "inactive"
    ADMINISTRATORS = "administrators"
    """With the contract owner."""


class Order(Enum):
    """What a list of people is sorted by."""

    NAME = "name"
    EMAIL = "email"


@dataclass(frozen=True)
class PeopleView:
    """What of the people is listed. Every word of `search` stands somewhere in name or e-mail."""

    search: str = ""
    filter: Filter = Filter.ALL
    order: Order = Order.NAME


@dataclass(frozen=True)
class PersonRow:
    """One line of the list; times are UTC."""

    id: UUID
    name: str
    email: str
    role: str
    active: bool
    invited: bool
    second_factor: bool
    forced: bool
    last_sign_in_at: datetime | None
    locked_until: datetime | None
    key: Key = field(repr=False)


@dataclass(frozen=True)
class RoleAdoption:
    """How many active people of a role there are, and how many of them have a second factor."""

    role: str
    people: int
    with_second_factor: int


@dataclass(frozen=True)
class PeopleService:
    """Lists, finds and counts people."""

    desk: Desk

    def page(self, session: Session, view: PeopleView, stretch: Stretch) -> Page[PersonRow]:
        """A stretch of the list.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "people.page") as act:
            return people_page(act, _found(act, view), view.order, stretch)

    def details(self, session: Session, person_id: UUID) -> PersonDetails:
        """Everything about one person.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "people.details") as act:
            return details_of(act, act.person(person_id))

    def count(self, session: Session, view: PeopleView) -> Count:
        """How many people the list has.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "people.count") as act:
            return count_rows(act.db, select(col(Person.id)).where(*_found(act, view).conditions))

    def adoption(self, session: Session) -> tuple[RoleAdoption, ...]:
        """How many of the active people of each role have a second factor; the contract owner's role first.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "people.adoption") as act:
            query = (
                select(col(Person.role), col(Person.sec_auth_active), func.count())
                .where(col(Person.contract_id) == act.contract_id, col(Person.active))
                .group_by(col(Person.role), col(Person.sec_auth_active))
            )
            counted = {(role, has): count for role, has, count in act.db.connection().execute(query)}
        roles = ("owner", "administrator", "user")
        return tuple(
            RoleAdoption(role, counted.get((role, False), 0) + with_factor, with_factor)
            for role in roles
            for with_factor in [counted.get((role, True), 0)]
        )


def people_page(act: Act, found: Search, order: Order, stretch: Stretch) -> Page[PersonRow]:
    """A stretch of those who were found."""
    columns, query = ORDERS[order], select(*_COLUMNS).where(*found.conditions)
    if found.parts is not None:
        finds = Finds(query, found.parts, lambda row, key: _row(row, key, now=act.now))
        return finds.page(act.db, stretch)

    def made(row: Row[Any]) -> PersonRow:
        return _row(row, tuple(row[len(_COLUMNS) :]), now=act.now)

    return read_page(act.db, query.add_columns(*columns), columns, stretch, made=made, key_of=lambda row: row.key)


def _found(act: Act, view: PeopleView) -> Search:
    conditions: list[Any] = [col(Person.contract_id) == act.contract_id]
    of_filter = PEOPLE_FILTERS[view.filter.value]
    if of_filter:
        conditions.append(text(of_filter))
    if view.filter is Filter.LOCKED:
        conditions.append(col(Person.locked_until) > act.now)
    order = ORDERS[view.order]
    passing = [select(col(Person.id)).where(*conditions)] if of_filter and view.search.strip() else []
    found = search_for(act.db, view.search, SEARCHED, order=order, within=conditions[0], among=passing)
    return Search(conditions + found.conditions, found.parts)


def _row(row: Row[Any], key: Key, *, now: datetime) -> PersonRow:
    locked_until = row.locked_until if row.locked_until and row.locked_until > now else None
    return PersonRow(
        id=row.id,
        name=f"{row.family_name}, {row.given_name}",
        email=row.email,
        role=row.role,
        active=row.active,
        invited=row.invited,
        second_factor=row.sec_auth_active,
        forced=row.sec_auth_forced,
        last_sign_in_at=row.last_sign_in_at,
        locked_until=locked_until,
        key=key,
    )


_COLUMNS: tuple[Any, ...] = (
    col(Person.id),
    col(Person.family_name),
    col(Person.given_name),
    col(Person.email),
    col(Person.role),
    col(Person.active),
    col(Person.password_hash).is_(None).label("invited"),
    col(Person.sec_auth_active),
    col(Person.sec_auth_forced),
    col(Person.last_sign_in_at),
    col(Person.locked_until),
)
ORDERS: dict[Order, tuple[Any, ...]] = {
    Order.NAME: (col(Person.name_norm), col(Person.email_norm)),
    Order.EMAIL: (col(Person.email_norm),),
}
