"""Checking inside a session that its person is who sits there: his password, then a code, each under its limit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, due_resets, known_origins, sessions, throttle
from core.clock import Clock
from core.codes import accept_code
from core.errors import AnswerRefused, SecondFactorNotActive, WrongOldPassword
from core.login_steps import Session
from core.passwords import PasswordMismatch, Passwords
from core.sessions import Acting
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import Authenticator, Person

Found = Callable[[Transaction, Session, datetime], Acting]


def found_open(db: Transaction, session: Session, now: datetime) -> Acting:
    """Who acts in a session that is neither over nor locked."""
    return sessions.acting(db, session, now=now)


def found_even_locked(db: Transaction, session: Session, now: datetime) -> Acting:
    """Who is behind a session that is not over."""
    return sessions.acting_even_locked(db, session, now=now)


@dataclass(frozen=True)
class PersonCheck:
    """Compares what was typed for `act`, as the audit calls it, by somebody who is found in his session by `found`.

    An attempt is counted before anything is compared; one that was right is given back.
    """

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    now: Clock
    act: str
    found: Found

    def password(self, session: Session, password: str) -> str:
        """Compare with the person's password; the hash that it was compared with.

        Raises:
            SessionOver, SessionLocked: see `sessions`.
            OnHold: too many wrong answers.
            WrongOldPassword: it is another.
        """
        now = self.now()
        try:
            with transaction(self.engine) as db:
                who = self.found(db, session, now)
                throttle.charge(db, throttle.PROOF, str(who.person.id), lane=str(who.session.id), now=now)
            self._compare(who.person.password_hash, password)
        except AnswerRefused:
            told = self._told("password")
            audit.record_alone(self.engine, self.keys, told, at=now, origin=who.origin, actor=who.person)
            raise
        with transaction(self.engine) as db:
            throttle.give_back(db, throttle.PROOF, str(who.person.id), lane=str(who.session.id))
        return str(who.person.password_hash)

    def code(self, session: Session, digits: str, *, now: datetime) -> None:
        """Use up a code of the person's app; wrong ones count with those of the login from here.

        Raises:
            SessionOver, SessionLocked: see `sessions`.
            OnHold, WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused.
        """
        with transaction(self.engine) as db:
            sessions.hold_person(db, session)
            who = self.found(db, session, now)
            lane = known_origins.lane_of(db, self.keys, who.person.id, who.origin, now=now)
            try:
                throttle.charge(db, throttle.CODE, str(who.person.id), lane=lane, now=now)
                accept_code(db, self.keys, who.person, digits, now=now)
            except AnswerRefused as refusal:
                refused = refusal
                audit.record(db, self.keys, self._told("code"), at=now, origin=who.origin, actor=who.person)
            except SecondFactorNotActive:
                return  # deactivated on another console in the meantime: the password alone is what is asked
            else:
                throttle.give_back(db, throttle.CODE, str(who.person.id), lane=lane)
                due_resets.stop_by_app(db, self.keys, who.person, origin=who.origin, now=now)
                return
        raise refused

    def _compare(self, stored: str | None, password: str) -> None:
        try:
            self.passwords.check(stored, password)
        except PasswordMismatch:
            raise WrongOldPassword from None

    def _told(self, secret: str) -> audit.Told:
        return audit.Told(self.act, audit.DENIED, {"with": secret})


def has_authenticator(db: Transaction, person: Person) -> bool:
    """Whether a code belongs to the answer."""
    return db.get(Authenticator, person.id) is not None
