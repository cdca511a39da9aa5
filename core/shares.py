"""What groups have of a resource, and who may pass on how much of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlmodel import col

from core import access, permissions
from core.administration import Act, Desk
from core.errors import NotAllowed, NotThere
from core.listing import Key, Page, Stretch, read_page
from core.login_steps import Session
from core.searching import Searched, narrowed, search_conditions
from data.group_tables import Group, Resource, Share


@dataclass(frozen=True)
class Given:
    """What a share lets the members of a group do, beyond seeing the resource."""

    edit: bool = False
    share: bool = False

    def __str__(self) -> str:
        return ", ".join(["see", *(["edit"] if self.edit else []), *(["share"] if self.share else [])])


@dataclass(frozen=True)
class ResourceShareRow:
    """A group that has a resource, and what it may do with it."""

    group_id: UUID
    group: str
    edit: bool
    share: bool
    key: Key = field(repr=False)


@dataclass(frozen=True)
class GroupChoice:
    """A group with which one may share."""

    id: UUID
    name: str
    key: Key = field(repr=False)


@dataclass(frozen=True)
class ShareService:
    """Shares resources with groups, and takes them back."""

    desk: Desk

    def of_resource(self, session: Session, resource_id: UUID, stretch: Stretch) -> Page[ResourceShareRow]:
        """The groups that have a resource, by name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.asking(session, "shares.of_resource") as act:
            resource = act.resource(resource_id)
            having = select(col(Share.group_id)).where(col(Share.resource_id) == resource.id)
            query: Select[Any] = (
                select(*_GROUP_COLUMNS, col(Share.edit_privilege), col(Share.share_privilege))
                .join(Share, (col(Share.group_id) == col(Group.id)) & (col(Share.resource_id) == resource.id))
                .where(col(Group.contract_id) == act.contract_id, *narrowed(act.db, Group, [having]))
            )
            return read_page(act.db, query, _ORDER, stretch, made=_share_row, key_of=lambda row: row.key)

    def groups(self, session: Session, resource_id: UUID, search: str, stretch: Stretch) -> Page[GroupChoice]:
        """The groups of the contract, by name, for somebody who may share a resource: no more of them than that.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Act.resource`.
        """
        with self.desk.asking(session, "shares.groups") as act:
            act.resource(resource_id)
            of_contract = col(Group.contract_id) == act.contract_id
            found = search_conditions(act.db, search, _SEARCHED, within=of_contract)
            query: Select[Any] = select(*_GROUP_COLUMNS).where(of_contract, *found)
            return read_page(act.db, query, _ORDER, stretch, made=_choice, key_of=lambda row: row.key)

    def share(self, session: Session, resource_id: UUID, group_id: UUID, given: Given) -> None:
        """Give a group a resource, or change what it may do with one that it has.

        Raises:
            SessionOver, ProofNeeded, NotThere: see `Act.resource`; or there is no such group.
            NotAllowed: not by role, creation or groups; or it would pass on, or take, more than one has oneself.
        """
        with self.desk.acting(session, "shares.share") as act:
            resource, group = act.resource(resource_id), _group(act, resource_id, group_id)
            share = act.db.get(Share, (group.id, resource.id))
            old = _given(share)
            _ask_about_edit(act, resource, old, given)
            act.ask_for_proof()
            if given == old:
                return
            share = share or Share(group_id=group.id, resource_id=resource.id)
            share.edit_privilege, share.share_privilege = given.edit, given.share
            act.db.add(share)
            _tell(act, resource, group, old=old, new=given)

    def unshare(self, session: Session, resource_id: UUID, group_id: UUID) -> None:
        """Take a resource from a group. Whoever sees it by nothing else loses it at once.

        Raises:
            SessionOver, ProofNeeded, NotThere: see `Act.resource`; or there is no such group.
            NotAllowed: not by role, creation or groups; or it would take more than one has oneself.
        """
        with self.desk.acting(session, "shares.unshare") as act:
            resource, group = act.resource(resource_id), _group(act, resource_id, group_id)
            share = act.db.get(Share, (group.id, resource.id))
            old = _given(share)
            _ask_about_edit(act, resource, old)
            act.ask_for_proof()
            if share is not None:
                act.db.delete(share)
                _tell(act, resource, group, old=old, new=None)


def _group(act: Act, resource_id: UUID, group_id: UUID) -> Group:
    try:
        return act.group(group_id)
    except NotThere as refusal:
        raise refusal.of(resource_id) from None


def _given(share: Share | None) -> Given | None:
    return Given(share.edit_privilege, share.share_privilege) if share else None


def _ask_about_edit(act: Act, resource: Resource, *shares: Given | None) -> None:
    """Let the act pass unless it gives, takes or changes the right to edit and is of somebody who has it not."""
    if not any(share.edit for share in shares if share):
        return
    try:
        permissions.ask_about_edit(act.function, act.who, access.rights_on(act.db, act.who, resource))
    except NotAllowed as refusal:
        raise refusal.of(resource.id) from None


def _tell(act: Act, resource: Resource, group: Group, *, old: Given | None, new: Given | None) -> None:
    before, after = (str(given) if given else None for given in (old, new))
    words = permissions.words_of(act.function)
    act.tell(words, resource_id=resource.id, name=resource.name, group=group.name, old=before, new=after)


def _share_row(row: Row[Any]) -> ResourceShareRow:
    return ResourceShareRow(row.id, row.name, row.edit_privilege, row.share_privilege, key=(row.name_norm,))


def _choice(row: Row[Any]) -> GroupChoice:
    return GroupChoice(row.id, row.name, key=(row.name_norm,))


_GROUP_COLUMNS: tuple[Any, ...] = (col(Group.id), col(Group.name), col(Group.name_norm))
_ORDER: tuple[Any, ...] = (col(Group.name_norm),)
_SEARCHED = Searched(Group, col(Group.name_norm), (col(Group.name_norm),))
