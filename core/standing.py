"""A person's standing in the contract: name, role, whether he may sign in, and whether he is there at all."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from core import password_codes, sessions, support_calls
from core.access import decide_forced
from core.administration import Act, Desk
from core.half_logins import void_pending
from core.login_steps import Session
from core.names import taken_name
from core.new_person import derive
from core.ownership import void_offers
from data.group_tables import Resource
from data.tables import ADMINISTRATOR, OWNER, USER, Person


@dataclass(frozen=True)
class StandingService:
    """What the owner and administrators change about others. Nobody here ever changes who is the owner."""

    desk: Desk

    def rename(self, session: Session, person_id: UUID, *, given_name: str, family_name: str) -> None:
        """Change somebody's name.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
            FieldEmpty, FieldRefused: the name is not taken.
        """
        given, family = taken_name(given_name, field="Given name"), taken_name(family_name, field="Family name")
        with self.desk.acting(session, "standing.rename") as act:
            person = act.person(person_id)
            old = f"{person.given_name} {person.family_name}"
            if (person.given_name, person.family_name) == (given, family):
                return
            person.given_name, person.family_name = given, family
            derive(person)
            act.tell("rename a person", target=person, old=old, new=f"{given} {family}")

    def make_administrator(self, session: Session, person_id: UUID) -> None:
        """Give a user the rights of the owner, except those over the owner and the contract.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "standing.make_administrator") as act:
            self._set_role(act, person_id, ADMINISTRATOR)

    def make_user(self, session: Session, person_id: UUID) -> None:
        """Take an administrator's rights; he has what his groups give him, from his next action on.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "standing.make_user") as act:
            self._set_role(act, person_id, USER)

    def activate(self, session: Session, person_ids: Collection[UUID]) -> None:
        """Let people sign in again; all of them or none.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "standing.activate") as act:
            people = act.people(person_ids)
            act.ask_for_proof()
            for person in people:
                if not person.active:
                    person.active = True
                    act.tell("activate a person", target=person)

    def deactivate(self, session: Session, person_ids: Collection[UUID]) -> None:
        """Let people not sign in any more, and end their sessions; all of them or none.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "standing.deactivate") as act:
            people = act.people(person_ids)
            act.ask_for_proof()
            leaving = [person for person in people if person.active]
            ended = [self._deactivate(act, person) for person in leaving]
            for person, sessions_ended in zip(leaving, ended, strict=True):
                act.tell("deactivate a person", target=person, sessions_ended=sessions_ended)

    def delete(self, session: Session, person_ids: Collection[UUID]) -> None:
        """Remove people with their credentials, memberships and sessions; what they created passes to the owner.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: nothing was changed for anybody.
        """
        with self.desk.acting(session, "standing.delete") as act:
            people = act.people(person_ids)
            act.ask_for_proof()
            ended = [sessions.end_all(act.db, person, why="deleted", now=act.now) for person in people]
            passed_on = self._pass_on(act, [person.id for person in people])
            for person in people:
                act.db.delete(person)
            act.db.flush()
            for person, sessions_ended in zip(people, ended, strict=True):
                act.tell("delete a person", target=person, sessions_ended=sessions_ended)
            for resource in passed_on:
                act.tell("pass a resource to the contract owner", resource_id=resource.id, name=resource.name)

    def _pass_on(self, act: Act, creators: Collection[UUID]) -> list[Resource]:
        """Make the contract owner the creator of what these people created; each of these, for an event of its own:
        how many there are is not for everybody who sees that somebody was deleted."""
        owner = select(Person.id).where(Person.contract_id == act.contract_id, Person.role == OWNER)
        owner_id = act.db.exec(owner).one()
        created = list(act.db.exec(select(Resource).where(col(Resource.creator_id).in_(creators))))
        for resource in created:
            resource.creator_id = owner_id
        act.db.flush()
        return created

    def _set_role(self, act: Act, person_id: UUID, role: str) -> None:
        person = act.person(person_id)
        act.ask_for_proof()
        if person.role != role:
            old, person.role = person.role, role
            void_offers(act.db, person.id)
            support_calls.shut(act.db, person, now=act.now)
            decide_forced(act.db, col(Person.id) == person.id)
            act.tell("change a role", target=person, old=old, new=role)

    def _deactivate(self, act: Act, person: Person) -> int:
        """Shut somebody out; how many sessions ended. The audit is told last: who waits for it holds nothing more."""
        void_pending(act.db, person.id)
        password_codes.void(act.db, person.id)
        void_offers(act.db, person.id)
        support_calls.shut(act.db, person, now=act.now)
        person.active = False
        return sessions.end_all(act.db, person, why="deactivated", now=act.now)
