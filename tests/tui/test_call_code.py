"""The call code: shown to the person at the console, good once, and gone from the screen in good time."""

import re
from pathlib import Path

import pytest
from textual.widgets import Digits

from core.errors import CallerUnproven
from tests.core.actors import PASSWORD, Someone, last_event
from tests.core.desk import new_agent
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.account_management import AccountManagementScreen
from tui.screens.panes.call_code import CallCodePane
from tui.screens.proof import ProofScreen


async def at_the_button(seen: Console) -> None:
    """From home to the button by one key."""
    await seen.sign_in()
    await seen.sees("Welcome, Jane Doe", "Support PIN")
    await seen.press("c")
    await seen.until(lambda: getattr(seen.app.focused, "id", None) == "show-call-code", "the button")


def shown_code(seen: Console) -> str:
    """The digits on the screen; nothing where there are none."""
    found = seen.app.screen.query(CallCodePane).first().query(Digits)
    return found.first().value if found else ""


async def shows_code(seen: Console) -> str:
    await at_the_button(seen)
    await seen.press("enter")
    await seen.until(lambda: bool(shown_code(seen)), "a code")
    return shown_code(seen)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_a_code_is_shown_large_in_two_groups_with_the_time_until_which_it_is_good(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size) as seen:
        code = await shows_code(seen)

        assert [len(group) for group in code.split(" ")] == [3, 3]
        await seen.sees("Good until 14:02 UTC.")
        digits = seen.app.screen.query(CallCodePane).first().query_one(Digits)
        assert digits.size.height == 3
        assert seen.app.screen.query_one("#password-and-security").region.contains_region(digits.region)


async def test_it_stands_in_for_the_pin_once(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = await shows_code(seen)
        owner = Someone(seen.services, seen.clock, EMAIL)
        ann, bob = new_agent(owner, "ann@desk.example"), new_agent(owner, "bob@desk.example")

        assert ann.has_ticket(EMAIL, code).proven

        with pytest.raises(CallerUnproven):
            bob.has_ticket(EMAIL, code)


async def test_a_proof_is_asked_for_that_names_what_for(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_the_button(seen)
        seen.clock.advance(minutes=11)

        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, ProofScreen), "the proof")
        await seen.sees("To show a call code for the support desk")
        await seen.type(f"{PASSWORD}\n")

        await seen.until(lambda: isinstance(seen.app.screen, AccountManagementScreen))
        await seen.until(lambda: bool(shown_code(seen)), "a code")
        assert last_event(seen.services, "get a call code")


async def test_whoever_leaves_the_proof_is_shown_nothing(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_the_button(seen)
        seen.clock.advance(minutes=11)
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, ProofScreen), "the proof")

        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.app.screen, AccountManagementScreen))
        assert not shown_code(seen)


async def test_it_is_covered_after_a_minute_without_a_key(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await shows_code(seen)
        last = seen.app.seconds()
        seen.app.seconds = lambda: last + 60

        seen.watch_over()

        await seen.sees("Hidden after a")


async def test_it_goes_after_five_minutes(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await shows_code(seen)
        pane = seen.app.screen.query_one(CallCodePane)
        seen.clock.advance(minutes=4, seconds=59)
        await pane.look_at_time()
        assert shown_code(seen)

        seen.clock.advance(seconds=1)
        await pane.look_at_time()

        assert not shown_code(seen)
        await seen.sees("It is no longer good.")


async def test_it_goes_when_another_tab_is_opened(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await shows_code(seen)

        await seen.press("s")
        await seen.sees("At sign-in")
        await seen.press("p")
        await seen.sees("Last changed")

        assert not shown_code(seen)
        assert "Good until" not in seen.text()


async def test_it_goes_when_the_screen_is_left(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await shows_code(seen)

        await seen.press("escape")
        await seen.sees("Welcome, Jane Doe")
        await seen.press("c")
        await seen.until(lambda: isinstance(seen.app.screen, AccountManagementScreen))

        assert not shown_code(seen)


async def test_on_a_terminal_without_utf8_the_digits_are_plain(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        seen.app.unicode = False
        await at_the_button(seen)

        await seen.press("enter")
        await seen.sees("Good until")

        assert not seen.app.screen.query(Digits)
        assert re.search(r" \d{3} \d{3} ", seen.text())
