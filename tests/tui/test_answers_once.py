"""A question is answered once."""

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from tui.screens.confirm import ConfirmScreen


class Below(Screen[None]):
    """What stands under the question."""

    def compose(self) -> ComposeResult:
        yield Static("below")


@pytest.mark.parametrize("answers", [1, 2, 5])
async def test_answers_that_follow_the_first_close_nothing_more(answers: int) -> None:
    app: App[None] = App()
    heard: list[bool | None] = []
    async with app.run_test() as pilot:
        below, question = Below(), ConfirmScreen("Really?", text="", yes="Yes")
        await app.push_screen(below)
        await app.push_screen(question, heard.append)

        for _ in range(answers):
            question.dismiss(True)
        await pilot.pause()

        assert heard == [True]
        assert app.screen is below


async def test_an_answer_that_comes_under_another_screen_closes_that_too() -> None:
    app: App[None] = App()
    heard: list[bool | None] = []
    async with app.run_test() as pilot:
        below, question = Below(), ConfirmScreen("Really?", text="", yes="Yes")
        await app.push_screen(below)
        await app.push_screen(question, heard.append)
        await app.push_screen(Below())

        question.dismiss(True)
        await pilot.pause()

        assert heard == [True]
        assert app.screen is below
