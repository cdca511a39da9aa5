"""What an agent may do for a caller who has proved who he is: inside the call's ticket, each act once, nothing else."""

from dataclasses import dataclass
from uuid import UUID

from core import email_change, password_codes, pending_resets, sessions, support_calls, throttle
from core.administration import Act, Desk
from core.code_post import CodePost
from core.errors import (
    EmailRecent,
    HelperPresent,
    MailNotConfigured,
    PasswordMissing,
    ResetWaiting,
    SecondFactorNotActive,
)
from core.login_steps import Session
from core.names import taken_name
from core.password_codes import RESET
from core.person_details import throttled_as
from data.support_tables import FactorReset
from data.tables import Person

BY_DESK = "ended by the support desk"


@dataclass(frozen=True)
class TicketService:
    """The acts of a ticket. None takes an account: it is the call's.

    Raises, each of them:
        SessionOver, NotAllowed: see `Desk`.
        NotThere, CallOver, TicketMissing, TicketUsed, PersonInactive: see `support_calls.ticket`.
    """

    desk: Desk
    post: CodePost

    def unlock(self, session: Session, call_id: UUID) -> None:
        """Forget the failures that make the caller wait at the login; tries at his PIN stay counted."""
        with self.desk.acting(session, "tickets.unlock") as act:
            _, person = support_calls.ticket(act, call_id)
            subjects = throttled_as(act.keys, person)
            locks = throttle.locks(act.db, subjects, now=act.now)
            throttle.clear(act.db, subjects, but=[throttle.SUPPORT_PIN])
            person.locked_until = None
            secrets = dict.fromkeys(lock.secret for lock in locks if lock.secret != throttle.SUPPORT_PIN.secret)
            act.tell("unlock a caller", target=person, locks=list(secrets))

    def send_reset_code(self, session: Session, call_id: UUID) -> None:
        """Have a code to set another password mailed to the address of the account; no agent ever sees one.

        Raises:
            MailNotConfigured: it could not get to him alone.
            EmailRecent: his address is new.
            PasswordMissing: he was invited and has a first password to set.
            TooManyMails: he got many.
        """
        with self.desk.acting(session, "tickets.send_reset_code") as act:
            _, person = support_calls.ticket(act, call_id)
            if not self.post.by_mail:
                raise MailNotConfigured
            if person.password_hash is None:
                raise PasswordMissing
            if email_change.is_recent(act.db, person, now=act.now):
                raise EmailRecent
            issued = password_codes.issue(act.db, act.keys, person, RESET, now=act.now)
            issued = self.post.hand_over(act, person, RESET, issued)
            act.tell("send a caller a reset code", target=person, **issued.how)

    def end_sessions(self, session: Session, call_id: UUID) -> int:
        """End the caller's sessions; how many there were."""
        with self.desk.acting(session, "tickets.end_sessions") as act:
            _, person = support_calls.ticket(act, call_id)
            ended = sessions.end_all(act.db, person, why=BY_DESK, now=act.now)
            act.tell("end a caller's sessions", target=person, sessions_ended=ended)
            return ended

    def ask_factor_reset(self, session: Session, call_id: UUID, *, reason: str) -> None:
        """Ask a colleague to approve that the caller's second factor is removed, after the cool-off.

        Raises:
            ProofNeeded: see `sessions`.
            FieldEmpty, FieldRefused: the reason is wanted; colleague, audit and person read it.
            SecondFactorNotActive: there is nothing to remove.
            HelperPresent: the contract has another owner or administrator, who does it.
            EmailRecent: his address is new; what tells him of the reset would go there.
            ResetWaiting: it was asked for already.
        """
        told_reason = taken_name(reason, field="Reason")
        with self.desk.acting(session, "tickets.ask_factor_reset") as act:
            call, person = support_calls.ticket(act, call_id)
            act.use_proof()
            ask_whether_resettable(act, person)
            pending_resets.drop_unused(act.db, person.id, now=act.now)
            pending_resets.drop_of_finished_call(act.db, person.id, now=act.now)
            if act.db.get(FactorReset, person.id) is not None:
                raise ResetWaiting
            row = FactorReset(
                person_id=person.id, call_id=call.id, reason=told_reason, asked_at=act.now, asked_by=act.name
            )
            act.db.add(row)
            act.tell("ask for a reset of 2-factor", target=person, reason=told_reason)


def ask_whether_resettable(act: Act, person: Person) -> None:
    """Pass if the desk may remove this person's second factor.

    Raises:
        EmailRecent, SecondFactorNotActive, HelperPresent: see `TicketService.ask_factor_reset`.
    """
    if email_change.is_recent(act.db, person, now=act.now):
        raise EmailRecent
    if not person.sec_auth_active:
        raise SecondFactorNotActive
    if pending_resets.has_helper(act.db, person):
        raise HelperPresent
