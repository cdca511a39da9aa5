"""Style rules are parsed once for all consoles of a process, and each console has those of its theme."""

from pathlib import Path
from typing import Any

import pytest
from textual.css import stylesheet

from tests.tui.consoles import Console, console

HOME = "How your account is protected"


def background(seen: Console) -> object:
    return seen.app.screen.background_colors[1]


async def test_a_second_console_parses_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = vars(stylesheet)["parse"]

    def noted(scope: str, css: str, *args: Any, **named: Any) -> Any:
        parsed.append(css)
        return parse(scope, css, *args, **named)

    async with console(tmp_path / "first") as seen:
        await seen.sign_in()
        await seen.sees(HOME)
    monkeypatch.setattr(stylesheet, "parse", noted)

    async with console(tmp_path / "second") as seen:
        await seen.sign_in()
        await seen.sees(HOME)

    assert parsed == []


async def test_consoles_of_both_themes_at_once_have_each_its_own_colours(tmp_path: Path) -> None:
    async with console(tmp_path / "dark", more={"theme": "dark"}) as dark:
        before = background(dark)
        async with console(tmp_path / "light", more={"theme": "light"}) as light:
            await light.sign_in()
            await light.sees(HOME)
            await dark.sign_in()
            await dark.sees(HOME)

            assert background(dark) == before
            assert background(light) != background(dark)


async def test_no_console_changes_what_another_is_painted_with(tmp_path: Path) -> None:
    async with console(tmp_path / "one") as one, console(tmp_path / "other") as other:
        await one.sees("E-mail")
        await other.sees("E-mail")
        before = background(other)

        one.app.screen.styles.background = "red"
        one.app.refresh_css(animate=False)
        await one.pilot.pause()
        other.app.refresh_css(animate=False)
        await other.pilot.pause()

        assert background(other) == before != background(one)
