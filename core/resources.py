"""Data centers and snapshots. A protected one exists only for sessions that proved a second factor.

Source text, "Managing 2-factor authentication": "Other users cannot see or select these resources - even if they
belong to an authorized group". Every question goes through `access.visible_to`; what that hides is not there.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from core import access, permissions
from core.administration import Act, Desk
from core.listing import Count, Key, Page, Stretch, count_rows, read_page
from core.login_steps import Session
from core.names import folded, taken_name
from core.searching import Searched, search_conditions
from data.group_tables import DATA_CENTER, SNAPSHOT, Group, Membership, Resource, Share
from data.tables import Person


class Kind(Enum):
    """What a resource is."""

    DATA_CENTER = DATA_CENTER
    SNAPSHOT = SNAPSHOT


@dataclass(frozen=True)
class ResourceView:
    """What of the resources is listed. Every word of `search` stands somewhere in the name."""

    kind: Kind
    search: str = ""


@dataclass(frozen=True)
class ResourceRow:
    """One line of the list; times are UTC."""

    id: UUID
    kind: Kind
    name: str
    protected: bool
    creator: str
    created_at: datetime
    key: Key = field(repr=False)


@dataclass(frozen=True)
class ResourceDetails:
    """One resource, and what this session may do with it: any of rename, delete, share, protect."""

    id: UUID
    kind: Kind
    name: str
    protected: bool
    creator: str
    created_at: datetime
    rights: frozenset[str]
    groups: Count


@dataclass(frozen=True)
class ResourceService:
    """Lists, makes, names, protects and deletes resources."""

    desk: Desk

    def page(self, session: Session, view: ResourceView, stretch: Stretch) -> Page[ResourceRow]:
        """A stretch of the list: what this session sees, by name.

        Raises:
            SessionOver: sign in again.
        """
        with self.desk.asking(session, "resources.page") as act:
            return resources_page(act, view, stretch)

    def count(self, session: Session, view: ResourceView) -> Count:
        """How many resources the list has.

        Raises:
            SessionOver: sign in again.
        """
        with self.desk.asking(session, "resources.count") as act:
            return count_rows(act.db, select(col(Resource.id)).where(*_conditions(act, view)))

    def details(self, session: Session, resource_id: UUID) -> ResourceDetails:
        """One resource that this session sees.

        Raises:
            SessionOver: sign in again.
            NotThere: it sees none such.
        """
        with self.desk.asking(session, "resources.details") as act:
            resource = act.resource(resource_id)
            row = _row(act.db.connection().execute(_ROWS.where(col(Resource.id) == resource.id)).one())
            shares = select(col(Share.group_id)).where(col(Share.resource_id) == resource.id)
            return ResourceDetails(
                id=row.id,
                kind=row.kind,
                name=row.name,
                protected=row.protected,
                creator=row.creator,
                created_at=row.created_at,
                rights=_rights(act, resource),
                groups=count_rows(act.db, shares),
            )

    def may_create(self, session: Session, kind: Kind) -> bool:
        """Whether this session may create a resource of a kind.

        Raises:
            SessionOver: sign in again.
        """
        with self.desk.asking(session, "resources.may_create") as act:
            return permissions.allows_on_resource("resources.create", act.who, creates(act, kind))

    def create(self, session: Session, kind: Kind, name: str) -> UUID:
        """Make a resource; whoever makes it is its creator, and sees it. Names may be there already.

        Raises:
            SessionOver, NotAllowed: see `Desk`; no group of his lets him.
            FieldEmpty, FieldRefused: the name is not taken.
        """
        with self.desk.acting(session, "resources.create") as act:
            permissions.ask_on_resource(act.function, act.who, creates(act, kind))
            taken = taken_name(name, field="Name")
            made = Resource(
                contract_id=act.contract_id,
                kind=kind.value,
                name=taken,
                name_norm=folded(taken),
                creator_id=act.who.person.id,
                created_at=act.now,
            )
            act.db.add(made)
            act.tell("create a resource", resource_id=made.id, kind=kind.value, name=taken)
            return made.id

    def rename(self, session: Session, resource_id: UUID, name: str) -> None:
        """Give a resource another name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.resource`.
            FieldEmpty, FieldRefused: the name is not taken.
        """
        with self.desk.acting(session, "resources.rename") as act:
            resource = act.resource(resource_id)
            old, new = resource.name, taken_name(name, field="Name")
            if new != old:
                resource.name, resource.name_norm = new, folded(new)
                act.tell("rename a resource", resource_id=resource.id, name=new, old=old, new=new)

    def delete(self, session: Session, resource_id: UUID) -> None:
        """Delete a resource, with what groups had of it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.acting(session, "resources.delete") as act:
            resource = act.resource(resource_id)
            act.ask_for_proof()
            act.db.delete(resource)
            act.tell("delete a resource", resource_id=resource.id, kind=resource.kind, name=resource.name)

    def protect(self, session: Session, resource_id: UUID) -> None:
        """Open a resource only to sessions with a second factor, at once, the present one included.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.acting(session, "resources.protect") as act:
            self._set_protection(act, resource_id, protected=True)

    def unprotect(self, session: Session, resource_id: UUID) -> None:
        """Open a resource again to everybody whom role, creation or a group gives it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.acting(session, "resources.unprotect") as act:
            self._set_protection(act, resource_id, protected=False)

    def _set_protection(self, act: Act, resource_id: UUID, *, protected: bool) -> None:
        resource = act.resource(resource_id)
        act.ask_for_proof()
        if resource.sec_auth_protection != protected:
            resource.sec_auth_protection = protected
            act.tell(permissions.words_of(act.function), resource_id=resource.id, name=resource.name)


def resources_page(act: Act, view: ResourceView, stretch: Stretch) -> Page[ResourceRow]:
    """A stretch of what the session sees."""
    query = _ROWS.where(*_conditions(act, view))
    return read_page(act.db, query, _ORDER, stretch, made=_row, key_of=lambda row: row.key)


def _conditions(act: Act, view: ResourceView) -> list[ColumnElement[bool]]:
    of_kind = col(Resource.kind) == view.kind.value
    of_contract = (col(Resource.contract_id) == act.who.person.contract_id) & of_kind
    among = [] if act.who.person.role in access.ADMINISTRATIVE else [access.grants_of(act.who.person.id)]
    found = search_conditions(act.db, view.search, _SEARCHED, within=of_contract, among=among)
    return [access.visible_to(act.who), of_kind, *found]


def _rights(act: Act, resource: Resource) -> frozenset[str]:
    rights = access.rights_on(act.db, act.who, resource)
    return frozenset(
        name for name, function in _RIGHTS.items() if permissions.allows_on_resource(function, act.who, rights)
    )


def creates(act: Act, kind: Kind) -> str:
    """The right to create, in the letter of the table, if a group of the actor's gives it for this kind."""
    allowing = {Kind.DATA_CENTER: col(Group.create_data_center), Kind.SNAPSHOT: col(Group.create_snapshot)}[kind]
    found = act.db.connection().execute(
        select(literal(1))
        .select_from(Membership)
        .join(Group, col(Group.id) == col(Membership.group_id))
        .where(col(Membership.person_id) == act.who.person.id, allowing)
        .limit(1)
    )
    return "p" if found.first() else ""


def _row(row: Row[Any]) -> ResourceRow:
    return ResourceRow(
        id=row.id,
        kind=Kind(row.kind),
        name=row.name,
        protected=row.sec_auth_protection,
        creator=f"{row.given_name} {row.family_name}",
        created_at=row.created_at,
        key=(row.name_norm, row.id),
    )


_RIGHTS = {
    "rename": "resources.rename",
    "delete": "resources.delete",
    "share": "shares.share",
    "protect": "resources.protect",
}
_SEARCHED = Searched(Resource, col(Resource.name_norm), (col(Resource.name_norm),))
_ORDER: tuple[Any, ...] = (col(Resource.name_norm), col(Resource.id))
_CREATOR = aliased(Person)
_COLUMNS: tuple[Any, ...] = (
    col(Resource.id),
    col(Resource.kind),
    col(Resource.name),
    col(Resource.sec_auth_protection),
    col(Resource.created_at),
    col(Resource.name_norm),
    col(_CREATOR.given_name),
    col(_CREATOR.family_name),
)
# An outer join, so that no engine begins with the creators.
_ROWS: Select[Any] = select(*_COLUMNS).outerjoin(_CREATOR, col(_CREATOR.id) == col(Resource.creator_id))
