"""The console: which screen follows which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from core.errors import Fault, LoginExpired, Refusal
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.wording import sentence
from tui.asking import SessionLost
from tui.guarded import GuardedApp
from tui.screens.login import LoginScreen, PasswordCodeAtHand, RegistrationNeeded
from tui.signed_in import HOME, SignedIn
from tui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from core.config import Settings
    from core.origin import Origin
    from core.services import Services
    from tui.widgets.menu_bar import MenuBar

CANNOT_START = 69
"""The exit code when database or key ring cannot be used (EX_UNAVAILABLE)."""

_ENDS_BY_ITSELF = "Your session ends by itself when it has been idle for 15 minutes."

_REGISTERED = "Registered. Sign in now."
_PASSWORD_SET = "Your password is set. Sign in with it."  # noqa: S105 - a notice


class BartizanApp(GuardedApp[None]):
    """One console. It shows the login at once and opens the database behind it."""

    # The login's style sheet is read with the app's: a screen that brings its own has all of them parsed again.
    CSS_PATH = ["app.tcss", "screens/login.tcss"]  # noqa: RUF012 - Textual's type is no ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 - as above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", show=False),
        Binding("ctrl+o", "lock_console", "Lock", show=False, priority=True),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        origin: Origin,
        open_services: Callable[[], Services],
        no_color: bool | None = None,
        mail_wanted: asyncio.Event | None = None,
    ) -> None:
        """`mail_wanted` is a host's that sends the mail for all its consoles; without one this console sends it."""
        super().__init__(no_color=no_color)
        self.animation_level = "none"  # over a slow line motion is only delay
        self._settings = settings
        self._origin = origin
        self._open_services = open_services
        self._services: asyncio.Future[Services]
        self._opening = False
        self._sends_mail = mail_wanted is None
        self._mail_wanted = mail_wanted or asyncio.Event()
        self._parting = self._asks_to_quit = False
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        # Not by assignment: that would have every style sheet parsed twice before the first paint.
        self.set_reactive(BartizanApp.theme, LIGHT.name if settings.theme == "light" else DARK.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self._choose_filters()

    @property
    def is_fresh(self) -> bool:
        """Whether the login is shown as it is shown first."""
        return isinstance(self.screen, LoginScreen) and not self.screen.email and self._services.done()

    def be_at(self, origin: Origin) -> None:
        """Somebody sits at this console now, which was made before he came, and he is there."""
        login = self.screen
        if not (isinstance(login, LoginScreen) and self.is_fresh):
            raise RuntimeError("somebody was at this console before")
        self._origin = login.origin = origin

    def on_mount(self) -> None:
        self._services = asyncio.get_running_loop().create_future()
        self.converse()
        self.begin_watch()

    @on(SessionLost)
    def back_to_login(self, event: SessionLost) -> None:
        """Close whatever is open; the login says why, unless the person is leaving anyway."""
        if not self._parting:
            self._end_work(sentence(event.over))

    async def on_menu_bar_chosen(self, event: MenuBar.Chosen) -> None:
        """Open what was chosen, over the home screen; nothing while a locked console's cover lies over it."""
        if self.lock_screen is not None:
            return
        if event.choice == "Help":
            await self.action_help()
        elif event.choice == "Lock":
            self.lock_console()
        elif event.choice == "Sign out":
            self.sign_out_after_question()
        else:
            self._back_home()
            if event.choice != "Home":
                await self.screen.run_action(event.choice.lower().replace(" ", "_"))

    @work
    async def sign_out_after_question(self) -> None:
        """End the session, unless the person wants to stay."""
        from tui.screens.confirm import ConfirmScreen

        question = ConfirmScreen("Sign out?", text="You come back to the login.", yes="Sign out", no="Stay")
        if await self.push_screen_wait(question):
            self._end_work(await self._signed_out() or "You are signed out.")

    @work
    async def on_lock_screen_sign_out(self) -> None:
        """End the session from its locked console; nobody is asked for a secret to end one."""
        self._end_work(await self._signed_out() or "You are signed out.")

    async def action_help(self) -> None:
        """Show the help over whatever is open."""
        from tui.screens.help import HelpScreen

        if self.lock_screen is None and not isinstance(self.screen, HelpScreen):
            await self.push_screen(HelpScreen(getattr(self.screen, "KEYS_HERE", ())))

    async def action_request_quit(self) -> None:
        """Leave; whoever is signed in is asked first and signed out."""
        from tui.screens.confirm import ConfirmScreen

        if self.signed_in is None:
            self.exit()
        elif self.screen.id == "quit":
            self.screen.dismiss(result=True)
        elif not (self._asks_to_quit or isinstance(self.screen, ConfirmScreen)):
            self._asks_to_quit = True  # the key may come again before the question is there
            self.quit_after_question()

    @work
    async def quit_after_question(self) -> None:
        """Sign out and leave, unless the person wants to stay."""
        from tui.screens.confirm import ConfirmScreen

        question = ConfirmScreen(
            "Quit?", text="You are signed out and the console closes.", yes="Quit", no="Stay", id="quit"
        )
        try:
            wants_to = await self.push_screen_wait(question)
        finally:
            self._asks_to_quit = False
        if wants_to:
            trouble = await self._signed_out()
            self.exit(return_code=CANNOT_START if trouble else 0, message=trouble)

    async def end_session(self) -> None:
        """Sign out whoever is signed in."""
        if self.signed_in is not None:
            self._parting = True
            who = self.signed_in
            await asyncio.to_thread(who.services.sessions.sign_out, who.session)

    async def _signed_out(self) -> str:
        """Sign out whoever is signed in; what to tell him if the database could not be told."""
        try:
            await self.end_session()
        except Fault as fault:
            return f"{sentence(fault)} {_ENDS_BY_ITSELF}"
        return ""

    @work
    async def converse(self) -> None:
        """Sign a person in, let him work, and begin again when he has signed out."""
        email, notice = "", ""
        if self._nothing_is_there():
            email, notice = await self._first_start(), _REGISTERED
        while True:
            session = await self._sign_in(email, notice)
            email, notice = "", await self._work(session)

    def begin_opening(self) -> None:
        """Bring the database side, once the first screen stands: its imports would delay the first paint."""
        if not self._opening:
            self._opening = True
            self.open_services()

    @work
    async def open_services(self) -> None:
        """Open database and key ring, or leave with the sentence that says what is wrong with them."""
        try:
            services = await asyncio.to_thread(self._open_services)
        except (Refusal, Fault) as trouble:
            self.exit(return_code=CANNOT_START, message=sentence(trouble))
        else:
            self._services.set_result(services)
            if services.mail.is_configured and self._sends_mail:
                self.deliver_mail(services)

    @work
    async def deliver_mail(self, services: Services) -> None:
        """Send the mails that wait, for as long as this console is open."""
        from tui.mail_delivery import deliver_now_and_then

        await deliver_now_and_then(services.mail, self._mail_wanted)

    def on_mail_queued(self) -> None:
        """Send it now, and not at the next look."""
        self._mail_wanted.set()

    async def _first_start(self) -> str:
        from tui.screens.first_start import FirstStartScreen

        screen = FirstStartScreen(
            self._services, origin=self._origin, with_code=self._settings.registration == "command"
        )
        screen.call_after_refresh(self.begin_opening)
        return await self.push_screen_wait(screen)

    async def _sign_in(self, email: str, notice: str) -> Session:
        while True:
            screen = LoginScreen(self._services, origin=self._origin, email=email, notice=notice)
            screen.call_after_refresh(self.begin_opening)
            step = await self.push_screen_wait(screen)
            email, notice = screen.email, ""
            session: Session | None = None
            try:
                match step:
                    case RegistrationNeeded():
                        email, notice = await self._first_start(), _REGISTERED
                    case PasswordCodeAtHand():
                        email, notice = await self._set_password_by_code(email, step.notice)
                    case CodeNeeded():
                        session = await self._ask_code(step)
                    case EnrolmentNeeded():
                        session = await self._make_enrol(step)
                    case Session():
                        session = step
            except (Refusal, Fault) as trouble:
                notice = sentence(trouble)
            if session is not None:
                return session

    async def _set_password_by_code(self, email: str, notice: str) -> tuple[str, str]:
        """Let somebody use his code; the e-mail and the notice for the login that comes next."""
        from tui.screens.password_by_code import PasswordByCodeScreen

        screen = PasswordByCodeScreen(self._services, origin=self._origin, email=email, notice=notice)
        answer: str | None = await self.push_screen_wait(screen)
        return (email, "") if answer is None else (answer, _PASSWORD_SET)

    async def _ask_code(self, owed: CodeNeeded) -> Session | None:
        from tui.screens.security_code import SecurityCodeScreen

        services = await self._services
        answer: Session | EnrolmentNeeded | LoginExpired | None = await self.push_screen_wait(
            SecurityCodeScreen(services.login, owed, where=self._origin.host)
        )
        if isinstance(answer, LoginExpired):
            raise answer
        return await self._make_enrol(answer) if isinstance(answer, EnrolmentNeeded) else answer

    async def _make_enrol(self, owed: EnrolmentNeeded) -> Session | None:
        from tui.screens.assistant.setup_assistant import set_up_second_factor

        enrolment = (await self._services).enrolment
        setup = await asyncio.to_thread(enrolment.begin, owed)
        return await set_up_second_factor(self, enrolment, owed, setup, utf8=self.unicode)

    async def _work(self, session: Session) -> str:
        from tui.homes import home_of

        services = await self._services
        now = services.now()
        who = SignedIn(services, session, since=now, last_touch=now)
        self.signed_in, self._parting = who, False
        try:
            return await self.push_screen_wait(await home_of(who, utf8=self.unicode))
        finally:
            self.signed_in = self.lock_screen = None
            self.forget_clipboard()

    def _end_work(self, notice: str) -> None:
        if self.signed_in is None or all(screen.id != HOME for screen in self.screen_stack):
            return
        self.forget_lock()
        self._back_home()
        self.screen.dismiss(notice)

    def _back_home(self) -> None:
        while self.screen.id != HOME:
            self.pop_screen()

    def _nothing_is_there(self) -> bool:
        """Whether this is plainly a first start: the SQLite file is not there yet."""
        file = self._settings.database_file
        try:
            return file is not None and not file.exists()
        except OSError:  # it lies where this user may not look; opening it says so
            return False
