"""Resets of 2-factor by the support desk, after they were asked for: a colleague approves, anybody concerned stops.

What was approved can be used at a sign-in after its cool-off, for a week (`core.due_resets`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select

from core import audit, known_origins, pending_resets, sessions, support_calls, throttle
from core.administration import Act, Desk
from core.emails import email_norm, masked_email
from core.errors import AnswerRefused, ColleagueNeeded, ResetOver, WrongStopCode
from core.in_charge import others_in_charge
from core.known_person import addressee
from core.login_steps import Session
from core.mail import outbox
from core.origin import Origin
from core.support_pin import void_pin
from core.tickets import ask_whether_resettable
from core.wording import moment
from data.engine import transaction
from data.support_tables import FactorReset, SupportCall
from data.tables import Contract, Person

_STOPPING = "stop a reset of 2-factor"
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class WaitingReset:
    """What a colleague is asked to approve; times are UTC."""

    id: UUID
    masked_email: str
    contract: str
    asked_by: str
    reason: str
    asked_at: datetime
    until: datetime
    """When the call in which it was asked for is over, and it with that, unless it is approved."""

    due_at: datetime | None
    """From when on it can be used, where a colleague has approved it: until then every agent can still decline it."""

    is_own: bool
    """Whether whoever looks has asked for it himself: then it is a colleague who approves."""


@dataclass(frozen=True)
class FactorResetService:
    """Approves and stops."""

    desk: Desk
    cool_off: timedelta
    by_mail: bool

    def waiting(self, session: Session) -> tuple[WaitingReset, ...]:
        """What waits for a colleague's approval, or is approved and can still be declined, the oldest first.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
        """
        with self.desk.asking(session, "factor_resets.waiting") as act:
            rows = act.db.exec(
                select(FactorReset, SupportCall, Person, Contract)
                .join(SupportCall, col(SupportCall.id) == col(FactorReset.call_id))
                .join(Person, col(Person.id) == col(FactorReset.person_id))
                .join(Contract, col(Contract.id) == col(SupportCall.contract_id))
                .where(
                    or_(
                        col(FactorReset.due_at) > act.now - pending_resets.USED_WITHIN,
                        and_(col(FactorReset.due_at).is_(None), support_calls.is_open(act.now)),
                    )
                )
                .order_by(col(FactorReset.asked_at), col(FactorReset.id))
            )
            return tuple(
                WaitingReset(
                    id=reset.id,
                    masked_email=masked_email(person.email),
                    contract=f"{contract.number} {contract.name}",
                    asked_by=reset.asked_by,
                    reason=reset.reason,
                    asked_at=reset.asked_at,
                    until=call.expires_at,
                    due_at=reset.due_at,
                    is_own=call.agent_id == act.who.person.id,
                )
                for reset, call, person, contract in rows
            )

    def approve(self, session: Session, reset_id: UUID) -> datetime:
        """Let a reset happen that a colleague asked for in a call that goes on; when it is due.

        The person is told at once where mail is configured, at all his consoles, and when he signs in.

        Raises:
            SessionOver, ProofNeeded, NotAllowed: see `Desk`.
            ResetOver: it does not wait (any more): approved or declined already, its call is over.
            ColleagueNeeded: whoever asked for it wants to approve it himself.
            EmailRecent, SecondFactorNotActive, HelperPresent: see `TicketService.ask_factor_reset`.
        """
        with self.desk.acting(session, "factor_resets.approve") as act:
            call, person = _asked(act, reset_id)
            if call.agent_id == act.who.person.id:
                raise ColleagueNeeded().of(person_id=call.person_id)
            _ask_whether_it_waits(act, reset_id)
            act.use_proof()
            ask_whether_resettable(act, person)
            reset = act.db.get_one(FactorReset, person.id)
            if person.last_code_at is not None and person.last_code_at > reset.asked_at:
                raise ResetOver  # his app is there: he has used it since
            reset.approved_by, reset.approved_by_id = act.name, act.who.person.id
            reset.due_at = act.now + self.cool_off
            person.factor_reset_at = reset.due_at
            act.db.flush()
            if self.by_mail:
                outbox.ask(act.db, person, outbox.FACTOR_RESET, origin=act.who.origin, now=act.now)
            act.tell("approve a reset of 2-factor", target=person, asked_by=call.agent, due=moment(reset.due_at))
            for other in others_in_charge(act.db, person):
                act.tell("be told of a reset of 2-factor at the support desk", target=other, about=person.email)
            return reset.due_at

    def decline(self, session: Session, reset_id: UUID) -> None:
        """Let a reset not happen, approved or not; every agent may, also who asked for it or approved it.

        Raises:
            SessionOver, NotAllowed: see `Desk`.
            ResetOver: it is not there any more.
        """
        with self.desk.acting(session, "factor_resets.decline") as act:
            call, person = _asked(act, reset_id)
            if not pending_resets.drop(act.db, person):
                raise ResetOver
            act.tell("decline a reset of 2-factor", target=person, asked_by=call.agent)

    def stop(self, session: Session) -> None:
        """Let the reset of one's own second factor not happen. The PIN, which somebody knew, is void with it.

        Raises:
            SessionOver: sign in again.
            ResetOver: none waits (any more).
        """
        now = self.desk.now()
        with transaction(self.desk.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            if not pending_resets.drop(db, who.person):
                raise ResetOver
            told = audit.Told(_STOPPING, details={"support PIN removed": void_pin(db, who.person.id)})
            audit.record(db, self.desk.keys, told, at=now, origin=who.origin, actor=who.person)

    def stop_for(self, session: Session, person_id: UUID) -> None:
        """Let the reset of a person's second factor not happen, as his owner or administrator; his PIN is void.

        Raises:
            SessionOver, NotThere, NotAllowed: see `Desk`.
            ResetOver: none waits (any more).
        """
        with self.desk.acting(session, "factor_resets.stop_for") as act:
            person = act.person(person_id)
            if not pending_resets.drop(act.db, person):
                raise ResetOver
            act.tell(_STOPPING, target=person, support_PIN_removed=void_pin(act.db, person.id))

    def stop_with_code(self, email: str, code: str, *, origin: Origin) -> None:
        """Stop a reset with the code of the mail that tells of it, at the login. The PIN is void with it.

        Raises:
            OnHold: too many codes were tried from here for this address.
            WrongStopCode: unknown address, wrong or used code, nothing to stop: one answer for all.
        """
        now, norm = self.desk.now(), email_norm(email)
        subject = self.desk.keys.keyed_hash("throttle", norm.encode())
        lane = known_origins.place_of(self.desk.keys, origin)
        try:
            with transaction(self.desk.engine) as db:
                throttle.charge(db, throttle.STOP_CODE, subject, lane=lane, now=now)
            with transaction(self.desk.engine) as db:
                person = addressee(db, norm)
                person_id = person.id if person else _NOBODY
                # Him first, and then his reset, as whoever signs in holds them.
                db.exec(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one_or_none()
                if not pending_resets.is_stopped(db, self.desk.keys, person_id, code):
                    raise WrongStopCode
                throttle.give_back(db, throttle.STOP_CODE, subject, lane=lane)
                facts = {"with": "the code of the mail", "support PIN removed": void_pin(db, person_id)}
                told = audit.Told(_STOPPING, details=facts)
                audit.record(db, self.desk.keys, told, at=now, origin=origin, target=person)
        except AnswerRefused:
            told = audit.Told(_STOPPING, audit.DENIED, {"with": throttle.STOP_CODE.secret})
            with transaction(self.desk.engine) as db:
                throttle.forget_stale(db, now=now)
                audit.record(db, self.desk.keys, told, at=now, origin=origin, target=addressee(db, norm))
            raise


def _asked(act: Act, reset_id: UUID) -> tuple[SupportCall, Person]:
    """The call and the person of a reset. What is decided about it is decided once."""
    call_id = select(FactorReset.call_id).where(FactorReset.id == reset_id).scalar_subquery()
    found = support_calls.held(act, col(SupportCall.id) == call_id)
    if found is None:
        raise ResetOver
    return found


def _ask_whether_it_waits(act: Act, reset_id: UUID) -> None:
    """Pass if a reset waits for its approval, in a call that goes on.

    Raises:
        ResetOver: it does not.
    """
    still = select(FactorReset.id).join(SupportCall, col(SupportCall.id) == col(FactorReset.call_id))
    waits = (FactorReset.id == reset_id, col(FactorReset.due_at).is_(None), support_calls.is_open(act.now))
    if act.db.exec(still.where(*waits)).one_or_none() is None:
        raise ResetOver
