"""Inviting people, and the codes with which they set their own passwords: nobody ever chooses one for another.

Source text, "Changing your password": "You define the password for your IONOS account yourself"; "In case you have
lost or forgotten your password, click on the forgot password? button".
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import audit, known_origins, password_codes, sessions, throttle
from core.access import decide_forced
from core.account import check_new_password, policy_of, set_password, words_of
from core.administration import Act, Desk
from core.code_post import CodePost
from core.emails import email_norm, taken_email
from core.errors import (
    AnswerRefused,
    FieldRefused,
    PasswordMissing,
    PasswordPresent,
    PasswordsDiffer,
    PersonInactive,
    WrongPasswordCode,
)
from core.known_person import addressee
from core.login_steps import Session
from core.names import taken_name
from core.new_person import new_person, write_address
from core.origin import Origin
from core.ownership import void_offers
from core.password_codes import ACTIVATION, RESET, IssuedCode
from core.password_policy import normalised
from core.passwords import Passwords
from core.support_pin import void_pin
from data.engine import transaction
from data.group_tables import Membership
from data.tables import ADMINISTRATOR, USER, Contract, Person


@dataclass(frozen=True)
class Invitation:
    """Somebody who is wanted in the contract."""

    email: str
    given_name: str
    family_name: str
    role: str = USER
    force: bool = False
    """Whether 2-factor is forced for him from the start."""

    groups: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class InvitationService:
    """Lets people in, and lets them set their own passwords."""

    desk: Desk
    passwords: Passwords
    post: CodePost

    def invite(self, session: Session, wanted: Invitation) -> IssuedCode:
        """Take somebody in; he sets his first password with the activation code, within 72 hours.

        Where codes are mailed, it is he alone who gets it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            FieldEmpty, FieldRefused: name, address or role is not taken.
            EmailTaken: somebody has the address, in this contract or another.
        """
        with self.desk.acting(session, "invitations.invite") as act:
            act.ask_for_proof()
            person = _row_of(act, wanted)
            names = _join(act, person, wanted.groups)
            issued = password_codes.issue(act.db, act.keys, person, ACTIVATION, now=act.now)
            issued = self.post.hand_over(act, person, ACTIVATION, issued)
            decide_forced(act.db, col(Person.id) == person.id)
            told: dict[str, Any] = {"role": person.role, "forced": wanted.force, "groups": names}
            act.tell("invite a person", target=person, **told, **issued.how)
            return issued

    def invite_again(self, session: Session, person_id: UUID) -> IssuedCode:
        """A new activation code for somebody who has no password yet; the old one is void.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            PasswordPresent: he has set his password; a reset code would be the way.
            PersonInactive: he could not use it.
            TooManyMails: where codes are mailed, the person got many.
        """
        with self.desk.acting(session, "invitations.invite_again") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            if person.password_hash is not None:
                raise PasswordPresent
            return self._issue(act, person, ACTIVATION)

    def issue_reset_code(self, session: Session, person_id: UUID) -> IssuedCode:
        """A code, good for 30 minutes, for somebody who has forgotten his password; an earlier one is void.

        The old password works until the code is used. A reset never lowers 2-factor: authenticator, recovery codes
        and force flag stay, and the next login asks for a code as before.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            PasswordMissing: he has not set a first password; an invitation would be the way.
            PersonInactive, TooManyMails: see `invite_again`.
        """
        with self.desk.acting(session, "invitations.issue_reset_code") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            if person.password_hash is None:
                raise PasswordMissing
            return self._issue(act, person, RESET)

    def set_password(self, email: str, code: str, *, new: str, repeated: str, origin: Origin) -> None:
        """Set one's own password with an activation code or a reset code, without a session. It never signs in.

        Every session of the person ends, his support PIN is void, and so is the code. What the password must be is
        told only once the code has proved right: it depends on the person. A wrong code costs no hashing, whoever's
        it is.

        Raises:
            PasswordsDiffer: nothing was looked at.
            OnHold: too many wrong codes from here for this address, whether it is anybody's or not.
            WrongPasswordCode: unknown address, deactivated, wrong, used or expired code: one answer for all.
            PasswordUnmet: the new one is not taken; the code stays good.
        """
        if normalised(new) != normalised(repeated):
            raise PasswordsDiffer
        now, norm = self.desk.now(), email_norm(email)
        with self._telling_refusals(norm, origin=origin, now=now):
            person, contract = self._whose(norm, code, origin=origin, now=now)
            check_new_password(policy_of(contract), new, repeated=repeated, personal=words_of(person, contract))
            new_hash = self.passwords.hash(new)
            with transaction(self.desk.engine) as db:
                self._redeem(db, norm, code, new_hash, origin=origin, now=now)

    def _whose(self, norm: str, code: str, *, origin: Origin, now: datetime) -> tuple[Person, Contract | None]:
        """Count a try at a code, and find the person to whom it was issued; it is used up with the password alone."""
        subject, lane = self._subject(norm), known_origins.place_of(self.desk.keys, origin)
        with transaction(self.desk.engine) as db:
            throttle.charge(db, throttle.PASSWORD_CODE, subject, lane=lane, now=now)
        with transaction(self.desk.engine) as db:
            known = addressee(db, norm)
            is_right = password_codes.is_right(db, self.desk.keys, known, code, now=now)
            if known is None or not is_right:
                raise WrongPasswordCode
            throttle.give_back(db, throttle.PASSWORD_CODE, subject, lane=lane)
            person = db.get_one(Person, known.id)
            return person, db.get(Contract, person.contract_id) if person.contract_id else None

    def _redeem(self, db: Transaction, norm: str, code: str, new_hash: str, *, origin: Origin, now: datetime) -> None:
        """Everything that the code does, for a person who is held and may have been deactivated in the meantime.

        Earlier failures, from wherever, were guesses at the password that is gone: he need not wait for them with the
        new one.
        """
        of_norm = select(Person).where(col(Person.email_norm) == norm, col(Person.active))
        person = db.scalars(of_norm.with_for_update(key_share=True)).one_or_none()
        if person is None:
            raise WrongPasswordCode
        kind = password_codes.use_up(db, self.desk.keys, person, code, now=now)
        set_password(db, person, new_hash, now=now)
        void_offers(db, person.id)
        throttle.give_back_everywhere(db, throttle.PASSWORD, self._subject(norm))
        subjects = throttle.subjects_of(self.desk.keys, person.id, norm)
        person.locked_until = throttle.login_held_until(db, subjects, now=now)
        ended = sessions.end_all(db, person, why="password set with a code", now=now)
        had_pin = void_pin(db, person.id)
        details = {"with": f"{kind} code", "sessions ended": ended, "support PIN removed": had_pin}
        told = audit.Told("set password with a code", details=details)
        audit.record(db, self.desk.keys, told, at=now, origin=origin, target=person)

    @contextmanager
    def _telling_refusals(self, norm: str, *, origin: Origin, now: datetime) -> Iterator[None]:
        try:
            yield
        except AnswerRefused:
            told = audit.Told("set password with a code", audit.DENIED, {"with": throttle.PASSWORD_CODE.secret})
            with transaction(self.desk.engine) as db:
                throttle.forget_stale(db, now=now)
                audit.record(db, self.desk.keys, told, at=now, origin=origin, target=addressee(db, norm))
            raise

    def _issue(self, act: Act, person: Person, kind: str) -> IssuedCode:
        if not person.active:
            raise PersonInactive
        issued = password_codes.issue(act.db, act.keys, person, kind, now=act.now)
        issued = self.post.hand_over(act, person, kind, issued)
        act.tell(f"issue {kind} code", target=person, **issued.how)
        return issued

    def _subject(self, norm: str) -> str:
        return self.desk.keys.keyed_hash("throttle", norm.encode())


def _row_of(act: Act, wanted: Invitation) -> Person:
    """The row of somebody new, written."""
    if wanted.role not in {USER, ADMINISTRATOR}:
        raise FieldRefused("Role", "be user or administrator")
    person = new_person(
        act.contract_id,
        email=taken_email(wanted.email),
        given_name=taken_name(wanted.given_name, field="Given name"),
        family_name=taken_name(wanted.family_name, field="Family name"),
        role=wanted.role,
        now=act.now,
    )
    if wanted.force:
        person.force_sec_auth = True
        person.forced_by = f"{act.who.person.given_name} {act.who.person.family_name}"
    act.db.add(person)
    write_address(act.db, person.email)
    return person


def _join(act: Act, person: Person, group_ids: Collection[UUID]) -> list[str]:
    """Make him a member of groups; their names."""
    groups = [act.group(group_id) for group_id in sorted(set(group_ids))]
    act.db.add_all(Membership(group_id=group.id, person_id=person.id) for group in groups)
    return [group.name for group in groups]
