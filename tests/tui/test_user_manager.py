"""What the User Manager adds to the core, by keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.people import Filter, PeopleView
from data.engine import transaction
from tests.core.actors import PASSWORD, Someone, last_event, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tui.portions import Progress, cut, in_portions
from tui.screens.home import HomeScreen
from tui.screens.panes.people import PeoplePane
from tui.screens.person import PersonScreen
from tui.screens.resource_manager import ResourceManagerScreen
from tui.widgets.check_box import CheckBox
from tui.widgets.labelled_field import LabelledField
from tui.widgets.row_list import RowList

PEOPLE = (("ana@example.com", "Ana", "Janes"), ("bo@example.com", "Bo", "Li"), ("cem@example.com", "Cem", "Abel"))


def add_people(seen: Console) -> None:
    for email, given, family in PEOPLE:
        new_person(seen.services, seen.clock, email=email, given_name=given, family_name=family)


async def to_home(seen: Console) -> None:
    await seen.sign_in()
    await seen.sees("How your account is protected", "Without 2-factor")


@asynccontextmanager
async def at_user_manager(home: Path, *, size: tuple[int, int] = (80, 24), **how: Any) -> AsyncIterator[Console]:
    """The list of four people: Abel, Doe (the owner), Janes, Li."""
    async with console(home, size=size, **how) as seen:
        add_people(seen)
        await to_home(seen)
        await seen.press("u")
        await seen.sees("Abel, Cem", "4 people")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList), "the focus in the list")
        yield seen


async def on_row(seen: Console, name: str) -> None:
    """Bring the cursor to somebody."""
    for _ in range(10):
        if any(line.lstrip(" ").startswith("▶") and name in line for line in seen.text().splitlines()):
            return
        await seen.press("down")
    raise AssertionError(seen.text())


async def at_details(seen: Console, name: str) -> None:
    await on_row(seen, name)
    await seen.press("enter")
    await seen.sees("Force 2-Factor Auth", "Last login")
    await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox), "the focus on the box")


async def yes(seen: Console, question: str) -> None:
    """Answer a question whose harmless button has the focus."""
    await seen.sees(question)
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "no", question)
    await seen.press("left", "enter")


async def focus_is_on(seen: Console, name: str) -> None:
    await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == name, name)


async def test_search_finds_while_one_types_and_enter_goes_to_the_list(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("slash")
        await seen.type("jan")
        await seen.until(lambda: "2 people" in seen.text() and "Abel" not in seen.text())

        await seen.press("enter")

        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))
        assert "Janes, Ana" in seen.text()
        assert "Doe, Jane" in seen.text()


async def test_a_search_that_finds_nobody_says_so(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("slash")
        await seen.type("[/]nobody\x1b")

        await seen.sees("Nobody is found.", "0 people")


async def test_v_goes_through_the_filters_and_says_which_is_chosen(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("V")
        await seen.sees("[administrators]", "1 person")

        await seen.press("v", "v")

        await seen.sees("[no 2-factor]", "4 people")


async def test_o_orders_by_e_mail_and_says_how_to_get_back(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        before = seen.text()
        assert before.index("Abel, Cem") < before.index("Janes, Ana")

        await seen.press("o")
        await seen.sees("o By name")

        await seen.until(lambda: seen.text().index("Janes, Ana") < seen.text().index("Abel, Cem"))


async def test_forcing_the_ticked_shows_the_forecast_wants_a_proof_that_names_them_and_is_done(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        seen.clock.advance(minutes=11)
        await on_row(seen, "Janes, Ana")
        await seen.press("space", "down", "space")
        await seen.sees("2 ticked", "f Force 2-factor (2)")

        await seen.press("f")
        await seen.sees("2 people must set up 2-factor at the next login")
        assert "Ana Janes, Bo Li" in " ".join(seen.text().replace("│", " ").split())
        await yes(seen, "Force 2-factor for 2 people?")
        await seen.sees("Is it you?", "To force 2-factor for 2 people")
        await seen.type(f"{PASSWORD}\n")

        await seen.sees("2-factor is forced for 2 people.", "! forced")
        forced = [email for email, *_ in PEOPLE if person_of(seen.services, email).force_sec_auth]
        assert forced == ["ana@example.com", "bo@example.com"]
        await seen.until(lambda: "ticked" not in seen.text())


async def test_leaving_the_forecast_changes_nothing_and_keeps_the_ticks(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("space", "f")
        await seen.sees("must set up 2-factor")

        await seen.press("enter")

        await seen.sees("1 ticked")
        assert not person_of(seen.services, "cem@example.com").force_sec_auth


async def test_esc_first_unticks_and_only_then_leaves(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("space")
        await seen.sees("1 ticked")

        await seen.press("escape")
        await seen.until(lambda: "ticked" not in seen.text())
        assert isinstance(seen.pilot.app.screen, ResourceManagerScreen)
        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, HomeScreen))


async def test_one_who_may_not_be_forced_refuses_it_for_all_and_the_reason_is_told(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("space", "down", "space")
        await seen.sees("2 ticked")

        await seen.press("f")

        await seen.sees("You cannot do that to yourself here.", "2 ticked")
        assert not person_of(seen.services, "cem@example.com").force_sec_auth


async def test_the_check_box_of_the_details_counts_once_it_is_saved_and_the_line_says_when(tmp_path: Path) -> None:
    """Source text: “activate the Force 2-Factor Auth check box. Save your changes.”"""
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Li, Bo")
        await seen.press("space")
        await seen.sees("[x] Force 2-Factor Auth", "not saved yet")
        assert not person_of(seen.services, "bo@example.com").force_sec_auth

        await seen.press("tab", "enter")
        await yes(seen, "Force 2-factor for Bo Li?")

        await seen.sees("The setting will be effective with the next login.", "! forced, not set up yet")
        assert person_of(seen.services, "bo@example.com").force_sec_auth
        Someone(seen.services, seen.clock, "bo@example.com").owes_enrolment()


async def test_the_check_box_is_unticked_the_same_way(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        seen.services.forcing.force_people(seen.session, [person_of(seen.services, "bo@example.com").id])
        await at_details(seen, "Li, Bo")
        await seen.sees("[x] Force 2-Factor Auth", "Forced by", "Jane Doe")

        await seen.press("f", "tab", "enter")

        await seen.sees("The setting will be effective with the next login.")
        assert not person_of(seen.services, "bo@example.com").force_sec_auth


@pytest.mark.parametrize(
    ("keys", "leaves", "saved"),
    [(("enter",), False, False), (("left", "enter"), True, False), (("left", "left", "enter"), True, True)],
)
async def test_leaving_with_a_tick_that_is_not_saved_asks(
    tmp_path: Path, *, keys: tuple[str, ...], leaves: bool, saved: bool
) -> None:
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Li, Bo")
        await seen.press("space", "escape")
        await seen.sees("but not saved", "Discard")
        await focus_is_on(seen, "stay")

        await seen.press(*keys)
        if saved:
            await yes(seen, "Force 2-factor for Bo Li?")

        kind = ResourceManagerScreen if leaves else PersonScreen
        await seen.until(lambda: isinstance(seen.pilot.app.screen, kind), kind)
        assert person_of(seen.services, "bo@example.com").force_sec_auth is saved


async def test_inviting_shows_the_code_once_and_an_enter_that_is_held_does_not_take_it_away(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("i")
        await seen.sees("You get a code to pass on")
        await seen.type("new@example.com\nNina\n\n")
        await seen.sees("Family name must be filled in.")
        await seen.type("Neu\n")
        await seen.sees("Activation code", "For new@example.com", "XXXX-XXXX", "Good until")

        await seen.press("enter", "enter")
        await seen.sees("XXXX-XXXX")
        await seen.press("tab", "enter")

        await seen.sees("new@example.com is invited.", "invited", "5 people")
        assert "XXXX" not in seen.text()


async def test_an_address_that_is_taken_is_told_at_its_field_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await seen.press("i")
        await seen.sees("You get a code to pass on")

        await seen.type("bo@example.com\nNina\nNeu\n")

        await focus_is_on(seen, "blank-0-field")
        fields = [field.value for field in seen.pilot.app.screen.query(LabelledField)]
        assert fields == ["bo@example.com", "Nina", "Neu"]


async def test_resetting_2_factor_wants_a_reason_and_tells_the_audit(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        add_people(seen)
        bo = Someone(seen.services, seen.clock, "bo@example.com")
        bo.enrols(bo.signs_in())
        await to_home(seen)
        await seen.press("u")
        await seen.sees("Abel, Cem", "✓ on")
        await at_details(seen, "Li, Bo")
        await seen.press("r")
        await yes(seen, "Reset 2-factor of Bo Li?")
        await seen.sees("Reason")
        await seen.type("\n")
        await seen.sees("Reason must be filled in.")

        await seen.type("telephone stolen\n")

        await seen.sees("2-factor of Bo Li is reset")
        assert last_event(seen.services, "reset 2-factor").details["reason"] == "telephone stolen"
        assert not person_of(seen.services, "bo@example.com").sec_auth_active


async def test_deleting_wants_the_name_typed(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Li, Bo")
        await seen.press("D")
        await seen.sees("Delete Bo Li?", "gone for good", "type “Bo Li” or “bo@example.com”")
        await focus_is_on(seen, "name-field")
        await seen.press("enter")
        await seen.sees("That is not the name.")
        assert person_of(seen.services, "bo@example.com")

        await seen.type("bo li\n")

        await seen.sees("Bo Li is deleted.", "3 people")
        assert "Li, Bo" not in seen.text()


async def test_deactivating_says_what_it_does_to_the_person(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Li, Bo")
        await seen.press("x")

        await seen.sees("Deactivate Bo Li?", "cannot sign in until", "esc Cancel")
        assert "Nobody loses anything" not in seen.text()


async def test_what_is_too_long_for_its_line_goes_on_below_itself_and_not_below_the_label(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        for number in range(4):
            group = seen.services.groups.create(seen.session, f"group number {number}")
            person = person_of(seen.services, "bo@example.com")
            seen.services.members.add(seen.session, group, [person.id])
        await at_details(seen, "Li, Bo")
        await seen.sees("group number 3")

        below = next(line for line in seen.text().splitlines() if "group number 3" in line)
        assert below.startswith("│             group") or below.startswith("│             number")


async def test_somebody_who_was_deleted_elsewhere_is_told_gone(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        await at_details(seen, "Li, Bo")
        seen.services.standing.delete(seen.session, [person_of(seen.services, "bo@example.com").id])

        await seen.press("e")
        await seen.sees("Given name")
        await seen.type("\nLee\n")

        await seen.sees("This person is not there, or not any more.")


async def test_an_administrator_finds_nothing_to_do_with_the_owner_and_the_core_refuses_all_the_same(
    tmp_path: Path,
) -> None:
    async with console(tmp_path) as seen:
        add_people(seen)
        new_person(seen.services, seen.clock, email="adam@example.com", given_name="Adam", role="administrator")
        await seen.sees("E-mail")
        await seen.type(f"adam@example.com\n{PASSWORD}\n")
        await seen.sees("Without 2-factor")
        await seen.press("u")
        await seen.sees("Abel, Cem")
        await at_details(seen, "Doe, Jane")
        await seen.sees("Only the contract owner changes this account.", "w What is seen")
        assert "Reset 2-Factor" not in seen.text()
        assert "Delete" not in seen.text()

        await seen.press("space", "tab", "enter")

        await seen.sees("Only the contract owner can do that to his own account.")
        assert not person_of(seen.services, EMAIL).force_sec_auth


async def test_an_ordinary_user_finds_no_user_manager(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        add_people(seen)
        await seen.sees("E-mail")
        await seen.type(f"bo@example.com\n{PASSWORD}\n")
        await seen.sees("How your account is protected", "not set")
        assert "in your contract" not in seen.text()
        await seen.press("u", "f")
        assert isinstance(seen.pilot.app.screen, HomeScreen)

        await seen.press("r")
        await seen.sees("Data Centers", "Snapshots", "d s Tab")
        await seen.press("u", "g")

        assert "User Manager" not in seen.text()
        assert "Groups" not in seen.text()
        assert not seen.pilot.app.screen.query(PeoplePane)


async def test_from_110_columns_on_the_details_stand_beside_the_list_and_follow_the_cursor(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path, size=(110, 24)) as seen:
        await seen.sees("cem@example.com · User")

        await on_row(seen, "Li, Bo")
        await seen.sees("bo@example.com · User")
        await seen.press("enter")
        await focus_is_on(seen, "force")
        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))


async def test_beside_the_list_a_tick_that_is_not_saved_is_asked_about_before_another_person_is_shown(
    tmp_path: Path,
) -> None:
    async with at_user_manager(tmp_path, size=(120, 30)) as seen:
        await seen.sees("cem@example.com · User")
        await seen.press("enter")
        await focus_is_on(seen, "force")
        await seen.press("space", "escape")
        await seen.sees("Force 2-Factor Auth is ticked for Cem Abel")

        await seen.press("left", "enter")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))
        await on_row(seen, "Li, Bo")

        await seen.sees("bo@example.com · User", "[ ] Force 2-Factor Auth")


async def test_a_person_is_put_into_a_group_and_taken_out_again(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        seen.services.groups.create(seen.session, "ops [/]")
        await at_details(seen, "Li, Bo")
        await seen.press("b")
        await seen.sees("ops [/]", "Groups of Bo Li")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))
        await seen.press("enter")
        await seen.sees("✓ member", "Bo Li is in ops [/].")

        await seen.press("enter")
        await seen.sees("Bo Li is no longer in ops [/].")

        await seen.until(lambda: "✓ member" not in seen.text())


async def test_putting_into_a_group_that_forces_2_factor_shows_who_must_set_it_up(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        group_id = seen.services.groups.create(seen.session, "ops")
        seen.services.forcing.force_group(seen.session, group_id)
        await at_details(seen, "Li, Bo")
        await seen.press("b")
        await seen.sees("ops", "! forces")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList))
        await seen.press("enter")
        await yes(seen, "1 person must set up 2-factor at the next login: Bo Li.")
        await seen.sees("Bo Li is in ops.")

        await seen.press("escape")

        await seen.sees("Forced by", "group ops", "[ ] Force 2-Factor Auth")


async def test_what_somebody_sees_tells_the_reason_why_not(tmp_path: Path) -> None:
    from core.resources import Kind

    async with at_user_manager(tmp_path) as seen:
        seen.services.resources.create(seen.session, Kind.DATA_CENTER, "Karlsruhe-1")
        await at_details(seen, "Li, Bo")

        await seen.press("w")

        await seen.sees("What Bo Li sees", "Karlsruhe-1", "no group gives it")


async def test_ending_sessions_and_a_reset_code_name_whom_they_are_about(tmp_path: Path) -> None:
    async with at_user_manager(tmp_path) as seen:
        Someone(seen.services, seen.clock, "bo@example.com").signs_in()
        seen.clock.advance(minutes=11)
        await at_details(seen, "Li, Bo")
        await seen.sees("1 open")

        await seen.press("n")
        await seen.sees("End the sessions?", "Bo Li (bo@example.com) is signed out of every console")
        await yes(seen, "End sessions")
        await seen.sees("To end the sessions of Bo Li (bo@example.com)")
        await seen.type(f"{PASSWORD}\n")
        await seen.sees("1 session of Bo Li ended.")
        await seen.press("c")
        await seen.sees("Issue a reset code?", "Bo Li (bo@example.com) can set a new password")
        await yes(seen, "Issue the code")
        await seen.sees("To issue a reset code for Bo Li (bo@example.com)")
        await seen.type(f"{PASSWORD}\n")

        await seen.sees("Reset code", "For bo@example.com", "XXXX-XXXX")


@pytest.mark.parametrize(
    "name", ["[/foo]", "[@click=app.quit]x", "أحمد", "名前", "👩‍💻", "q\u0301\u0301\u0301", "x" * 100]
)
async def test_hostile_names_stand_in_list_details_and_questions_as_they_are(tmp_path: Path, name: str) -> None:
    async with console(tmp_path) as seen:
        new_person(seen.services, seen.clock, email="m@example.com", given_name=name, family_name=f"A{name}")
        await to_home(seen)
        await seen.press("u")
        await seen.sees("m@example.com")

        await at_details(seen, "m@example.com")
        await seen.press("x")

        await yes(seen, "Deactivate")
        await seen.sees("is deactivated and cannot sign in", "State       inactive")


async def test_home_tells_how_far_2_factor_has_come_and_a_line_opens_the_user_manager_with_its_filter(
    tmp_path: Path,
) -> None:
    async with console(tmp_path) as seen:
        add_people(seen)
        bo = Someone(seen.services, seen.clock, "bo@example.com")
        bo.enrols(bo.signs_in())
        await to_home(seen)
        await seen.sees(
            "Users           ██████░░░░░░░░░░░░░░ 1 of 3", "Without 2-factor         3  Doe, Jane; Abel, Cem"
        )

        await seen.press("tab", "enter")

        await seen.sees("[no 2-factor]", "3 people", "Abel, Cem")


async def test_one_key_at_home_forces_2_factor_on_all_who_have_none(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        add_people(seen)
        await to_home(seen)

        await seen.press("f")
        await yes(seen, "4 people have no second factor")

        await seen.sees("2-factor is forced for 3 more people")
        assert seen.services.people.count(seen.session, PeopleView(filter=Filter.NOT_ENROLLED)).rows == 3


async def test_many_are_done_in_portions_and_between_two_one_may_stop() -> None:
    done: list[list[int]] = []
    told: list[int] = []

    async def act(portion: Any) -> None:
        done.append(list(portion))
        if len(done) == 2:
            progress.stop()

    progress = Progress(told.append)
    count = await in_portions(cut(list(range(1_700)), 500), act, progress)

    assert (count, told, [len(portion) for portion in done]) == (1_000, [500, 1_000], [500, 500])


async def test_esc_stops_forcing_the_ticked_between_two_portions(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        with transaction(seen.services.engine) as db:
            contract_id = person_of(seen.services, EMAIL).contract_id
            from core.new_person import new_person as row

            for number in range(1_200):
                db.add(
                    row(
                        contract_id,
                        email=f"p{number:04}@example.com",
                        given_name="P",
                        family_name=f"{number:04}",
                        role="user",
                        now=seen.clock(),
                    )
                )
        await to_home(seen)
        await seen.press("u")
        await seen.sees("1,201 people")
        pane = seen.pilot.app.screen.query_one(PeoplePane)
        for number in range(1_200):
            pane.people.list._ticks[person_of(seen.services, f"p{number:04}@example.com").id] = None

        await seen.press("f")
        with transaction(seen.services.engine):  # the first portion waits until this has ended
            await yes(seen, "Force 2-factor for 1,200 people?")
            await seen.press("escape")

        await seen.sees("Stopped: done for 500 of 1,200 people.")
        assert seen.services.people.count(seen.session, PeopleView(filter=Filter.NOT_ENROLLED)).rows == 500
