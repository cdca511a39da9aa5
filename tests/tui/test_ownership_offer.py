"""A contract that changes hands at the consoles of the two."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.login_steps import Session
from tests.core.actors import PASSWORD, Someone, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.home import HomeScreen

ULF = "ulf@example.com"


def owner(seen: Console) -> Session:
    return Someone(seen.services, seen.clock, EMAIL).signs_in()


def offers(seen: Console) -> Session:
    """Jane Doe, who owns the contract, offers it to Ulf Berg; her session."""
    session = owner(seen)
    seen.services.ownership.offer(session, person_of(seen.services, ULF).id)
    return session


@asynccontextmanager
async def at_home_of_ulf(home: Path, **how: Any) -> AsyncIterator[Console]:
    """To whom the contract is offered."""
    async with console(home, **how) as seen:
        new_person(seen.services, seen.clock, email=ULF)
        offers(seen)
        await seen.sees("E-mail")
        await seen.type(f"{ULF}\n{PASSWORD}\n")
        await seen.sees("Welcome, Ulf Berg.")
        await seen.until(lambda: seen.pilot.app.screen.query_one("#offer").has_class("-open"), "the offer")
        yield seen


async def focus_is_on(seen: Console, name: str) -> None:
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == name, name)


async def reads(seen: Console, sentence: str) -> None:
    """Wait until this stands on the screen, over however many lines."""

    def is_read() -> bool:
        inside = (line[line.find("│ ") + 1 :].strip("│ ") for line in seen.text().splitlines())
        return sentence in " ".join(inside)

    await seen.until(is_read, sentence)


async def yes(seen: Console, question: str) -> None:
    """Answer a question whose harmless button has the focus."""
    await seen.sees(question)
    await focus_is_on(seen, "no")
    await seen.press("left", "enter")


async def test_accepting_names_what_changes_wants_a_proof_and_makes_one_the_owner(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        await seen.sees(f"Jane Doe ({EMAIL}) offers you the contract", "until 3 Mar at", f"{ULF} · User")
        seen.clock.advance(minutes=11)

        await seen.press("o")
        await focus_is_on(seen, "accept-offer")
        await seen.press("enter")
        await seen.sees("You become the owner of the contract “Example GmbH”, and", f"Jane Doe ({EMAIL}) an admin")
        await yes(seen, "Become the contract owner?")
        await seen.sees("Is it you?", "To take the contract over from Jane Doe")
        await seen.type(f"{PASSWORD}\n")

        await seen.sees("You are the contract owner now, and Jane Doe is an administrator.", f"{ULF} · Contract owner")
        await seen.sees("u User Manager")
        await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "overview")
        assert "offers you" not in seen.text()
        assert person_of(seen.services, EMAIL).role == "administrator"


async def test_what_came_of_it_is_said_until_another_screen_was_open(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        await seen.press("o", "enter")
        await yes(seen, "Become the contract owner?")
        await seen.sees("You are the contract owner now")

        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("escape")

        await seen.sees("Welcome, Ulf Berg.", "Contract owner")
        await seen.until(lambda: "You are the contract owner now" not in seen.text())
        assert "Ownership of the contract" not in seen.text()


async def test_leaving_the_question_changes_nothing(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        await seen.press("o", "enter")
        await seen.sees("Become the contract owner?")
        await focus_is_on(seen, "no")

        await seen.press("enter")

        await seen.sees("offers you the contract")
        assert person_of(seen.services, EMAIL).role == "owner"


async def test_declining_is_asked_about_and_ends_the_offer(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        await seen.press("o", "tab", "enter")
        await yes(seen, "Decline the contract?")

        await seen.sees("You have declined the contract.", f"{ULF} · User")
        await seen.until(lambda: "offers you" not in seen.text())
        assert person_of(seen.services, EMAIL).role == "owner"


async def test_an_offer_that_is_over_meanwhile_is_said_to_be(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        seen.services.ownership.withdraw(owner(seen))

        await seen.press("o", "enter")
        await yes(seen, "Become the contract owner?")

        await seen.sees("The contract is not offered, or not any more.")
        await seen.until(lambda: "offers you" not in seen.text())


async def test_the_owner_sees_the_offer_and_withdraws_it(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        new_person(seen.services, seen.clock, email=ULF)
        offers(seen)
        await seen.sign_in()
        await seen.sees(f"You have offered the contract to Ulf Berg ({ULF})", "until 3 Mar at", "o Offer")

        await seen.press("o")
        await focus_is_on(seen, "withdraw-offer")
        await seen.press("enter")

        await seen.sees("The offer is withdrawn. You stay the contract owner.")
        await seen.until(lambda: "You have offered" not in seen.text())
        assert seen.services.ownership.offered(seen.session) is None


async def test_the_owner_whose_offer_is_accepted_elsewhere_is_an_administrator_at_the_next_look(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ulf = new_person(seen.services, seen.clock, email=ULF)
        offers(seen)
        await seen.sign_in()
        await seen.sees("You have offered the contract", f"{EMAIL} · Contract owner")

        seen.services.ownership.accept(ulf.signs_in())
        await look_around(seen)

        await seen.sees(f"{EMAIL} · Administrator")
        await seen.until(lambda: "You have offered" not in seen.text())


async def test_an_offer_that_comes_while_one_sits_there_is_seen_at_the_next_look(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        new_person(seen.services, seen.clock, email=ULF)
        await seen.sees("E-mail")
        await seen.type(f"{ULF}\n{PASSWORD}\n")
        await seen.sees("Welcome, Ulf Berg.", "Support PIN")
        assert "Ownership" not in seen.text()
        await seen.press("o")
        await focus_is_on(seen, "overview")

        offers(seen)
        await look_around(seen)

        await seen.sees("Ownership of the contract", "offers you the contract", "o Offer")


async def look_around(seen: Console) -> None:
    """What the home screen does every 30 seconds."""
    home = seen.pilot.app.screen
    assert isinstance(home, HomeScreen)
    await home.look_around().wait()


async def test_help_lists_the_key(tmp_path: Path) -> None:
    async with at_home_of_ulf(tmp_path) as seen:
        await seen.press("question_mark")

        await seen.sees("the contract that is offered, to you or by you")


@pytest.mark.parametrize("name", ["[/foo]", "[@click=app.quit]x", "名前", "q\u0301\u0301\u0301", "x" * 100])
@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_hostile_names_are_shown_as_they_are_and_the_contract_is_taken_at_every_size(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    async with at_home_of_ulf(tmp_path, contract=name, given_name=name, size=size) as seen:
        await reads(seen, f"{name[:20]}")
        await reads(seen, "offers you")
        await seen.press("o")
        await focus_is_on(seen, "accept-offer")
        await seen.press("enter")
        await focus_is_on(seen, "no")
        await seen.press("left", "enter")

        await seen.until(lambda: person_of(seen.services, ULF).role == "owner")
        await seen.sees("You are the contract owner now")
