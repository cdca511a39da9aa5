"""A fresh proof inside a session, for one act: the password, and a code where 2-factor is active (ASVS 7.5.1).

Acts on credentials, force flags, protection, roles, ownership and exports ask for one that is not older than ten
minutes and was given for that act, in that session. Signing in is one for the first act alone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, sessions, throttle, totp
from core.clock import Clock
from core.codes import accept_code
from core.errors import AnswerRefused, ProofNeeded, SecondFactorNotActive, WrongOldPassword
from core.login_steps import Session
from core.passwords import PasswordMismatch, Passwords
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import Authenticator, Person


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
            with_code = _has_authenticator(db, sessions.acting(db, session, now=now).person)
        if with_code and not code.strip():
            raise ProofNeeded(with_code=True, act=act)
        digits = totp.cleaned(code) if with_code else ""
        self.check_password(session, password)
        if with_code:
            self._check_code(session, digits, now=now)
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            is_active = _has_authenticator(db, who.person)
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
        now = self.now()
        try:
            with transaction(self.engine) as db:
                who = sessions.acting(db, session, now=now)
                throttle.charge(db, throttle.PROOF, str(who.person.id), now=now)
            self._compare(who.person.password_hash, password)
        except AnswerRefused:
            self._tell_refusal(who, "password", now=now)
            raise
        with transaction(self.engine) as db:
            throttle.give_back(db, throttle.PROOF, str(who.person.id))
        return str(who.person.password_hash)

    def _compare(self, stored: str | None, password: str) -> None:
        try:
            self.passwords.check(stored, password)
        except PasswordMismatch:
            raise WrongOldPassword from None

    def _check_code(self, session: Session, digits: str, *, now: datetime) -> None:
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            try:
                throttle.charge(db, throttle.CODE, str(who.person.id), now=now)
                accept_code(db, self.keys, who.person, digits, now=now)
            except AnswerRefused as refusal:
                refused = refusal
                told = audit.Told("prove identity", audit.DENIED, {"with": "code"})
                audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)
            except SecondFactorNotActive:
                return  # deactivated on another console in the meantime: the password alone is what is asked
            else:
                throttle.give_back(db, throttle.CODE, str(who.person.id))
                return
        raise refused

    def _tell_refusal(self, who: sessions.Acting, secret: str, *, now: datetime) -> None:
        told = audit.Told("prove identity", audit.DENIED, {"with": secret})
        audit.record_alone(self.engine, self.keys, told, at=now, origin=who.origin, actor=who.person)


def _has_authenticator(db: Transaction, person: Person) -> bool:
    return db.get(Authenticator, person.id) is not None
