"""Locks in the User Manager: what was guessed too often, where that counts, and how it is ended."""

from pathlib import Path

import pytest

from core.errors import WrongCredentials
from core.origin import Origin
from tests.core.actors import PASSWORD
from tests.tui.consoles import Console
from tests.tui.test_user_manager import at_details, at_user_manager
from tui.screens.panes.person import PersonPane

HOME = Origin(host="bastion1", unix_user="ana")
ANA = "ana@example.com"


def guess(seen: Console, origin: Origin) -> None:
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            seen.services.login.sign_in(ANA, "wrong", origin=origin)


async def test_a_lock_says_for_which_places_it_is_and_unlocking_ends_it_in_all(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        seen.services.login.sign_in(ANA, PASSWORD, origin=HOME)
        guess(seen, HOME)
        guess(seen, Origin(host="elsewhere"))
        await at_details(seen, "Janes")
        await seen.sees(
            "password, from places new to this",
            "password, from a place where this",
        )

        await seen.press("l")
        await seen.sees("Ana Janes can try again at once.")
        await seen.until(lambda: "Locked" not in seen.text(), "no lock")

        seen.services.login.sign_in(ANA, PASSWORD, origin=Origin(host="elsewhere"))


async def test_open_details_show_a_lock_that_came_meanwhile(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Janes")
        assert "Unlock" not in seen.text()
        guess(seen, Origin(host="elsewhere"))

        seen.app.screen.query_one(PersonPane).look_if_seen()

        await seen.sees("Locked", "Unlock")
