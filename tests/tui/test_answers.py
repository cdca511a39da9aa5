"""An answer of the core that comes when its screen is gone."""

import asyncio
from datetime import UTC, datetime

import pytest
from textual.app import App
from textual.screen import Screen

from core.errors import WrongCode
from tui.answers import answered

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def refuse() -> str:
    raise WrongCode(NOW)


async def test_who_is_there_hears_the_answer_and_the_refusal() -> None:
    async with App[None]().run_test() as pilot:
        assert await answered(pilot.app.screen, str.upper, "yes") == "YES"
        with pytest.raises(WrongCode):
            await answered(pilot.app.screen, refuse)


async def test_who_is_being_closed_is_cancelled_whatever_comes() -> None:
    """The home screen showed an account in lines that were gone already: the console ended with a fault."""
    async with App[None]().run_test() as pilot:
        closed: Screen[None] = Screen()
        await pilot.app.push_screen(closed)
        pilot.app.pop_screen()

        for act in (str, refuse):
            with pytest.raises(asyncio.CancelledError):
                await answered(closed, act)
