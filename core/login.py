"""Signing in: a password, then, where 2-factor is active, a code; where it is forced and missing, the setup assistant.

A person who has given the password alone holds a `CodeNeeded` or an `EnrolmentNeeded`. No other function of the
core takes these, so half a login opens nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, bindparam, func, literal, select, update
from sqlmodel import Session as Transaction
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from core import audit, due_resets, half_logins, known_origins, session_room, sessions, throttle, totp
from core.clock import Clock
from core.codes import accept_code, accept_recovery_code
from core.emails import email_norm
from core.errors import (
    AnswerRefused,
    CodeAlreadyUsed,
    LoginExpired,
    ResetOver,
    SecondFactorNotActive,
    TooManySessions,
    WrongCredentials,
)
from core.known_person import COLUMNS, AnyPerson, KnownPerson
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.origin import Origin
from core.passwords import PasswordMismatch, Passwords
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import Authenticator, Person


@dataclass(frozen=True)
class _Attempt:
    """Somebody gives a password for an address, and its failure counts in a lane."""

    norm: str
    subject: str
    lane: str
    origin: Origin
    at: datetime


@dataclass(frozen=True)
class LoginService:
    """Checks passwords and codes, and stops guessers."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    now: Clock

    def sign_in(self, email: str, password: str, *, origin: Origin) -> Session | CodeNeeded | EnrolmentNeeded:
        """Check a password (source text, "Managing 2-factor authentication").

        Who has a second factor is asked for it, also where the support desk lets him do without: see `use_reset`.

        Raises:
            WrongCredentials: unknown e-mail, wrong password, a wait after failures, deactivated: one answer for all.
            TooManySessions: everything was right, but the host has as many consoles in use as it takes.
        """
        now, norm = self.now(), email_norm(email)
        subject = self.keys.keyed_hash("throttle", norm.encode())
        with transaction(self.engine) as db:
            person, lane = _with_lane(db, norm, known_origins.here(self.keys, origin, now=now))
            may_try = throttle.is_charged(db, throttle.PASSWORD, subject, lane=lane, now=now)
        attempt = _Attempt(norm, subject, lane, origin, now)
        stored = person.password_hash if person and person.active and may_try else None
        try:
            self.passwords.check(stored, password)
            newer_hash = self.passwords.hash(password) if stored and self.passwords.is_outdated(stored) else None
            return self._password_was_right(attempt, person, newer_hash)
        except PasswordMismatch:
            self._tell_failure(attempt, person)
            raise WrongCredentials from None

    def give_code(self, owed: CodeNeeded, code: str) -> Session:
        """Complete a login with a code of the authenticator app.

        Raises:
            LoginExpired: the password was given too long ago, or the account has changed since.
            CodeMalformed: nothing that could be a code; it is not counted.
            WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused, and the attempt counted.
            OnHold: too many wrong codes.
            TooManySessions: the host has as many consoles in use as it takes.
        """
        digits = totp.cleaned(code)
        return self._complete(owed, digits, limit=throttle.CODE)

    def give_recovery_code(self, owed: CodeNeeded, code: str) -> Session:
        """Complete a login with one of the recovery codes.

        Raises:
            LoginExpired: see `give_code`.
            WrongRecoveryCode: unknown or used.
            OnHold: too many wrong recovery codes.
            TooManySessions: see `give_code`.
        """
        return self._complete(owed, code, limit=throttle.RECOVERY_CODE)

    def use_reset(self, owed: CodeNeeded) -> Session | EnrolmentNeeded:
        """Complete a login without the app, which is lost: remove 2-factor, as the support desk has approved.

        Raises:
            LoginExpired: see `give_code`.
            ResetOver: none is due, or it was stopped, or is void.
            TooManySessions: see `give_code`. Nothing was changed, and the half login goes on.
        """
        now = self.now()
        with transaction(self.engine) as db:
            half = half_logins.pending(db, owed.token, owes="code", now=now)
            person, origin = half.person, half.origin
            if due_resets.can_be_used(db, self.keys, person, origin=origin, now=now):
                # Before anything is removed: a host that is full lets nobody in.
                room = None if person.sec_auth_forced else _make_room(db, self.keys, person, origin=origin, now=now)
                half_logins.settle(db, owed.token)
                due_resets.use(db, self.keys, person, origin=origin, now=now)
                if room is not None:
                    return _begin(db, self.keys, person, room, how="password", origin=origin, noted_at=None, now=now)
                return self._password_is_enough(db, person, origin=origin, lane=half.lane, now=now)
        raise ResetOver  # not within: that a void one was dropped stays

    def _password_was_right(
        self, attempt: _Attempt, checked: KnownPerson | None, newer_hash: str | None
    ) -> Session | CodeNeeded | EnrolmentNeeded:
        """What is owed next, unless the person was deactivated or got a new password while the old was compared."""
        with transaction(self.engine) as db:
            person = _alone(db, attempt.norm)
            if person is None or checked is None or not person.active:
                raise PasswordMismatch
            if person.password_changed_at != checked.password_changed_at:
                raise PasswordMismatch
            throttle.give_back(db, throttle.PASSWORD, attempt.subject, lane=attempt.lane)
            if newer_hash and person.password_hash == checked.password_hash:
                db.connection().execute(_REHASHING, {"of_person": person.id, "newer": newer_hash})
            origin, lane, now = attempt.origin, attempt.lane, attempt.at
            if db.connection().execute(_HAS_AUTHENTICATOR, {"of_person": person.id}).one_or_none():
                is_due = due_resets.can_be_used(db, self.keys, person, origin=origin, now=now)
                return CodeNeeded(half_logins.begin(db, person, "code", origin=origin, lane=lane, now=now), is_due)
            return self._password_is_enough(db, person, origin=origin, lane=lane, now=now)

    def _password_is_enough(
        self, db: Transaction, person: KnownPerson, *, origin: Origin, lane: str, now: datetime
    ) -> Session | EnrolmentNeeded:
        """What somebody gets who has no second factor: a session, unless he has to set one up first."""
        if person.sec_auth_forced:
            return EnrolmentNeeded(half_logins.begin(db, person, "enrolment", origin=origin, lane=lane, now=now))
        return open_session(db, self.keys, person, how="password", origin=origin, now=now)

    def _tell_failure(self, attempt: _Attempt, person: KnownPerson | None) -> None:
        """Show the lock that a wrong password may have brought; for an unknown name the same is done, to nobody."""
        with transaction(self.engine) as db:
            held = throttle.held_until(db, throttle.PASSWORD, attempt.subject, lane=attempt.lane, now=attempt.at)
            # The person before the counters that are forgotten: a login holds him, and then counts.
            db.connection().execute(_LOCKING, {"norm": attempt.norm, "until": held})
            throttle.forget_stale(db, now=attempt.at)
            told = audit.Told("sign in", audit.DENIED, {"with": throttle.PASSWORD.secret})
            audit.record(db, self.keys, told, at=attempt.at, origin=attempt.origin, target=person)

    def _complete(self, owed: CodeNeeded, answer: str, *, limit: throttle.Limit) -> Session:
        now = self.now()
        accept = accept_code if limit is throttle.CODE else accept_recovery_code
        with transaction(self.engine) as db:
            half = half_logins.pending(db, owed.token, owes="code", now=now)
            person, subject, lane = half.person, str(half.person.id), half.lane
            try:
                throttle.charge(db, limit, subject, lane=lane, now=now)
                accept(db, self.keys, person, answer, now=now)
            except AnswerRefused as refusal:
                refused = refusal
                replayed = {"replayed": True} if isinstance(refusal, CodeAlreadyUsed) else {}
                told = audit.Told("sign in", audit.DENIED, {"with": limit.secret, **replayed})
                held = throttle.held_until(db, limit, subject, lane=lane, now=now)
                db.connection().execute(_LOCKING, {"norm": email_norm(person.email), "until": held})
                audit.record(db, self.keys, told, at=now, origin=half.origin, target=person)
            except SecondFactorNotActive:
                raise LoginExpired from None
            else:
                throttle.give_back(db, limit, subject, lane=lane)
                half_logins.settle(db, owed.token)
                if limit is throttle.CODE:
                    due_resets.stop_by_app(db, self.keys, person, origin=half.origin, now=now)
                where: dict[str, Any] = {"origin": half.origin, "noted_at": half.noted_at}
                return open_session(db, self.keys, person, how=limit.secret, **where, now=now)
        raise refused


def open_session(
    db: Transaction,
    keys: KeyRing,
    person: AnyPerson,
    *,
    how: str,
    origin: Origin,
    noted_at: datetime | None = None,
    now: datetime,
) -> Session:
    """Begin the session of a completed login, of a person who is held; the audit is told how, and if from a new place.

    A lock that runs in another lane than that of this login stays to be seen. `noted_at` is when the place was last
    noted, where that is known.
    """
    room = _make_room(db, keys, person, origin=origin, now=now)
    return _begin(db, keys, person, room, how=how, origin=origin, noted_at=noted_at, now=now)


def _begin(
    db: Transaction,
    keys: KeyRing,
    person: AnyPerson,
    room: dict[str, Any],
    *,
    how: str,
    origin: Origin,
    noted_at: datetime | None,
    now: datetime,
) -> Session:
    """As `open_session`, once there is room; `room` is what the audit is told of that."""
    session = sessions.begin(db, person, origin=origin, second_factor=how != "password", now=now)
    signed_in = {"of_person": person.id, "at": now}
    if person.locked_until is None:
        db.connection().execute(_SIGNED_IN, signed_in)
    else:
        subjects = throttle.subjects_of(keys, person.id, email_norm(person.email))
        held = throttle.login_held_until(db, subjects, now=now)
        db.connection().execute(_SIGNED_IN_LOCKED, {**signed_in, "until": held})
    is_new = known_origins.remember(db, keys, person, origin, noted_at=noted_at, now=now)
    told = audit.Told("sign in", details={"with": how} | ({"new place": True} if is_new else {}) | room)
    audit.record(db, keys, told, at=now, origin=origin, actor=person)
    return session


def _make_room(db: Transaction, keys: KeyRing, person: AnyPerson, *, origin: Origin, now: datetime) -> dict[str, Any]:
    """See `session_room.make_room`; what the audit is told of it.

    Raises:
        TooManySessions: the audit was told. What was given back and used up before stays so.
    """
    try:
        ended = session_room.make_room(db, person, host=origin.host, now=now)
    except TooManySessions:
        told = audit.Told("sign in", audit.DENIED, {"why": session_room.TOO_MANY})
        audit.record(db, keys, told, at=now, origin=origin, actor=person)
        db.commit()  # or the refusal would take its event along
        raise
    return {"sessions ended": ended, "why": session_room.TOO_MANY} if ended else {}


def _with_lane(db: Transaction, norm: str, here: dict[str, Any]) -> tuple[KnownPerson | None, str]:
    """Whoever has an address, and the lane in which guesses from here are counted for him."""
    row = db.connection().execute(_WITH_LANE, {"norm": norm, **here}).one_or_none()
    if row is None:
        return None, throttle.ELSEWHERE
    lane, *columns = row
    return KnownPerson(*columns), lane or throttle.ELSEWHERE


def _alone(db: Transaction, norm: str) -> KnownPerson | None:
    """Whoever has an address, held until the transaction ends."""
    row = db.connection().execute(_ALONE, {"norm": norm}).one_or_none()
    return KnownPerson(*row) if row else None


# Built once: building a statement costs more than running it. Who opens a session, or half of one, holds the
# person's row, so that a new password cannot slip in between.
_OF_ADDRESS = col(Person.email_norm) == bindparam("norm")
_WITH_LANE = select(known_origins.LANE, *COLUMNS).where(_OF_ADDRESS)
_ALONE = select(*COLUMNS).where(_OF_ADDRESS).with_for_update(key_share=True)
_HAS_AUTHENTICATOR = select(col(Authenticator.person_id)).where(col(Authenticator.person_id) == bindparam("of_person"))
_REHASHING = update(Person).where(col(Person.id) == bindparam("of_person")).values(password_hash=bindparam("newer"))
# A wait that does not run, or a shorter one, leaves that for another secret or in another lane; and who is not there,
# or has no new wait, is not written.
_UNTIL = bindparam("until", type_=UTCDateTime())
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_LOCKING = (
    update(Person)
    .where(_OF_ADDRESS, func.coalesce(col(Person.locked_until), literal(_LONG_AGO, UTCDateTime())) < _UNTIL)
    .values(locked_until=_UNTIL)
)
_SIGNED_IN = update(Person).where(col(Person.id) == bindparam("of_person")).values(last_sign_in_at=bindparam("at"))
_SIGNED_IN_LOCKED = _SIGNED_IN.values(locked_until=_UNTIL)
