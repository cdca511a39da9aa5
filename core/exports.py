"""Everybody, or everything that one sees, to be written to a file (`core.records`): page by page, never all at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import col
from sqlmodel import select as select_rows

from core import access, permissions
from core.administration import Act, Desk
from core.listing import Page, Stretch, Way, read_page
from core.login_steps import Session
from core.records import masked
from core.resources import Kind, ResourceRow, ResourceView, resources_page
from data.group_tables import Group, Membership, Resource, Share
from data.tables import Person

PEOPLE_COLUMNS = (
    "email", "given_name", "family_name", "role", "force", "groups", "active", "second_factor", "forced", "last_sign_in"
)  # fmt: skip
RESOURCE_COLUMNS = ("kind", "name", "protected", "creator", "groups")

_ROWS = 500
"""Of a page: read in some hundredths of a second, so that nobody waits for it."""

Exported = dict[str, str | bool | list[str] | None]
"""One row, by its columns."""


@dataclass(frozen=True)
class ExportService:
    """Gives out what a list shows, whole. What is given out is gone, so it asks for a proof and is told."""

    desk: Desk

    def people(self, session: Session) -> Iterator[Exported]:
        """Everybody in the contract, by e-mail. Whether one still may is asked again with each page.

        Raises:
            SessionOver, ProofNeeded, NotAllowed: see `Desk`; the first and the last also between two rows.
        """
        of_contract = select(func.count()).select_from(Person)
        with self.desk.asking(session, "exports.people") as act:
            act.ask_for_proof()
            count = _number(act, of_contract.where(col(Person.contract_id) == act.contract_id))
        with self.desk.acting(session, "exports.people") as act:
            act.ask_for_proof()
            act.tell("export the people", count=count)
        return self._everybody(session)

    def resources(self, session: Session) -> Iterator[Exported]:
        """Every data center, then every snapshot, that this session sees, by name; see `core.resources`.

        Their groups are there where this session may see with whom one is shared.

        Raises:
            SessionOver, ProofNeeded: see `Desk`; the first also between two rows.
        """
        with self.desk.asking(session, "exports.resources") as act:
            act.ask_for_proof()
            # Not counted are protected ones: who must not know of them may see this event.
            seen = select(func.count()).select_from(Resource).where(access.visible_to(act.who), access.UNPROTECTED)
            count = _number(act, seen)
        with self.desk.acting(session, "exports.resources") as act:
            act.ask_for_proof()
            act.tell("export data centers and snapshots", unprotected=count, protected_too=act.who.proved_factor)
        return self._every_resource(session)

    def _everybody(self, session: Session) -> Iterator[Exported]:
        stretch = Stretch(rows=_ROWS)
        while True:
            with self.desk.asking(session, "exports.people") as act:
                page = _people_page(act, stretch)
            yield from (row.exported for row in page.rows)
            if page.after is None:
                return
            stretch = Stretch(Way.AFTER, page.after, _ROWS)

    def _every_resource(self, session: Session) -> Iterator[Exported]:
        for kind in Kind:
            stretch = Stretch(rows=_ROWS)
            while True:
                with self.desk.asking(session, "exports.resources") as act:
                    page = resources_page(act, ResourceView(kind), stretch)
                    shared = _shares(act, [row.id for row in page.rows])
                yield from (_resource(row, shared) for row in page.rows)
                if page.after is None:
                    break
                stretch = Stretch(Way.AFTER, page.after, _ROWS)


@dataclass(frozen=True)
class _Person:
    exported: Exported
    key: tuple[str]


def _people_page(act: Act, stretch: Stretch) -> Page[_Person]:
    """A stretch of everybody, by e-mail."""
    query = select(*_COLUMNS).where(col(Person.contract_id) == act.contract_id)
    order: tuple[Any, ...] = (col(Person.email_norm),)
    page = read_page(act.db, query, order, stretch, made=lambda row: row, key_of=lambda row: (row.email_norm,))
    groups = _groups(act, [row.id for row in page.rows])
    rows = tuple(_Person(_person(row, groups.get(row.id, [])), (row.email_norm,)) for row in page.rows)
    return Page(rows, page.before, page.after)


def _person(row: Any, groups: list[str]) -> Exported:
    signed_in = row.last_sign_in_at
    return {
        "email": row.email,
        "given_name": row.given_name,
        "family_name": row.family_name,
        "role": row.role,
        "force": row.force_sec_auth,
        "groups": groups,
        "active": row.active,
        "second_factor": row.sec_auth_active,
        "forced": row.sec_auth_forced,
        "last_sign_in": signed_in.astimezone(UTC).isoformat(timespec="seconds") if signed_in else None,
    }


def _groups(act: Act, person_ids: list[UUID]) -> dict[UUID, list[str]]:
    """The groups that people are in, by name."""
    query = (
        select(col(Membership.person_id), col(Group.name))
        .join(Group, col(Group.id) == col(Membership.group_id))
        .where(col(Membership.person_id).in_(person_ids))
        .order_by(col(Group.name_norm))
    )
    found: dict[UUID, list[str]] = {}
    for person_id, name in act.db.connection().execute(query):
        found.setdefault(person_id, []).append(name)
    return found


def _resource(row: ResourceRow, shared: dict[UUID, list[str]]) -> Exported:
    return {
        "kind": row.kind.value,
        "name": row.name,
        "protected": row.protected,
        "creator": row.creator,
        "groups": ";".join(shared.get(row.id, [])),
    }


def _shares(act: Act, resource_ids: list[UUID]) -> dict[UUID, list[str]]:
    """With whom resources are shared, as far as the session may see that, by the groups' names."""
    query = (
        select(col(Share.resource_id), col(Group.name), col(Share.edit_privilege), col(Share.share_privilege))
        .join(Group, col(Group.id) == col(Share.group_id))
        .where(col(Share.resource_id).in_(resource_ids))
        .order_by(col(Group.name_norm))
    )
    if not permissions.allows_on_resource(_SEEING_SHARES, act.who, ()):
        query = query.where(col(Share.resource_id).in_(_whose_shares_are_seen(act, resource_ids)))
    found: dict[UUID, list[str]] = {}
    for resource_id, name, edit, share in act.db.connection().execute(query):
        said = masked(name, ";:") + (":edit" if edit else "") + (":share" if share else "")
        found.setdefault(resource_id, []).append(said)
    return found


def _whose_shares_are_seen(act: Act, resource_ids: list[UUID]) -> list[UUID]:
    """Those of these resources of which somebody without a role that is enough sees with whom they are shared."""
    resources = act.db.exec(select_rows(Resource).where(col(Resource.id).in_(resource_ids)))
    return [
        each.id
        for each in resources
        if permissions.allows_on_resource(_SEEING_SHARES, act.who, access.rights_on(act.db, act.who, each))
    ]


def _number(act: Act, counting: Select[Any]) -> int:
    return int(act.db.connection().execute(counting).scalar_one())


_SEEING_SHARES = "shares.of_resource"
_COLUMNS: tuple[Any, ...] = (
    col(Person.id),
    col(Person.email),
    col(Person.email_norm),
    col(Person.given_name),
    col(Person.family_name),
    col(Person.role),
    col(Person.active),
    col(Person.force_sec_auth),
    col(Person.sec_auth_forced),
    col(Person.sec_auth_active),
    col(Person.last_sign_in_at),
)
