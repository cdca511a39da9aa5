"""Who sees a resource, what somebody sees, and why not: the verdict on each, by the conditions that decide."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, not_, select, true
from sqlmodel import col

from core import access
from core.administration import Desk
from core.listing import COUNT_UP_TO, Count, Key, Page, Stretch, count_rows, read_page
from core.login_steps import Session
from core.resources import Kind
from core.searching import narrowed
from data.group_tables import Resource
from data.tables import Person


class Why(Enum):
    """Whether somebody sees a resource once he has signed in; if not, the first thing that is in the way."""

    SEES = "sees"
    DEACTIVATED = "deactivated"
    """He may not sign in."""

    NO_GROUP = "no_group"
    """Neither role nor creation nor a group gives it to him."""

    NO_SECOND_FACTOR = "no_second_factor"
    """It is protected, and 2-factor is not active for him."""


class SightFilter(Enum):
    """Which verdicts a list shows."""

    ALL = "all"
    SEES = "sees"
    DOES_NOT = "does_not"


@dataclass(frozen=True)
class Verdict:
    """Whether a person sees the resource that was asked about."""

    id: UUID
    name: str
    email: str
    why: Why
    key: Key = field(repr=False)


@dataclass(frozen=True)
class ResourceVerdict:
    """Whether the person who was asked about sees a resource."""

    id: UUID
    name: str
    kind: Kind
    why: Why
    key: Key = field(repr=False)


class SightCounts(NamedTuple):
    """How many people of the contract see a resource, and how many do not."""

    sees: Count
    others: Count


@dataclass(frozen=True)
class SightService:
    """Explains who sees what, to the owner and administrators."""

    desk: Desk

    def people(self, session: Session, resource_id: UUID, shown: SightFilter, stretch: Stretch) -> Page[Verdict]:
        """The verdict on each person of the contract, by name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.asking(session, "sight.people") as act:
            resource = act.resource(resource_id)
            query = _about(resource).where(_passes(shown))
            if shown is SightFilter.SEES:
                query = query.where(*narrowed(act.db, Person, [access.granted_by(resource)]))
            return read_page(act.db, query, _PEOPLE_ORDER, stretch, made=_verdict, key_of=lambda row: row.key)

    def counts(self, session: Session, resource_id: UUID) -> SightCounts:
        """How many people see a resource, and how many do not.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.asking(session, "sight.counts") as act:
            resource = act.resource(resource_id)
            sees = count_rows(act.db, _seeing(resource))
            if sees.is_more:
                return SightCounts(sees, count_rows(act.db, _about(resource).where(_passes(SightFilter.DOES_NOT))))
            everybody = select(col(Person.id)).where(col(Person.contract_id) == resource.contract_id)
            counted = select(func.count()).select_from(everybody.limit(sees.rows + COUNT_UP_TO + 1).subquery())
            return SightCounts(sees, Count(act.db.connection().execute(counted).scalar_one() - sees.rows))

    def resources(
        self, session: Session, person_id: UUID, stretch: Stretch, *, shown: SightFilter = SightFilter.ALL
    ) -> Page[ResourceVerdict]:
        """The verdict on each resource that this session sees itself, data centers first, by name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.person`.
        """
        with self.desk.asking(session, "sight.resources") as act:
            person = act.person(person_id)
            query = (
                select(*_RESOURCE_COLUMNS, _why.label("why"))
                .join(Person, col(Person.id) == person.id)
                .where(access.visible_to(act.who), _passes(shown))
            )
            if shown is SightFilter.SEES and person.role not in access.ADMINISTRATIVE:
                query = query.where(*narrowed(act.db, Resource, [access.grants_of(person.id)]))
            return read_page(
                act.db, query, _RESOURCES_ORDER, stretch, made=_resource_verdict, key_of=lambda row: row.key
            )


def _about(resource: Resource) -> Select[Any]:
    """Each person of the contract, beside the one resource."""
    return (
        select(*_PERSON_COLUMNS, _why.label("why"))
        .join(Resource, col(Resource.id) == resource.id)
        .where(col(Person.contract_id) == resource.contract_id)
    )


def _passes(shown: SightFilter) -> ColumnElement[bool]:
    match shown:
        case SightFilter.SEES:
            return _why == Why.SEES.value
        case SightFilter.DOES_NOT:
            return _why != Why.SEES.value
        case _:
            return true()


def _seeing(resource: Resource) -> Select[Any]:
    """The ids of those who see a resource, found among those who might, however many others there are."""
    granted = access.granted_by(resource).subquery()
    seeing = _about(resource).join(granted, granted.c.id == col(Person.id)).where(_passes(SightFilter.SEES))
    return seeing.with_only_columns(col(Person.id)).distinct()


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        id=row.id,
        name=f"{row.family_name}, {row.given_name}",
        email=row.email,
        why=Why(row.why),
        key=(row.name_norm, row.email_norm),
    )


def _resource_verdict(row: Row[Any]) -> ResourceVerdict:
    return ResourceVerdict(
        id=row.id,
        name=row.name,
        kind=Kind(row.kind),
        why=Why(row.why),
        key=(row.kind, row.name_norm, row.id),
    )


_why: ColumnElement[str] = case(
    (not_(access.active()), literal(Why.DEACTIVATED.value)),
    (not_(access.granted()), literal(Why.NO_GROUP.value)),
    (not_(access.passes()), literal(Why.NO_SECOND_FACTOR.value)),
    else_=literal(Why.SEES.value),
)
_PERSON_COLUMNS: tuple[Any, ...] = (
    col(Person.id),
    col(Person.family_name),
    col(Person.given_name),
    col(Person.email),
    col(Person.name_norm),
    col(Person.email_norm),
)
_PEOPLE_ORDER: tuple[Any, ...] = (col(Person.name_norm), col(Person.email_norm))
_RESOURCE_COLUMNS: tuple[Any, ...] = (
    col(Resource.id),
    col(Resource.name),
    col(Resource.kind),
    col(Resource.name_norm),
)
_RESOURCES_ORDER: tuple[Any, ...] = (col(Resource.kind), col(Resource.name_norm), col(Resource.id))
