"""Consoles of one process that look together: each shows what it would show alone, and those with nothing are left."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from textual.widgets import Static

from core.errors import Fault, SessionOver
from core.login_steps import Session
from core.own_calls import NOTHING, Heard
from data.engine import transaction
from data.tables import ConsoleSession
from tests.core.actors import CONSOLE, PASSWORD, Someone
from tests.core.desk import new_agent
from tests.core.watching import statements
from tests.tui.consoles import DATABASE, EMAIL, Console, console
from tui.guarded import GuardedApp
from tui.hosting.heard_together import CLOCKS_AT_ONCE, HeardTogether
from tui.screens.lock import LockScreen
from tui.signed_in import SignedIn

ANN = "ann@desk.example"


def looking_for(*consoles: Console, seconds: Callable[[], float] = time.monotonic) -> HeardTogether:
    together = HeardTogether(lambda: [seen.app for seen in consoles], seconds=seconds)
    for seen in consoles:
        together.take(seen.app)
    return together


async def at_home(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("Welcome, Jane Doe", "Support PIN")


def another(seen: Console) -> Session:
    session = seen.services.login.sign_in(EMAIL, PASSWORD, origin=CONSOLE)
    assert isinstance(session, Session)
    return session


def asked_by(seen: Console) -> list[Session]:
    """Every question that the console asks itself from now on."""
    asked: list[Session] = []
    hear = seen.app.hear

    def note(who: SignedIn, session: Session) -> Awaitable[Heard]:
        asked.append(session)
        return hear(who, session)

    seen.app.hear = note
    return asked


async def settled(seen: Console) -> None:
    """Until whatever the home screen has begun is done."""
    workers = seen.app.workers
    await seen.until(lambda: not any("look" in each.name and each.is_running for each in workers), "no look")


async def test_a_session_that_was_ended_elsewhere_brings_its_console_back_to_the_login(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        seen.services.sessions.end_others(another(seen))

        await together.look()

        await seen.sees("You ended this session from another console.")


async def test_a_call_is_shown_and_its_end_too(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        ann = new_agent(Someone(seen.services, seen.clock, EMAIL), ANN)
        call = ann.calls(EMAIL)

        await together.look()
        await seen.sees("Support call: Ann Bell")

        seen.services.support_desk.end_call(ann.session, call.id)
        await together.look()
        await seen.until(lambda: "Support call" not in seen.text(), "no call")


async def test_what_locks_a_session_elsewhere_locks_its_console_and_a_locked_one_is_left(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        seen.services.sessions.lock(seen.session)

        await together.look()
        await seen.until(lambda: isinstance(seen.app.screen, LockScreen), "the lock")

        asked = asked_by(seen)
        await together.look()
        await seen.pilot.pause()
        assert asked == []

        await seen.type(f"{PASSWORD}\n")
        await seen.until(lambda: not isinstance(seen.app.screen, LockScreen), "the lock to go")
        await together.look()
        await seen.pilot.pause()
        assert not isinstance(seen.app.screen, LockScreen)


async def test_a_console_that_nobody_touches_is_locked_though_the_database_does_not_answer(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        loses_its_database(seen, tmp_path)
        together.look_at_time()
        await seen.pilot.pause()
        assert not isinstance(seen.app.screen, LockScreen)

        seen.clock.advance(minutes=15)
        together.look_at_time()
        await together.look()

        await seen.until(lambda: isinstance(seen.app.screen, LockScreen), "the lock")


async def test_a_console_that_is_broken_keeps_no_other_from_being_locked(tmp_path: Path) -> None:
    def fails() -> float:
        raise ZeroDivisionError

    broken: GuardedApp[None] = GuardedApp()
    broken.secrets.add(Static())
    broken.seconds = fails
    async with console(tmp_path) as seen:
        await at_home(seen)
        seen.clock.advance(minutes=15)

        HeardTogether(lambda: [broken, seen.app]).look_at_time()

        await seen.until(lambda: isinstance(seen.app.screen, LockScreen), "the lock")


async def test_a_console_that_is_12_hours_old_goes_back_to_the_login(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        seen.clock.advance(hours=12)

        together.look_at_time()

        await seen.sees("Your session was 12 hours old and is over.")


async def test_secrets_are_covered_after_a_minute_without_a_key(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        seen.app.secrets.add(seen.app.screen)
        began = seen.app.seconds()
        seen.app.seconds = lambda: began + 61

        together.look_at_time()

        await seen.until(lambda: seen.app.conceals, "covered secrets")
        assert not seen.app.is_due


async def test_a_console_with_nothing_to_show_asks_nothing_itself(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        asked = asked_by(seen)
        await settled(seen)

        with statements(seen.services) as said:
            together.look_at_time()
            await together.look()
            await seen.pilot.pause()

        assert asked == []
        assert sum("SELECT" in each for each in said) == 3


async def test_while_nobody_writes_and_nobody_has_anything_it_is_not_even_asked_for_ten_seconds(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        passed = 100.0
        together = looking_for(seen, seconds=lambda: passed)
        await at_home(seen)
        await settled(seen)
        await together.look()

        with statements(seen.services) as said:
            await together.look()
            passed = 109.9
            await together.look()
        assert said == []

        with statements(seen.services) as said:
            passed = 110.0
            await together.look()
        assert len(said) > 0


async def test_what_is_written_is_seen_at_the_very_next_look_and_so_is_another_session(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        passed = 100.0
        together = looking_for(seen, seconds=lambda: passed)
        await at_home(seen)
        await settled(seen)
        await together.look()
        await together.look()
        seen.services.sessions.end_others(another(seen))

        await together.look()

        await seen.sees("You ended this session from another console.")


async def test_while_there_is_something_to_show_it_is_asked_at_every_look(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        passed = 100.0
        together = looking_for(seen, seconds=lambda: passed)
        await at_home(seen)
        new_agent(Someone(seen.services, seen.clock, EMAIL), ANN).calls(EMAIL)
        await together.look()
        await seen.sees("Support call: Ann Bell")
        await together.look()
        seen.clock.advance(minutes=14, seconds=59)
        seen.app.signed_in.last_touch = seen.clock()  # type: ignore[union-attr]
        with transaction(seen.services.engine) as db:
            db.connection().execute(update(ConsoleSession).values(last_used_at=seen.clock()))
        await together.look()
        await seen.sees("Support call: Ann Bell")

        seen.clock.advance(seconds=1)
        await together.look()

        await seen.until(lambda: "Support call" not in seen.text(), "no call, by time alone")


async def test_where_nobody_is_signed_in_nothing_is_asked(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await seen.sees("E-mail")

        with statements(seen.services) as said:
            together.look_at_time()
            await together.look()

        assert said == []


async def test_what_several_ask_within_a_moment_is_one_question_and_each_gets_his_answer(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        who, stands, over = seen.app.signed_in, another(seen), another(seen)
        assert who is not None
        seen.services.sessions.sign_out(over)
        await settled(seen)

        with statements(seen.services) as said:
            first, second, third = await asyncio.gather(
                together.hear(who, stands),
                together.hear(who, over),
                together.hear(who, stands),
                return_exceptions=True,
            )

        assert sum("SELECT" in each for each in said) == 3
        assert first == third == NOTHING
        assert isinstance(second, SessionOver)
        assert second.why == "signed out"


async def test_who_is_gone_before_the_answer_keeps_nobody_from_his(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        who, session = seen.app.signed_in, seen.session
        assert who is not None
        gone = asyncio.create_task(together.hear(who, session))
        stays = asyncio.create_task(together.hear(who, session))
        await asyncio.sleep(0)

        gone.cancel()

        assert await stays == NOTHING
        assert gone.cancelled()


async def test_a_fault_is_raised_to_all_that_asked_and_the_next_question_is_asked_anew(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        who, session = seen.app.signed_in, seen.session
        assert who is not None
        await settled(seen)
        comes_back = loses_its_database(seen, tmp_path)

        answers = await asyncio.gather(*(together.hear(who, session) for _ in range(3)), return_exceptions=True)

        assert all(isinstance(each, Fault) for each in answers)
        comes_back.rename(tmp_path / DATABASE)
        assert await together.hear(who, session) == NOTHING


async def test_it_looks_again_and_again_until_it_is_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.hosting.heard_together.LOOK_EVERY", 0.01)
    async with console(tmp_path) as seen:
        together = looking_for(seen)
        await at_home(seen)
        watching = asyncio.create_task(together.watch())
        seen.services.sessions.end_others(another(seen))

        await seen.sees("You ended this session from another console.")
        assert not watching.done()

        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching


def loses_its_database(seen: Console, home: Path) -> Path:
    """Where the database is now, which nobody finds there."""
    seen.services.engine.dispose()
    return (home / DATABASE).rename(home / "elsewhere.db")


async def test_a_new_minute_is_painted_by_a_few_consoles_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path) as seen:
        told: list[str] = []
        another = [Behind(told) for _ in range(CLOCKS_AT_ONCE)]
        together = HeardTogether(lambda: [*another, seen.app])  # type: ignore[list-item]
        later = time.time() + 60
        monkeypatch.setattr(time, "time", lambda: later)

        together.look_at_time()
        assert len(told) == CLOCKS_AT_ONCE
        assert seen.app.is_behind(int(later // 60))
        another.clear()
        together.look_at_time()

        await seen.until(lambda: not seen.app.is_behind(int(later // 60)), "the console to tell the time")


class Behind:
    """A console whose clock is behind."""

    is_due = False

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def is_behind(self, _minute: int) -> bool:
        return True

    def tell_time(self) -> None:
        """Nobody calls it here."""

    def call_later(self, _act: object) -> None:
        self.told.append("told")
