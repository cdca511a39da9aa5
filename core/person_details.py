"""Everything that the User Manager shows of one person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import access, pending_resets, sessions
from core.administration import Act
from core.mail import outbox
from core.mail.outbox import WaitingMail
from core.throttle import Lock, locks, subjects_of
from data.group_tables import Group, Membership, Resource
from data.sealing import KeyRing
from data.tables import Authenticator, ConsoleSession, EmailChange, PasswordCode, Person

GROUPS_SHOWN = 50


@dataclass(frozen=True)
class PersonDetails:
    """One person, as the owner and the administrators of his contract see him; times are UTC."""

    id: UUID
    given_name: str
    family_name: str
    email: str
    role: str
    active: bool
    invited: bool
    """Has not yet set a password."""

    code_expires_at: datetime | None
    """Until when the open activation code or reset code is good."""

    second_factor_since: datetime | None
    factor_reset_at: datetime | None
    """When the support desk's reset of 2-factor takes effect, unless it is stopped."""

    force_sec_auth: bool
    """The person's own check box; a group may force him all the same."""

    forced: bool
    forced_by: str | None
    forcing_groups: tuple[str, ...]
    groups: tuple[tuple[UUID, str], ...]
    """The first `GROUPS_SHOWN`, by name."""

    last_sign_in_at: datetime | None
    created_at: datetime
    locks: tuple[Lock, ...]
    open_sessions: int
    new_email: str | None
    """An address that waits to be confirmed."""

    mails: tuple[WaitingMail, ...]
    """Codes that are mailed to him and have not gone out."""

    owns: int
    """Resources that he has created, of those that the asker may see."""

    @property
    def name(self) -> str:
        """The name as it is spoken."""
        return f"{self.given_name} {self.family_name}"


def details_of(act: Act, person: Person) -> PersonDetails:
    """The details of somebody on whom the act is allowed."""
    db = act.db
    authenticator = db.get(Authenticator, person.id)
    code = db.get(PasswordCode, person.id)
    change = db.get(EmailChange, person.id)
    groups = _groups(db, person)
    return PersonDetails(
        id=person.id,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        role=person.role,
        active=person.active,
        invited=person.password_hash is None,
        code_expires_at=code.expires_at if code and code.expires_at > act.now else None,
        second_factor_since=authenticator.confirmed_at if authenticator else None,
        factor_reset_at=pending_resets.still_due(person.factor_reset_at, now=act.now),
        force_sec_auth=person.force_sec_auth,
        forced=person.sec_auth_forced,
        forced_by=access.forced_by(db, person),
        forcing_groups=tuple(group.name for group in groups if group.force_sec_auth),
        groups=tuple((group.id, group.name) for group in groups),
        last_sign_in_at=person.last_sign_in_at,
        created_at=person.created_at,
        locks=locks(db, throttled_as(act.keys, person), now=act.now),
        open_sessions=_open_sessions(act, person),
        new_email=change.email if change and change.expires_at > act.now else None,
        mails=outbox.waiting_for(db, person.id),
        owns=_owns(act, person),
    )


def throttled_as(keys: KeyRing, person: Person) -> list[str]:
    """The subjects under which guesses at this person's secrets are counted."""
    return subjects_of(keys, person.id, person.email_norm)


def _groups(db: Transaction, person: Person) -> list[Group]:
    """Those that force him first, so that none of them is cut off."""
    query = (
        select(Group)
        .join(Membership, col(Membership.group_id) == col(Group.id))
        .where(col(Membership.person_id) == person.id)
        .order_by(col(Group.force_sec_auth).desc(), col(Group.name_norm))
        .limit(GROUPS_SHOWN)
    )
    return sorted(db.scalars(query), key=lambda group: group.name_norm)


def _open_sessions(act: Act, person: Person) -> int:
    query = select(func.count()).where(col(ConsoleSession.person_id) == person.id, sessions.is_open(act.now))
    return act.db.connection().execute(query).scalar_one()


def _owns(act: Act, person: Person) -> int:
    query = select(func.count()).where(col(Resource.creator_id) == person.id, access.visible_to(act.who))
    return act.db.connection().execute(query).scalar_one()
