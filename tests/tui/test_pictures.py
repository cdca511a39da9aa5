"""What the screens look like, as text that a diff shows. A picture that is deleted is drawn anew by the next run."""

from pathlib import Path

import pytest

from tests.core.actors import PASSWORD, Someone
from tests.tui.consoles import EMAIL, Console, console

PICTURES = Path(__file__).parent / "pictures"
SIZES = [(80, 24), (200, 50)]


def looks_like(seen: Console, name: str, size: tuple[int, int]) -> None:
    """Compare with the picture, or draw it and say so."""
    path = PICTURES / f"{name}_{size[0]}x{size[1]}.txt"
    shown = seen.text() + "\n"
    if not path.exists():
        path.write_text(shown, encoding="utf-8")
        pytest.fail(f"{path.name} was not there and has been drawn. Look at it.")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES)
async def test_first_start(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size, registered=False) as seen:
        await seen.sees("Register your contract", "no name of yours")

        looks_like(seen, "first_start", size)


@pytest.mark.parametrize("size", SIZES)
async def test_sign_in_after_a_wrong_password(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sign_in("wrong")
        await seen.sees("Wrong e-mail or password", "  Sign in  ")

        looks_like(seen, "login_wrong", size)


@pytest.mark.parametrize("size", SIZES)
async def test_security_code(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        person = Someone(seen.services, seen.clock, EMAIL)
        person.enrols(person.signs_in())
        await seen.sign_in()
        await seen.sees("step 2 of 2")

        looks_like(seen, "security_code", size)


@pytest.mark.parametrize("size", SIZES)
async def test_first_login_with_a_wrong_code(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sees("First login")
        await seen.type(EMAIL)
        await seen.press("escape", "f")
        await seen.sees("Set your password")
        await seen.type("XK7M-2B9Q\nTurret-over-9-gates\nTurret-over-9-gates\n")
        await seen.sees("Wrong e-mail or code")

        looks_like(seen, "password_by_code", size)


@pytest.mark.parametrize("size", SIZES)
async def test_home_without_a_second_factor(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sign_in()
        await seen.sees("Support PIN", "not set", "Contract owner")

        looks_like(seen, "home", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_security_tab_of_somebody_whose_second_factor_is_forced(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    from tests.core.actors import change_person

    async with console(tmp_path, size=size) as seen:
        await seen.sign_in()
        await seen.sees("Support PIN")
        change_person(seen.services, EMAIL, force_sec_auth=True, forced_by="Olivia Owner")
        await seen.press("a")
        await seen.sees("Activated by Olivia Owner: set it up now")

        looks_like(seen, "security_forced", size)


@pytest.mark.parametrize("size", SIZES)
async def test_password_and_security(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sign_in()
        await seen.sees("Support PIN")
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("p")
        await seen.sees("Last changed")
        await seen.type(f"{PASSWORD}\nHarbour")
        await seen.sees("Strength")

        looks_like(seen, "password_and_security", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_steps_of_the_assistant_that_show_no_secret(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sign_in()
        await seen.sees("Support PIN")
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("space")
        await seen.sees("You need an authenticator app")
        looks_like(seen, "assistant_install", size)
        await seen.press("enter")
        await seen.sees("Point your app")
        await seen.press("enter")
        await seen.sees("It changes every")
        await seen.type("000000\n")
        await seen.sees("does not match")

        looks_like(seen, "assistant_wrong_code", size)


@pytest.mark.parametrize("size", SIZES)
async def test_help(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sees("Sign in")
        await seen.press("f1")
        await seen.sees("When something does not work")

        looks_like(seen, "help", size)
