"""The second step of a sign-in: a code of the authenticator app, or a recovery code in its stead.

Where the support desk has let it, and a cool-off is over, a third way: to say that the app is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from core.errors import Fault, LoginExpired, Refusal
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.wording import sentence
from tui.answers import answered
from tui.answers_once import AnswersOnce
from tui.screens.confirm import ConfirmScreen
from tui.widgets.button import Button
from tui.widgets.labelled_field import LabelledField
from tui.widgets.lines import Bottom, KeyLine, TopLine

if TYPE_CHECKING:
    from core.login import LoginService

_RESET_DUE = "The support desk was asked to let you in without the app. Not you? A code of the app stops it."
_ON_REMOVAL = (
    "Your authenticator app and your recovery codes stop working for good, and your other sessions end. Then your "
    "password signs you in; where 2-factor is forced, you set up another app first. If you still have the app, cancel "
    "and enter its code."
)


class SecurityCodeScreen(AnswersOnce, Screen[Session | EnrolmentNeeded | LoginExpired | None]):
    """Asks for the code; without one there is no session. None, or a login that took too long: back to the login."""

    AUTO_FOCUS = "#code-field"
    DEFAULT_CSS = "SecurityCodeScreen #reset-due { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "Back"), ("ctrl+r", "other_way", "Recovery code")]

    def __init__(self, login: LoginService, owed: CodeNeeded, *, where: str) -> None:
        super().__init__()
        self._login = login
        self._owed = owed
        self._where = where
        self._with_recovery_code = False
        self._busy = False

    def compose(self) -> ComposeResult:
        yield TopLine(where=self._where)
        with Vertical(id="middle"), Vertical(id="login", classes="dialog") as dialog:
            dialog.border_title = "Sign in, step 2 of 2"
            yield Static("Open your authenticator app and enter the code it shows for Bartizan.", id="how")
            yield Static(classes="gap")
            yield LabelledField("Security code", id="code", above=True, last=True, anew=True)
            with Horizontal(classes="buttons"):
                yield Button("Sign in", id="sign-in", variant="primary")
                yield Button("Recovery code", id="other-way")
                yield Button("Back", id="back")
            if self._owed.reset_due:
                with Vertical(id="reset-due"):
                    yield Static(classes="gap")
                    yield Static(_RESET_DUE)
                    with Horizontal(classes="buttons"):
                        yield Button("My app is lost: remove 2-factor", id="app-lost")
        yield Bottom(KeyLine([("enter", "Sign in"), ("ctrl+r", "Recovery code or app"), ("esc", "Back")]))

    @on(Input.Submitted, "#code-field")
    @on(Button.Pressed, "#sign-in")
    def submit(self) -> None:
        """Take what was typed, once."""
        if not self._busy:
            self._busy = True
            self.give(self._code.value)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Back to e-mail and password."""
        self.dismiss(None)

    @on(Button.Pressed, "#other-way")
    def action_other_way(self) -> None:
        """Change between the app's code and a recovery code."""
        self._with_recovery_code = not self._with_recovery_code
        recovery = self._with_recovery_code
        self.query_one("#how", Static).update(
            "Enter one of the ten recovery codes you kept. Each works once."
            if recovery
            else "Open your authenticator app and enter the code it shows for Bartizan."
        )
        self.query_one("#code .label", Static).update("Recovery code" if recovery else "Security code")
        self.query_one("#other-way", Button).label = "App's code" if recovery else "Recovery code"
        self._code.accept()
        self._code.clear()
        self._code.field.focus()

    @on(Button.Pressed, "#app-lost")
    def remove_second_factor(self) -> None:
        """Sign in without the app, once that was asked."""
        if not self._busy:
            self._busy = True
            self.use_reset()

    @work
    async def use_reset(self) -> None:
        """Ask whether that is meant, and let the core do it; refused, it is no way in any more."""
        question = ConfirmScreen("Remove 2-factor?", text=_ON_REMOVAL, yes="Remove it")
        try:
            if await self.app.push_screen_wait(question):
                self.dismiss(await answered(self, self._login.use_reset, self._owed))
        except LoginExpired as expired:
            self.dismiss(expired)
        except (Refusal, Fault) as trouble:
            if isinstance(trouble, Refusal):
                self.query_one("#reset-due").display = False
                self._code.field.focus()
            self._code.complain(sentence(trouble))
        finally:
            self._busy = False

    @work
    async def give(self, code: str) -> None:
        """Ask the core, and say below the field what it answers."""
        self._code.accept()
        check = self._login.give_recovery_code if self._with_recovery_code else self._login.give_code
        try:
            session = await answered(self, check, self._owed, code)
        except LoginExpired as expired:
            self.dismiss(expired)
        except (Refusal, Fault) as trouble:
            self._code.complain(sentence(trouble))
        else:
            self._code.clear()
            self.dismiss(session)
        finally:
            self._busy = False

    @property
    def _code(self) -> LabelledField:
        return self.query_one("#code", LabelledField)
