"""Going on in a locked session: by its person's password, and a code where 2-factor is active."""

from dataclasses import dataclass

from sqlalchemy import Engine

from core import audit, sessions, totp
from core.clock import Clock
from core.errors import CodeMissing, WrongOldPassword
from core.login_steps import Session
from core.passwords import Passwords
from core.person_check import PersonCheck, found_even_locked, has_authenticator
from data.engine import reading, transaction
from data.sealing import KeyRing

ACT = "unlock console"


@dataclass(frozen=True)
class Unlocking:
    """Checks who is at a locked console."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    now: Clock

    def unlock(self, session: Session, password: str, code: str = "") -> None:
        """Go on in a session that was locked or idle for too long. Proofs given for acts stay as old as they are.

        Raises:
            SessionOver: it was ended meanwhile, or is too old; sign in.
            CodeMissing: 2-factor is active, and no code was given. The password was not looked at.
            CodeMalformed: nothing that could be a code. The password was not looked at.
            OnHold: too many wrong answers.
            WrongOldPassword: not the person's password.
            WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused.
        """
        now = self.now()
        with reading(self.engine) as db:
            with_code = has_authenticator(db, sessions.acting_even_locked(db, session, now=now).person)
        if with_code and not code.strip():
            raise CodeMissing
        digits = totp.cleaned(code) if with_code else ""
        check = PersonCheck(self.engine, self.keys, self.passwords, self.now, ACT, found_even_locked)
        compared = check.password(session, password)
        if with_code:
            check.code(session, digits, now=now)
        with transaction(self.engine) as db:
            sessions.hold_person(db, session)
            who = sessions.acting_even_locked(db, session, now=now)
            if who.person.password_hash != compared:
                raise WrongOldPassword  # it was replaced while it was compared
            if has_authenticator(db, who.person) and not with_code:
                raise CodeMissing
            who.session.locked_at = None
            who.session.last_used_at = now
            audit.record(db, self.keys, audit.Told(ACT), at=now, origin=who.origin, actor=who.person)
