"""The third way at the code prompt: the app is lost, and the support desk has let 2-factor be removed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.core.actors import PASSWORD, Someone, change_person, last_event, person_of
from tests.tui.consoles import Console, console
from tests.tui.place import focus_is_on, yes
from tests.tui.test_pictures import SIZES, looks_like
from tests.tui.test_stop_reset import ULF, is_reset, with_factor
from tui.screens.login import LoginScreen

QUESTION = "Remove 2-factor?"
LOST = "My app is lost: remove 2-factor"


@asynccontextmanager
async def at_the_prompt(home: Path, *, hours: int = 24, **how: Any) -> AsyncIterator[tuple[Console, Someone]]:
    """Ulf, so many hours after two agents have agreed that his second factor is removed, with his password given."""
    async with console(home, **how) as seen:
        ulf = with_factor(seen)
        is_reset(seen, ulf)
        seen.clock.advance(hours=hours)
        await seen.sees("E-mail")
        await seen.type(f"{ULF}\n{PASSWORD}\n")
        await seen.sees("Security code", "Recovery code")
        await focus_is_on(seen, "code-field")
        yield seen, ulf


async def to_the_question(seen: Console) -> None:
    await seen.press("tab", "tab", "tab", "tab")
    await focus_is_on(seen, "app-lost")
    await seen.press("enter")
    await seen.sees(QUESTION, "for good", "cancel")
    await focus_is_on(seen, "no")


def has_factor(seen: Console) -> bool:
    return person_of(seen.services, ULF).sec_auth_active


async def test_in_a_small_window_all_ways_and_the_question_are_seen(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path, size=(60, 15)) as (seen, _):
        await seen.sees("Sign in", "Recovery code", "A code of the app stops it.", LOST)

        await to_the_question(seen)


@pytest.mark.parametrize("size", SIZES)
async def test_where_a_reset_is_due_the_prompt_has_a_third_way(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_the_prompt(tmp_path, size=size) as (seen, _):
        await seen.sees("A code of the app stops it.", LOST)

        looks_like(seen, "app_lost", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_question_says_what_is_lost_and_its_harmless_answer_has_the_focus(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with at_the_prompt(tmp_path, size=size) as (seen, _):
        await to_the_question(seen)

        looks_like(seen, "app_lost_question", size)


async def test_before_it_is_due_there_are_two_ways(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path, hours=23) as (seen, _):
        assert LOST not in seen.text()
        await seen.press("tab", "tab", "tab", "tab")
        await focus_is_on(seen, "code-field")


async def test_who_says_that_the_app_is_lost_is_in_with_the_password(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path) as (seen, _):
        await to_the_question(seen)
        await yes(seen, QUESTION)

        await seen.sees("Welcome, Ulf Berg.", "Support PIN")
        assert not has_factor(seen)
        assert last_event(seen.services, "reset 2-factor after the cool-off").target == ULF
        assert not seen.session.second_factor


async def test_where_2_factor_is_forced_the_setup_of_another_app_follows(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path) as (seen, _):
        change_person(seen.services, ULF, force_sec_auth=True)
        await to_the_question(seen)
        await yes(seen, QUESTION)

        await seen.until(lambda: "Assistant" in type(seen.pilot.app.screen).__module__.title(), "the assistant")
        assert not has_factor(seen)
        assert seen.app.signed_in is None


async def test_who_thinks_better_of_it_gives_his_code_and_the_reset_is_stopped(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path) as (seen, ulf):
        await to_the_question(seen)
        await seen.press("escape")
        await seen.until(lambda: QUESTION not in seen.text())
        assert has_factor(seen)

        await seen.press("shift+tab", "shift+tab", "shift+tab", "shift+tab")
        await focus_is_on(seen, "code-field")
        await seen.type(f"{ulf.code()}\n")

        await seen.sees("Welcome, Ulf Berg.", "Support PIN")
        assert has_factor(seen)
        assert person_of(seen.services, ULF).factor_reset_at is None


async def test_one_that_was_stopped_meanwhile_says_so_at_the_field_and_the_code_is_still_taken(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path) as (seen, ulf):
        await to_the_question(seen)
        owner = Someone(seen.services, seen.clock, "jane.doe@example.com").signs_in()
        seen.services.factor_resets.stop_for(owner, person_of(seen.services, ULF).id)
        await yes(seen, QUESTION)

        await seen.sees("This reset of 2-factor is not waiting")
        await seen.until(lambda: LOST not in seen.text())
        await focus_is_on(seen, "code-field")
        await seen.type(f"{ulf.code()}\n")
        await seen.sees("Welcome, Ulf Berg.", "Support PIN")
        assert has_factor(seen)


async def test_who_takes_too_long_comes_back_to_the_login(tmp_path: Path) -> None:
    async with at_the_prompt(tmp_path) as (seen, _):
        await to_the_question(seen)
        seen.clock.advance(minutes=11)
        await yes(seen, QUESTION)

        await seen.until(lambda: isinstance(seen.pilot.app.screen, LoginScreen), "the login")
        assert has_factor(seen)
