"""A contract with people, groups and data centers, and the keys that lead to their screens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.login_steps import Session
from core.resources import Kind
from core.shares import Given
from tests.core.actors import PASSWORD, SetClock, Someone, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tui.widgets.row_list import RowList

SOON = 0.02
"""Seconds between two looks of a list, so that no test waits for the next one."""


def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lists and details look again all the time."""
    monkeypatch.setattr("tui.screens.panes.resources.LOOK_EVERY", SOON)
    monkeypatch.setattr("tui.screens.in_sight.LOOK_EVERY", SOON)
    monkeypatch.setattr("tui.screens.resource_details.ResourceDetailsScreen.LOOK_EVERY", SOON)


@asynccontextmanager
async def at_resources(home: Path, **how: Any) -> AsyncIterator[Console]:
    """The owner's list of data centers, Karlsruhe-1 and Karlsruhe-2."""
    async with console(home, **how) as seen:
        session = owner_session(seen)
        for name in ("Karlsruhe-1", "Karlsruhe-2"):
            data_center(seen, session, name)
        await to_resources(seen)
        await seen.sees("Karlsruhe-2", "2 data centers")
        yield seen


async def to_resources(seen: Console, email: str = EMAIL) -> None:
    """From the login to the list of data centers."""
    await seen.sees("E-mail")
    await seen.type(f"{email}\n{PASSWORD}\n")
    await seen.sees("How your account is protected", "Support PIN")
    await seen.press("r")
    await seen.sees("Data Centers", "Snapshots")
    await in_list(seen)


async def in_list(seen: Console) -> None:
    """The focus is in a list."""
    await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList), "the focus in a list")


async def focus_is_on(seen: Console, name: str) -> None:
    """The focus is on a widget."""
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == name, name)


async def yes(seen: Console, question: str, *, button: str = "yes") -> None:
    """Answer a question whose harmless button has the focus."""
    await seen.sees(question)
    await focus_is_on(seen, "no")
    while seen.pilot.app.focused is None or seen.pilot.app.focused.id != button:
        await seen.press("left")
    await seen.press("enter")


async def on_row(seen: Console, name: str) -> None:
    """Bring the cursor to a row."""
    for _ in range(10):
        if any(line.lstrip(" │").startswith("▶") and name in line for line in seen.text().splitlines()):
            return
        await seen.press("down")
    raise AssertionError(seen.text())


def owner_session(seen: Console) -> Session:
    """A session of the owner at another console."""
    return Someone(seen.services, seen.clock, EMAIL).signs_in()


def data_center(seen: Console, session: Session, name: str) -> UUID:
    """A data center that nobody but the owner sees."""
    return seen.services.resources.create(session, Kind.DATA_CENTER, name)


def member(seen: Console, session: Session, group: UUID, email: str, **facts: Any) -> Someone:
    """Somebody new in a group."""
    someone = new_person(seen.services, seen.clock, email=email, **facts)
    seen.services.members.add(session, group, [person_of(seen.services, email).id])
    return someone


def shared(seen: Console, session: Session, name: str, group: UUID, given: Given | None = None) -> UUID:
    """A data center that a group sees."""
    made = data_center(seen, session, name)
    seen.services.shares.share(session, made, group, given or Given())
    return made


@asynccontextmanager
async def second_console(home: Path, clock: SetClock) -> AsyncIterator[Console]:
    """Another console on the same database, in the same time."""
    async with console(home, registered=False) as seen:
        seen.clock.time = clock.time
        yield seen
