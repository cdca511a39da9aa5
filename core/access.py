"""Who sees which resource, and who must have a second factor.

These conditions decide, and the same ones list, count, explain and forecast. They are SQL, since a list that decides
row by row would load what it must not show.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlmodel import Session as Transaction
from sqlmodel import col

from core.sessions import Acting
from data.group_tables import Group, Membership, Resource, Share
from data.tables import ADMINISTRATOR, OWNER, PEOPLE_FILTERS, SUPPORT_AGENT, Person

ADMINISTRATIVE = (OWNER, ADMINISTRATOR)


@dataclass(frozen=True)
class Supposition:
    """What would be so after an act, for its forecast. Ids; everything that is not named stays as it is."""

    protected: frozenset[UUID] = frozenset()
    """Resources that would be protected."""

    deactivated: frozenset[UUID] = frozenset()
    """People who could not sign in any more."""

    without_factor: frozenset[UUID] = frozenset()
    """People whose second factor would be gone."""

    demoted: frozenset[UUID] = frozenset()
    """People who would be users."""

    forced: frozenset[UUID] = frozenset()
    """People for whom 2-factor would be forced."""

    forcing: frozenset[UUID] = frozenset()
    """Groups for which 2-factor would be forced."""

    left: frozenset[tuple[UUID, UUID]] = frozenset()
    """Memberships (group, person) that would be over."""

    dissolved: frozenset[UUID] = frozenset()
    """Groups that would be gone."""

    unshared: frozenset[tuple[UUID, UUID]] = frozenset()
    """Shares (group, resource) that would be over."""


AS_IT_IS = Supposition()

# As the partial index has it, and without a type: SQLAlchemy would write a comparison, for which SQLite does not take
# the index.
UNPROTECTED: ColumnElement[bool] = literal_column("NOT resource.sec_auth_protection")


def visible_to(who: Acting) -> ColumnElement[bool]:
    """Whether this session may know of a `Resource` row at all, for every role (source text, "Managing 2-factor
    authentication": other users cannot see or select these resources, even if they belong to an authorized group)."""
    of_contract = col(Resource.contract_id) == who.person.contract_id
    if who.person.role not in ADMINISTRATIVE:
        of_contract = and_(of_contract, _granted(literal(who.person.id), AS_IT_IS))
    return of_contract if who.proved_factor else and_(of_contract, UNPROTECTED)


def sees(supposing: Supposition = AS_IT_IS) -> ColumnElement[bool]:
    """Whether the person of a `Person` row sees the resource of a `Resource` row, once he has signed in."""
    return and_(active(supposing), granted(supposing), passes(supposing))


def active(supposing: Supposition = AS_IT_IS) -> ColumnElement[bool]:
    """Whether a `Person` may sign in at all."""
    return and_(col(Person.active), not_(_among(col(Person.id), supposing.deactivated)))


def granted(supposing: Supposition = AS_IT_IS) -> ColumnElement[bool]:
    """Whether role, creation or a group gives a `Person` a `Resource`, protected or not."""
    by_role = and_(col(Person.role).in_(ADMINISTRATIVE), not_(_among(col(Person.id), supposing.demoted)))
    same_contract = col(Person.contract_id) == col(Resource.contract_id)
    return and_(same_contract, or_(by_role, _granted(col(Person.id), supposing)))


def passes(supposing: Supposition = AS_IT_IS) -> ColumnElement[bool]:
    """Whether a `Person` has the second factor that a `Resource` asks for."""
    protected = or_(col(Resource.sec_auth_protection), _among(col(Resource.id), supposing.protected))
    has_factor = and_(col(Person.sec_auth_active), not_(_among(col(Person.id), supposing.without_factor)))
    return or_(not_(protected), has_factor)


def forced(supposing: Supposition = AS_IT_IS) -> ColumnElement[bool]:
    """Whether a `Person` must have a second factor: himself, or by any of his groups; the strictest wins.

    Groups do not bind the contract owner, whose second factor no administrator may touch. Support agents always must.
    """
    by_himself = or_(col(Person.force_sec_auth), _among(col(Person.id), supposing.forced))
    by_group = exists(
        select(col(Membership.person_id))
        .join(Group, col(Group.id) == col(Membership.group_id))
        .where(
            col(Membership.person_id) == col(Person.id),
            or_(col(Group.force_sec_auth), _among(col(Group.id), supposing.forcing)),
            _still_member(supposing),
        )
        .correlate(Person)
    )
    return or_(by_himself, col(Person.role) == SUPPORT_AGENT, and_(col(Person.role) != OWNER, by_group))


def decide_forced(db: Transaction, of_people: ColumnElement[bool]) -> None:
    """Bring `sec_auth_forced` in line, after what it follows from has changed. The contract is held meanwhile."""
    db.flush()
    db.connection().execute(
        update(Person).where(of_people, col(Person.sec_auth_forced) != forced()).values(sec_auth_forced=forced())
    )
    for person in db.identity_map.values():
        if isinstance(person, Person):
            db.expire(person, ["sec_auth_forced"])


def forced_by(db: Transaction, person: Person) -> str | None:
    """Who or which group activated 2-factor for this person; None where nobody did."""
    if person.force_sec_auth or not person.sec_auth_forced:
        return person.forced_by if person.force_sec_auth else None
    names = db.connection().execute(
        select(col(Group.name))
        .join(Membership, col(Membership.group_id) == col(Group.id))
        .where(col(Membership.person_id) == person.id, col(Group.force_sec_auth))
        .order_by(col(Group.name_norm))
        .limit(1)
    )
    return f"your group {names.scalar_one()}"


def grants_of(person_id: UUID) -> Select[Any]:
    """The ids of the resources that creation or a group gives somebody, protected or not; one may come twice."""
    created: Select[Any] = select(col(Resource.id).label("id")).where(col(Resource.creator_id) == person_id)
    shared = (
        select(col(Share.resource_id))
        .join(Membership, col(Membership.group_id) == col(Share.group_id))
        .where(col(Membership.person_id) == person_id)
    )
    return select(union_all(created, shared).subquery().c.id)


def granted_by(resource: Resource) -> Select[Any]:
    """The ids of those to whom role, creation or a group gives a resource; one may come twice."""
    by_role: Select[Any] = select(col(Person.id).label("id")).where(
        col(Person.contract_id) == resource.contract_id, text(PEOPLE_FILTERS["administrators"] or "")
    )
    by_creation = select(literal(resource.creator_id))
    by_group = (
        select(col(Membership.person_id))
        .join(Share, col(Share.group_id) == col(Membership.group_id))
        .where(col(Share.resource_id) == resource.id)
    )
    return select(union_all(by_role, by_creation, by_group).subquery().c.id)


def rights_on(db: Transaction, who: Acting, resource: Resource) -> frozenset[str]:
    """What somebody may do with a resource that he sees, whatever his role, in the letters of `core.permissions`."""
    shares = db.connection().execute(
        select(col(Share.edit_privilege), col(Share.share_privilege))
        .join(Membership, col(Membership.group_id) == col(Share.group_id))
        .where(col(Share.resource_id) == resource.id, col(Membership.person_id) == who.person.id)
        .distinct()
    )
    rights = {letter for edit, share in shares for letter, given in (("e", edit), ("s", share)) if given}
    return frozenset(rights | {"m"} | ({"c"} if resource.creator_id == who.person.id else set()))


def _granted(person_id: SQLColumnExpression[UUID], supposing: Supposition) -> ColumnElement[bool]:
    shared = exists(
        select(col(Share.resource_id))
        .join(Membership, col(Membership.group_id) == col(Share.group_id))
        .where(
            col(Share.resource_id) == col(Resource.id),
            col(Membership.person_id) == person_id,
            _still_member(supposing),
            not_(_pair_among(col(Share.group_id), col(Share.resource_id), supposing.unshared)),
        )
        .correlate(Person, Resource)
    )
    return or_(col(Resource.creator_id) == person_id, shared)


def _still_member(supposing: Supposition) -> ColumnElement[bool]:
    over = _pair_among(col(Membership.group_id), col(Membership.person_id), supposing.left)
    return not_(or_(over, _among(col(Membership.group_id), supposing.dissolved)))


def _among(column: SQLColumnExpression[UUID], ids: frozenset[UUID]) -> ColumnElement[bool]:
    return column.in_(ids) if ids else literal(value=False)


def _pair_among(
    one: SQLColumnExpression[UUID], other: SQLColumnExpression[UUID], pairs: frozenset[tuple[UUID, UUID]]
) -> ColumnElement[bool]:
    return tuple_(one, other).in_(pairs) if pairs else literal(value=False)
