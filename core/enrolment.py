"""The setup assistant: install the app, scan the QR code, enter the code, keep the recovery codes, confirm.

Everything stays in a pending row until the last step; leaving at any step changes nothing, and a pending secret
never opens a login (source text, "How to manage 2-factor authentication - own account").
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, delete
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, codes, known_origins, recovery_codes, server_clock, sessions, throttle, totp
from core.clock import Clock
from core.errors import AnswerRefused, EnrolmentOver, SecondFactorActive, WrongRecoveryCode
from core.half_logins import pending, settle, void_owed_codes
from core.login import open_session
from core.login_steps import EnrolmentNeeded, Session
from core.origin import Origin
from core.tokens import token_hash
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import Authenticator, PendingAuthenticator, Person, RecoveryCode

PENDING_LASTS = timedelta(minutes=10)
TABLE = "pending_authenticator"
_BEGINNING = "enrolment.begin"
_OPENING = "open setup assistant"
_PROVING = "prove authenticator"
_ACTIVATING = "activate 2-factor"

Enrolling = Session | EnrolmentNeeded


@dataclass(frozen=True)
class SetupKey:
    """What the app needs: the address in the QR code, or the same key to be typed."""

    address: str = field(repr=False)
    key: str = field(repr=False)
    email: str
    expires_at: datetime


@dataclass(frozen=True)
class EnrolmentService:
    """Gives a person an authenticator, once a code and a recovery code have proved that he has both."""

    engine: Engine
    keys: KeyRing
    issuer: str
    now: Clock

    def begin(self, who: Enrolling) -> SetupKey:
        """Make a pending secret, in place of any earlier one.

        Raises:
            SessionOver, LoginExpired: `who` may not go on.
            ProofNeeded: the session's last proof is older than ten minutes.
            SecondFactorActive: there is an authenticator already.
        """
        now = self.now()
        secret = totp.new_secret()
        with transaction(self.engine) as db:
            person, origin = self._enrolling(db, who, now=now)
            if isinstance(who, Session):
                sessions.ask_for_proof(db, sessions.acting(db, who, now=now), _BEGINNING, now=now)
            _drop_pending(db, person.id)
            db.add(
                PendingAuthenticator(
                    person_id=person.id,
                    holder=token_hash(who.token),
                    secret_sealed=codes.seal_secret(self.keys, TABLE, person.id, secret),
                    expires_at=now + PENDING_LASTS,
                )
            )
            audit.record(db, self.keys, audit.Told(_OPENING), at=now, origin=origin, actor=person)
            return SetupKey(
                address=totp.address(secret, email=person.email, issuer=self.issuer),
                key=totp.in_groups(secret),
                email=person.email,
                expires_at=now + PENDING_LASTS,
            )

    def prove(self, who: Enrolling, code: str) -> tuple[str, ...]:
        """Check a code of the new authenticator; the recovery codes that the person keeps.

        Raises:
            SessionOver, LoginExpired, EnrolmentOver: the assistant must be opened again.
            CodeMalformed, WrongCode, ClockDrift, CodeAlreadyUsed: the code is refused; the secret stays as it is.
            OnHold: too many wrong codes.
        """
        now = self.now()
        digits = totp.cleaned(code)
        with transaction(self.engine) as db:
            person, origin = self._enrolling(db, who, now=now)
            found = _pending(db, person.id, who, now=now)
            secret = codes.open_secret(self.keys, TABLE, person.id, found.secret_sealed)
            try:
                throttle.charge(db, throttle.ENROLMENT, str(person.id), now=now)
                step = totp.matching_step(secret, digits, last_step=person.last_step, now=now)
                codes.take_step(db, person, step, last_code_at=person.last_code_at)
            except AnswerRefused as refusal:
                refused = refusal
                told = audit.Told(_PROVING, audit.DENIED)
                audit.record(db, self.keys, told, at=now, origin=origin, actor=person)
            else:
                throttle.give_back(db, throttle.ENROLMENT, str(person.id))
                shown = recovery_codes.new_set()
                found.proven_at = now
                found.recovery_hashes = [codes.hash_of(self.keys, person.id, code) for code in shown]
                audit.record(db, self.keys, audit.Told(_PROVING), at=now, origin=origin, actor=person)
                return shown
        raise refused

    def confirm(self, who: Enrolling, recovery_code: str) -> Session:
        """Complete the assistant: from now on the app's codes are asked for.

        The session that comes back has proved a second factor; every other of the person's is over, among them
        the one that `who` was (ASVS 7.2.4), so that none that was opened with the password alone goes on.

        Raises:
            SessionOver, LoginExpired, EnrolmentOver: the assistant must be opened again.
            WrongRecoveryCode: it is none of those that were shown.
        """
        now = self.now()
        with transaction(self.engine) as db:
            person, origin = self._enrolling(db, who, now=now)
            found = _pending(db, person.id, who, now=now)
            if found.recovery_hashes is None:
                raise EnrolmentOver
            if set(codes.hashes_of(self.keys, person.id, recovery_code)) & set(found.recovery_hashes):
                self._activate(db, person, found, now=now)
                return self._renewed(db, who, person, origin=origin, now=now)
            told = audit.Told(_ACTIVATING, audit.DENIED, {"with": "recovery code"})
            audit.record(db, self.keys, told, at=now, origin=origin, actor=person)
        raise WrongRecoveryCode

    def leave(self, who: Enrolling) -> None:
        """Forget the pending secret; everything is as before the assistant was opened."""
        with transaction(self.engine) as db:
            db.connection().execute(
                delete(PendingAuthenticator).where(col(PendingAuthenticator.holder) == token_hash(who.token))
            )

    def _enrolling(self, db: Transaction, who: Enrolling, *, now: datetime) -> tuple[Person, Origin]:
        if isinstance(who, Session):
            found = sessions.acting_alone(db, who, now=now)
            person, origin = found.person, found.origin
        else:
            server_clock.check(db, now=now)
            half = pending(db, who.token, owes="enrolment", now=now)
            person, origin = db.get_one(Person, half.person.id), half.origin
        active = db.get(Authenticator, person.id)
        if active is not None:
            told = audit.Told(_OPENING, audit.DENIED, {"why": "2-factor is active"})
            audit.record(db, self.keys, told, at=now, origin=origin, actor=person)
            db.commit()  # or the refusal would take its event along
            raise SecondFactorActive(since=active.confirmed_at if isinstance(who, EnrolmentNeeded) else None)
        return person, origin

    def _activate(self, db: Transaction, person: Person, found: PendingAuthenticator, *, now: datetime) -> None:
        """Put the pending secret and its recovery codes in place."""
        secret = codes.open_secret(self.keys, TABLE, person.id, found.secret_sealed)
        _drop_pending(db, person.id)
        sealed = codes.seal_secret(self.keys, "authenticator", person.id, secret)
        db.add(Authenticator(person_id=person.id, secret_sealed=sealed, confirmed_at=now))
        keep_recovery_codes(db, person.id, found.recovery_hashes or [])
        person.last_code_at = found.proven_at
        person.sec_auth_active = True
        void_owed_codes(db, person.id)

    def _renewed(self, db: Transaction, who: Enrolling, person: Person, *, origin: Origin, now: datetime) -> Session:
        """The session after activating, in place of all others."""
        told = audit.Told(_ACTIVATING, details={"sessions ended": _end_earlier(db, who, person, now=now)})
        audit.record(db, self.keys, told, at=now, origin=origin, actor=person)
        if isinstance(who, EnrolmentNeeded):
            session = open_session(db, self.keys, person, how="new authenticator", origin=origin, now=now)
        else:
            session = sessions.begin(db, person, origin=origin, second_factor=True, now=now)
        known_origins.forget_others(db, self.keys, person.id, origin)
        return session


def keep_recovery_codes(db: Transaction, person_id: UUID, hashes: list[str]) -> None:
    """Put a new set of recovery codes in place of the old one."""
    db.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))
    db.add_all(RecoveryCode(person_id=person_id, code_hash=code_hash) for code_hash in hashes)


def _end_earlier(db: Transaction, who: Enrolling, person: Person, *, now: datetime) -> int:
    """Use up what led into the assistant, and end the person's other sessions; how many others there were."""
    why = "2-factor activated"
    if isinstance(who, EnrolmentNeeded):
        settle(db, who.token)
        return sessions.end_all(db, person, why=why, now=now)
    before = sessions.acting(db, who, now=now)
    sessions.end(before.session, why="renewed", now=now)
    return sessions.end_others(db, before, why=why, now=now)


def _pending(db: Transaction, person_id: UUID, who: Enrolling, *, now: datetime) -> PendingAuthenticator:
    found = db.get(PendingAuthenticator, person_id)
    if found is None or found.holder != token_hash(who.token) or found.expires_at <= now:
        raise EnrolmentOver
    return found


def _drop_pending(db: Transaction, person_id: UUID) -> None:
    db.connection().execute(delete(PendingAuthenticator).where(col(PendingAuthenticator.person_id) == person_id))
