"""What an act would take away, told before it is done: who must enrol, who loses sight of what, which sessions end.

It asks the conditions of `access` twice, as it is and as it would be, so the forecast is decided by what will decide.
Resources that the asker may not see are in no forecast.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, not_, or_, select
from sqlmodel import col

from core import access, sessions
from core.access import AS_IT_IS, Supposition
from core.administration import Act, Desk
from core.listing import COUNT_UP_TO, Count
from core.login_steps import Session
from data.group_tables import Membership, Resource, Share
from data.tables import ConsoleSession, Person

NAMES_SHOWN = 20
_ZERO = Count(0)
_NOTHING: ColumnElement[bool] = literal(value=False)


@dataclass(frozen=True)
class Named:
    """So many people or resources, and the first of them by name; `ids` go with `names`."""

    count: Count = _ZERO
    names: tuple[str, ...] = ()
    ids: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        return self.count.rows > 0


NONE = Named()


@dataclass(frozen=True)
class Forecast:
    """What an act would do to people, beyond what it says itself."""

    must_enrol: Named = NONE
    """Who would have to go through the setup assistant at the next login, and does not have to now."""

    losers: Named = NONE
    """Who would lose sight of something."""

    lost: Named = NONE
    """Of what."""

    sessions: int = 0
    """Open sessions that would end."""

    looking: int = 0
    """Open sessions of those who would lose sight of something."""

    inherited: Named = NONE
    """Resources that would pass to the contract owner."""

    before: Count = _ZERO
    """For an act on one resource: how many people see it today."""

    @property
    def is_harmless(self) -> bool:
        """Whether nobody would feel anything."""
        return not (self.must_enrol or self.losers or self.sessions or self.inherited)


@dataclass(frozen=True)
class _Scope:
    """Where an act can be felt at all: of which people, and for which resources."""

    supposing: Supposition
    people: ColumnElement[bool]
    resources: ColumnElement[bool] = field(default_factory=lambda: literal(value=True))
    """`_NOTHING` where nobody loses sight of anything: then nobody is asked for."""

    ends_sessions: bool = False

    @property
    def may_oblige(self) -> bool:
        """Whether somebody who need not enrol today could have to: what is forced grows, or a factor goes."""
        return bool(self.supposing.forced or self.supposing.forcing or self.supposing.without_factor)


@dataclass(frozen=True)
class ForecastService:
    """Looks ahead. Each question is allowed to whom the act is allowed."""

    desk: Desk

    def of_forcing(self, session: Session, person_ids: Collection[UUID]) -> Forecast:
        """Of forcing 2-factor for people.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "forecast.of_forcing") as act:
            ids = frozenset(person.id for person in act.people(person_ids))
            return _forecast(act, _Scope(Supposition(forced=ids), col(Person.id).in_(ids), _NOTHING))

    def of_forcing_group(self, session: Session, group_id: UUID) -> Forecast:
        """Of forcing 2-factor for a group."""
        with self.desk.asking(session, "forecast.of_forcing_group") as act:
            group = act.group(group_id)
            return _forecast(act, _Scope(Supposition(forcing=frozenset({group.id})), _in_group(group.id), _NOTHING))

    def of_adding(self, session: Session, group_id: UUID, person_ids: Collection[UUID]) -> Forecast:
        """Of making people members of a group, which may force 2-factor on them."""
        with self.desk.asking(session, "forecast.of_adding") as act:
            group = act.group(group_id)
            ids = frozenset(person.id for person in act.people(person_ids))
            among = and_(col(Person.id).in_(ids), col(Person.role) != "owner")
            forced = ids if group.force_sec_auth else frozenset()
            return _forecast(act, _Scope(Supposition(forced=forced), among, _NOTHING))

    def of_removing(self, session: Session, group_id: UUID, person_ids: Collection[UUID]) -> Forecast:
        """Of taking people out of a group."""
        with self.desk.asking(session, "forecast.of_removing") as act:
            group = act.group(group_id)
            ids = [person.id for person in act.people(person_ids)]
            left = Supposition(left=frozenset((group.id, person_id) for person_id in ids))
            return _forecast(act, _Scope(left, col(Person.id).in_(ids), _shared_with(group.id)))

    def of_dissolving(self, session: Session, group_id: UUID) -> Forecast:
        """Of deleting a group."""
        with self.desk.asking(session, "forecast.of_dissolving") as act:
            group = act.group(group_id)
            gone = Supposition(dissolved=frozenset({group.id}))
            return _forecast(act, _Scope(gone, _in_group(group.id), _shared_with(group.id)))

    def of_unsharing(self, session: Session, resource_id: UUID, group_id: UUID) -> Forecast:
        """Of taking a resource away from a group."""
        with self.desk.asking(session, "forecast.of_unsharing") as act:
            group = act.group(group_id)
            resource = act.resource(resource_id)
            gone = Supposition(unshared=frozenset({(group.id, resource.id)}))
            return _forecast(act, _Scope(gone, _in_group(group.id), col(Resource.id) == resource.id))

    def of_protecting(self, session: Session, resource_id: UUID) -> Forecast:
        """Of opening a resource only to people with 2-factor."""
        with self.desk.asking(session, "forecast.of_protecting") as act:
            resource = act.resource(resource_id)
            shared = (
                select(col(Membership.person_id))
                .join(Share, col(Share.group_id) == col(Membership.group_id))
                .where(col(Share.resource_id) == resource.id)
            )
            people = or_(
                col(Person.role).in_(access.ADMINISTRATIVE),
                col(Person.id) == resource.creator_id,
                col(Person.id).in_(shared),
            )
            protected = Supposition(protected=frozenset({resource.id}))
            return _forecast(act, _Scope(protected, people, col(Resource.id) == resource.id), of_one=True)

    def of_deactivating(self, session: Session, person_ids: Collection[UUID]) -> Forecast:
        """Of letting people not sign in any more."""
        with self.desk.asking(session, "forecast.of_deactivating") as act:
            ids = frozenset(person.id for person in act.people(person_ids))
            return _forecast(act, _Scope(Supposition(deactivated=ids), col(Person.id).in_(ids), ends_sessions=True))

    def of_deleting(self, session: Session, person_ids: Collection[UUID]) -> Forecast:
        """Of removing people."""
        with self.desk.asking(session, "forecast.of_deleting") as act:
            ids = frozenset(person.id for person in act.people(person_ids))
            scope = _Scope(Supposition(deactivated=ids), col(Person.id).in_(ids), ends_sessions=True)
            created = select(*_RESOURCE).where(col(Resource.creator_id).in_(ids), access.visible_to(act.who))
            return _forecast(act, scope, inherited=_named(act, created))

    def of_resetting(self, session: Session, person_id: UUID) -> Forecast:
        """Of removing somebody's second factor."""
        with self.desk.asking(session, "forecast.of_resetting") as act:
            person = act.person(person_id)
            without = Supposition(without_factor=frozenset({person.id}))
            return _forecast(act, _Scope(without, col(Person.id) == person.id, ends_sessions=True))

    def of_demoting(self, session: Session, person_id: UUID) -> Forecast:
        """Of making a user of an administrator."""
        with self.desk.asking(session, "forecast.of_demoting") as act:
            person = act.person(person_id)
            demoted = Supposition(demoted=frozenset({person.id}))
            return _forecast(act, _Scope(demoted, col(Person.id) == person.id))


def _forecast(act: Act, scope: _Scope, *, inherited: Named = NONE, of_one: bool = False) -> Forecast:
    people = and_(col(Person.contract_id) == act.contract_id, scope.people)
    obliged = and_(people, _would_have_to_enrol(scope.supposing)) if scope.may_oblige else None
    forecast = Forecast(
        must_enrol=NONE if obliged is None else _named(act, select(*_PERSON).where(obliged)),
        sessions=_open_sessions(act, people) if scope.ends_sessions else 0,
        inherited=inherited,
        before=_seers(act, people, scope) if of_one else _ZERO,
    )
    return forecast if scope.resources is _NOTHING else _with_losses(forecast, act, scope, people)


def _with_losses(forecast: Forecast, act: Act, scope: _Scope, people: ColumnElement[bool]) -> Forecast:
    losing = and_(access.visible_to(act.who), scope.resources, access.sees(), not_(access.sees(scope.supposing)))
    loses = and_(people, exists(select(col(Resource.id)).where(losing).correlate(Person)))
    is_lost = exists(select(col(Person.id)).where(people, losing).correlate(Resource))
    losers = _named(act, select(*_PERSON).where(loses))
    if not losers:
        return forecast
    return replace(
        forecast,
        losers=losers,
        lost=_named(act, select(*_RESOURCE).where(access.visible_to(act.who), scope.resources, is_lost)),
        looking=0 if scope.ends_sessions else _open_sessions(act, loses),
    )


def _would_have_to_enrol(supposing: Supposition) -> ColumnElement[bool]:
    """At the next login and not already: the second factor is forced or gone, and it was not so before."""
    has_none = or_(not_(col(Person.sec_auth_active)), col(Person.id).in_(supposing.without_factor))
    owed_before = and_(access.forced(), not_(col(Person.sec_auth_active)))
    return and_(access.active(supposing), access.forced(supposing), has_none, not_(owed_before))


def _seers(act: Act, people: ColumnElement[bool], scope: _Scope) -> Count:
    seen = exists(select(col(Resource.id)).where(scope.resources, access.sees(AS_IT_IS)).correlate(Person))
    return _count(act, select(col(Person.id)).where(people, seen))


def _named(act: Act, query: Select[Any]) -> Named:
    order = (col(Person.name_norm), col(Person.email_norm)) if _is_of_people(query) else (col(Resource.name_norm),)
    rows = act.db.connection().execute(query.order_by(*order).limit(NAMES_SHOWN)).all()
    count = Count(len(rows)) if len(rows) < NAMES_SHOWN else _count(act, query)
    return Named(count, tuple(" ".join(row[1:]) for row in rows), tuple(row[0] for row in rows))


def _is_of_people(query: Select[Any]) -> bool:
    return query.selected_columns[0].table is Person.metadata.tables[str(Person.__tablename__)]


def _count(act: Act, query: Select[Any]) -> Count:
    some = query.limit(COUNT_UP_TO + 1).subquery()
    return Count(act.db.connection().execute(select(func.count()).select_from(some)).scalar_one())


def _open_sessions(act: Act, people: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(ConsoleSession)
        .join(Person, col(Person.id) == col(ConsoleSession.person_id))
        .where(sessions.is_open(act.now), col(Person.active), people)
    )
    return act.db.connection().execute(query).scalar_one()


def _in_group(group_id: UUID) -> ColumnElement[bool]:
    return col(Person.id).in_(select(col(Membership.person_id)).where(col(Membership.group_id) == group_id))


def _shared_with(group_id: UUID) -> ColumnElement[bool]:
    return col(Resource.id).in_(select(col(Share.resource_id)).where(col(Share.group_id) == group_id))


_PERSON: tuple[Any, ...] = (col(Person.id), col(Person.given_name), col(Person.family_name))
_RESOURCE: tuple[Any, ...] = (col(Resource.id), col(Resource.name))
