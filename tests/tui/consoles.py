"""A console over a real core, driven by keys, and what it shows as text."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from argon2.profiles import CHEAPEST
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from core.config import Settings
from core.last_visit import VisitService
from core.login import LoginService
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.origin import Origin
from core.registration import Registration
from core.services import Services, open_services
from tests.core.actors import PASSWORD, SetClock, proved
from tui.app import BartizanApp

HERE = Origin(host="bastion-2", terminal="/dev/pts/7")
DATABASE, KEY_RING = "data/bartizan.db", "keys/keys.json"
EMAIL = "jane.doe@example.com"
_CHANGING = (
    (re.compile(r"\d\d:\d\d UTC"), "14:02 UTC"),
    (re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}"), "XXXX-XXXX-XXXX-XXXX"),
)


@dataclass(frozen=True)
class Console:
    """A running console: its keys, its screen, and the core behind it."""

    pilot: Pilot[None]
    services: Services
    clock: SetClock

    async def type(self, text: str) -> None:
        """Type text as fast as a line brings it."""
        for char in text:
            key, character = ("enter", "\r") if char == "\n" else (_character_to_key(char), char)
            self.pilot.app.post_message(events.Key(key, character))
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys by their names."""
        await self.pilot.press(*keys)

    async def sees(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        await self.until(lambda: all(text in self.text() for text in texts), texts)

    async def until(self, condition: Callable[[], bool], what: object = None) -> None:
        """Wait until something is so."""
        for _ in range(600):
            if condition():
                return
            await self.pilot.pause()
        raise AssertionError(f"Waited in vain for {what}.\n{self.text()}")

    def text(self) -> str:
        """What the screen shows, with what differs from run to run made the same."""
        lines = (strip.text.rstrip() for strip in self.pilot.app.screen._compositor.render_strips())
        shown = "\n".join(lines).replace("\xa0", " ")
        for pattern, same in _CHANGING:
            shown = pattern.sub(same, shown)
        return shown

    async def run_worker(self, name: str) -> None:
        """Do now what the app does from time to time."""
        await getattr(self.pilot.app, name)().wait()
        await self.pilot.pause()

    @property
    def app(self) -> BartizanApp:
        """The console's app."""
        app = self.pilot.app
        assert isinstance(app, BartizanApp)
        return app

    def watch_over(self) -> None:
        """Do now what the app does every second or two."""
        self.app.watch_over()

    @property
    def session(self) -> Session:
        """The session of the person at this console."""
        app = self.pilot.app
        assert isinstance(app, BartizanApp)
        assert app.signed_in is not None
        return app.signed_in.session

    async def sign_in(self, password: str = PASSWORD) -> None:
        """From the login to the home screen."""
        await self.sees("E-mail")
        await self.type(f"{EMAIL}\n{password}\n")


class _ProvedLogin(LoginService):
    """Signs people in as if each had just proved himself for every act: which one a proof counts for is core's."""

    services: Services

    def __init__(self, services: Services) -> None:
        super().__init__(*(getattr(services.login, field.name) for field in fields(LoginService)))
        object.__setattr__(self, "services", services)

    def sign_in(self, email: str, password: str, *, origin: Origin) -> Session | CodeNeeded | EnrolmentNeeded:
        """As always, with every proof."""
        step = super().sign_in(email, password, origin=origin)
        return proved(self.services, step) if isinstance(step, Session) else step

    def give_code(self, owed: CodeNeeded, code: str) -> Session:
        """As always, with every proof."""
        return proved(self.services, super().give_code(owed, code))


class _NothingNew(VisitService):
    """Nobody has anything to see since his last visit: tests are rarely about that, and it lies over the home."""

    def since_last(self, session: Session) -> None:
        """Nothing, whatever the tests have done to him before."""


@cache
def _registered(contract: str, given_name: str) -> dict[str, bytes]:
    """The files of an installation with one contract owner; migrated once a process, not for each console."""
    with TemporaryDirectory() as directory:
        services = open_services(_settings(Path(directory), {}), now=SetClock(), cost=CHEAPEST)
        wanted = Registration(contract, given_name, "Doe", EMAIL, PASSWORD, PASSWORD)
        services.registration.register(wanted, origin=HERE)
        services.close()
        return {path: Path(directory, path).read_bytes() for path in (DATABASE, KEY_RING)}


def _settings(home: Path, more: Mapping[str, str]) -> Settings:
    return Settings(f"sqlite:///{home / DATABASE}", home / KEY_RING, home / "bartizan.log", **more)


@asynccontextmanager
async def console(
    home: Path,
    *,
    size: tuple[int, int] = (80, 24),
    registered: bool = True,
    contract: str = "Example GmbH",
    given_name: str = "Jane",
    with_news: bool = False,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[Console]:
    """A console on a database of its own, with one contract owner in it or with nobody."""
    clock = SetClock()
    settings = _settings(home, more or {})
    if registered:
        for path, content in _registered(contract, given_name).items():
            (home / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (home / path).touch(mode=0o600)
            (home / path).write_bytes(content)
    opened: list[Services] = []

    def open_them() -> Services:
        services = open_services(settings, now=clock, cost=CHEAPEST)
        visits = services.visits if with_news else _NothingNew(services.engine, services.keys, services.now)
        opened.append(replace(services, login=_ProvedLogin(services), visits=visits))
        return opened[0]

    app = BartizanApp(settings, origin=HERE, open_services=open_them, no_color=False)
    try:
        async with app.run_test(size=size) as pilot:
            app.watching.pause()  # a test says when: `watch_over`
            while not opened:
                await pilot.pause()
            yield Console(pilot, opened[0], clock)
    finally:
        for services in opened:
            services.close()
