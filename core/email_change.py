"""The change of a person's address: asked for by one who may, done by the person with a code that went there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists
from sqlalchemy import select as select_columns
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import audit, password_codes, sessions, support_calls, throttle
from core.access import ADMINISTRATIVE
from core.administration import Act, Desk
from core.code_post import CodePost
from core.emails import email_norm, taken_email
from core.errors import AnswerRefused, EmailTaken, EmailUnchanged, NotThere, WrongEmailCode
from core.half_logins import void_pending
from core.login_steps import Session
from core.mail import outbox
from core.new_person import derive, write_address
from core.password_codes import IssuedCode, bound, new_code
from data.engine import transaction
from data.sealing import KeyRing
from data.tables import AuditEvent, EmailChange, Person

LASTS = timedelta(hours=72)
RECENT = timedelta(hours=72)
_CONFIRMING = "change an e-mail"
_PURPOSE = "e-mail code"


@dataclass(frozen=True)
class NewEmail:
    """An address that a person has for the asking, once he enters the code that was sent there."""

    email: str
    asked_by: str
    expires_at: datetime


@dataclass(frozen=True)
class EmailChangeService:
    """Changes the address by which a person signs in, once he has shown that he reads what is sent there."""

    desk: Desk
    post: CodePost

    def ask(self, session: Session, person_id: UUID, *, email: str) -> IssuedCode:
        """Want another address for a person; until he confirms it with the code, nothing changes.

        Whether anybody has the address is decided when it is confirmed: asking tells nobody who is registered
        elsewhere. Owner and administrators, who see everybody of the contract, are told of those at once.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            FieldEmpty, FieldRefused: it is no address.
            EmailUnchanged: the person has it already.
            EmailTaken: somebody else of the contract has it.
            TooManyMails: where codes are mailed, the person got many.
        """
        with self.desk.acting(session, "email_change.ask") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            address = taken_email(email)
            if address == person.email:
                raise EmailUnchanged
            if act.who.person.role in ADMINISTRATIVE and _is_of_somebody_else(act, person, address):
                raise EmailTaken().of(person_id=person.id, email=address)
            issued = self.post.hand_over(act, person, outbox.NEW_EMAIL, _issue(act, person, address))
            act.tell("ask for another e-mail", target=person, old=person.email, new=address, **issued.how)
            return issued

    def waiting(self, session: Session) -> NewEmail | None:
        """The address that waits for this person's code.

        Raises:
            SessionOver: sign in again.
        """
        with self.desk.asking(session, "email_change.waiting") as act:
            change = act.db.get(EmailChange, act.who.person.id)
            if change is None or change.expires_at <= act.now:
                return None
            return NewEmail(change.email, change.asked_by, change.expires_at)

    def withdraw(self, session: Session, person_id: UUID) -> None:
        """Give the wish for another address up; its code is void.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`; nobody waits for a code.
        """
        with self.desk.acting(session, "email_change.withdraw") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            change = act.db.get(EmailChange, person.id)
            if change is None:
                raise NotThere("change of e-mail")
            void(act.db, person.id)
            act.tell("withdraw a change of e-mail", target=person, new=change.email)

    def confirm(self, session: Session, code: str) -> str:
        """Take on the new address with the code that was sent there; what it is.

        Activation and reset codes that were issued for the old one are void, and so are half-completed logins and
        whatever the support desk had in hand: a reset of 2-factor was told to the old address.

        Raises:
            SessionOver: sign in again.
            OnHold: too many wrong codes.
            WrongEmailCode: wrong, used, replaced or expired.
            EmailTaken: somebody has the address by now, in this contract or another.
        """
        now = self.desk.now()
        try:
            with transaction(self.desk.engine) as db:
                who = sessions.acting(db, session, now=now)
                throttle.charge(db, throttle.EMAIL_CODE, str(who.person.id), now=now)
            with transaction(self.desk.engine) as db:
                return self._take_on(db, sessions.acting_alone(db, session, now=now), code, now=now)
        except (AnswerRefused, EmailTaken) as refusal:
            wanted = {"email": refusal.email} if isinstance(refusal, EmailTaken) else {}
            told = audit.Told(_CONFIRMING, audit.DENIED, {"why": type(refusal).__name__, **wanted})
            audit.record_alone(self.desk.engine, self.desk.keys, told, at=now, origin=who.origin, actor=who.person)
            raise

    def _take_on(self, db: Transaction, who: sessions.Acting, code: str, *, now: datetime) -> str:
        person, old = who.person, who.person.email
        person.email = _use_up(db, self.desk.keys, person, code, now=now)
        derive(person)
        write_address(db, person.email)
        throttle.give_back(db, throttle.EMAIL_CODE, str(person.id))
        password_codes.void(db, person.id)
        void_pending(db, person.id)
        support_calls.shut(db, person, now=now)
        if self.post.by_mail:
            outbox.ask_at(db, old, outbox.OLD_EMAIL, origin=who.origin, now=now)
        told = audit.Told(_CONFIRMING, details={"old": old, "new": person.email})
        audit.record(db, self.desk.keys, told, at=now, origin=who.origin, actor=person)
        return person.email


def is_recent(db: Transaction, person: Person, *, now: datetime) -> bool:
    """Whether the person has had his address for so short a time that the support desk sends nothing there."""
    changed = exists().where(
        col(AuditEvent.target_id) == person.id,
        col(AuditEvent.outcome) == audit.DONE,
        col(AuditEvent.at) > now - RECENT,
        col(AuditEvent.act) == _CONFIRMING,
    )
    return bool(db.connection().execute(select_columns(changed)).scalar_one())


def void(db: Transaction, person_id: UUID) -> None:
    """Forget the address that waits for a person's code, which is worthless then."""
    db.connection().execute(delete(EmailChange).where(col(EmailChange.person_id) == person_id))
    outbox.withdraw(db, person_id, outbox.NEW_EMAIL)


def renew(db: Transaction, keys: KeyRing, person: Person, *, now: datetime) -> IssuedCode | None:
    """A new code for the address that waits for one of this person, who is held; None where none waits.

    It is good for as long as the first one was.
    """
    change = db.get(EmailChange, person.id, populate_existing=True)
    if change is None or change.expires_at <= now:
        return None
    code = new_code()
    change.code_hash = keys.keyed_hash(_PURPOSE, bound(person.id, code))
    return IssuedCode(code, change.email, change.expires_at)


def _is_of_somebody_else(act: Act, person: Person, address: str) -> bool:
    query = select(Person.id).where(
        Person.email_norm == email_norm(address), Person.contract_id == act.contract_id, Person.id != person.id
    )
    return act.db.exec(query).one_or_none() is not None


def _issue(act: Act, person: Person, address: str) -> IssuedCode:
    """A new code for a person, who is held; an earlier one is void."""
    code, expires_at = new_code(), act.now + LASTS
    change = EmailChange(
        person_id=person.id,
        email=address,
        code_hash=act.keys.keyed_hash(_PURPOSE, bound(person.id, code)),
        asked_by=f"{act.who.person.given_name} {act.who.person.family_name}",
        expires_at=expires_at,
    )
    act.db.merge(change)
    return IssuedCode(code, address, expires_at)


def _use_up(db: Transaction, keys: KeyRing, person: Person, code: str, *, now: datetime) -> str:
    """Use up the code of a change; the DELETE decides which of two consoles does it. The new address."""
    used = db.connection().execute(
        delete(EmailChange)
        .where(
            col(EmailChange.person_id) == person.id,
            col(EmailChange.code_hash).in_(keys.keyed_hashes(_PURPOSE, bound(person.id, code))),
            col(EmailChange.expires_at) > now,
        )
        .returning(col(EmailChange.email))
    )
    address = used.scalar_one_or_none()
    if address is None:
        raise WrongEmailCode
    return address
