"""One's own e-mail in Account Management: asking for another, and taking it on with the code that went there."""

from pathlib import Path

import pytest
from textual.widgets import Static

from core.throttle import EMAIL_CODE
from tests.core.actors import PASSWORD, Someone, events, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tui.widgets.labelled_field import LabelledField

NEW = "jane.new@example.net"


def asked(seen: Console, email: str = NEW) -> str:
    """Another address is asked for; its code."""
    session = Someone(seen.services, seen.clock, EMAIL).signs_in()
    return seen.services.email_change.ask(session, session.person_id, email=email).code


async def at_email(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("How your account is protected", "Support PIN")
    await seen.press("a")
    await seen.sees("You sign in with")
    await focus_is_on(seen, "enabled")


async def focus_is_on(seen: Console, name: str) -> None:
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == name, name)


def the_code(seen: Console) -> str:
    return seen.pilot.app.screen.query_one("#email-code", LabelledField).value


async def test_who_has_no_new_address_sees_the_old_one_and_no_field(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_email(seen)

        await seen.sees(f"You sign in with {EMAIL}", "Change e-mail")

        assert "New address" not in seen.text()
        assert "Withdraw" not in seen.text()


async def test_the_new_address_is_taken_on_with_its_code(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = asked(seen)
        await at_email(seen)
        await seen.sees(f"New address: {NEW}. Enter the code that was sent there.", "Asked for by Jane Doe")

        await seen.press("e")
        await focus_is_on(seen, "email-code-field")
        await seen.type(f"{code}\n")

        await seen.sees(f"From now on you sign in with {NEW}.", f"{NEW} · Contract owner")
        await focus_is_on(seen, "change-email")
        assert "New address" not in seen.text()
        assert person_of(seen.services, NEW).given_name == "Jane"


async def test_a_wrong_code_is_told_at_its_field_and_can_be_mended(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = asked(seen)
        await at_email(seen)
        await seen.sees("New address")
        await seen.press("e")
        await focus_is_on(seen, "email-code-field")

        await seen.type(f"{code[:-1]}\n")
        await seen.sees("That code is wrong, was used or has expired.")

        await focus_is_on(seen, "email-code-field")
        assert the_code(seen) == code[:-1]
        await seen.type(f"{code[-1]}\n")
        await seen.sees(f"From now on you sign in with {NEW}.")


async def test_an_empty_code_is_no_try(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        asked(seen)
        await at_email(seen)
        await seen.sees("New address")
        await seen.press("e")
        await focus_is_on(seen, "email-code-field")

        await seen.type("\n" * (EMAIL_CODE.free + 2))

        await seen.sees("Code must be filled in.")
        assert not any(event.act == "change an e-mail" for event in events(seen.services))


async def test_changing_it_shows_the_code_once_and_waits_for_it(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_email(seen)
        seen.clock.advance(minutes=11)
        await seen.press("e")
        await focus_is_on(seen, "change-email")

        await seen.press("enter")
        await seen.sees("Change your e-mail", f"Now {EMAIL}.")
        await seen.type("no address\n")
        await seen.sees("E-mail must be an address")
        assert "Is it you?" not in seen.text()
        await seen.press("ctrl+u")
        await seen.type(f"{NEW}\n")
        await seen.sees("Is it you?", f"To sign in with “{NEW}”")
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("Code for the new e-mail", f"For {NEW}", "It is not shown again.")
        code = issued_code(seen)
        await seen.press("tab", "enter")

        await seen.sees(f"New address: {NEW}")
        assert code not in seen.text()
        await seen.press("e")
        await focus_is_on(seen, "email-code-field")
        await seen.type(f"{code}\n")
        await seen.sees(f"From now on you sign in with {NEW}.")


def issued_code(seen: Console) -> str:
    """The code as the screen shows it."""
    return str(seen.pilot.app.screen.query_one("#issued-code", Static).content)


async def test_withdrawing_keeps_the_old_address_and_voids_the_code(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        asked(seen)
        await at_email(seen)
        await seen.sees("New address")
        await seen.press("e", "tab", "tab")
        await focus_is_on(seen, "withdraw-email")

        await seen.press("enter")

        await seen.sees("The old e-mail stays; the code is void.")
        await seen.until(lambda: "New address" not in seen.text())
        await focus_is_on(seen, "change-email")
        assert seen.services.email_change.waiting(seen.session) is None


async def test_an_address_that_somebody_has_by_now_is_refused_at_the_field(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = asked(seen)
        new_person(seen.services, seen.clock, email=NEW)
        await at_email(seen)
        await seen.sees("New address")
        await seen.press("e")
        await focus_is_on(seen, "email-code-field")

        await seen.type(f"{code}\n")

        await seen.sees("This address cannot be used here.")
        await focus_is_on(seen, "email-code-field")


async def test_help_lists_the_key(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_email(seen)

        await seen.press("question_mark")

        await seen.sees("Keys here", "the e-mail by which you sign in")


LONG = f"{'x' * 60}@{'y' * 60}.example.com"


@pytest.mark.parametrize("email", ["名@example.com", "`$'{/}@example.com", "\u0645\u0631@example.com", LONG])
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_every_address_is_shown_as_it_is_and_its_code_entered(
    tmp_path: Path, email: str, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size) as seen:
        code = asked(seen, email)
        await seen.sign_in()
        await seen.sees("Welcome")
        await seen.press("a")
        await seen.sees("You sign in with", "New address:")
        await seen.press("e")
        await focus_is_on(seen, "email-code-field")

        await seen.type(f"{code}\n")

        await seen.sees("From now on you sign in with")
        assert person_of(seen.services, email).given_name == "Jane"
