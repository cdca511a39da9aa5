"""The groups of a contract: what they are called, what their members may do, and which resources they see."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select
from sqlmodel import col

from core import access
from core.administration import Act, Desk
from core.errors import FieldRefused, NameTaken
from core.group_members import told_members
from core.listing import COUNT_UP_TO, Count, Key, Page, Stretch, count_rows, read_page
from core.login_steps import Session
from core.names import folded, taken_name
from core.searching import Searched, narrowed, search_conditions
from data.group_tables import PRIVILEGES, Group, Membership, Resource, Share
from data.tables import Person

SEARCHED = Searched(Group, col(Group.name_norm), (col(Group.name_norm),))


@dataclass(frozen=True)
class GroupRow:
    """One line of the list."""

    id: UUID
    name: str
    force_sec_auth: bool
    members: Count
    key: Key = field(repr=False)


@dataclass(frozen=True)
class GroupDetails:
    """One group."""

    id: UUID
    name: str
    force_sec_auth: bool
    forced_by: str | None
    privileges: frozenset[str]
    """Of `data.group_tables.PRIVILEGES`."""

    members: Count
    shares: Count
    """Resources that the group sees, of those that the asker may know of."""


@dataclass(frozen=True)
class ShareRow:
    """A resource that a group sees, with what else it may do there."""

    resource_id: UUID
    name: str
    kind: str
    protected: bool
    edit: bool
    share: bool
    key: Key = field(repr=False)

    @property
    def id(self) -> UUID:
        """The resource's."""
        return self.resource_id


@dataclass(frozen=True)
class GroupService:
    """Lists, finds, makes and changes groups. Who is in them: `core.group_members`."""

    desk: Desk

    def page(self, session: Session, search: str, stretch: Stretch) -> Page[GroupRow]:
        """A stretch of the list, by name; every word of `search` stands somewhere in a name.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "groups.page") as act:
            columns = (col(Group.id), col(Group.name), col(Group.force_sec_auth), _MEMBERS, *_ORDER)
            query = select(*columns).where(*_conditions(act, search))
            return read_page(act.db, query, _ORDER, stretch, made=_row, key_of=lambda row: row.key)

    def count(self, session: Session, search: str) -> Count:
        """How many groups the list has.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "groups.count") as act:
            return count_rows(act.db, select(col(Group.id)).where(*_conditions(act, search)))

    def details(self, session: Session, group_id: UUID) -> GroupDetails:
        """Everything about one group.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "groups.details") as act:
            group = act.group(group_id)
            members = select(col(Membership.person_id)).where(col(Membership.group_id) == group.id)
            return GroupDetails(
                id=group.id,
                name=group.name,
                force_sec_auth=group.force_sec_auth,
                forced_by=group.forced_by,
                privileges=_privileges(group),
                members=count_rows(act.db, members),
                shares=count_rows(act.db, select(col(Resource.id)).where(*_shared(act, group.id))),
            )

    def shares(self, session: Session, group_id: UUID, stretch: Stretch) -> Page[ShareRow]:
        """The resources that a group sees, of those that the asker may know of; data centers first, by name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "groups.shares") as act:
            query = select(*_share_columns(act.group(group_id)), *_SHARE_ORDER).where(*_shared(act, group_id))
            return read_page(act.db, query, _SHARE_ORDER, stretch, made=_share, key_of=lambda row: row.key)

    def create(self, session: Session, name: str) -> UUID:
        """Make a group that nobody is in, and that may do nothing.

        Raises:
            SessionOver, ProofNeeded, NotAllowed: see `Desk`.
            FieldEmpty, FieldRefused, NameTaken: the name cannot be a group's.
        """
        with self.desk.acting(session, "groups.create") as act:
            act.ask_for_proof()
            taken = _taken(act, name)
            group = Group(contract_id=act.contract_id, name=taken, name_norm=folded(taken), created_at=act.now)
            act.db.add(group)
            act.tell("create a group", group=group.name)
            return group.id

    def rename(self, session: Session, group_id: UUID, name: str) -> None:
        """Give a group another name.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            FieldEmpty, FieldRefused, NameTaken: the name cannot be this group's.
        """
        with self.desk.acting(session, "groups.rename") as act:
            group = act.group(group_id)
            act.ask_for_proof()
            old, new = group.name, _taken(act, name, by=group)
            if new != old:
                group.name, group.name_norm = new, folded(new)
                act.tell("rename a group", group=new, old=old, new=new)

    def delete(self, session: Session, group_id: UUID) -> None:
        """Delete a group: its members lose what only it gave them, and are no longer forced by it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "groups.delete") as act:
            group = act.group(group_id)
            act.ask_for_proof()
            members = select(col(Membership.person_id)).where(col(Membership.group_id) == group.id)
            name, left = group.name, told_members(act, group)
            if group.force_sec_auth:
                group.force_sec_auth = False
                access.decide_forced(act.db, col(Person.id).in_(members))
            act.db.delete(group)
            # The shares go unmentioned: there may be resources among them of which the actor must not know.
            act.tell("delete a group", group=name, **left)

    def set_privileges(self, session: Session, group_id: UUID, privileges: Collection[str]) -> None:
        """Allow a group's members exactly this (`data.group_tables.PRIVILEGES`).

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            FieldRefused: there is no such privilege.
        """
        with self.desk.acting(session, "groups.set_privileges") as act:
            group = act.group(group_id)
            act.ask_for_proof()
            old, new = _privileges(group), frozenset(privileges)
            if not new <= frozenset(PRIVILEGES):
                raise FieldRefused("Privileges", "be ones that groups can have")
            if new != old:
                group.sqlmodel_update({privilege: privilege in new for privilege in PRIVILEGES})
                act.tell("change a group's privileges", group=group.name, old=sorted(old), new=sorted(new))


def _conditions(act: Act, search: str) -> list[ColumnElement[bool]]:
    of_contract = col(Group.contract_id) == act.contract_id
    return [of_contract, *search_conditions(act.db, search, SEARCHED, within=of_contract)]


def _taken(act: Act, typed: str, *, by: Group | None = None) -> str:
    """A name that no other group of the contract has. The contract is held, so that it stays so."""
    name = taken_name(typed, field="Name")
    having = select(col(Group.id)).where(
        col(Group.contract_id) == act.contract_id, col(Group.name_norm) == folded(name)
    )
    if act.db.connection().execute(having).scalar() not in {None, by.id if by else None}:
        raise NameTaken("Name")
    return name


def _privileges(group: Group) -> frozenset[str]:
    return frozenset(privilege for privilege in PRIVILEGES if getattr(group, privilege))


def _shared(act: Act, group_id: UUID) -> list[ColumnElement[bool]]:
    """What a resource meets that this group sees and the session may know of."""
    of_group = select(col(Share.resource_id)).where(col(Share.group_id) == group_id)
    is_shared = exists(of_group.where(col(Share.resource_id) == col(Resource.id)).correlate(Resource))
    return [access.visible_to(act.who), is_shared, *narrowed(act.db, Resource, [of_group])]


def _share_columns(group: Group) -> tuple[Any, ...]:
    """Asked for each row that is shown, since a join would let the shares lead, and sort all of them."""

    def given(column: Any) -> Any:
        one = select(column).where(col(Share.group_id) == group.id, col(Share.resource_id) == col(Resource.id))
        return one.correlate(Resource).scalar_subquery().label(column.key)

    shown = (col(Resource.name), col(Resource.sec_auth_protection))
    return (*shown, given(col(Share.edit_privilege)), given(col(Share.share_privilege)))


def _row(row: Row[Any]) -> GroupRow:
    return GroupRow(row.id, row.name, row.force_sec_auth, Count(row.members), (row.name_norm,))


def _share(row: Row[Any]) -> ShareRow:
    return ShareRow(
        resource_id=row.id,
        name=row.name,
        kind=row.kind,
        protected=row.sec_auth_protection,
        edit=row.edit_privilege,
        share=row.share_privilege,
        key=(row.kind, row.name_norm, row.id),
    )


_SOME_MEMBERS = (
    select(col(Membership.person_id))
    .where(col(Membership.group_id) == col(Group.id))
    .correlate(Group)
    .limit(COUNT_UP_TO + 1)
    .subquery()
)
_MEMBERS = select(func.count()).select_from(_SOME_MEMBERS).scalar_subquery().label("members")
_ORDER: tuple[Any, ...] = (col(Group.name_norm),)
_SHARE_ORDER: tuple[Any, ...] = (col(Resource.kind), col(Resource.name_norm), col(Resource.id))  # as the index has it
