"""What is secret on a screen is covered after a minute without a key, and one key brings it back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.password_codes import IssuedCode
from tests.core.actors import PASSWORD, change_person
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.issued_code import IssuedCodeScreen
from tui.screens.recovery_codes import RecoveryCodesScreen
from tui.widgets.qr_code import QrCode

SECRET = "WXYZ-1234-WXYZ-5678"


def a_minute_later(seen: Console) -> None:
    last = seen.app.seconds()
    seen.app.seconds = lambda: last + 60
    seen.watch_over()


def is_covered(seen: Console) -> bool:
    return "Hidden after a minute" in seen.text()


async def at_the_qr_code(seen: Console) -> None:
    """In the setup assistant at the login: nobody is signed in."""
    change_person(seen.services, EMAIL, force_sec_auth=True)
    await seen.type(f"{EMAIL}\n{PASSWORD}\n")
    await seen.sees("Install the app")
    await seen.press("enter")
    await seen.sees("Scan the QR code", "▀")


async def test_the_qr_code_is_covered_at_the_login_too_and_a_key_only_uncovers_it(tmp_path: Path) -> None:
    async with console(tmp_path, size=(120, 45)) as seen:
        await at_the_qr_code(seen)
        painted = seen.text()

        a_minute_later(seen)
        await seen.until(lambda: is_covered(seen))
        assert not {"▀", "▄", "█"} & set(seen.text())
        await seen.press("enter")

        await seen.until(lambda: "▀" in seen.text())
        assert seen.text() == painted


@pytest.mark.parametrize("size", [(100, 40), (120, 50)])
async def test_another_size_of_the_window_does_not_bring_it_back(tmp_path: Path, size: tuple[int, int]) -> None:
    """Attack: whoever finds the terminal enlarges its window, and the code is drawn anew."""
    async with console(tmp_path, size=(120, 45)) as seen:
        await at_the_qr_code(seen)
        a_minute_later(seen)
        await seen.until(lambda: is_covered(seen))

        await seen.pilot.resize_terminal(*size)
        await seen.pilot.pause()

        assert seen.app.screen.query(QrCode)
        assert "▀" not in seen.text()


async def test_the_key_to_type_is_covered(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        change_person(seen.services, EMAIL, force_sec_auth=True)
        await seen.type(f"{EMAIL}\n{PASSWORD}\n")
        await seen.sees("Install the app")
        await seen.press("enter")
        await seen.sees("Scan the QR code")
        await seen.press("k")
        await seen.sees("Time-based, six digits")

        a_minute_later(seen)

        await seen.until(lambda: is_covered(seen))
        assert "Time-based" not in seen.text()


@pytest.mark.parametrize("kind", ["recovery", "issued"])
async def test_codes_that_are_shown_once_are_covered_and_not_lost(tmp_path: Path, kind: str) -> None:
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe", "Support PIN")
        codes = (
            RecoveryCodesScreen((SECRET,) * 10) if kind == "recovery" else IssuedCodeScreen("Code", _issued(), how="")
        )
        seen.app.push_screen(codes)
        await seen.sees("XXXX-XXXX-XXXX-XXXX")

        a_minute_later(seen)
        await seen.until(lambda: is_covered(seen))
        assert "XXXX" not in seen.text()
        await seen.press("ctrl+c")
        await seen.sees("XXXX-XXXX-XXXX-XXXX")
        assert seen.app.screen is codes

        await seen.press("ctrl+o")
        await seen.sees("This console is locked")
        assert "XXXX" not in seen.text()
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("XXXX-XXXX-XXXX-XXXX")


async def test_where_nothing_is_secret_a_key_after_a_minute_does_what_it_does(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("Welcome, Jane Doe", "Support PIN")
        a_minute_later(seen)

        await seen.press("u")

        await seen.sees("1 person")


def _issued() -> IssuedCode:
    return IssuedCode(code=SECRET, email=EMAIL, expires_at=datetime(2026, 3, 3, tzinfo=UTC))
