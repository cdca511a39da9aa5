"""What the User Manager does with one person: each act with its letter, and which of them fit him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.ownership import Offer
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn


@dataclass(frozen=True)
class PersonAct:
    """`function` is the act's name in the table of permissions."""

    letter: str
    name: str
    label: str
    function: str
    fits: Callable[[PersonDetails, bool], bool] = lambda _person, _offered: True
    """Whether there is anything to do, of somebody to whom the contract is offered or not."""


ACTS = (
    PersonAct(
        "r",
        "reset_second_factor",
        "Reset 2-Factor",
        "rescue.reset_second_factor",
        lambda person, _: person.second_factor_since is not None,
    ),
    PersonAct(
        "o",
        "stop_factor_reset",
        "Stop the reset",
        "factor_resets.stop_for",
        lambda person, _: person.factor_reset_at is not None,
    ),
    PersonAct("l", "unlock", "Unlock", "rescue.unlock", lambda person, _: bool(person.locks)),
    PersonAct("c", "invite_again", "Invite again", "invitations.invite_again", lambda person, _: person.invited),
    PersonAct(
        "c",
        "issue_reset_code",
        "Reset code",
        "invitations.issue_reset_code",
        lambda person, _: person.active and not person.invited,
    ),
    PersonAct("n", "end_sessions", "End sessions", "rescue.end_sessions", lambda person, _: person.open_sessions > 0),
    PersonAct("s", "sessions", "Sessions", "rescue.sessions", lambda person, _: person.open_sessions > 0),
    PersonAct("w", "sight", "What is seen", "sight.resources"),
    PersonAct("b", "groups", "Groups", "members.of_person"),
    PersonAct("e", "rename", "Edit name", "standing.rename"),
    PersonAct("m", "ask_email", "Change e-mail", "email_change.ask", lambda person, _: person.new_email is None),
    PersonAct(
        "m",
        "withdraw_email",
        "Keep old e-mail",
        "email_change.withdraw",
        lambda person, _: person.new_email is not None,
    ),
    PersonAct(
        "p",
        "make_administrator",
        "Make administrator",
        "standing.make_administrator",
        lambda person, _: person.role == "user",
    ),
    PersonAct("p", "make_user", "Make user", "standing.make_user", lambda person, _: person.role == "administrator"),
    PersonAct("x", "deactivate", "Deactivate", "standing.deactivate", lambda person, _: person.active),
    PersonAct("y", "activate", "Activate", "standing.activate", lambda person, _: not person.active),
    PersonAct(
        "t",
        "offer_contract",
        "Transfer ownership",
        "ownership.offer",
        lambda person, offered: person.active and not person.invited and not offered,
    ),
    PersonAct("t", "withdraw_offer", "Withdraw the offer", "ownership.offer", lambda _, offered: offered),
    PersonAct("D", "delete", "Delete", "standing.delete"),
)


def acts_on(person: PersonDetails, *, who: SignedIn, offer: Offer | None) -> list[PersonAct]:
    """The acts that fit a person and that the table of permissions gives to who is signed in."""
    offered = offer is not None and offer.receiver_email == person.email
    return [act for act in ACTS if act.fits(person, offered) and may(act.function, person, who=who)]


def may(function: str, person: PersonDetails, *, who: SignedIn) -> bool:
    """Whether the core would allow an act on a person."""
    from core.permissions import ON_PEOPLE

    kind = "s" if person.email == who.email else person.role[0]
    return ON_PEOPLE[function].allows(who.role, kind)
