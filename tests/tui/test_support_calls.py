"""Support Calls in the Resource Manager: what the support desk did for the people of one's contract, by keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from data.engine import transaction
from data.support_tables import SupportCall
from tests.core.actors import PASSWORD, Someone, new_person, stranger
from tests.core.desk import Agent, new_agent, sets_pin
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.place import in_list
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.panes.support_calls import SupportCallsPane
from tui.screens.resource_manager import ResourceManagerScreen
from tui.screens.support_call import SupportCallScreen

ULF = "ulf@example.com"
NOBODY_CALLED = "The support desk has had no calls about this contract."


def an_agent(seen: Console) -> Agent:
    return new_agent(Someone(seen.services, seen.clock, EMAIL), "ann@desk.example")


def with_pin(seen: Console, email: str = ULF, **facts: Any) -> Someone:
    person = new_person(seen.services, seen.clock, email=email, **facts)
    sets_pin(person, person.signs_in())
    return person


def three_calls(seen: Console) -> Agent:
    """One with everything done that can be, one that its caller ended, one that goes on."""
    agent = an_agent(seen)
    ulf = with_pin(seen)
    ulf.enrols(ulf.signs_in())
    call = agent.has_ticket(ULF)
    seen.services.tickets.unlock(agent.session, call.id)
    seen.clock.advance(minutes=1)
    seen.services.tickets.end_sessions(agent.session, call.id)
    seen.clock.advance(minutes=1)
    seen.services.tickets.ask_factor_reset(agent.session, call.id, reason="telephone fell into the harbour")
    seen.services.support_desk.end_call(agent.session, call.id)
    seen.clock.advance(minutes=2)
    agent.calls(ULF)
    seen.services.own_calls.end(ulf.signs_in())
    seen.clock.advance(minutes=2)
    new_person(seen.services, seen.clock, email="bo@example.com", given_name="Bo [/] 名前", family_name="\u202eLi")
    agent.calls("bo@example.com")
    return agent


async def signs_in(seen: Console, email: str = EMAIL) -> None:
    await seen.sees("E-mail")
    await seen.type(f"{email}\n{PASSWORD}\n")
    await seen.sees("Welcome", "Support PIN")


async def to_calls(seen: Console) -> None:
    await signs_in(seen)
    await seen.press("r")
    await seen.sees("Data Centers", "Groups")
    await in_list(seen)
    await seen.press("c")
    await seen.until(lambda: bool(seen.pilot.app.screen.query(SupportCallsPane)), "the pane")
    await in_list(seen)


@asynccontextmanager
async def at_calls(home: Path, **how: Any) -> AsyncIterator[Console]:
    async with console(home, **how) as seen:
        three_calls(seen)
        await to_calls(seen)
        await seen.sees("When (UTC)", "Ulf Berg")
        yield seen


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_the_calls_of_the_contract_are_listed_the_newest_first(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_calls(tmp_path, size=size) as seen:
        looks_like(seen, "support_calls", size)


@pytest.mark.parametrize("size", SIZES)
async def test_enter_shows_a_call_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_calls(tmp_path, size=size) as seen:
        await seen.press("end", "enter")
        await seen.sees("Opened", "proved who he was", "Reset of 2-factor asked", "The agent ended it.")
        looks_like(seen, "support_call", size)

        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceManagerScreen))
        await in_list(seen)


async def test_a_call_that_goes_on_says_so_and_names_of_people_are_shown_as_they_are(tmp_path: Path) -> None:
    async with at_calls(tmp_path) as seen:
        await seen.press("enter")

        await seen.sees("has not proved yet who he is", "not yet: it goes on", "Bo [/] 名前", "bo@example.com")
        assert isinstance(seen.pilot.app.screen, SupportCallScreen)
        assert "\u202e" not in seen.text()


async def test_where_nobody_called_it_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await to_calls(seen)

        await seen.sees(NOBODY_CALLED)
        await seen.press("enter")
        assert isinstance(seen.pilot.app.screen, ResourceManagerScreen)


async def test_calls_of_other_contracts_are_not_there(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        agent = an_agent(seen)
        stranger(seen.services, seen.clock, "eve@elsewhere.example")
        agent.calls("eve@elsewhere.example")
        await to_calls(seen)

        await seen.sees(NOBODY_CALLED)


async def test_a_user_does_not_find_them(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        three_calls(seen)
        new_person(seen.services, seen.clock, email="cy@example.com")
        await signs_in(seen, "cy@example.com")
        await seen.press("r")
        await seen.sees("Data Centers", "d s Tab")

        await seen.press("c")

        assert "Support Calls" not in seen.text()
        assert not seen.pilot.app.screen.query(SupportCallsPane)


async def test_an_administrator_finds_them_too(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        three_calls(seen)
        new_person(seen.services, seen.clock, email="ada@example.com", role="administrator")
        await signs_in(seen, "ada@example.com")
        await seen.press("r")
        await seen.sees("Data Centers", "Support Calls")
        await in_list(seen)

        await seen.press("c")

        await seen.sees("Ann Bell", "by agent", "by caller")


async def test_a_call_that_begins_while_one_looks_comes_into_the_list_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.panes.support_calls._LOOK_EVERY", 0.02)
    async with console(tmp_path) as seen:
        agent = an_agent(seen)
        with_pin(seen)
        await to_calls(seen)
        await seen.sees(NOBODY_CALLED)

        agent.has_ticket(ULF)

        await seen.sees("Ulf Berg", "✓ yes", "goes on")


async def test_more_calls_than_a_page_holds_come_by_the_key_of_the_last_row(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        agent = an_agent(seen)
        with_pin(seen)
        call = agent.calls(ULF)
        seen.services.support_desk.end_call(agent.session, call.id)
        with transaction(seen.services.engine) as db:
            first = db.get_one(SupportCall, call.id)
            facts = first.model_dump(exclude={"id", "opened_at"})
            for number in range(150):
                at = first.opened_at.replace(year=2025, hour=number // 60, minute=number % 60)
                db.add(SupportCall(**facts, opened_at=at))
        await to_calls(seen)
        await seen.sees("2026-03-02")

        for last in ("2025-03-02 02:10", "2025-03-02 00:50", "2025-03-02 00:00"):
            await go_down_to(seen, last)

        await seen.press("home")
        await seen.sees("2026-03-02")


async def go_down_to(seen: Console, moment: str) -> None:
    """Page down until a row is seen."""
    for _ in range(20):
        if moment in seen.text():
            return
        before = seen.text()
        await seen.press("pagedown")
        await seen.until(lambda: seen.text() != before, moment)  # noqa: B023 - waited for at once
    raise AssertionError(seen.text())
