"""A fresh proof inside a session, for one act: the password, and a code where 2-factor is active (ASVS 7.5.1).

Acts on credentials, force flags, protection, roles, ownership and exports ask for one that is not older than ten
minutes and was given for that act, in that session. Signing in is one for the first act alone.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from core import audit, sessions, totp
from core.clock import Clock
from core.errors import ProofNeeded
from core.login_steps import Session
from core.passwords import Passwords
from core.person_check import PersonCheck, found_open, has_authenticator
from data.engine import reading, transaction
from data.sealing import KeyRing


@dataclass(frozen=True)
class ProofService:
    """Checks again who is sitting at a signed-in console."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    now: Clock

    def prove(self, session: Session, password: str, code: str = "", *, act: str) -> None:
        """Prove oneself for `act`, the function that asked with `ProofNeeded`.

        Raises:
            SessionOver: sign in again.
            ProofNeeded: 2-factor is active, and no code was given.
            CodeMalformed: nothing that could be a code. The password was not looked at.
            OnHold: too many wrong proofs.
            WrongOldPassword: not the person's password.
            WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused.
        """
        now = self.now()
        with reading(self.engine) as db:
            with_code = has_authenticator(db, sessions.acting(db, session, now=now).person)
        if with_code and not code.strip():
            raise ProofNeeded(with_code=True, act=act)
        digits = totp.cleaned(code) if with_code else ""
        self.check_password(session, password)
        if with_code:
            self._check.code(session, digits, now=now)
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            is_active = has_authenticator(db, who.person)
            if is_active and not with_code:
                raise ProofNeeded(with_code=True, act=act)
            sessions.keep_proof(who.session, act, now=now)
            if is_active:
                who.session.second_factor_at = now
            told = audit.Told("prove identity", details={"for": act})
            audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)

    def check_password(self, session: Session, password: str) -> str:
        """Compare with the person's password, under a limit of its own; the hash that it was compared with.

        Raises:
            SessionOver, OnHold, WrongOldPassword: see `prove`.
        """
        return self._check.password(session, password)

    @property
    def _check(self) -> PersonCheck:
        return PersonCheck(self.engine, self.keys, self.passwords, self.now, "prove identity", found_open)
