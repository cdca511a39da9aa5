"""The key that searches a list."""

from pathlib import Path

from tests.core.actors import new_person
from tests.tui.consoles import Console, console
from tui.widgets.field import Field


def searched(seen: Console) -> str:
    return seen.pilot.app.screen.query_one(".search-field", Field).value


async def at_user_manager(seen: Console) -> None:
    new_person(seen.services, seen.clock, email="bo@example.com")
    await seen.sign_in()
    await seen.sees("How your account is protected", "Support PIN")
    await seen.press("u")
    await seen.sees("bo@example.com", "2 people")


async def test_what_is_typed_fast_behind_it_is_searched_whole(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_user_manager(seen)

        await seen.type("/bo@exa")

        await seen.until(lambda: searched(seen) == "bo@exa")
        await seen.sees("1 person")


async def test_within_a_field_it_is_a_character(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_user_manager(seen)

        await seen.type("/a/b")

        await seen.until(lambda: searched(seen) == "a/b")


async def test_two_quick_enters_behind_what_is_searched_open_who_is_found(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_user_manager(seen)

        await seen.type("/bo@exa\n\n")

        await seen.sees("bo@example.com · User", "Force 2-Factor Auth")
