"""Change Password: old one, new one, new one again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from core.errors import Fault, OnHold, PasswordsDiffer, Refusal, SessionOver, WrongOldPassword
from core.password_policy import strength
from core.wording import sentence
from tui.answers import answered
from tui.asking import AccountChanged, SessionLost
from tui.shown import shown
from tui.times import told
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.password_rules import PasswordRules

if TYPE_CHECKING:
    from core.account import Account
    from tui.signed_in import SignedIn

_ABOUT_THE_OLD = WrongOldPassword | OnHold | Fault


class ChangePasswordPane(Widget):
    """Changes the password; the new one is asked at the next login."""

    def __init__(self, who: SignedIn) -> None:
        super().__init__(id="change-password-pane")
        self._who = who
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = "Change Password"
            yield Static(id="password-state", classes="muted")
            yield LabelledField("Old password", id="old", password=True)
            yield LabelledField("New password", id="new", password=True)
            yield LabelledField("Repeat", id="new-again", password=True, last=True)
            yield PasswordRules(id="rules")
            with Horizontal(classes="buttons"):
                yield Button("Change Password", id="change-password")
            yield Static(id="password-answer", classes="answer good")

    def on_mount(self) -> None:
        self.load_rules()

    def show(self, account: Account) -> None:
        """Show since when the password is what it is, and judge a new one by the contract's rules."""
        changed = told(account.password_changed_at, now=self._who.services.now())
        self.query_one("#password-state", Static).update(f"Last changed {changed}")
        self.query_one(PasswordRules).judge_by(account.policy, account.personal_words)

    @on(Input.Changed, "#new-field")
    def judge(self, event: Input.Changed) -> None:
        """Tell which rules the new password still leaves unmet."""
        self.query_one(PasswordRules).show(event.value)

    @on(Input.Submitted, "#new-again-field")
    @on(Button.Pressed, "#change-password")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.change_password()

    @work
    async def load_rules(self) -> None:
        """Bring the list of common passwords before the first letter of one is typed."""
        await asyncio.to_thread(strength, "warm up")

    @work
    async def change_password(self) -> None:
        """Ask the core, and say at the field what it answers."""
        old, new, again = (self._field(name) for name in ("old", "new", "new-again"))
        answer = self.query_one("#password-answer", Static)
        answer.remove_class("-told")
        for field in (old, new, again):
            field.accept()
        try:
            await answered(
                self,
                self._who.services.account.change_password,
                self._who.session,
                old=old.value,
                new=new.value,
                repeated=again.value,
            )
        except SessionOver as over:
            self.post_message(SessionLost(over))
        except (Refusal, Fault) as trouble:
            about_the_new = again if isinstance(trouble, PasswordsDiffer) else new
            (old if isinstance(trouble, _ABOUT_THE_OLD) else about_the_new).complain(sentence(trouble))
        else:
            for field in (old, new, again):
                field.clear()
            answer.add_class("-told")
            answer.update(shown("The password is changed. The new one is asked at your next login."))
            self.post_message(AccountChanged())
        finally:
            self._busy = False

    def _field(self, name: str) -> LabelledField:
        return self.query_one(f"#{name}", LabelledField)
