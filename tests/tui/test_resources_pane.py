"""Data centers and snapshots, by keys: made, named, protected, shared, and gone from the screens of others at once."""

from pathlib import Path

import pytest

from core.listing import Stretch
from core.resources import Kind, ResourceView
from core.shares import Given
from tests.core.actors import Someone, events, last_event, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.place import (
    at_resources,
    data_center,
    focus_is_on,
    in_list,
    member,
    often,
    on_row,
    owner_session,
    second_console,
    shared,
    to_resources,
    yes,
)
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.login import LoginScreen
from tui.screens.proof import ProofScreen
from tui.screens.resource_details import ResourceDetailsScreen
from tui.screens.resource_manager import ResourceManagerScreen
from tui.widgets.check_box import CheckBox
from tui.widgets.searched_list import SearchField

HOSTILE = ["[/foo]", "[@click=app.quit]x", "[bold", "名前", "مركز البيانات", "q\u0301\u0301\u0301", "🙂 dc", "x" * 100]
GONE = "This resource is not there, or not any more."
HINT = "Some may be open only to people with"


async def at_details(seen: Console, name: str) -> None:
    await on_row(seen, name)
    await seen.press("enter")
    await seen.sees("2-Factor protection", "created today")


def names(seen: Console) -> list[str]:
    """The data centers that the person at this console sees."""
    found = seen.services.resources.page(seen.session, ResourceView(Kind.DATA_CENTER), Stretch())
    return [row.name for row in found.rows]


def is_forced(seen: Console, email: str) -> bool:
    return person_of(seen.services, email).force_sec_auth


async def test_a_data_center_is_made_by_its_name_and_its_details_are_shown(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await seen.press("n")
        await seen.sees("New data center")

        await seen.type("Frankfurt\n")

        await seen.sees("Frankfurt", "Groups that have access", "No group has access")
        assert "Frankfurt" in names(seen)
        await seen.press("escape")
        await seen.sees("3 data centers")


async def test_a_refused_name_is_told_at_its_field_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await seen.press("n")
        await seen.sees("New data center")

        await seen.type("x" * 101 + "\n")

        await seen.sees("Name must have at most 100 characters.")
        await focus_is_on(seen, "blank-0-field")
        await seen.press("backspace", "enter")
        await seen.sees("created today")


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_are_shown_as_they_are_and_never_as_markup(tmp_path: Path, name: str) -> None:
    async with console(tmp_path) as seen:
        data_center(seen, owner_session(seen), name)
        await to_resources(seen)
        await seen.sees("1 data center")
        assert name[:16] in seen.text()

        for key, question in (("p", "Protect “"), ("e", "Rename “"), ("x", "Delete “")):
            await seen.press(key)
            await seen.sees(question + name[:16])
            await seen.press("escape")
            await in_list(seen)
        await at_details(seen, "")
        assert name[:16] in seen.text()


async def test_search_finds_while_one_types_and_esc_goes_to_the_list(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await seen.press("slash")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, SearchField))

        await seen.type("e-2")
        await seen.sees("1 data center")
        assert "Karlsruhe-1" not in seen.text()
        await seen.press("escape")
        await in_list(seen)

        assert isinstance(seen.pilot.app.screen, ResourceManagerScreen)
        await seen.press("slash", "x", "enter")
        await seen.sees("No data center of that name is found.")


async def test_a_data_center_is_renamed(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await on_row(seen, "Karlsruhe-2")
        await seen.press("e")
        await seen.sees("Rename “Karlsruhe-2”")
        await focus_is_on(seen, "blank-0-field")

        await seen.press("ctrl+u")
        await seen.type("Berlin\n")

        await seen.sees("“Karlsruhe-2” is called “Berlin” now.")
        assert names(seen) == ["Berlin", "Karlsruhe-1"]


async def test_delete_wants_the_name_typed_and_the_focus_is_where_it_is_typed(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await on_row(seen, "Karlsruhe-2")
        await seen.press("x")
        await seen.sees("1 person sees it today", "type “Karlsruhe-2”")
        await focus_is_on(seen, "name-field")

        await seen.press("enter")
        await seen.sees("That is not the name. Nothing was done.")
        assert "Karlsruhe-2" in names(seen)
        await seen.type("Karlsruhe-2\n")

        await seen.sees("“Karlsruhe-2” is deleted.", "1 data center")
        assert names(seen) == ["Karlsruhe-1"]


async def test_an_act_after_ten_minutes_wants_a_proof_that_names_the_target(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await on_row(seen, "Karlsruhe-2")
        seen.clock.advance(minutes=11)
        await seen.press("x")
        await seen.sees("type “Karlsruhe-2”")
        await focus_is_on(seen, "name-field")

        await seen.type("Karlsruhe-2\n")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, ProofScreen))
        await seen.sees("To delete “Karlsruhe-2”, prove that it is you.")
        await seen.press("escape")
        await in_list(seen)
        assert "Karlsruhe-2" in names(seen)


async def test_protecting_tells_before_who_loses_it_and_can_force_2_factor_on_them_first(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        session = owner.enrols(owner.signs_in())
        group = seen.services.groups.create(session, "ops")
        for email, name in (("bo@example.com", "Bo"), ("ana@example.com", "Ana")):
            member(seen, session, group, email, given_name=name).signs_in()
        protected = shared(seen, session, "Karlsruhe-1", group)
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{owner.code()}\n")
        await seen.sees("Support PIN")
        await seen.press("r")
        await seen.sees("1 data center")

        await seen.press("p")
        await seen.sees(
            "1 of 3 people who see it today go on seeing it.", "2 people lose sight at once: Ana Berg, Bo Berg"
        )
        await seen.sees("They have 2 consoles open now.")
        await yes(seen, "Force 2-factor on the 2 first", button="force")

        await seen.sees("“Karlsruhe-1” is open only to people with 2-factor now.", "2-Factor  ")
        assert seen.services.resources.details(session, protected).protected
        assert person_of(seen.services, "bo@example.com").force_sec_auth
        assert person_of(seen.services, "ana@example.com").force_sec_auth
        assert not person_of(seen.services, EMAIL).force_sec_auth


async def test_the_forecast_warns_whoever_would_lose_it_himself_and_cancel_leaves_everything(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        await on_row(seen, "Karlsruhe-1")

        await seen.press("p")
        await seen.sees("You are among them", "1 person loses sight at once: Jane Doe")
        assert "Force 2-factor on" not in seen.text()
        await focus_is_on(seen, "no")
        await seen.press("enter")

        await in_list(seen)
        assert names(seen) == ["Karlsruhe-1", "Karlsruhe-2"]


async def test_a_resource_protected_elsewhere_vanishes_from_an_open_list_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source text: other users cannot see or select these resources."""
    often(monkeypatch)
    async with console(tmp_path) as seen, second_console(tmp_path, seen.clock) as other:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com")
        for name in ("Karlsruhe-1", "Karlsruhe-2"):
            shared(seen, session, name, group)
        await to_resources(other, "bo@example.com")
        await other.sees("Karlsruhe-1", "Karlsruhe-2", "2 data centers")
        await to_resources(seen)
        await seen.sees("2 data centers")

        await on_row(seen, "Karlsruhe-1")
        await seen.press("p")
        await yes(seen, "Protect “Karlsruhe-1” with 2-factor?")

        await other.until(lambda: "Karlsruhe-1" not in other.text() and "1 data center" in other.text())
        assert "Karlsruhe-2" in other.text()


async def test_a_protected_resource_is_there_once_a_code_was_proved(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        session = owner.enrols(owner.signs_in())
        group = seen.services.groups.create(session, "ops")
        bo = member(seen, session, group, "bo@example.com")
        seen.services.resources.protect(session, shared(seen, session, "Karlsruhe-1", group))
        await to_resources(seen, bo.email)
        await seen.sees("No data centers are shared with you", HINT)
        bo.enrols(bo.signs_in())
        await seen.press("q")
        await yes(seen, "Quit?")

    async with second_console(tmp_path, seen.clock) as again:
        await again.sees("E-mail")
        await again.type(f"{bo.email}\n{bo.password}\n")
        await again.sees("step 2 of 2")
        again.clock.advance(seconds=30)
        await again.type(f"{bo.phone.code(again.clock())}\n")
        await again.sees("Support PIN")
        await again.press("r")

        await again.sees("Karlsruhe-1", "1 data center")


async def test_open_details_close_when_the_resource_is_no_longer_in_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often(monkeypatch)
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com")
        found = shared(seen, session, "Karlsruhe-1", group)
        await to_resources(seen, "bo@example.com")
        await at_details(seen, "Karlsruhe-1")

        seen.services.resources.protect(session, found)

        await seen.sees(GONE)
        await seen.until(lambda: "Karlsruhe-1" not in seen.text())
        assert isinstance(seen.pilot.app.screen, ResourceManagerScreen)
        assert [event.outcome for event in events(seen.services)].count("denied") == 1


async def test_a_dialog_over_what_is_no_longer_in_sight_closes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often(monkeypatch)
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com")
        found = shared(seen, session, "Karlsruhe-1", group, Given(edit=True, share=True))
        await to_resources(seen, "bo@example.com")
        await at_details(seen, "Karlsruhe-1")
        await seen.press("e")
        await seen.sees("Rename “Karlsruhe-1”")

        seen.services.resources.protect(session, found)

        await seen.sees(GONE)
        assert "Karlsruhe-1" not in seen.text()


@pytest.mark.parametrize(("key", "question"), [("e", "Rename “Karlsruhe-1”"), ("x", "Delete “Karlsruhe-1”?")])
async def test_a_dialog_over_the_list_closes_when_its_resource_is_no_longer_in_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, question: str
) -> None:
    often(monkeypatch)
    async with at_resources(tmp_path) as seen:
        adam = new_person(seen.services, seen.clock, email="adam@example.com", role="administrator")
        proved = adam.enrols(adam.signs_in())
        view = ResourceView(Kind.DATA_CENTER, "karlsruhe-1")
        found = seen.services.resources.page(proved, view, Stretch()).rows[0].id
        await on_row(seen, "Karlsruhe-1")
        await seen.press(key)
        await seen.sees(question)

        seen.services.resources.protect(proved, found)

        await seen.sees(GONE)
        await seen.until(lambda: "Karlsruhe-1" not in seen.text())
        await in_list(seen)
        await seen.press("e")
        await seen.sees("Rename “Karlsruhe-2”")


async def test_a_session_that_was_ended_elsewhere_leads_to_the_login_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often(monkeypatch)
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        bo = new_person(seen.services, seen.clock, email="bo@example.com")
        await to_resources(seen, bo.email)

        seen.services.rescue.end_sessions(session, person_of(seen.services, bo.email).id)

        await seen.sees("Your session was ended by the contract owner or", "Sign in again.")
        assert isinstance(seen.pilot.app.screen, LoginScreen)


async def test_an_ordinary_user_sees_only_what_his_groups_share_and_no_key_that_is_not_his(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com")
        shared(seen, session, "Karlsruhe-1", group)
        data_center(seen, session, "Karlsruhe-2")

        await to_resources(seen, "bo@example.com")

        await seen.sees("Karlsruhe-1", "1 data center")
        assert "Karlsruhe-2" not in seen.text()
        assert not {"n New", "x Delete", "p 2-Factor"} & set(seen.text().split("   "))
        for key, refusal in (("n", "create a data center"), ("p", "protect a resource"), ("x", "delete a resource")):
            await seen.press(key)
            await seen.sees(f"Your role does not allow you to {refusal}")
        await at_details(seen, "Karlsruhe-1")
        assert "Groups that have access" not in seen.text()
        assert "Who can see this" not in seen.text()
        await seen.press("p")
        await seen.sees("Your role does not allow you to protect a resource")


async def test_whether_a_protected_one_exists_makes_no_difference_to_what_an_empty_list_says(tmp_path: Path) -> None:
    said = []
    for place, exists in (("with", True), ("without", False)):
        async with console(tmp_path / place) as seen:
            owner = Someone(seen.services, seen.clock, EMAIL)
            session = owner.enrols(owner.signs_in())
            group = seen.services.groups.create(session, "ops")
            member(seen, session, group, "bo@example.com")
            if exists:
                seen.services.resources.protect(session, shared(seen, session, "Karlsruhe-1", group))
            await to_resources(seen, "bo@example.com")
            await seen.sees("No data centers are shared with you.", HINT, "0 data centers")
            said.append(seen.text())

    assert said[0] == said[1]


async def test_a_group_that_lets_its_members_create_gives_them_the_key(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        seen.services.groups.set_privileges(session, group, ["create_data_center"])
        member(seen, session, group, "bo@example.com")
        await to_resources(seen, "bo@example.com")
        await seen.sees("Press n to make one.", "n New")

        await seen.press("n")
        await seen.sees("New data center")
        await seen.type("Bo's own\n")

        await seen.sees("Bo's own", "created today", "by Ulf Berg", "Groups that have access")
        await seen.press("escape", "s")
        await seen.sees("0 snapshots", "Ask your contract owner")


async def test_the_details_share_with_a_group_change_the_share_and_take_it_back(tmp_path: Path) -> None:
    async with at_resources(tmp_path) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com")
        await at_details(seen, "Karlsruhe-1")
        await seen.sees("No group has access")

        await seen.press("a")
        await seen.sees("Share “Karlsruhe-1” with", "ops")
        await seen.press("enter", "enter")
        await seen.sees("Its members see the resource.")
        await focus_is_on(seen, "edit")
        await seen.press("space", "tab", "tab", "enter")
        await seen.sees("read and edit", "Saved. It counts at once.")

        await in_list(seen)
        await seen.press("enter")
        await seen.sees("What may “ops” do?", "[x] Edit", "[ ] Share")
        await focus_is_on(seen, "edit")
        await seen.press("down", "space", "down", "enter")
        await seen.sees("read, edit and share")

        await in_list(seen)
        await seen.press("x")
        await yes(seen, "1 person loses sight at once: Ulf Berg.")
        await seen.sees("“ops” has it no longer.", "No group has access")
        assert last_event(seen.services, "stop sharing a resource").details["group"] == "ops"


async def test_who_can_see_this_tells_why_each_of_the_others_does_not(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        session = owner.enrols(owner.signs_in())
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com", family_name="Nofactor")
        member(seen, session, group, "cy@example.com", family_name="Gone", active=False)
        new_person(seen.services, seen.clock, email="di@example.com", family_name="Outside")
        seen.services.resources.protect(session, shared(seen, session, "Karlsruhe-1", group))
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{owner.code()}\n")
        await seen.sees("Support PIN")
        await seen.press("r")
        await seen.sees("1 data center")
        await at_details(seen, "Karlsruhe-1")
        await seen.sees("[x] 2-Factor protection")

        await seen.press("w")
        await seen.sees("1 person sees it, 3 do not.", "Doe, Jane", "sees it")
        await seen.press("v")

        await seen.sees("Nofactor, Ulf", "no 2-factor", "Gone, Ulf", "deactivated")
        await seen.sees("Outside, Ulf", "in no group that has access")
        assert "Doe, Jane" not in seen.text()


async def test_the_box_2_factor_protection_asks_before_it_changes(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        session = owner.enrols(owner.signs_in())
        found = data_center(seen, session, "Karlsruhe-1")
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{owner.code()}\n")
        await seen.sees("Support PIN")
        await seen.press("r")
        await seen.sees("1 data center")
        await at_details(seen, "Karlsruhe-1")
        await in_list(seen)
        await seen.press("shift+tab")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox))

        await seen.press("space")
        await yes(seen, "Protect “Karlsruhe-1” with 2-factor?")
        await seen.sees("[x] 2-Factor protection", "Others find it nowhere")
        assert seen.services.resources.details(session, found).protected
        await seen.press("space")
        await yes(seen, "Stop protecting “Karlsruhe-1” with 2-factor?")

        await seen.sees("[ ] 2-Factor protection")
        assert not seen.services.resources.details(session, found).protected


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 50)])
async def test_list_and_details_open_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        data_center(seen, owner_session(seen), "Karlsruhe-1")
        await seen.sign_in()
        await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "overview")
        await seen.press("r")
        await in_list(seen)

        await seen.press("enter")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceDetailsScreen))
        await seen.press("escape")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceManagerScreen))


async def test_2_factor_is_forced_on_whoever_loses_it_but_never_on_oneself_or_the_owner(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        session = owner_session(seen)
        adam = new_person(seen.services, seen.clock, email="adam@example.com", role="administrator", given_name="Adam")
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com", given_name="Bo")
        shared(seen, session, "Karlsruhe-1", group)
        await to_resources(seen, adam.email)
        await seen.sees("1 data center")

        await seen.press("p")
        await seen.sees("3 people lose sight at once: Adam Berg, Bo Berg, Jane Doe.", "You are among them")
        await yes(seen, "Force 2-factor on the one first", button="force")

        await seen.sees("“Karlsruhe-1” is open only to people with 2-factor now.", "0 data centers")
        forced = [email for email in (adam.email, "bo@example.com", EMAIL) if is_forced(seen, email)]
        assert forced == ["bo@example.com"]


@pytest.mark.parametrize("size", SIZES)
async def test_what_the_list_the_details_and_the_forecast_look_like(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        session = owner_session(seen)
        group = seen.services.groups.create(session, "ops")
        member(seen, session, group, "bo@example.com", given_name="Bo", family_name="Li")
        shared(seen, session, "Karlsruhe-1", group, Given(edit=True, share=True))
        for name in ("データセンター東京", "مركز البيانات", "[/] 🙂"):
            data_center(seen, session, name)
        await to_resources(seen)
        await seen.sees("4 data centers", "Contract owner", "n New")
        await on_row(seen, "Karlsruhe-1")
        looks_like(seen, "data_centers", size)
        await seen.press("p")
        await seen.sees("You are among them")
        await focus_is_on(seen, "no")
        looks_like(seen, "protect", size)
        await seen.press("escape", "enter")
        await seen.sees("read, edit and share", "Contract owner", "a Share")
        await in_list(seen)
        looks_like(seen, "data_center_details", size)
        await seen.press("w")
        await seen.sees("2 people see it, 0 do not.", "Li, Bo")
        await in_list(seen)
        looks_like(seen, "who_can_see_this", size)
