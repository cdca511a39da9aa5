"""One's own second factor once it is there: switching it off, and new recovery codes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, codes, recovery_codes, sessions
from core.access import forced_by
from core.clock import Clock
from core.enrolment import keep_recovery_codes
from core.errors import SecondFactorForced, SecondFactorNotActive
from core.factor_removal import remove_second_factor
from core.login_steps import Session
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import Authenticator


@dataclass(frozen=True)
class SecondFactorService:
    """What a person may do with his own confirmed authenticator."""

    engine: Engine
    keys: KeyRing
    now: Clock

    def deactivate(self, session: Session) -> None:
        """Remove authenticator and recovery codes; the next login asks for the password alone.

        The person's other sessions end, and half-completed logins are void.

        Source text: users control their own 2-factor "as long as it has not been activated for them by the
        contract owner or administrator".

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
            SecondFactorForced: the owner or an administrator activated it.
            SecondFactorNotActive: nothing is there to remove.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            if not who.person.sec_auth_forced:
                self._remove(db, who, now=now)
                return
            by = forced_by(db, who.person)
            told = audit.Told("deactivate 2-factor", audit.DENIED, {"forced by": by})
            audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
        raise SecondFactorForced(by)

    def new_recovery_codes(self, session: Session) -> tuple[str, ...]:
        """Ten new recovery codes; the old ones are void.

        Raises:
            SessionOver, ProofNeeded: see `sessions`.
            SecondFactorNotActive: recovery codes go with an authenticator.
        """
        now = self.now()
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            if db.get(Authenticator, who.person.id) is None:
                raise SecondFactorNotActive
            sessions.ask_for_proof(db, who, "second_factor.new_recovery_codes", now=now)
            shown = recovery_codes.new_set()
            keep_recovery_codes(db, who.person.id, [codes.hash_of(self.keys, who.person.id, code) for code in shown])
            told = audit.Told("new recovery codes")
            audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
            return shown

    def _remove(self, db: Transaction, who: sessions.Acting, *, now: datetime) -> None:
        sessions.ask_for_proof(db, who, "second_factor.deactivate", now=now)
        remove_second_factor(db, who.person)
        who.session.second_factor_at = None
        ended = sessions.end_others(db, who, why="2-factor deactivated", now=now)
        told = audit.Told("deactivate 2-factor", details={"sessions ended": ended})
        audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
