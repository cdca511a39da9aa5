"""Help for somebody who lost a device, was locked out, or left a console open."""

from dataclasses import dataclass
from uuid import UUID

from core import open_sessions, sessions, throttle
from core.administration import Desk
from core.errors import NotThere, SecondFactorNotActive
from core.factor_removal import remove_second_factor
from core.login_steps import Session
from core.names import taken_name
from core.open_sessions import SessionRow
from core.ownership import void_offers
from core.person_details import throttled_as

BY_ADMINISTRATOR = "ended by an administrator"


@dataclass(frozen=True)
class RescueService:
    """What the owner and administrators do for a person who cannot help himself."""

    desk: Desk

    def reset_second_factor(self, session: Session, person_id: UUID, *, reason: str) -> None:
        """Remove a lost device: authenticator and recovery codes are gone, sessions end, a force flag stays.

        Raises:
            FieldEmpty, FieldRefused: the reason is wanted, and is told to the audit.
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            SecondFactorNotActive: there is nothing to reset.
        """
        told_reason = taken_name(reason, field="Reason")
        with self.desk.acting(session, "rescue.reset_second_factor") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            if not person.sec_auth_active:
                raise SecondFactorNotActive
            remove_second_factor(act.db, person)
            void_offers(act.db, person.id)
            ended = sessions.end_all(act.db, person, why="2-factor reset", now=act.now)
            act.tell("reset 2-factor", target=person, reason=told_reason, sessions_ended=ended)

    def unlock(self, session: Session, person_id: UUID) -> None:
        """Forget the failures that make a person wait, wherever; one who does not wait stays as he is.

        The places that are known of him stay.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "rescue.unlock") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            subjects = throttled_as(act.keys, person)
            locks = throttle.locks(act.db, subjects, now=act.now)
            throttle.clear(act.db, subjects)
            person.locked_until = None
            act.tell("unlock a person", target=person, locks=list(dict.fromkeys(lock.secret for lock in locks)))

    def end_sessions(self, session: Session, person_id: UUID) -> int:
        """End every session of a person; felt at his consoles' next action. How many there were.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.acting(session, "rescue.end_sessions") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            ended = sessions.end_all(act.db, person, why=BY_ADMINISTRATOR, now=act.now)
            act.tell("end sessions", target=person, sessions_ended=ended)
            return ended

    def sessions(self, session: Session, person_id: UUID) -> tuple[SessionRow, ...]:
        """The open sessions of a person, the last used first.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "rescue.sessions") as act:
            return open_sessions.rows_of(act.db, act.person(person_id).id, now=act.now)

    def end_session(self, session: Session, person_id: UUID, session_id: UUID) -> None:
        """End one session of a person; one that has ended in the meantime stays as it is.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`. `NotThere` also for a session of somebody else.
        """
        with self.desk.acting(session, "rescue.end_session") as act:
            person = act.person(person_id)
            place = open_sessions.place_of(act.db, person.id, session_id)
            act.ask_for_proof()
            if place is None:
                raise NotThere("session").of(person_id=person.id)
            if open_sessions.is_ended(act.db, person.id, session_id, why=BY_ADMINISTRATOR, now=act.now):
                act.tell("end session", target=person, console=place)
