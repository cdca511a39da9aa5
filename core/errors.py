"""Every refusal of the core. Each carries facts; `wording.py` alone turns them into sentences.

This module is imported before the first paint: it brings nothing but the standard library.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from data.faults import Fault, facts

__all__ = ["Fault"]


class Refusal(Exception):  # noqa: N818 - refusals are named for the fact
    """The rules say no. Nothing was changed, except what the rules say of a failed attempt."""


class AnswerRefused(Refusal):
    """Something that only the person should know or have was asked for, and this was not it. Goes into the audit."""


@facts
class SettingRefused(Refusal):
    """A setting in the file or the environment cannot be used."""

    name: str
    why: str


class MailNotConfigured(Refusal):
    """The settings name no mail server."""


class CodesMailed(Refusal):
    """Codes were wanted by somebody, and their people alone get them, by mail."""


@facts
class MailRefused(Refusal):
    """A mail was not taken; `why` is a clause without a secret and without a word of the server's.

    `is_final`: not this receiver, and not later either.
    """

    why: str
    is_final: bool = False


@facts
class TooManyMails(Refusal):
    """So many mails were asked for that the next one is to wait until `until`."""

    until: datetime
    now: datetime


class WrongCredentials(Refusal):
    """Unknown e-mail, wrong password, a wait that is running, a deactivated person: one answer for all."""


class LoginExpired(Refusal):
    """The password was right, but too long ago, or the account has changed since."""


@facts
class ServerClockBehind(Refusal):
    """This server's clock says `now`, and something happened here at `latest`. Nothing was counted or compared."""

    latest: datetime
    now: datetime


class ClockNotBehind(Refusal):
    """This server's clock is at or after everything that was seen."""


@facts
class ClockUnconfirmed(Refusal):
    """Another clock says something else than this server's, which says `now`."""

    now: datetime


@facts
class WrongCode(AnswerRefused):
    """Not the code of this moment, which is `now` by this server's clock."""

    now: datetime


class CodeMalformed(Refusal):
    """A security code is six digits."""


class CodeAlreadyUsed(AnswerRefused):
    """A code's time step is accepted once per person, ever."""


@facts
class ClockDrift(AnswerRefused):
    """The code would be right at another time: the device's clock is `seconds` ahead (or, negative, behind).

    `step` is that time's, `now` is what this server's clock says.
    """

    seconds: int
    step: int
    now: datetime


@facts
class OnHold(AnswerRefused):
    """Too many wrong answers; nothing is compared until `until`."""

    until: datetime
    now: datetime
    refused: int = 1
    """How many answers were refused in this wait, this one included."""


class WrongRecoveryCode(AnswerRefused):
    """Unknown, used, or not of this person."""


@facts
class PasswordUnmet(Refusal):
    """The new password leaves rules of the policy unmet; `rules` names them in words."""

    rules: tuple[str, ...]


class PasswordsDiffer(Refusal):
    """New password and its repetition are not the same."""


class PasswordUnchanged(Refusal):
    """The new password is the old one."""


class WrongOldPassword(AnswerRefused):
    """The password that should prove the person is wrong."""


class WrongPasswordCode(AnswerRefused):
    """Unknown address, deactivated person, wrong, used or expired activation or reset code: one answer for all."""


class PasswordPresent(Refusal):
    """An activation code is for somebody who has no password yet."""


class PasswordMissing(Refusal):
    """A reset code is for somebody who has a password."""


class WrongEmailCode(AnswerRefused):
    """Not the code that was sent to the new address, or it was used, replaced or has expired."""


class EmailUnchanged(Refusal):
    """The person has this address already."""


class CannotOwn(Refusal):
    """Only somebody who is active and has set his password can be offered the contract."""


class OfferOver(Refusal):
    """The contract is not offered, or not any more."""


class PersonInactive(Refusal):
    """A code for somebody who is deactivated would open nothing."""


@facts
class ProofNeeded(Refusal):
    """`act` wants a password (and a code, where `with_code`) that was given for it in the last ten minutes."""

    with_code: bool
    act: str


@facts
class SessionOver(Refusal):
    """The session was ended or ran out; `why` is why it was ended, as its row says it, where that is known."""

    why: str = ""


@facts
class SessionLocked(Refusal):
    """The session was idle for too long or was locked, `since` then; its person can unlock it."""

    since: datetime


class CodeMissing(Refusal):
    """2-factor is active, and the password came without a code."""


@facts
class TooManySessions(Refusal):
    """Who wanted to sign in is who he says, but `most` consoles are in use on this host."""

    most: int


@facts
class SecondFactorForced(Refusal):
    """The contract owner or an administrator activated 2-factor for this person: he cannot deactivate it."""

    by: str | None


@facts
class SecondFactorActive(Refusal):
    """There is a confirmed authenticator already; `since` says since when to a person who had none at his sign-in."""

    since: datetime | None = None


class SecondFactorNotActive(Refusal):
    """There is no confirmed authenticator."""


class EnrolmentOver(Refusal):
    """The pending secret is older than ten minutes, or another assistant was opened for the same person."""


@facts
class FieldEmpty(Refusal):
    """A field that must be filled is not."""

    field: str


@facts
class FieldRefused(Refusal):
    """What was typed in `field` cannot be taken; `why` completes the sentence “… must …”."""

    field: str
    why: str


@facts
class NameTaken(Refusal):
    """Another one of the contract has what was typed in `field`; whoever is told may know of that one."""

    field: str


@facts
class FileUnusable(Refusal):
    """A file cannot be read or written; `why` completes the sentence “The file …”."""

    name: str
    why: str


class EnrolmentOwed(Refusal):
    """2-factor is forced, and the setup assistant must be completed in the console first."""


@facts
class ColumnUnknown(Refusal):
    """A file has a column that is none of those that are taken, or one of them twice."""

    column: str


@facts
class ColumnMissing(Refusal):
    """A file lacks a column that is needed."""

    column: str


@facts
class TooManyLines(Refusal):
    """A file has more than `most` lines."""

    most: int


@facts
class RepeatedInFile(Refusal):
    """The address stands in the file already, in line `first`."""

    first: int


@facts
class GroupUnknown(Refusal):
    """A file names a group that is not there."""

    group: str


class Denied(Refusal):
    """Somebody wanted what he may not. Goes into the audit."""

    resource_id: UUID | None = None
    person_id: UUID | None = None
    email: str = ""
    """The resource, there or not, the person of the contract, the address that it was about: for the audit alone, where
    nobody who may not see the resource sees the denial. They are in no sentence."""

    def of(self, resource_id: UUID | None = None, *, person_id: UUID | None = None, email: str = "") -> Self:
        """The same, about something."""
        self.resource_id, self.person_id, self.email = resource_id, person_id, email
        return self


@facts
class NotAllowed(Denied):
    """The role does not allow `act`.

    `on_owner`: on the owner nobody may but himself. `on_self`: on others it may be allowed, on oneself it is not.
    """

    act: str
    on_owner: bool = False
    on_self: bool = False


@facts
class NotThere(Denied):
    """There is no such `what` (person, group, resource), or none that this session may know of."""

    what: str


class EmailTaken(Denied):
    """Somebody has this address, in this contract or another: which, is not told. Who asks leaves a trace."""


class PinMalformed(Refusal):
    """A support PIN is 6 to 20 digits."""


class PinTrivial(Refusal):
    """A support PIN is not one digit repeated, nor a run, nor a pattern repeated."""


class PinsDiffer(Refusal):
    """PIN and its repetition are not the same."""


@facts
class CallerUnproven(AnswerRefused):
    """Neither the person's support PIN nor his call code. `left` more tries are compared within the hour."""

    left: int


@facts
class CallUnderWay(Refusal):
    """The agent has a call open on another of his consoles."""

    expires_at: datetime


@facts
class CallOver(Refusal):
    """The call was ended or ran out; `why` as its row says it, where somebody ended it."""

    why: str = ""


class CallerProven(Refusal):
    """The caller has proved who he is already; his ticket is running."""


@facts
class TicketMissing(Denied):
    """An agent wants to `act` on an account whose person has not proved in this call who he is."""

    act: str


@facts
class TicketUsed(Denied):
    """An agent wants to `act` a second time in one call."""

    act: str


class HelperPresent(Refusal):
    """The contract has somebody else who can reset this second factor, and so the support desk does not."""


class ResetWaiting(Refusal):
    """The removal of this person's second factor is asked for already."""


class EmailRecent(Refusal):
    """The account has had its e-mail for less than three days: what is sent there is not sent to whom one knew."""


class ResetOver(Refusal):
    """The removal of a second factor that was asked for is not waiting, or not any more."""


class ColleagueNeeded(Denied):
    """Nobody approves what he asked for himself."""


class WrongStopCode(AnswerRefused):
    """Unknown address, nothing to stop, wrong or used code: one answer for all."""


class AlreadyRegistered(Refusal):
    """This database has its first contract."""


class RegistrationClosed(Refusal):
    """On this host a contract is registered by the command or with the bootstrap code alone."""


class WrongBootstrapCode(AnswerRefused):
    """Unknown, used or expired."""


@facts
class AuditBroken(Refusal):
    """The chain does not hold: `number` is the first event that is not what was written.

    `contract` is the number of the contract whose chain it is, where there is one.
    """

    chain: str
    number: int
    why: str
    contract: str = ""
