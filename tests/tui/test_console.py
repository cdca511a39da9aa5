"""What the screens add to the core, by keys."""

from pathlib import Path

import pytest

from core.errors import SessionOver
from tests.core.actors import PASSWORD, Someone, change_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.confirm import ConfirmScreen
from tui.screens.home import HomeScreen
from tui.screens.login import LoginScreen
from tui.screens.proof import ProofScreen
from tui.widgets.check_box import CheckBox
from tui.widgets.labelled_field import LabelledField


async def signed_in(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("How your account is protected", "Support PIN")


async def at_security(seen: Console) -> None:
    await signed_in(seen)
    await seen.press("a")
    await seen.sees("At sign-in")
    await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox))


async def at_password_and_security(seen: Console) -> None:
    await at_security(seen)
    await seen.press("p")
    await seen.sees("Last changed")
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "old-field")


async def asked(seen: Console, question: str) -> None:
    """The question stands there, with the focus on its harmless button."""
    await seen.sees(question)
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "no", question)


def value(seen: Console, field: str) -> str:
    return seen.pilot.app.screen.query_one(f"#{field}", LabelledField).value


async def test_what_is_typed_fast_lands_in_the_field_it_was_typed_for(tmp_path: Path) -> None:
    async with console(tmp_path, registered=False) as seen:
        await seen.sees("Register your contract")

        await seen.type("Example GmbH\nJane\nDoe\njane@example.com\nsecret-one\nsecret-two")
        await seen.until(lambda: value(seen, "repeated") == "secret-two")

        typed = {name: value(seen, name) for name in ("contract", "given", "family", "email", "password")}
        assert typed == {
            "contract": "Example GmbH",
            "given": "Jane",
            "family": "Doe",
            "email": "jane@example.com",
            "password": "secret-one",
        }


async def test_a_refused_registration_loses_nothing_and_puts_the_cursor_in_the_field_that_is_wrong(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, registered=False) as seen:
        await seen.sees("Register your contract")

        await seen.type(f"Example GmbH\nJane\nDoe\nno address\n{PASSWORD}\n{PASSWORD}\n")
        await seen.sees("E-mail must be an address")

        focused = seen.pilot.app.focused
        assert focused is not None
        assert focused.id == "email-field"
        assert (value(seen, "contract"), value(seen, "email")) == ("Example GmbH", "no address")
        assert value(seen, "password") == value(seen, "repeated") == PASSWORD


async def test_what_is_readable_is_mended_where_it_stands_and_the_complaint_goes(tmp_path: Path) -> None:
    async with console(tmp_path, registered=False) as seen:
        await seen.sees("Register your contract")
        await seen.type(f"Example GmbH\nJane\nDoe\njane\n{PASSWORD}\n{PASSWORD}\n")
        await seen.sees("E-mail must be an address")

        await seen.type("@example.com")

        await seen.until(lambda: "must be an address" not in seen.text())
        assert value(seen, "email") == "jane@example.com"


async def test_an_empty_field_at_the_login_is_no_try(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("E-mail")
        await seen.type("\n\n")
        await seen.sees("E-mail must be filled in.")
        await seen.type(EMAIL + "\n" + "\n" * 8)
        await seen.sees("Password must be filled in.")

        await seen.type(f"{PASSWORD}\n")

        await seen.sees("How your account is protected")


async def test_a_held_enter_makes_no_new_recovery_codes_and_takes_none_away(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        person = Someone(seen.services, seen.clock, EMAIL)
        person.enrols(person.signs_in())
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{person.code()}\n")
        await seen.sees("Recovery codes")
        await seen.press("down", "enter")
        await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "new-codes")

        await seen.press("enter")
        await asked(seen, "Make new recovery codes?")
        await seen.press("enter")
        await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "new-codes")
        await seen.until(lambda: not any(each.name == "make_new_codes" for each in seen.pilot.app.workers))
        assert "10 of 10" in seen.text()
        await seen.press("enter")
        await asked(seen, "Make new recovery codes?")
        await seen.press("left", "enter")
        await seen.sees("XXXX-XXXX-XXXX-XXXX")
        await seen.press("enter", "enter")
        await seen.sees("XXXX-XXXX-XXXX-XXXX")
        await seen.press("tab", "enter")

        await seen.sees("The new recovery codes count from now on")


async def test_moving_the_focus_paints_no_more_than_what_gains_and_loses_it(tmp_path: Path) -> None:
    """Textual repainted the whole screen for each Tab: 4.5 KB, half a second on a slow line."""
    async with console(tmp_path) as seen:
        await seen.sees("Sign in")
        painted = seen.pilot.app.screen.__class__.focused

        assert painted._repaint is False


async def test_ctrl_c_twice_leaves(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)

        await seen.press("ctrl+c")
        await asked(seen, "Quit?")
        await seen.press("ctrl+c")

        await seen.until(lambda: seen.pilot.app._exit)


async def test_the_password_field_tells_strength_and_unmet_rules_while_one_types(tmp_path: Path) -> None:
    async with console(tmp_path, registered=False) as seen:
        await seen.sees("Register your contract", "· 8 characters")
        await seen.type("Example GmbH\nJane\nDoe\njane@example.com\n")

        await seen.type("Jane")
        await seen.sees("Strength: very weak", "✗ 8 characters", "✓ 1 upper-case", "✗ no name of yours")

        await seen.press("ctrl+u")
        await seen.type("Turret-over-9-gates")
        await seen.sees("Strength: strong", "✓ 8 characters", "✓ 1 special", "✓ no name of yours")


@pytest.mark.parametrize("name", ["[/foo]", "[@click=app.quit]x", "[bold", "名前", "q\u0301\u0301\u0301", "x" * 60])
async def test_names_are_shown_as_they_are_and_never_as_markup(tmp_path: Path, name: str) -> None:
    async with console(tmp_path, contract=name, given_name=name) as seen:
        await signed_in(seen)

        await seen.sees(f"Welcome, {name}")
        await seen.press("a")
        await seen.sees("At sign-in")


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (300, 100)])
async def test_one_can_sign_in_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        await seen.sign_in()

        await seen.until(lambda: isinstance(seen.pilot.app.screen, HomeScreen))


async def test_a_session_that_was_ended_elsewhere_leads_back_to_the_login_which_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_security(seen)
        change_person(seen.services, EMAIL, active=False)

        await seen.press("space")

        await seen.sees("Sign in", "Your session is over: your account was")
        assert isinstance(seen.pilot.app.screen, LoginScreen)


async def test_a_sign_in_whose_code_comes_too_late_begins_again_and_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        person = Someone(seen.services, seen.clock, EMAIL)
        person.enrols(person.signs_in())
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        seen.clock.advance(minutes=11)

        await seen.type("123456\n")

        await seen.sees("E-mail", "This sign-in took too long")


async def test_a_console_at_which_somebody_types_stays_signed_in(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        for _ in range(3):
            seen.clock.advance(minutes=14)
            await seen.press("down")
            await seen.run_worker("keep_alive")

        assert isinstance(seen.pilot.app.screen, HomeScreen)


async def test_what_was_cut_is_gone_with_the_session(tmp_path: Path) -> None:
    """Attack: a recovery code, cut in one session, was pasted at the next person's login."""
    async with console(tmp_path) as seen:
        await at_password_and_security(seen)
        seen.pilot.app.copy_to_clipboard("QNU7-VVBU-MZ6P-7AYT")
        await seen.press("escape", "escape", "left", "enter")
        await asked(seen, "Sign out?")

        await seen.press("left", "enter")
        await seen.sees("You are signed out.")
        await seen.press("ctrl+v")

        assert value(seen, "email") == ""


async def test_activating_asks_for_a_proof_that_names_the_act_when_the_last_is_older_than_ten_minutes(
    tmp_path: Path,
) -> None:
    async with console(tmp_path) as seen:
        await at_security(seen)
        seen.clock.advance(minutes=11)

        await seen.press("space")
        await seen.sees("Is it you?", "To activate 2-factor authentication for your account")
        await seen.type("wrong\n")
        await seen.sees("That is not your password.")
        await seen.type(f"{PASSWORD}\n")

        await seen.sees("Install the app")


async def test_leaving_the_proof_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_security(seen)
        seen.clock.advance(minutes=11)
        await seen.press("space")
        await seen.sees("Is it you?")

        await seen.press("escape")

        await seen.until(lambda: not isinstance(seen.pilot.app.screen, ProofScreen))
        assert (
            seen.services.account.account(Someone(seen.services, seen.clock, EMAIL).signs_in()).second_factor is False
        )


async def test_enter_twice_in_a_hurry_signs_in_once(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await seen.sees("Sign in")

        await seen.type(f"{EMAIL}\n{PASSWORD}\n\n\n")

        await seen.sees("How your account is protected")
        await seen.press("escape")
        assert isinstance(seen.pilot.app.screen, HomeScreen)


async def test_the_security_tab_is_reached_through_the_menu_bar_by_keys_alone(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)

        await seen.press("escape", "right", "right", "enter")

        await seen.sees("Security", "2-Factor Auth Enabled")


async def test_signing_out_asks_and_ends_the_session(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        session = seen.session
        await seen.press("escape", "left", "enter")
        await asked(seen, "Sign out?")

        await seen.press("left", "enter")

        await seen.sees("You are signed out.")
        with pytest.raises(SessionOver):
            seen.services.account.account(session)


async def test_the_harmless_button_has_the_focus_when_quitting_is_asked(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.press("q")
        await asked(seen, "Quit?")

        await seen.press("enter")

        await seen.until(lambda: not isinstance(seen.pilot.app.screen, ConfirmScreen))
        assert isinstance(seen.pilot.app.screen, HomeScreen)


async def test_in_the_menu_its_own_keys_are_told(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.sees("esc Menu")

        await seen.press("escape")
        await seen.sees("← → Move   enter Open   tab Leave the menu   ? Help")
        assert "esc Menu" not in seen.text()
        await seen.press("tab")

        await seen.sees("esc Menu")


async def test_help_at_the_qr_code_tells_its_keys(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_security(seen)
        await seen.press("space")
        await seen.sees("You need an authenticator app")
        await seen.press("enter")
        await seen.sees("Point your app")

        await seen.press("question_mark")

        await seen.sees("Keys here", "type the key instead", "what to do if nothing is scanned")


@pytest.mark.parametrize("keys", [("enter",), ("enter", "enter"), ()])
async def test_leaving_the_assistant_at_a_step_changes_nothing(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async with console(tmp_path) as seen:
        await at_security(seen)
        await seen.press("space")
        await seen.sees("You need an authenticator app")
        for key, then in zip(keys, ("Point your app", "It changes every"), strict=False):
            await seen.press(key)
            await seen.sees(then)

        while "2-Factor Auth Enabled" not in seen.text():
            await seen.press("escape")

        await seen.sees("[ ] 2-Factor Auth Enabled")
        assert isinstance(Someone(seen.services, seen.clock, EMAIL).gives_password(), type(seen.session))


async def test_the_password_is_changed_and_the_new_one_is_asked_at_the_next_login(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_password_and_security(seen)
        before = person_of(seen.services, EMAIL).password_hash

        await seen.type(f"{PASSWORD}\nTurret-over-9-gates\nTurret-over-9-gates\n")

        await seen.sees("The password is changed. The new one is")
        assert person_of(seen.services, EMAIL).password_hash != before
        assert value(seen, "old") == value(seen, "new") == value(seen, "new-again") == ""


async def test_a_wrong_old_password_is_told_at_its_field(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_password_and_security(seen)

        await seen.type("wrong\nTurret-over-9-gates\nTurret-over-9-gates\n")

        await seen.sees("That is not your password.")
        assert seen.pilot.app.focused is not None
        assert seen.pilot.app.focused.id == "old-field"


async def test_the_support_pin_is_saved_and_never_shown(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await at_password_and_security(seen)
        await seen.press("tab", "tab", "tab", "tab")

        await seen.type("482915\n482915\n")

        await seen.sees("The support PIN is saved.")
        assert "482915" not in seen.text()
