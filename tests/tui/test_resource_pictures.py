"""What the User Manager looks like; see test_pictures."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.actors import Someone, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.test_pictures import SIZES, looks_like
from tui.widgets.check_box import CheckBox


def add_people(seen: Console) -> None:
    """Some of each kind, among them names that are hard to draw."""
    services, clock = seen.services, seen.clock
    new_person(services, clock, email="tom@example.com", given_name="Tomasz", family_name="Janek", force_sec_auth=True)
    new_person(services, clock, email="li@example.com", given_name="[/]", family_name="名前", active=False)
    new_person(services, clock, email="farid@example.com", given_name="Farid", family_name="حداد", password_hash=None)
    until = clock() + timedelta(minutes=25)
    new_person(services, clock, email="kwame@example.com", given_name="Kwame", family_name="Mensah", locked_until=until)
    ana = new_person(services, clock, email="ana@example.com", given_name="Ana", family_name="Janes")
    ana.enrols(ana.signs_in())
    jane = Someone(services, clock, EMAIL).signs_in()
    for name in ("Karlsruhe", "Operations"):
        group_id = services.groups.create(jane, name)
        services.members.add(jane, group_id, [person_of(services, "ana@example.com").id])
    services.sessions.sign_out(jane)


@pytest.mark.parametrize("size", SIZES)
async def test_home_of_an_owner_with_people(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        add_people(seen)
        await seen.sign_in()
        await seen.sees("not set", "Locked", "f Force 2-factor")

        looks_like(seen, "home_with_people", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_user_manager(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        add_people(seen)
        await seen.sign_in()
        await seen.sees("Locked")
        await seen.press("u")
        await seen.sees("6 people", "Contract owner", "v Filter")
        await seen.press("down", "space", "down", "space")
        await seen.sees("2 ticked", "(2)", "q Quit")
        if size[0] > 110:
            await seen.sees("ana@example.com · User", "r Reset 2-Factor")

        looks_like(seen, "user_manager", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_user_details(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        add_people(seen)
        await seen.sign_in()
        await seen.sees("Locked")
        await seen.press("u")
        await seen.sees("6 people")
        await seen.press("down", "down", "enter")
        await seen.sees("ana@example.com · User", "r Reset 2-Factor", "Contract owner")
        await seen.press("f")
        await seen.sees("not saved yet")

        looks_like(seen, "user_details", size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_forecast_before_somebody_is_deleted(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        add_people(seen)
        await seen.sign_in()
        await seen.sees("Locked")
        await seen.press("u")
        await seen.sees("6 people")
        await seen.press("down", "down", "enter")
        await seen.sees("ana@example.com · User", "r Reset 2-Factor", "Contract owner")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox))
        await seen.press("D")
        await seen.sees("To go on, type")

        looks_like(seen, "user_delete", size)
