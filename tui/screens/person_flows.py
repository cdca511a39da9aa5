"""How each act on a person goes: forecast, proof, and what is said when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from core.wording import moment
from tui.answers import answered
from tui.asking import with_proof
from tui.screens.confirm import ConfirmScreen
from tui.screens.forecast import ForecastScreen
from tui.screens.form import TYPED, Form, FormScreen
from tui.screens.issued_code import hand_over

if TYPE_CHECKING:
    from textual.widget import Widget

    from core.password_codes import IssuedCode
    from core.person_details import PersonDetails
    from tui.signed_in import SignedIn

T = TypeVar("T")

_FIRST_LOGIN = "At the login it is entered under “First login”, with a new password."
_FORGOTTEN = "At the login it is entered under “Forgot password?”, with a new password."
_NEW_ADDRESS = "Who reads it there enters it in Account Management; until then the old address stays."
_RESET = "For a lost device: authenticator and recovery codes are gone at once; whoever is forced sets up a new one."
DEACTIVATED = "Whoever is deactivated cannot sign in until the account is activated again."
_DELETED = "The account is gone for good, with its 2-factor. Nothing brings it back."


@dataclass(frozen=True)
class PersonFlows:
    """Each method is one act of `ACTS`, run in a worker of `asking`. The answer is what to say; "" where it was left.

    Raises, each of them:
        NotProven: the question for a proof was left.
        Refusal, Fault: as the core says.
    """

    asking: Widget
    who: SignedIn

    async def save_forced(self, person: PersonDetails, *, forced: bool) -> str:
        """Set the Force 2-Factor Auth box (source text, "For the account of another user")."""
        services = self.who.services
        if forced:
            forecast = services.forecast.of_forcing
            if not await self._agreed(person, "Force 2-factor for", "Force 2-factor", forecast, [person.id]):
                return ""
            await self._proved(person, "force 2-factor for", services.forcing.force_people, [person.id])
        else:
            await self._proved(person, "stop forcing 2-factor for", services.forcing.release_people, [person.id])
        return "Saved. The setting will be effective with the next login."

    async def reset_second_factor(self, person: PersonDetails) -> str:
        """Remove a lost device; the reason goes into the audit."""
        services = self.who.services
        if not await self._agreed(
            person, "Reset 2-factor of", "Reset 2-Factor", services.forecast.of_resetting, person.id, text=_RESET
        ):
            return ""
        form = Form(
            f"Reset 2-factor of {person.name}",
            {"Reason": ""},
            yes="Reset 2-Factor",
            question=f"To reset 2-factor of {_whom(person)}, prove that it is you.",
            text="Why? The audit keeps it, and the person reads it.",
        )

        def reset(reason: str) -> bool:
            services.rescue.reset_second_factor(self.who.session, person.id, reason=reason)
            return True

        done = await self._shown(FormScreen(self.who, form, reset))
        return f"2-factor of {person.name} is reset; no session of this person is left." if done else ""

    async def stop_factor_reset(self, person: PersonDetails) -> str:
        """Let a reset not happen that the support desk has approved; that wants no proof, it takes nothing away."""
        text = f"{_whom(person)} keeps authenticator and recovery codes. For another reset he has to call again."
        question = ConfirmScreen(f"Stop the reset of 2-factor of {person.name}?", text=text, yes="Stop the reset")
        if not await self._shown(question):
            return ""
        await answered(self.asking, self.who.services.factor_resets.stop_for, self.who.session, person.id)
        return f"Stopped. The 2-factor of {person.name} stays."

    async def unlock(self, person: PersonDetails) -> str:
        """Forget the failures."""
        await self._proved(person, "unlock", self.who.services.rescue.unlock, person.id)
        return f"{person.name} can try again at once."

    async def invite_again(self, person: PersonDetails) -> str:
        """A new activation code; the old one is void."""
        issued = await self._proved(
            person, "issue an activation code for", self.who.services.invitations.invite_again, person.id
        )
        told = await hand_over(self.asking, "Activation code", issued, how=_FIRST_LOGIN)
        return f"{told or f'A new code was issued for {person.email}.'} An earlier one is void."

    async def issue_reset_code(self, person: PersonDetails) -> str:
        """A code for somebody who forgot his password."""
        text = f"{_whom(person)} can set a new password with it. The old password works until then."
        if not await self._shown(ConfirmScreen("Issue a reset code?", text=text, yes="Issue the code")):
            return ""
        issued = await self._proved(
            person, "issue a reset code for", self.who.services.invitations.issue_reset_code, person.id
        )
        told = await hand_over(self.asking, "Reset code", issued, how=_FORGOTTEN)
        return f"{told or f'A code was issued for {person.email}.'} The old password works until it is used."

    async def end_sessions(self, person: PersonDetails) -> str:
        """End every session."""
        text = f"{_whom(person)} is signed out of every console at once and can sign in again."
        if not await self._shown(ConfirmScreen("End the sessions?", text=text, yes="End sessions")):
            return ""
        ended = await self._proved(person, "end the sessions of", self.who.services.rescue.end_sessions, person.id)
        return f"{ended} {'session' if ended == 1 else 'sessions'} of {person.name} ended."

    async def rename(self, person: PersonDetails) -> str:
        """Given name and family name."""
        form = Form(
            "Edit name",
            {"Given name": person.given_name, "Family name": person.family_name},
            yes="Save",
            question=f"To rename {_whom(person)}, prove that it is you.",
        )

        def rename(given: str, family: str) -> bool:
            self.who.services.standing.rename(self.who.session, person.id, given_name=given, family_name=family)
            return True

        return "The name is saved." if await self._shown(FormScreen(self.who, form, rename)) else ""

    async def ask_email(self, person: PersonDetails) -> str:
        """Another address, which counts once its code was entered."""
        form = Form(
            f"Change the e-mail of {person.name}",
            {"E-mail": ""},
            yes="Issue a code",
            question=f"To change the e-mail of {_whom(person)} to {TYPED}, prove that it is you.",
            text=f"Now {person.email}. It stays until the code for the new one was entered.",
        )

        def ask(email: str) -> IssuedCode:
            return self.who.services.email_change.ask(self.who.session, person.id, email=email)

        issued = await self._shown(FormScreen(self.who, form, ask))
        if issued is None:
            return ""
        told = await hand_over(self.asking, "Code for the new e-mail", issued, how=_NEW_ADDRESS)
        return told or f"{issued.email} waits for its code."

    async def withdraw_email(self, person: PersonDetails) -> str:
        """The old address stays."""
        await self._proved(person, "keep the e-mail of", self.who.services.email_change.withdraw, person.id)
        return "The old e-mail stays; the code is void."

    async def make_administrator(self, person: PersonDetails) -> str:
        """The owner's rights, but for those over owner and contract."""
        text = f"{_whom(person)} gets your rights over people, groups and resources, but none over the contract owner."
        question = ConfirmScreen("Make administrator?", text=text, yes="Make administrator")
        if not await self._shown(question):
            return ""
        await self._proved(person, "make an administrator of", self.who.services.standing.make_administrator, person.id)
        return f"{person.name} is an administrator now."

    async def make_user(self, person: PersonDetails) -> str:
        """Take an administrator's rights."""
        services = self.who.services
        if not await self._agreed(person, "Make a user of", "Make user", services.forecast.of_demoting, person.id):
            return ""
        await self._proved(person, "make a user of", services.standing.make_user, person.id)
        return f"{person.name} is a user now."

    async def deactivate(self, person: PersonDetails) -> str:
        """Let somebody not sign in any more."""
        services = self.who.services
        foresee = services.forecast.of_deactivating
        if not await self._agreed(person, "Deactivate", "Deactivate", foresee, [person.id], text=DEACTIVATED):
            return ""
        await self._proved(person, "deactivate", services.standing.deactivate, [person.id])
        return f"{person.name} is deactivated and cannot sign in."

    async def activate(self, person: PersonDetails) -> str:
        """Let somebody sign in again."""
        await self._proved(person, "activate", self.who.services.standing.activate, [person.id])
        return f"{person.name} can sign in again."

    async def delete(self, person: PersonDetails) -> str:
        """Remove somebody for good; the name has to be typed."""
        services = self.who.services
        foresee = services.forecast.of_deleting
        if not await self._agreed(
            person, "Delete", "Delete", foresee, [person.id], text=_DELETED, name_to_type=person.name
        ):
            return ""
        await self._proved(person, "delete", services.standing.delete, [person.id])
        return f"{person.name} is deleted."

    async def offer_contract(self, person: PersonDetails) -> str:
        """Offer the contract; nothing changes before it is taken."""
        text = (
            f"{_whom(person)} becomes the contract owner as soon as the offer is accepted, and you an administrator. "
            "Until then you can withdraw it."
        )
        question = ForecastScreen(
            "Transfer ownership?",
            None,
            yes="Offer the contract",
            text=text,
            name_to_type=person.name,
            or_else=(person.email,),
        )
        if not await self._shown(question):
            return ""
        until = await self._proved(person, "offer the contract to", self.who.services.ownership.offer, person.id)
        return f"The contract is offered to {person.name} until {moment(until)}."

    async def withdraw_offer(self, person: PersonDetails) -> str:
        """Take the offer back."""
        await self._proved(person, "withdraw the offer to", self.who.services.ownership.withdraw)
        return "The offer is withdrawn. You stay the contract owner."

    async def groups(self, person: PersonDetails) -> str:
        """Show the groups, with which of them he is in."""
        from tui.screens.person_groups import PersonGroupsScreen

        await self._shown(PersonGroupsScreen(self.who, person))
        return ""

    async def sessions(self, person: PersonDetails) -> str:
        """Where the person is signed in."""
        from tui.screens.person_sessions import PersonSessionsScreen

        await self._shown(PersonSessionsScreen(self.who, person))
        return ""

    async def sight(self, person: PersonDetails) -> str:
        """Show which resources he sees, and why not."""
        from tui.screens.person_sight import PersonSightScreen

        await self._shown(PersonSightScreen(self.who, person))
        return ""

    async def _agreed(
        self,
        person: PersonDetails,
        what: str,
        yes: str,
        forecast: Callable[..., Any],
        whom: object,
        *,
        text: str = "",
        name_to_type: str = "",
    ) -> bool:
        """Show what an act would do to people; whether it is wanted all the same."""
        foreseen = await answered(self.asking, forecast, self.who.session, whom)
        question = ForecastScreen(
            f"{what} {person.name}?",
            foreseen,
            yes=yes,
            text=text,
            name_to_type=name_to_type,
            or_else=(person.email,) if name_to_type else (),
        )
        return bool(await self._shown(question))

    async def _proved(self, person: PersonDetails, act: str, ask: Callable[..., T], *arguments: object) -> T:
        """Do an act, with a fresh proof where the core wants one."""
        question = f"To {act} {_whom(person)}, prove that it is you."
        return await with_proof(self.asking.screen, self.who, question, partial(ask, self.who.session, *arguments))

    async def _shown(self, screen: Any) -> Any:
        return await self.asking.app.push_screen_wait(screen)


def _whom(person: PersonDetails) -> str:
    return f"{person.name} ({person.email})"
