"""A contract that changes hands: what is offered to this person, or by him."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from core.errors import Fault, Refusal
from core.wording import moment
from tui.answers import answered
from tui.asking import AccountChanged, with_proof
from tui.screens.confirm import ConfirmScreen
from tui.shown import shown, shown_plain
from tui.widgets.answer_line import AnswerLine
from tui.widgets.button import Button

if TYPE_CHECKING:
    from core.ownership import Offer
    from tui.signed_in import SignedIn

_NAME, _EMAIL = 40, 60
"""Cells that a name and an address get on the home screen."""


class OfferPane(Widget):
    """Takes no room where nothing is offered."""

    DEFAULT_CSS = """
    OfferPane { height: auto; display: none; }
    OfferPane.-open { display: block; }
    OfferPane #offer-text { height: auto; }
    """

    class Changed(Message):
        """There is an offer now, or there is none any more."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="offer")
        self._who = who
        self.offer: Offer | None = None
        """What is offered, as it was when it was looked at last."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "Ownership of the contract"
            yield Static(id="offer-text")
            with Horizontal(classes="buttons"):
                yield Button("Accept", id="accept-offer")
                yield Button("Decline", id="decline-offer")
                yield Button("Withdraw", id="withdraw-offer")
            yield AnswerLine(id="offer-answer")

    def focus_offer(self) -> None:
        """Go to the first thing that can be done about it."""
        if self.offer is not None:
            self.query_one("#accept-offer" if self.offer.to_me else "#withdraw-offer").focus()

    def forget_answer(self) -> None:
        """Whoever has seen what came of it need not see it again."""
        if not self._answer.busy:
            self._answer.tell("")

    @on(Button.Pressed, "#accept-offer")
    def ask_to_accept(self) -> None:
        """Take the contract over, once."""
        if self.offer is not None and not self._answer.busy:
            self.accept(self.offer)

    @on(Button.Pressed, "#decline-offer")
    def ask_to_decline(self) -> None:
        """Say no to it, once."""
        if self.offer is not None and not self._answer.busy:
            self.decline(self.offer)

    @on(Button.Pressed, "#withdraw-offer")
    def ask_to_withdraw(self) -> None:
        """Take the offer back, once."""
        if self.offer is not None and not self._answer.busy:
            self.withdraw(self.offer)

    @work(exclusive=True, group="offer")
    async def look(self) -> None:
        """Show what is offered now."""
        try:
            offer = await answered(self, self._who.services.ownership.offered, self._who.session)
        except (Refusal, Fault):
            return  # the screen asks for the account in the same moment, and tells it
        self._show(offer)

    @work
    async def accept(self, offer: Offer) -> None:
        """Ask, want a proof, and take the contract over."""
        text = (
            f"You become the owner of the contract “{offer.contract}”, and {_giver(offer)} an administrator. "
            "It changes hands again only if you offer it."
        )
        with self._answer.answering():
            question = ConfirmScreen("Become the contract owner?", text=text, yes="Accept")
            if await self.app.push_screen_wait(question):
                proof = f"To take the contract over from {_giver(offer)}, prove that it is you."
                act = partial(self._who.services.ownership.accept, self._who.session)
                await with_proof(self.screen, self._who, proof, act)
                giver = shown_plain(offer.giver, _NAME)
                self._answer.tell(f"You are the contract owner now, and {giver} is an administrator.", good=True)
        self._look_again()

    @work
    async def decline(self, offer: Offer) -> None:
        """Ask, and say no to the contract."""
        text = f"{_giver(offer)} stays the contract owner, and can offer it to you again."
        with self._answer.answering():
            if await self.app.push_screen_wait(ConfirmScreen("Decline the contract?", text=text, yes="Decline")):
                await answered(self, self._who.services.ownership.decline, self._who.session)
                self._answer.tell("You have declined the contract.", good=True)
        self._look_again()

    @work
    async def withdraw(self, offer: Offer) -> None:
        """Want a proof, and take the offer back."""
        with self._answer.answering():
            proof = f"To withdraw the offer to {offer.receiver} ({offer.receiver_email}), prove that it is you."
            act = partial(self._who.services.ownership.withdraw, self._who.session)
            await with_proof(self.screen, self._who, proof, act)
            self._answer.tell("The offer is withdrawn. You stay the contract owner.", good=True)
        self._look_again()

    def _look_again(self) -> None:
        """Whatever came of it, the offer may be over and the role another."""
        self._tell_open()
        self.post_message(AccountChanged())

    def _show(self, offer: Offer | None) -> None:
        had_focus = self.has_focus_within
        changed = (offer is None) != (self.offer is None)
        self.offer = offer
        self.query_one("#offer-text").display = offer is not None
        if offer is not None:
            self.query_one("#offer-text", Static).update(shown(_told(offer)))
        for name, is_for in (("accept", True), ("decline", True), ("withdraw", False)):
            self.query_one(f"#{name}-offer").display = offer is not None and offer.to_me is is_for
        self._tell_open()
        if changed:
            self.post_message(self.Changed())
        if offer is None and had_focus:
            self.screen.query_one("#overview").focus(scroll_visible=False)
            self.call_after_refresh(self.scroll_visible)

    def _tell_open(self) -> None:
        self.query_one(".buttons").display = self.offer is not None
        self.set_class(self.offer is not None or self._answer.has_class("-told"), "-open")

    @property
    def _answer(self) -> AnswerLine:
        return self.query_one(AnswerLine)


def _told(offer: Offer) -> str:
    until = moment(offer.expires_at)
    contract = shown_plain(offer.contract, _NAME)
    if offer.to_me:
        giver = f"{shown_plain(offer.giver, _NAME)} ({shown_plain(offer.giver_email, _EMAIL)})"
        return f"{giver} offers you the contract “{contract}” until {until}."
    receiver = f"{shown_plain(offer.receiver, _NAME)} ({shown_plain(offer.receiver_email, _EMAIL)})"
    return f"You have offered the contract to {receiver}, who can accept it until {until}."


def _giver(offer: Offer) -> str:
    return f"{offer.giver} ({offer.giver_email})"
