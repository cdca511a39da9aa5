"""First login and forgotten password at the console: the way there by keys, and what is said at which field."""

import threading
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from core.config import Settings
from core.invitations import Invitation
from core.services import Services, open_services
from core.throttle import PASSWORD_CODE
from tests.core.actors import PASSWORD, SetClock, Someone, events, new_person, person_of
from tests.tui.consoles import EMAIL, HERE, Console, console
from tui.app import BartizanApp
from tui.screens.login import LoginScreen
from tui.screens.password_by_code import PasswordByCodeScreen
from tui.widgets.labelled_field import LabelledField

INVITED = "ana.janes@example.com"
NEW = "Turret-over-9-gates"


def invited(seen: Console) -> str:
    """Somebody is invited; the activation code."""
    owner = Someone(seen.services, seen.clock, EMAIL).signs_in()
    return seen.services.invitations.invite(owner, Invitation(INVITED, "Ana", "Janes")).code


async def at_code(seen: Console) -> None:
    """From the login to the screen that asks for the code, with the e-mail typed there."""
    await seen.sees("First login")
    await seen.type(INVITED)
    await seen.press("escape", "f")
    await seen.sees("New password")
    await focus_is_on(seen, "code-field")


async def focus_is_on(seen: Console, name: str) -> None:
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == name, name)


def value(seen: Console, field: str) -> str:
    return seen.pilot.app.screen.query_one(f"#{field}", LabelledField).value


def tries(seen: Console) -> int:
    return sum(event.act == "set password with a code" for event in events(seen.services))


async def test_with_the_code_of_an_invitation_one_sets_a_password_and_signs_in_with_it(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)

        await seen.type(f"{code}\n{NEW}\n{NEW}\n")

        await seen.sees("Sign in", "Your password is set. Sign in with it.", INVITED)
        await focus_is_on(seen, "password-field")
        await seen.type(f"{NEW}\n")
        await seen.sees("Welcome, Ana Janes.", f"{INVITED} · User")


async def test_a_code_may_be_typed_in_small_letters_without_dashes(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)

        await seen.type(f" {code.lower().replace('-', ' ')} \n{NEW}\n{NEW}\n")

        await seen.sees("Your password is set.")


async def test_whoever_is_forced_sets_up_2_factor_at_his_first_login(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL).signs_in()
        issued = seen.services.invitations.invite(owner, Invitation(INVITED, "Ana", "Janes", force=True))
        await at_code(seen)
        await seen.type(f"{issued.code}\n{NEW}\n{NEW}\n")
        await seen.sees("Your password is set.")

        await seen.type(f"{NEW}\n")

        await seen.sees("You need an authenticator app")


async def test_the_buttons_are_reached_by_tab_and_arrows(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("First login")
        await seen.press("tab", "tab")
        await focus_is_on(seen, "sign-in")

        await seen.press("right", "right")
        await focus_is_on(seen, "first-login")
        await seen.press("enter")

        await seen.sees("Set your password")
        await focus_is_on(seen, "email-field")


async def test_forgot_password_says_whom_to_ask_and_leads_to_where_the_reset_code_goes(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        new_person(seen.services, seen.clock, email=INVITED, given_name="Ana", family_name="Janes")
        owner = Someone(seen.services, seen.clock, EMAIL).signs_in()
        ana = person_of(seen.services, INVITED).id
        code = seen.services.invitations.issue_reset_code(owner, ana).code
        await seen.sees("Forgot password?")
        await seen.type(INVITED)

        await seen.press("escape", "p")
        await seen.sees("Ask your contract owner or an administrator.", "User Manager")
        await focus_is_on(seen, "no")
        await seen.press("left", "left", "enter")
        await seen.sees("Set your password", INVITED)
        await focus_is_on(seen, "code-field")
        await seen.type(f"{code}\n{NEW}\n{NEW}\n")

        await seen.sees("Your password is set.")
        await seen.type(f"{NEW}\n")
        await seen.sees("Welcome, Ana Janes.")


async def test_a_reset_leaves_2_factor_as_it_is(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        ana = new_person(seen.services, seen.clock, email=INVITED, given_name="Ana", family_name="Janes")
        ana.enrols(ana.signs_in())
        owner = Someone(seen.services, seen.clock, EMAIL).signs_in()
        code = seen.services.invitations.issue_reset_code(owner, person_of(seen.services, INVITED).id).code
        await at_code(seen)
        await seen.type(f"{code}\n{NEW}\n{NEW}\n")
        await seen.sees("Your password is set.")

        await seen.type(f"{NEW}\n")

        await seen.sees("step 2 of 2")


async def test_leaving_the_question_whom_to_ask_comes_back_to_what_was_typed(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("Forgot password?")
        await seen.type(f"{EMAIL}\n{PASSWORD}")
        await seen.press("escape", "p")
        await seen.sees("Ask your contract owner")

        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, LoginScreen))
        assert (value(seen, "email"), value(seen, "password")) == (EMAIL, PASSWORD)


async def test_a_wrong_code_is_told_at_its_field_and_nothing_that_was_typed_is_lost(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)

        await seen.type(f"{code[:-1]}\n{NEW}\n{NEW}\n")
        await seen.sees("Wrong e-mail or code")

        await focus_is_on(seen, "code-field")
        assert (value(seen, "email"), value(seen, "code")) == (INVITED, code[:-1])
        assert value(seen, "new") == value(seen, "repeated") == NEW
        await seen.type(f"{code[-1]}\n\n\n")
        await seen.sees("Your password is set.")


async def test_a_code_that_has_expired_sets_nothing(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        seen.clock.advance(hours=72)
        await at_code(seen)

        await seen.type(f"{code}\n{NEW}\n{NEW}\n")

        await seen.sees("or has expired. Ask for a new one.")
        await focus_is_on(seen, "code-field")
        assert person_of(seen.services, INVITED).password_hash is None


async def test_too_many_wrong_codes_have_to_wait_and_say_how_long(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)
        await seen.type(f"WRONG\n{NEW}\n{NEW}\n")
        for tried in range(1, PASSWORD_CODE.free + 1):
            await seen.until(lambda tried=tried: tries(seen) == tried)  # type: ignore[misc]
            await seen.until(lambda: not seen.pilot.app.screen._busy)  # type: ignore[attr-defined]
            await seen.type("\n\n\n")
        await seen.sees("Too many wrong answers. Try again in")

        await focus_is_on(seen, "code-field")
        await seen.press("ctrl+u")
        await seen.type(f"{code}\n\n\n")

        await seen.sees("Too many wrong answers. Try again in")
        assert person_of(seen.services, INVITED).password_hash is None


async def test_a_password_that_the_rules_refuse_is_told_at_its_field_and_the_code_stays_good(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)
        weak = "Janes,harbour-42"  # her name: the rules on the screen cannot know

        await seen.type(f"{code}\n{weak}\n{weak}\n")
        await seen.sees("The new password needs: no name of yours.")

        await focus_is_on(seen, "new-field")
        assert (value(seen, "code"), value(seen, "new"), value(seen, "repeated")) == (code, weak, weak)
        await seen.type(f"{NEW}\n{NEW}\n")
        await seen.sees("Your password is set.")


async def test_the_rules_are_shown_while_one_types_and_claim_nothing_about_names(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_code(seen)
        await seen.press("tab")

        await seen.type("Moat")
        await seen.sees("Strength: ", "✗ 8 characters", "✓ 1 upper-case", "Nor a name of yours.")

        assert "no name of yours" not in seen.text()
        await seen.press("ctrl+u")
        await seen.type(NEW)
        await seen.sees("Strength: strong", "✓ 8 characters", "✓ not easily guessed")


async def test_two_passwords_that_differ_are_told_at_the_second_and_cost_no_try(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)

        await seen.type(f"{code}\n{NEW}\n{NEW[:-1]}\n")
        await seen.sees("The two passwords are not the same.")

        await focus_is_on(seen, "repeated-field")
        assert tries(seen) == 0
        await seen.type(f"{NEW}\n")
        await seen.sees("Your password is set.")


async def test_an_empty_field_is_no_try(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("First login")
        await seen.press("escape", "f")
        await seen.sees("Set your password")

        await seen.type("\n\n\n\n")
        await seen.sees("E-mail must be filled in.")
        await seen.type(f"{INVITED}\n  \n\n\n")
        await seen.sees("Code must be filled in.")
        await seen.type("X\n\n\n")
        await seen.sees("New password must be filled in.")

        assert tries(seen) == 0


async def test_esc_goes_back_to_the_login_with_the_e_mail_and_uses_nothing(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)
        await seen.type(f"{code}\n{NEW}\n{NEW}")

        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, LoginScreen))
        await seen.sees(INVITED)
        assert "Your password is set" not in seen.text()
        assert person_of(seen.services, INVITED).password_hash is None


async def test_an_enter_that_is_held_uses_the_code_once(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        code = invited(seen)
        await at_code(seen)

        await seen.type(f"{code}\n{NEW}\n{NEW}\n" + "\n" * 20)

        await seen.sees("Your password is set.")
        assert tries(seen) == 1


async def test_one_may_be_there_before_the_database_is_open(tmp_path: Path) -> None:
    """Whoever left the login while the database was still being opened took the console down."""
    settings = Settings(f"sqlite:///{tmp_path}/b.db", tmp_path / "keys" / "keys.json", tmp_path / "bartizan.log")
    services = open_services(settings, now=SetClock(), cost=CHEAPEST)
    may_open = threading.Event()

    def open_them() -> Services:
        may_open.wait()
        return services

    app = BartizanApp(settings, origin=HERE, open_services=open_them, no_color=False)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            seen = Console(pilot, services, SetClock())
            await seen.sees("First login")
            await seen.press("escape", "f")
            await seen.sees("Set your password")
            await seen.type(f"{INVITED}\nCODE\n{NEW}\n{NEW}\n")

            may_open.set()

            await seen.sees("Wrong e-mail or code")
    finally:
        may_open.set()
        services.close()


@pytest.mark.parametrize("typed", ["[/foo]", "[@click=app.quit]x", "名前", "\u202ex", "x" * 300])
async def test_what_is_typed_is_shown_as_it_is_and_never_as_markup(tmp_path: Path, typed: str) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("First login")
        await seen.type(typed)
        await seen.press("escape", "f")
        await seen.sees("Set your password")

        await seen.type(f"{typed}\n{NEW}\n{NEW}\n")

        await seen.sees("Wrong e-mail or code")
        assert value(seen, "email") == typed


@pytest.mark.parametrize("size", [(20, 5), (60, 15), (200, 50)])
async def test_a_password_can_be_set_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        code = invited(seen)
        await seen.sees("E-mail")
        await seen.press("escape", "f")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, PasswordByCodeScreen))

        await seen.type(f"{INVITED}\n{code}\n{NEW}\n{NEW}\n")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, LoginScreen))
        assert person_of(seen.services, INVITED).password_hash is not None
