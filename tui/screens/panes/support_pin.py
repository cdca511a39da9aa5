"""Set Support PIN: the PIN, twice; it is never shown again. Below it the call code, which stands in for it once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from core.errors import Fault, PinsDiffer, Refusal, SessionOver
from core.wording import sentence
from tui.asking import AccountChanged, NotProven, SessionLost, with_proof
from tui.screens.panes.call_code import CallCodePane
from tui.shown import shown
from tui.times import told
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField

if TYPE_CHECKING:
    from core.account import Account
    from tui.signed_in import SignedIn

_QUESTION = "To set the support PIN of your account, prove that it is you."


class SupportPinPane(Widget):
    """Sets or replaces the PIN by which the support team knows the caller."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="support-pin-pane")
        self._who = who
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "Set Support PIN"
            yield Static(id="pin-state", classes="muted")
            yield LabelledField("PIN", id="pin", password=True)
            yield LabelledField("Repeat", id="pin-again", password=True, last=True)
            yield Static("6 to 20 digits. When you call, support asks for it.", classes="muted hint")
            with Horizontal(classes="buttons"):
                yield Button("Save Support PIN", id="save-pin")
            yield Static(id="pin-answer", classes="answer good")
        yield CallCodePane(self._who)

    def show(self, account: Account) -> None:
        """Show whether a PIN is set."""
        state = (
            f"Set {told(account.pin_set_at, now=self._who.services.now())}" if account.pin_set_at else "No PIN is set."
        )
        self.query_one("#pin-state", Static).update(state)

    @on(Input.Submitted, "#pin-again-field")
    @on(Button.Pressed, "#save-pin")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.save()

    @work
    async def save(self) -> None:
        """Ask the core, and say at the field what it answers."""
        pin, again = self.query_one("#pin", LabelledField), self.query_one("#pin-again", LabelledField)
        answer = self.query_one("#pin-answer", Static)
        answer.remove_class("-told")
        pin.accept()
        again.accept()
        act = partial(self._who.services.support_pin.save, self._who.session, pin.value, repeated=again.value)
        try:
            await with_proof(self.screen, self._who, _QUESTION, act)
        except NotProven:
            return
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            (again if isinstance(trouble, PinsDiffer) else pin).complain(sentence(trouble))
        else:
            pin.clear()
            again.clear()
            answer.add_class("-told")
            answer.update(shown("The support PIN is saved."))
            self.post_message(AccountChanged())
        finally:
            self._busy = False
