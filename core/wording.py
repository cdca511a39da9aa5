"""Every sentence for a refusal or a fault: what is wrong, and what to do about it.

The sentences are for the person at the screen and for the command alike. None repeats what was typed.
"""

from datetime import UTC, datetime, timedelta
from math import ceil

from core import errors
from data import faults

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WHY_OVER = {
    "too old": "Your session was 12 hours old and is over.",
    "too many sessions": "This session, the longest unused of your ten, was ended by another sign-in of yours.",
    "ended from another console": "You ended this session from another console.",
    "ended by an administrator": "Your session was ended by the contract owner or an administrator.",
    "deactivated": "Your session is over: your account was deactivated.",
    "2-factor reset": "Your session was ended: your 2-factor authentication was reset.",
    "2-factor activated": "Your session was ended: you activated 2-factor authentication on another console.",
    "2-factor deactivated": "Your session was ended: you deactivated 2-factor authentication on another console.",
    "password changed": "Your session was ended: your password was changed on another console.",
    "password set with a code": "Your session was ended: your password was set anew with a code.",
    "took the contract over": "Your session was ended: you took the contract over on another console.",
    "host ended": "Your session is over: the console host that it ran in has stopped.",
    "ended by the support desk": "Your session was ended by the support desk, as you asked for on the telephone.",
}
"""By the reasons that rows of sessions carry."""


_WHY_CALL_OVER = {
    "ended by the caller": "The caller has ended this call on his console.",
    "ran out": "The time of this call is over.",
    "ended by the agent": "You have ended this call.",
    "account changed": "This call is over: the account has changed meanwhile.",
    "agent gone": "This call ended with the session in which it was opened.",
}
"""By the reasons that rows of calls carry."""


def sentence(trouble: errors.Refusal | errors.Fault) -> str:
    """One clear sentence, or two where the second says what to do."""
    return _of_refusal(trouble) if isinstance(trouble, errors.Refusal) else _of_fault(trouble)


def duration(span: timedelta) -> str:
    """A length of time as a person says it: “2 min 30 s”, rounded up to the second."""
    seconds = ceil(span.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "h"), (minutes, "min"), (rest if hours == 0 else 0, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def moment(when: datetime) -> str:
    """A moment as a person says it: “2 Mar at 09:14 UTC”."""
    utc = when.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} at {utc:%H:%M} UTC"


def _by_the_clock(when: datetime, year: str = "") -> str:
    """A moment to hold against another clock: “24 Nov 14:52:07 UTC”."""
    utc = when.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc:{year}%H:%M:%S} UTC"


def _tries(left: int) -> str:
    if left == 0:
        return "That was the last try for an hour."
    return f"{left} {'try' if left == 1 else 'tries'} left within the hour."


def _of_refusal(refusal: errors.Refusal) -> str:  # noqa: PLR0911, PLR0912, PLR0915 - one sentence a line
    match refusal:
        case errors.SettingRefused(name, why):
            return f"The setting {name} {why}."
        case errors.MailNotConfigured():
            return "No mail is sent from here: the settings name no mail server."
        case errors.CodesMailed():
            return "Codes are mailed from here, and their people alone see them. Leave --codes out."
        case errors.MailRefused(why, _):
            return f"The mail was not sent: {why}."
        case errors.TooManyMails(until, now):
            return f"Too many mails were asked for. Try again in {duration(until - now)}."
        case errors.WrongCredentials():
            return "Wrong e-mail or password. After 5 failures each try has to wait, up to 30 minutes."
        case errors.LoginExpired():
            return "This sign-in took too long or the account has changed. Sign in again."
        case errors.CodeMalformed():
            return "The security code has six digits."
        case errors.CodeAlreadyUsed():
            return "That code was used already. Wait for the next one in your app, then enter it."
        case errors.ServerClockBehind(latest, now):
            return (
                f"This server's clock went back {duration(latest - now)}: it says {_by_the_clock(now, '%Y ')}. "
                "Nobody gets in until it is right. On the host: bartizan clock"
            )
        case errors.ClockNotBehind():
            return "This server's clock is behind nothing that was seen here. There is nothing to accept."
        case errors.ClockUnconfirmed(now):
            return f"This server's clock says {_by_the_clock(now, '%Y ')}. Where that is wrong, set it right first."
        case errors.ClockDrift(seconds, _, now):
            where = "behind" if seconds < 0 else "ahead of"
            drift = duration(timedelta(seconds=abs(seconds)))
            return (
                f"That code does not match. Your device's clock is {drift} {where} this server's, "
                f"{_by_the_clock(now)}. Switch on automatic time, then enter a new code."
            )
        case errors.WrongCode(now):
            return (
                "That code does not match. Enter the code that your app shows now. "
                f"This server's clock says {_by_the_clock(now)}."
            )
        case errors.OnHold(until, now):
            return f"Too many wrong answers. Try again in {duration(until - now)}."
        case errors.WrongRecoveryCode():
            return "That is not one of your unused recovery codes."
        case errors.PasswordUnmet(rules):
            return f"The new password needs: {', '.join(rules)}."
        case errors.PasswordsDiffer():
            return "The two passwords are not the same. Type the new one again."
        case errors.PasswordUnchanged():
            return "The new password is the old one. Choose another."
        case errors.WrongOldPassword():
            return "That is not your password."
        case errors.WrongPasswordCode():
            return "Wrong e-mail or code, or the code was used or has expired. Ask for a new one."
        case errors.PasswordPresent():
            return "This person has set a password already. For a new one, issue a reset code."
        case errors.PasswordMissing():
            return "This person has not set a first password yet. Invite again instead."
        case errors.WrongEmailCode():
            return "That code is wrong, was used or has expired. Ask for the change of e-mail again."
        case errors.EmailUnchanged():
            return "This is the person's e-mail already."
        case errors.CannotOwn():
            return "The contract can be offered only to an active person who has set a password."
        case errors.OfferOver():
            return "The contract is not offered, or not any more."
        case errors.PersonInactive():
            return "This person is deactivated and could not use a code. Activate the person first."
        case errors.EmailTaken():
            return "This address cannot be used here. Ask the person for another."
        case errors.ProofNeeded(with_code, _):
            return "Enter your password and a security code." if with_code else "Enter your password."
        case errors.SessionOver(why):
            return f"{_WHY_OVER.get(why, 'Your session is over.')} Sign in again."
        case errors.SessionLocked():
            return "This console is locked. Unlock it with your password."
        case errors.CodeMissing():
            return "Enter a security code of your app too."
        case errors.TooManySessions(most):
            return (
                f"This host has {most} consoles in use, as many as it takes. "
                "Sign out on one that you do not need, or try again in some minutes."
            )
        case errors.SecondFactorForced(by):
            who = by or "your contract owner or administrator"
            return f"2-factor authentication was activated by {who}: you can't switch it off."
        case errors.SecondFactorActive(datetime() as since):
            return (
                f"2-factor authentication was set up elsewhere on {moment(since)}. "
                "If that was not you, call your contract owner or an administrator."
            )
        case errors.SecondFactorActive():
            return "2-factor authentication is active already."
        case errors.SecondFactorNotActive():
            return "2-factor authentication is not active."
        case errors.EnrolmentOver():
            return "The setup took longer than ten minutes or was opened elsewhere. Start it again, with a new QR code."
        case errors.FieldEmpty(field):
            return f"{field} must be filled in."
        case errors.FieldRefused(field, why):
            return f"{field} must {why}."
        case errors.NameTaken(field):
            return f"{field} must be another: there is one of that name already."
        case errors.FileUnusable(name, why):
            return f"The file {name} {why}."
        case errors.EnrolmentOwed():
            return "You must set up 2-factor authentication first. Start the console with: bartizan"
        case errors.ColumnUnknown(column):
            return f"The file has a column “{column[:40]}” that is not known here, or has it twice."
        case errors.ColumnMissing(column):
            return f"The file lacks the column “{column}” in its first line."
        case errors.TooManyLines(most):
            return f"The file has more than {most:,} lines. Split it."
        case errors.RepeatedInFile(first):
            return f"This address stands in line {first} already."
        case errors.GroupUnknown(group):
            return f"There is no group “{group[:100]}”. Create it first."
        case errors.NotAllowed(_, on_owner=True):
            return "Only the contract owner can do that to his own account."
        case errors.NotAllowed(_, on_self=True):
            return "You cannot do that to yourself here. Your own account is changed in Account Management."
        case errors.NotAllowed(act):
            return f"Your role does not allow you to {act}."
        case errors.NotThere(what):
            return f"This {what} is not there, or not any more."
        case errors.PinMalformed():
            return "The support PIN has 6 to 20 digits and nothing else."
        case errors.PinTrivial():
            return "That PIN is too easy to guess: no runs, no repeated digits or patterns."
        case errors.PinsDiffer():
            return "The two PINs are not the same. Type it again."
        case errors.CallerUnproven(left):
            return f"No match. {_tries(left)}"
        case errors.CallUnderWay(expires_at):
            return (
                f"You have a call open on another console, until {moment(expires_at)}. End it there, or that console "
                "itself under Account Management, Sessions."
            )
        case errors.CallOver(why):
            return f"{_WHY_CALL_OVER.get(why, 'This call is over.')} Open a new one to go on."
        case errors.CallerProven():
            return "The caller has proved who he is. His ticket is running."
        case errors.TicketMissing():
            return "The caller has not proved who he is. Ask for his PIN or call code first."
        case errors.TicketUsed():
            return "That was done in this call already. For a second time the caller has to call again."
        case errors.HelperPresent():
            return (
                "This contract has somebody else who can reset 2-factor in the User Manager. Ask the caller to ask him."
            )
        case errors.ResetWaiting():
            return "The reset of 2-factor was asked for already and has not taken effect."
        case errors.EmailRecent():
            return (
                "The e-mail of this account was changed in the last three days. Until then its contract's people help."
            )
        case errors.ResetOver():
            return "This reset of 2-factor is not waiting, or not any more."
        case errors.ColleagueNeeded():
            return "A colleague has to approve that on his own console. Nobody approves what he asked for himself."
        case errors.WrongStopCode():
            return "Wrong e-mail or code, or there is nothing to stop any more."
        case errors.AlreadyRegistered():
            return "A contract is registered here already. Sign in."
        case errors.RegistrationClosed():
            return "This host wants a bootstrap code. Its administrator gets one with: bartizan bootstrap-code"
        case errors.WrongBootstrapCode():
            return "That bootstrap code is wrong, used or older than 24 hours."
        case errors.AuditBroken(chain, number, why, contract):
            name = f"of contract {contract}" if contract else f"chain {chain}"
            return f"The audit {name} does not hold at event {number}: {why}."
    raise NotImplementedError(type(refusal).__name__)


def _of_fault(fault: errors.Fault) -> str:  # noqa: PLR0911, PLR0912 - one sentence a line
    match fault:
        case faults.ModeTooWide(path, mode, wanted):
            return f"{path} is open to others (mode {mode:04o}). Close it: chmod {wanted:04o} {path}"
        case faults.KeyRingMissing(path):
            return f"The key ring {path} is missing, and the database cannot be read without it. Put it back."
        case faults.KeyRingExists(path):
            return f"There is a key ring at {path} already; it is never replaced."
        case faults.KeyRingUnreadable(path):
            return f"The key ring {path} cannot be read or is damaged. Put its backup back."
        case faults.KeyRingWrong(path):
            return f"The key ring {path} belongs to another database. Put the right one in its place."
        case faults.KeyUnknown():
            return "The key ring lacks a key that the database was sealed with. Put the right key ring back."
        case faults.SealBroken(table, column):
            return f"A sealed value in {table}.{column} was changed or damaged. Nothing was granted."
        case faults.DatabaseAddressInvalid():
            return "The setting database_url names neither a SQLite file nor a PostgreSQL server."
        case faults.NotADatabase(path):
            return f"{path} is not a SQLite database. It was left as it is."
        case faults.DatabaseForeign(where):
            return f"The database {where} belongs to another program. It was left as it is."
        case faults.DatabaseNewer(where, found, known):
            return f"The database {where} was made by a newer Bartizan (schema {found}, this one knows {known})."
        case faults.DatabaseLocked(where):
            return f"The database {where} is busy. Nothing was changed; try again."
        case faults.DatabaseReadOnly(where):
            return f"The database {where} cannot be written. Nothing was changed."
        case faults.DatabaseFull(where):
            return f"There is no room left for the database {where}. Nothing was changed."
        case faults.DatabaseDamaged(where):
            return f"The database {where} is damaged. Restore it from its backup."
        case faults.DatabaseUnreachable(where, reason):
            return f"The database {where} cannot be reached: {reason}"
    raise NotImplementedError(type(fault).__name__)
