"""What a console shows while the clock of its server is wrong."""

from pathlib import Path

import pytest

from tests.core.actors import PASSWORD
from tests.tui.consoles import EMAIL, Console, console


def says(seen: Console, words: str) -> bool:
    """Whether these words stand on the screen, wherever the lines break."""
    return words in " ".join(seen.text().replace("│", " ").split())


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_the_login_says_in_full_that_the_servers_clock_went_back(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        seen.clock.advance(days=-1)
        await seen.sign_in()

        await seen.sees("This server's clock went back 24 h")
        assert says(seen, "it says 1 Mar 2026")
        assert says(seen, "UTC. Nobody gets in until it is right. On the host: bartizan clock")

        seen.clock.advance(days=1)
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("Welcome, Jane Doe")


async def test_who_is_at_work_goes_back_to_the_login_which_says_why(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe", "Support PIN")
        seen.clock.advance(hours=-1)
        for key in ("a", "escape", "u", "escape", "s"):
            await seen.press(key)

        seen.watch_over()

        await seen.sees("E-mail", "This server's clock went back 1 h")
        seen.clock.advance(hours=1)
        await seen.type(f"{EMAIL}\n{PASSWORD}\n")
        await seen.sees("Welcome, Jane Doe")


async def test_who_leaves_meanwhile_leaves(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe")
        seen.clock.advance(hours=-1)

        await seen.press("ctrl+c")
        await seen.sees("Quit?")
        await seen.press("ctrl+c")
        await seen.until(lambda: seen.pilot.app._exit)

        assert seen.pilot.app.return_code == 0
