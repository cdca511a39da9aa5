"""One's own consoles: kept alive, locked, seen from elsewhere, and ended; and those of a console host that is gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, open_sessions, server_clock, sessions, worker_sessions
from core.clock import Clock
from core.errors import NotThere, ServerClockBehind, SessionOver
from core.login_steps import Session
from core.open_sessions import SessionRow
from core.sessions import Acting
from core.unlocking import Unlocking
from data.engine import reading, transaction
from data.sealing import KeyRing

_TOUCH_EVERY = timedelta(seconds=30)
BY_ONESELF = "ended from another console"


@dataclass(frozen=True)
class SessionService:
    """What a person does with his sessions; nobody else's are within reach, but for the console host's own."""

    engine: Engine
    keys: KeyRing
    unlocking: Unlocking
    now: Clock

    def stands(self, session: Session) -> None:
        """Do nothing while the session stands: one indexed read, for a console that asks every second or two.

        Raises:
            SessionOver: it is over, and why.
            SessionLocked: it waits for its person.
        """
        with reading(self.engine) as db:
            sessions.ask_whether_it_stands(db, session, now=self.now())

    def keep_alive(self, session: Session) -> None:
        """Note that a person is at the console.

        Raises:
            SessionOver, SessionLocked: see `stands`.
        """
        now = self.now()
        with reading(self.engine) as db:
            last_used_at = sessions.acting(db, session, now=now).session.last_used_at
        if now - last_used_at < _TOUCH_EVERY:
            return
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            who.session.last_used_at = now
            server_clock.note(db, audit.chain_of(who.person), now=now)

    def sign_out(self, session: Session) -> None:
        """End one's own session, also a locked one; one that is over, or not to be judged now, stays as it is."""
        now = self.now()
        with transaction(self.engine) as db:
            try:
                who = sessions.acting_even_locked(db, session, now=now)
            except (SessionOver, ServerClockBehind):
                return
            sessions.end(who.session, why="signed out", now=now)
            self._tell(db, who, audit.Told("sign out"), now=now)

    def lock(self, session: Session) -> None:
        """Let nobody do anything in this session before its person has proved that he is there.

        Raises:
            SessionOver: sign in again.
            SessionLocked: it is locked already.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            who.session.locked_at = now
            self._tell(db, who, audit.Told("lock console"), now=now)

    def unlock(self, session: Session, password: str, code: str = "") -> None:
        """Go on in a locked session; see `Unlocking.unlock`."""
        self.unlocking.unlock(session, password, code)

    def own(self, session: Session) -> tuple[SessionRow, ...]:
        """The person's open sessions, the last used first.

        Raises:
            SessionOver: sign in again.
        """
        now = self.now()
        with reading(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            return open_sessions.rows_of(db, who.person.id, this=who.session.id, now=now)

    def end_one(self, session: Session, session_id: UUID) -> None:
        """End one of one's sessions (ASVS 7.5.2); one that has ended in the meantime stays as it is.

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
            NotThere: it is nobody's, or another person's. The audit is told.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting(db, session, now=now)
            place = open_sessions.place_of(db, who.person.id, session_id)
            if place is not None:
                sessions.ask_for_proof(db, who, "sessions.end_one", now=now)
                if open_sessions.is_ended(db, who.person.id, session_id, why=BY_ONESELF, now=now):
                    self._tell(db, who, audit.Told("end session", details={"console": place}), now=now)
                return
            self._tell(db, who, audit.Told("end session", audit.DENIED, {"why": NotThere.__name__}), now=now)
        raise NotThere("session")

    def end_others(self, session: Session) -> int:
        """End every session of one's own but this one (ASVS 7.5.2); how many there were.

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            sessions.ask_for_proof(db, who, "sessions.end_others", now=now)
            ended = sessions.end_others(db, who, why=BY_ONESELF, now=now)
            self._tell(db, who, audit.Told("end sessions", details={"sessions ended": ended}), now=now)
            return ended

    def end_of_worker(self, worker: str) -> int:
        """End what a process of the console host has made that is gone, half logins too; how many sessions there were.

        To be asked once more where it could not be done: what is ended already is not told again.

        Raises:
            ServerClockBehind: see `audit.record`. Nothing was ended; nobody acts in these sessions meanwhile either.
        """
        with transaction(self.engine) as db:
            return worker_sessions.end_of_worker(db, self.keys, worker, now=self.now())

    def end_of_other_runs(self, host: str, run: str) -> int:
        """As `end_of_worker`, for the start of a run on a machine: of all processes of every other run there.

        Machines that share a database have names of their own; a second host on one ends what the first has made.

        Raises:
            ServerClockBehind: see `end_of_worker`.
        """
        with transaction(self.engine) as db:
            return worker_sessions.end_of_other_runs(db, self.keys, host, run, now=self.now())

    def _tell(self, db: Transaction, who: Acting, told: audit.Told, *, now: datetime) -> None:
        audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
