"""A locked console: one screen covers everything, and what was below comes back to its person alone."""

from pathlib import Path

import pytest
from textual.widgets import Input

from core.errors import SessionLocked
from tests.core.actors import PASSWORD, Someone, change_person, events, last_event
from tests.tui.consoles import EMAIL, Console, console
from tui.screens.confirm import ConfirmScreen
from tui.screens.home import HomeScreen
from tui.screens.lock import LockScreen
from tui.screens.login import LoginScreen
from tui.screens.recovery_codes import RecoveryCodesScreen
from tui.widgets.labelled_field import LabelledField
from tui.widgets.menu_bar import MenuBar

LOCKED = "This console is locked"


async def signed_in(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("Welcome, Jane Doe", "Support PIN")


async def locked(seen: Console) -> None:
    await signed_in(seen)
    await seen.press("ctrl+o")
    await seen.sees(LOCKED)


async def unlocks(seen: Console, code: str = "") -> None:
    await seen.type(f"{PASSWORD}\n" + (f"{code}\n" if code else ""))
    await seen.until(lambda: not isinstance(seen.app.screen, LockScreen), "the lock to go")


def idle(seen: Console) -> None:
    seen.clock.advance(minutes=15, seconds=1)
    seen.watch_over()


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_a_console_that_nobody_touches_for_fifteen_minutes_is_covered(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size) as seen:
        await signed_in(seen)
        idle(seen)

        await seen.sees(LOCKED, EMAIL, "Locked today 14:02 UTC: nobody was here", "Password", "Sign out")
        assert not [word for word in ("Jane", "Support PIN", "Factor", "Home") if word in seen.text()]


async def test_a_choice_of_the_menu_that_comes_late_does_not_take_the_cover_away(tmp_path: Path) -> None:
    """The attack: Enter in the menu and ctrl+o in one breath; the choice is carried out when the cover stands."""
    async with console(tmp_path) as seen:
        await locked(seen)

        seen.app.post_message(MenuBar.Chosen("Account Management"))
        seen.app.post_message(MenuBar.Chosen("Help"))
        await seen.pilot.pause()

        await seen.sees(LOCKED)
        await unlocks(seen)
        await seen.sees("Welcome, Jane Doe")


async def test_a_cover_that_something_took_away_comes_back(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)
        await seen.app.pop_screen()
        await seen.sees("Welcome, Jane Doe")

        seen.watch_over()

        await seen.sees(LOCKED)


async def test_what_was_open_and_typed_is_there_again_but_no_password(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.press("a")
        await seen.sees("At sign-in")
        await seen.press("p")
        await seen.until(lambda: getattr(seen.app.focused, "id", None) == "old-field")
        await seen.type("Old-secret-1")
        screen = seen.app.screen
        assert screen.query_one("#old", LabelledField).value == "Old-secret-1"

        idle(seen)
        await seen.sees(LOCKED)
        assert not any(field.value for field in screen.query(Input))
        await unlocks(seen)

        assert seen.app.screen is screen
        await seen.sees("Last changed")


async def test_a_search_that_was_typed_is_there_again(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.press("u")
        await seen.sees("1 person")
        await seen.press("slash")
        await seen.type("jane")

        await seen.press("ctrl+o")
        await seen.sees(LOCKED)
        assert "jane" not in seen.text().replace(EMAIL, "")
        await unlocks(seen)

        await seen.sees("jane", "1 person")


async def test_the_core_refuses_everything_while_the_screen_is_locked(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)
        await seen.until(lambda: any(each.act == "lock console" for each in events(seen.services)))

        with pytest.raises(SessionLocked):
            seen.services.account.account(seen.session)


async def test_a_wrong_password_is_told_and_forgotten(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)

        await seen.type("wrong\n")

        await seen.sees("That is not your password.")
        assert seen.app.screen.query_one("#password", LabelledField).value == ""
        await unlocks(seen)
        assert isinstance(seen.app.screen, HomeScreen)


async def test_where_2_factor_is_active_the_code_is_asked_for_too(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        person = Someone(seen.services, seen.clock, EMAIL)
        person.enrols(person.signs_in())
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{person.code()}\n")
        await seen.sees("Support PIN")
        await seen.press("ctrl+o")
        await seen.sees(LOCKED, "Security code")

        await seen.type(f"{PASSWORD}\n{person.phone.wrong_code(seen.clock())}\n")
        await seen.sees("That code does not match.")
        await seen.type(f"{person.code()}\n")

        await seen.until(lambda: isinstance(seen.app.screen, HomeScreen))


async def test_keys_do_nothing_to_what_is_below(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.press("ctrl+o")
        await seen.sees(LOCKED)

        await seen.press("tab", "r", "u", "a", "question_mark", "f1", "slash", "ctrl+o", "escape")

        assert isinstance(seen.app.screen, LockScreen)
        assert [type(each) for each in seen.app.screen_stack[1:]] == [HomeScreen, LockScreen]


async def test_the_first_key_after_fifteen_minutes_locks_and_does_nothing_else(tmp_path: Path) -> None:
    """Attack: a machine that slept wakes up with the console open, and a key is quicker than the timer."""
    async with console(tmp_path) as seen:
        await signed_in(seen)
        seen.clock.advance(minutes=16)

        await seen.press("u")

        assert isinstance(seen.app.screen, LockScreen)
        assert len(seen.app.screen_stack) == 3


async def test_a_console_whose_database_is_gone_is_locked_all_the_same(tmp_path: Path) -> None:
    """Attack: with the database out of reach an account stood on an unlocked terminal for hours."""
    async with console(tmp_path) as seen:
        await signed_in(seen)
        seen.services.engine.dispose()
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        seen.watch_over()
        await seen.press("down")
        assert isinstance(seen.app.screen, HomeScreen)

        idle(seen)
        await seen.sees(LOCKED)
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("reached: unable to")

        (tmp_path / "elsewhere").rename(tmp_path / "data")
        await unlocks(seen)
        assert isinstance(seen.app.screen, HomeScreen)


async def test_after_twelve_hours_the_login_comes_locked_or_not(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)
        seen.clock.advance(hours=12)

        seen.watch_over()

        await seen.sees("E-mail", "Your session was 12 hours old")


async def test_a_session_that_ends_while_it_is_locked_leads_to_the_login(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)
        change_person(seen.services, EMAIL, active=False)

        seen.watch_over()

        await seen.sees("E-mail", "your account was")
        assert isinstance(seen.app.screen, LoginScreen)
        assert seen.app.lock_screen is None


async def test_signing_out_needs_no_password(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)

        await seen.press("tab", "tab", "enter")

        await seen.sees("E-mail", "You are signed out.")
        assert last_event(seen.services, "sign out").actor == EMAIL


async def test_ctrl_c_twice_leaves_a_locked_console(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await locked(seen)

        await seen.press("ctrl+c")
        await seen.sees("Quit?")
        await seen.press("ctrl+c")

        await seen.until(lambda: seen.app._exit)


async def test_a_screen_that_comes_while_it_is_locked_comes_below(tmp_path: Path) -> None:
    """Attack: an act that was slow opened its answer, a code, over the locked console."""
    async with console(tmp_path) as seen:
        await locked(seen)

        seen.app.push_screen(RecoveryCodesScreen(("AAAA-BBBB-CCCC-DDDD",) * 10))
        await seen.pilot.pause()

        assert isinstance(seen.app.screen, LockScreen)
        assert "XXXX" not in seen.text()
        await unlocks(seen)
        await seen.sees("Your new recovery codes", "XXXX-XXXX-XXXX-XXXX")


async def test_an_answer_that_comes_while_it_is_locked_waits(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        question = ConfirmScreen("Sure?", text="Really?", yes="Yes")
        answers: list[bool | None] = []
        seen.app.push_screen(question, answers.append)
        await seen.sees("Sure?")
        await seen.press("ctrl+o")
        await seen.sees(LOCKED)

        question.dismiss(True)
        await seen.pilot.pause()
        assert isinstance(seen.app.screen, LockScreen)
        assert answers == []
        await unlocks(seen)

        await seen.until(lambda: answers == [True])
        assert isinstance(seen.app.screen, HomeScreen)


async def test_what_was_cut_is_gone_when_it_is_locked(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        seen.app.copy_to_clipboard("secret")

        await seen.press("ctrl+o")

        assert seen.app.clipboard == ""


async def test_the_menu_locks(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await signed_in(seen)
        await seen.until(lambda: "Lock" in seen.text())

        await seen.press("escape", "left", "left", "enter")

        await seen.sees(LOCKED)
