"""The Sessions tab, and the sessions of a person in the User Manager."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SessionOver
from core.login_steps import Session
from tests.core.actors import CONSOLE, PASSWORD, Someone, new_person
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.login import LoginScreen


async def at_sessions(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("Welcome, Jane Doe", "Support PIN")
    await seen.press("a")
    await seen.sees("At sign-in")
    await seen.press("n")
    await seen.sees("Where you are signed in", "Last used", "✓ this")


def another(seen: Console, host: str = "elsewhere") -> Session:
    session = seen.services.login.sign_in(EMAIL, PASSWORD, origin=replace(CONSOLE, host=host))
    assert isinstance(session, Session)
    return session


def is_over(seen: Console, session: Session) -> bool:
    try:
        seen.services.sessions.stands(session)
    except SessionOver:
        return True
    return False


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_where_one_is_signed_in_is_told(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        other = another(seen)
        seen.services.sessions.lock(other)

        await at_sessions(seen)

        await seen.sees("bastion-2", "pts/7", "elsewhere", "pts/3", "locked", "today 14:02 UTC")


async def test_a_wide_list_tells_by_which_key_a_session_was_opened(tmp_path: Path) -> None:
    async with console(tmp_path, size=(200, 50)) as seen:
        by_key = replace(CONSOLE, key="SHA256:uNiVztksCsDhcc0u9e8BrDZPWpcACJwxoaLXTRS7QjM")
        seen.services.login.sign_in(EMAIL, PASSWORD, origin=by_key)

        await at_sessions(seen)

        await seen.sees("192.0.2.7", "SSH key", "uNiVztksCsDh…")


async def test_one_is_ended_after_a_question(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        other = another(seen)
        seen.clock.advance(seconds=1)
        await at_sessions(seen)
        await seen.sees("elsewhere")

        await seen.press("down", "enter")
        await seen.sees("End the session on elsewhere pts/3?", "From 192.0.2.7, olga on elsewhere.")
        await seen.press("left", "enter")

        await seen.sees("The session is ended.")
        assert is_over(seen, other)
        await seen.until(lambda: "elsewhere" not in seen.text())


async def test_the_question_may_be_left(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        other = another(seen)
        await at_sessions(seen)
        await seen.sees("elsewhere")

        await seen.press("x")
        await seen.sees("End all other sessions of your account?")
        await seen.press("enter")

        await seen.sees("Where you are signed in")
        assert not is_over(seen, other)


async def test_all_others_are_ended_and_a_proof_is_asked_for(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_sessions(seen)
        seen.clock.advance(minutes=11)
        others = [another(seen, f"host{number}") for number in range(3)]

        await seen.press("x")
        await seen.sees("End all other sessions of your account?")
        await seen.press("left", "enter")
        await seen.sees("Is it you?")
        await seen.type(f"{PASSWORD}\n")

        await seen.sees("3 sessions ended.", "✓ this")
        assert all(is_over(seen, other) for other in others)


async def test_this_one_is_ended_and_the_login_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_sessions(seen)

        await seen.press("enter")
        await seen.sees("This is the console at which you sit")
        await seen.press("left", "enter")

        await seen.until(lambda: isinstance(seen.app.screen, LoginScreen))
        await seen.sees("You ended this session")


async def test_an_administrator_ends_one_session_of_a_person(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ulf: Someone = new_person(seen.services, seen.clock, email="ulf@example.com")
        theirs = ulf.signs_in()
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe")
        await seen.press("u")
        await seen.sees("2 people", "Berg, Ulf")
        await seen.press("enter")
        await seen.sees("ulf@example.com", "Sessions")

        await seen.press("s")
        await seen.sees("Sessions of Ulf Berg", "bastion1")
        await seen.press("enter")
        await seen.sees("End the session on bastion1 pts/3?")
        await seen.press("left", "enter")

        await seen.sees("No session is open.", "The session is ended.")
        assert is_over(seen, theirs)
