"""What of the audit is news to the person whom it concerns, and of which sort."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from core.audit import DENIED


class Kind(Enum):
    """What sort of thing happened; the gravest first."""

    REPLAYED_CODE = "replayed code"
    """By somebody who knows the password."""

    WRONG_SECOND_FACTOR = "wrong second factor"
    """By somebody who knows the password."""

    FACTOR_RESET = "reset of 2-factor"
    """Asked for or approved at the support desk: a caller was believed to be this person."""

    NEW_PLACE = "new place"
    WRONG_PROOF = "wrong proof"
    """Inside an open session: whoever sits there is perhaps not its person."""

    WRONG_PIN = "wrong PIN"
    """By somebody who telephoned and did not know it."""

    AT_DESK = "at the support desk"
    """Somebody proved to be this person on the telephone, and an agent acted for him."""

    OWN_CHANGE = "own change"
    """The account changed its own credentials."""

    BY_NOBODY = "by nobody"
    """On the host, or with a code that was sent or handed over."""

    BY_OTHERS = "by others"
    REFUSED = "refused"
    """Somebody else wanted to, and may not."""

    CODE_ASKED = "code asked for"
    """A code to set another password, at the login."""

    WRONG_PASSWORD_CODE = "wrong password code"  # noqa: S105 - the name of what happened
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - the name of what happened


GRAVE = frozenset(
    {
        Kind.REPLAYED_CODE,
        Kind.WRONG_SECOND_FACTOR,
        Kind.FACTOR_RESET,
        Kind.NEW_PLACE,
        Kind.WRONG_PROOF,
        Kind.WRONG_PIN,
        Kind.AT_DESK,
        Kind.OWN_CHANGE,
        Kind.BY_NOBODY,
    }
)
"""What calls for another password where the person did not do it himself."""


_ASKING = "ask for a reset code"
_CHECKING = "check a caller"
_FACTOR_RESETS = {
    "ask for a reset of 2-factor",
    "approve a reset of 2-factor",
    "be told of a reset of 2-factor at the support desk",
}
_FOR_CALLERS = {_CHECKING, "unlock a caller", "send a caller a reset code", "end a caller's sessions"}

OWN_CHANGES = frozenset(
    {
        "activate 2-factor",
        "ask for another e-mail",
        "change an e-mail",
        "change password",
        "deactivate 2-factor",
        "new recovery codes",
        "set support PIN",
        "get a call code",
        "stop a reset of 2-factor",
    }
)
"""What somebody who took over an open session would do."""

PROOFS = frozenset({"prove identity", "unlock console", "change an e-mail", "activate 2-factor"})
"""What is refused to whoever sits at an open session and does not know what its person knows."""

_NO_NEWS = frozenset(
    {
        "invite a person",
        "make a support agent",
        "issue activation code",
        "mail a notice",
        "mail a reset code",
        "mail an activation code",
        "end sessions with their console host",
        "mail that 2-factor will be reset",
        "mail the code for a new e-mail",
        "tell the old e-mail that it was changed",
    }
)
"""What brings an account into being, what follows from something that is told itself, and what its person has seen."""


def kind_of(row: Any, person_id: UUID) -> Kind | None:
    """What sort of thing an event is, by act, outcome, actor_id and details (`said`, as JSON); None for no news."""
    details = json.loads(row.said)
    if row.act == _ASKING and row.actor_id is None:
        return Kind.CODE_ASKED
    if row.outcome == DENIED:
        return _kind_of_refusal(row, details, person_id)
    if row.actor_id == person_id:
        is_new_place = row.act == "sign in" and details.get("new place")
        return Kind.NEW_PLACE if is_new_place else Kind.OWN_CHANGE if row.act in OWN_CHANGES else None
    if row.act in _NO_NEWS or details.get("with") == "activation code":
        return None
    of_act = dict.fromkeys(_FACTOR_RESETS, Kind.FACTOR_RESET) | dict.fromkeys(_FOR_CALLERS, Kind.AT_DESK)
    return of_act.get(row.act, Kind.BY_NOBODY if row.actor_id is None else Kind.BY_OTHERS)


def _kind_of_refusal(row: Any, details: Mapping[str, Any], person_id: UUID) -> Kind | None:
    if row.actor_id == person_id:
        return Kind.WRONG_PROOF if row.act in PROOFS else None
    if row.act == _CHECKING:
        return Kind.WRONG_PIN
    if row.actor_id is not None:
        return Kind.REFUSED
    if row.act != "sign in":
        return Kind.WRONG_PASSWORD_CODE
    if details.get("replayed"):
        return Kind.REPLAYED_CODE
    return Kind.WRONG_PASSWORD if details.get("with") == "password" else Kind.WRONG_SECOND_FACTOR
