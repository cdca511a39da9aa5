"""Force 2-Factor Auth: for people, and for groups; effective with the next login (source text, "For the account of
another user")."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core.access import decide_forced
from core.administration import Act, Desk
from core.login_steps import Session
from data.group_tables import Membership
from data.tables import Person


@dataclass(frozen=True)
class ForcingService:
    """Makes a second factor compulsory, and no longer so. Nobody is thrown out: it is the next login that asks."""

    desk: Desk

    def force_people(self, session: Session, person_ids: Collection[UUID]) -> None:
        """Force 2-factor for people; those for whom it is forced already stay as they are.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "forcing.force_people") as act:
            people = act.people(person_ids)
            act.ask_for_proof()
            for person in people:
                if not person.force_sec_auth:
                    person.force_sec_auth = True
                    person.forced_by = f"{act.who.person.given_name} {act.who.person.family_name}"
                    act.tell("force 2-factor", target=person)
            decide_forced(act.db, col(Person.id).in_([person.id for person in people]))

    def release_people(self, session: Session, person_ids: Collection[UUID]) -> None:
        """Stop forcing 2-factor for people. An authenticator stays; whoever is forced by a group still is.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "forcing.release_people") as act:
            people = act.people(person_ids)
            act.ask_for_proof()
            for person in people:
                if person.force_sec_auth:
                    person.force_sec_auth = False
                    person.forced_by = None
                    act.tell("stop forcing 2-factor", target=person)
            decide_forced(act.db, col(Person.id).in_([person.id for person in people]))

    def force_group(self, session: Session, group_id: UUID) -> None:
        """Force 2-factor for the members of a group, the contract owner excepted.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "forcing.force_group") as act:
            self._set_group(act, group_id, forced=True)

    def release_group(self, session: Session, group_id: UUID) -> None:
        """Stop forcing 2-factor for the members of a group, as far as nothing else forces it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "forcing.release_group") as act:
            self._set_group(act, group_id, forced=False)

    def _set_group(self, act: Act, group_id: UUID, *, forced: bool) -> None:
        group = act.group(group_id)
        act.ask_for_proof()
        if group.force_sec_auth == forced:
            return
        group.force_sec_auth = forced
        group.forced_by = f"{act.who.person.given_name} {act.who.person.family_name}" if forced else None
        members = select(col(Membership.person_id)).where(col(Membership.group_id) == group.id)
        decide_forced(act.db, col(Person.id).in_(members))
        act.tell("force 2-factor for a group" if forced else "stop forcing 2-factor for a group", group=group.name)
