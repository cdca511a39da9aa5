"""A session that is ended elsewhere is noticed by a console at which nobody does anything."""

from pathlib import Path

import pytest
from sqlmodel import select

from core import sessions
from data.engine import transaction
from data.tables import Person
from tests.tui.consoles import Console, console
from tui.widgets.searched_list import SearchedList


def look(seen: Console) -> None:
    """What the list does by itself every few seconds."""
    seen.pilot.app.screen.query_one(SearchedList)._look_if_seen()


@pytest.mark.parametrize(("key", "shown"), [("r", "data centers"), ("u", "1 person")])
async def test_an_open_list_goes_back_to_the_login(tmp_path: Path, key: str, shown: str) -> None:
    async with console(tmp_path) as seen:
        await seen.sign_in()
        await seen.sees("How your account is protected", "Support PIN")
        await seen.press(key)
        await seen.sees(shown)

        with transaction(seen.services.engine) as db:
            sessions.end_all(db, db.exec(select(Person)).one(), why="ended elsewhere", now=seen.clock())
        look(seen)

        await seen.sees("Your session is over. Sign in again.")
