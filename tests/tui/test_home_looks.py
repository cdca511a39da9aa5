"""What home looks at by itself: whatever others have changed, and nothing while nobody has written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.core.actors import change_person
from tests.core.watching import statements
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.home import HomeScreen


@asynccontextmanager
async def at_home(home: Path) -> AsyncIterator[Console]:
    async with console(home) as seen:
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe", "Support PIN")
        await looks(seen)
        yield seen


async def looks(seen: Console) -> list[str]:
    """What home does every half minute; the questions of it."""
    home = seen.app.screen
    assert isinstance(home, HomeScreen)
    await seen.until(lambda: not any("look" in each.name and each.is_running for each in seen.app.workers))
    with statements(seen.services) as said:
        await home.look_around().wait()
        await seen.until(lambda: not any("look" in each.name and each.is_running for each in seen.app.workers))
    return [each for each in said if "SELECT" in each]


async def test_while_nobody_writes_nothing_is_read_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as seen:
        assert await looks(seen) == []
        assert await looks(seen) == []


async def test_what_somebody_else_has_changed_is_shown_at_the_next_look(tmp_path: Path) -> None:
    async with at_home(tmp_path) as seen:
        change_person(seen.services, EMAIL, given_name="Joan")

        assert await looks(seen) != []

        await seen.sees("Welcome, Joan Doe")
        assert await looks(seen) == []


async def test_what_time_alone_changes_is_shown_after_a_quarter_of_an_hour_or_at_midnight(tmp_path: Path) -> None:
    async with at_home(tmp_path) as seen:
        seen.clock.advance(minutes=14)
        assert await looks(seen) == []
        seen.clock.advance(minutes=1)
        seen.app.signed_in.last_touch = seen.clock()  # type: ignore[union-attr]

        assert await looks(seen) != []
