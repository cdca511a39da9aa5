"""What an audit event tells, as a sentence for the person whom it concerns. By whom and from where stand beside it.

A sentence is plain text that may hold what people have typed: a screen shows it as it shows names.
"""

from collections.abc import Mapping
from typing import Any

from core.audit import DENIED, DONE, FAILED

LONGEST = 300
"""Characters of what is told of one detail; an event can name a hundred people."""

_DONE = {
    # signing in, and what somebody does to his own account
    "sign in": "Signed in with {with}",
    "sign out": "Signed out",
    "prove identity": "Proved again who sits there",
    "lock console": "The console was locked",
    "unlock console": "The locked console was opened again",
    "end session": "One of {whose} sessions was ended: {console}",
    "open setup assistant": "The setup assistant of 2-factor was opened",
    "prove authenticator": "A code of the new authenticator was right",
    "activate 2-factor": "2-factor was switched on",
    "deactivate 2-factor": "2-factor was switched off",
    "new recovery codes": "New recovery codes were made; the old ones are void",
    "change password": "{Whose} password was changed",
    "set password with a code": "{Whose} password was set with the {with}",
    "set support PIN": "{Whose} support PIN was set",
    "see what happened": "Said to have seen what had happened",
    # mail
    "ask for a reset code": "A code to set another password was asked for",
    "mail a reset code": "A code to set another password was mailed to {whom}",
    "mail an activation code": "An activation code was mailed to {whom}",
    "mail the code for a new e-mail": "The code for another e-mail was mailed",
    "tell the old e-mail that it was changed": "The old e-mail was told that there is another",
    "mail a notice": "{Whom was} told by mail what had happened",
    # what is done to somebody
    "force 2-factor": "2-factor was forced for {whom}",
    "stop forcing 2-factor": "2-factor is not forced any more for {whom}",
    "reset 2-factor": "2-factor of {whose} account was removed: {reason}",
    "unlock a person": "{Whose} account was unlocked",
    "end sessions": "{Whose} sessions were ended",
    "end sessions with their console host": "{Whose} sessions ended with the console host that they ran in",
    "issue activation code": "An activation code was issued for {whom}",
    "issue reset code": "A code to reset {whose} password was issued",
    "rename a person": "{Whose} name was changed from {old} to {new}",
    "change a role": "{Whose} role was changed from {old} to {new}",
    "activate a person": "{Whose} account was activated",
    "deactivate a person": "{Whose} account was deactivated",
    "delete a person": "{Whose} account was deleted",
    "invite a person": "An invitation was made for {whom}",
    "ask for another e-mail": "A change of {whose} e-mail to {new} was asked for",
    "withdraw a change of e-mail": "The change of {whose} e-mail to {new} was withdrawn",
    "change an e-mail": "{Whose} e-mail was changed from {old} to {new}",
    "add people to a group": "{Whom was} taken into the group {group}",
    "remove people from a group": "{Whom was} put out of the group {group}",
    # on the host
    "rescue on the host": "{Whose} account was unlocked on the host, and a code to set another password shown: "
    "{reason}",
    "reset 2-factor on the host": "2-factor of {whose} account was removed on the host, and a code to set another "
    "password shown: {reason}",
    "unlock on the host": "{Whose} account was unlocked on the host: {reason}",
    "be told of a rescue on the host": "{about} was unlocked on the host, and a code to set another password shown: "
    "{reason}",
    "be told of a reset of 2-factor on the host": "2-factor of {about} was removed on the host, and a code to set "
    "another password shown: {reason}",
    "be told of an unlocking on the host": "{about} was unlocked on the host: {reason}",
    # the support desk
    "make a support agent": "A support agent was made of {whom}",
    "open a support call": "The support desk opened a call about {whose} account",
    "check a caller": "A caller at the support desk proved to be {whom}, by {by}",
    "end a support call": "A support call about {whose} account was over: {why}",
    "get a call code": "A call code for the support desk was shown",
    "unlock a caller": "The support desk unlocked {whose} account",
    "send a caller a reset code": "The support desk had a code to set another password mailed to {whom}",
    "end a caller's sessions": "The support desk ended {whose} sessions",
    "ask for a reset of 2-factor": "At the support desk the removal of {whose} 2-factor was asked for: {reason}",
    "approve a reset of 2-factor": "The support desk lets {whose} 2-factor be removed, unless it is stopped",
    "be told of a reset of 2-factor at the support desk": "The support desk lets 2-factor of {about} be removed, "
    "unless it is stopped",
    "decline a reset of 2-factor": "The support desk declined to remove {whose} 2-factor",
    "stop a reset of 2-factor": "The removal of {whose} 2-factor was stopped",
    "reset 2-factor after the cool-off": "{Whose} 2-factor was removed at a sign-in, as the support desk had let it",
    "let a reset of 2-factor not happen": "The support desk's removal of {whose} 2-factor is off: {why}",
    "mail that 2-factor will be reset": "{Whom was} told by mail that {whose} 2-factor can be removed",
    # the contract
    "register contract": "The contract {contract} was registered",
    "issue bootstrap code": "A bootstrap code was issued",
    "accept the server's clock": "The server's clock was said to be right",
    "offer the contract": "The contract was offered to {whom}",
    "withdraw the offer of the contract": "The offer of the contract to {whom} was withdrawn",
    "take the contract over": "The contract passed from {old} to {new}",
    "decline the contract": "The contract was declined",
    "import people": "People were imported ({count})",
    "export the people": "The people were exported ({count})",
    # groups
    "create a group": "The group {group} was created",
    "rename a group": "The group {old} was renamed to {new}",
    "delete a group": "The group {group} was deleted",
    "change a group's privileges": "The privileges of the group {group} were changed",
    "force 2-factor for a group": "2-factor was forced for the group {group}",
    "stop forcing 2-factor for a group": "2-factor is not forced any more for the group {group}",
    # resources
    "create a resource": "{name} was created",
    "rename a resource": "{old} was renamed to {new}",
    "delete a resource": "{name} was deleted",
    "protect a resource with 2-factor": "{name} was protected with 2-factor",
    "stop protecting a resource with 2-factor": "{name} is not protected any more with 2-factor",
    "share a resource": "{name} was shared with the group {group}: {new}",
    "stop sharing a resource": "{name} is not shared any more with the group {group}",
    "pass a resource to the contract owner": "{name} passed to the contract owner",
    "import resources": "Resources were imported ({count})",
    "import a protected resource": "{name} was imported, protected",
    "export data centers and snapshots": "Data centers and snapshots were exported",
}

_OF_MANY = {
    "add people to a group": "{count} people were taken into the group {group}",
    "remove people from a group": "{count} people were put out of the group {group}",
}

_REFUSED = {
    ("sign in", "password"): "Wrong password at the sign-in",
    ("sign in", "code"): "Right password, then a wrong code",
    ("sign in", "code again"): "Right password, then a code that had been used already",
    ("sign in", "recovery code"): "Right password, then a wrong recovery code",
    ("prove identity", "password"): "Wrong password in an open session",
    ("prove identity", "code"): "Wrong code in an open session",
    ("unlock console", "password"): "Wrong password at a locked console",
    ("unlock console", "code"): "Wrong code at a locked console",
    ("ask for a reset code", ""): "A code to set another password was asked for; none was sent",
    ("prove authenticator", ""): "Wrong code in the setup assistant",
    ("activate 2-factor", "recovery code"): "Wrong recovery code in the setup assistant",
    ("check a caller", ""): "A caller at the support desk could not prove to be {whom}",
    ("stop a reset of 2-factor", "stop code"): "Wrong code to stop the removal of {whose} 2-factor",
    ("set password with a code", "password code"): "Wrong code to set {whose} password",
    ("change an e-mail", ""): "Wrong code to confirm another e-mail",
}

KNOWN = frozenset(_DONE) | {act for act, _ in _REFUSED}
"""The acts that have a sentence of their own."""


def sentence(act: str, outcome: str, details: Mapping[str, Any], *, whom: str = "") -> str:
    """What happened. `whom` is the address of him to whom it was done, where it is not the reader himself."""
    words = {DENIED: _refused, DONE: _done}.get(outcome, _unknown)(act, details)
    if words is None:
        said = f"{_PREFIXES.get(outcome, '')}{act}"
        return f"{said} ({whom})" if whom else said
    if details.get("new place"):
        words += ", from a new place"
    if details.get("support PIN removed"):
        words += "; {whose} support PIN was removed with it" + ("" if whom else ": set a new one")
    facts = _Facts({name: _said(fact) for name, fact in details.items()})
    facts |= {"whom": whom, "whose": f"{whom}'s", "Whose": f"{whom}'s", "Whom was": f"{whom} was"} if whom else _READER
    if "reason" not in details:  # what a mail leaves out, because it was typed, leaves no colon behind
        words = words.removesuffix(": {reason}")
    return words.format_map(facts)


def facts_of(act: str, details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What else an event tells, by name.

    Names of resources are left out where the event is not about one: a resource may have been protected since.
    """
    hidden = {"names"} if act == "import resources" else set()
    told = ((name, _WHY.get(fact, fact) if name == "why" else fact) for name, fact in details.items())
    return tuple((name, _said(fact)) for name, fact in told if name not in hidden)


def _done(act: str, details: Mapping[str, Any]) -> str | None:
    are_many = details.get("count", 1) != 1
    return _OF_MANY.get(act) if are_many and act in _OF_MANY else _DONE.get(act)


def _unknown(_act: str, _details: Mapping[str, Any]) -> None:
    return None


def _refused(act: str, details: Mapping[str, Any]) -> str | None:
    how = str(details.get("with", "")) + (" again" if details.get("replayed") else "")
    return _REFUSED.get((act, how)) or _REFUSED.get((act, ""))


_WHY = {
    "NotAllowed": "the role does not allow it",
    "NotThere": "it is not there",
    "EmailTaken": "the address cannot be used",
    "WrongEmailCode": "the code was wrong",
    "OnHold": "too many wrong answers before",
    "TooManyMails": "too many were asked for before",
    "CallerUnproven": "neither PIN nor call code",
    "TicketMissing": "the caller had not proved who he is",
    "TicketUsed": "it was done in that call already",
    "ColleagueNeeded": "a colleague has to",
}
"""Refusals, by the names that the audit gives them."""

_PREFIXES = {DENIED: "Not allowed: ", FAILED: "Failed: "}


class _Facts(dict[str, str]):
    """An event of an earlier or a later version may lack a detail."""

    def __missing__(self, name: str) -> str:
        return "…"


_READER = {"whom": "you", "whose": "your", "Whose": "Your", "Whom was": "You were"}


def _said(fact: object) -> str:
    words = {None: "nothing", True: "yes", False: "no"}
    if isinstance(fact, list):
        said = ", ".join(map(str, fact))
    else:
        said = words[fact] if fact is None or isinstance(fact, bool) else str(fact)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
