"""Groups, by keys: made, named, filled, forced, given privileges and resources, and deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual.widgets import TabbedContent

from core.listing import Stretch
from tests.core.actors import Someone, change_person, new_person, person_of
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.place import data_center, focus_is_on, in_list, member, on_row, owner_session, shared, yes
from tests.tui.test_pictures import SIZES, looks_like
from tui.privileges import PRIVILEGE_NAMES
from tui.screens.group_details import GroupDetailsScreen
from tui.screens.panes.groups import GroupsPane
from tui.screens.person import PersonScreen
from tui.screens.proof import ProofScreen
from tui.screens.resource_details import ResourceDetailsScreen
from tui.screens.resource_manager import ResourceManagerScreen
from tui.widgets.check_box import CheckBox
from tui.widgets.searched_list import SearchField

HOSTILE = ["[/foo]", "[@click=app.quit]x", "[bold", "名前", "مجموعة", "q\u0301\u0301\u0301", "👍 dc"]


@asynccontextmanager
async def at_groups(home: Path, *names: str, **how: Any) -> AsyncIterator[Console]:
    """The owner's list of groups, of which some are there."""
    async with console(home, **how) as seen:
        session = owner_session(seen)
        for name in names:
            seen.services.groups.create(session, name)
        await to_groups(seen)
        yield seen


async def to_groups(seen: Console) -> None:
    """From the login to the list of groups."""
    await seen.sign_in()
    await seen.sees("How your account is protected")
    await seen.press("r")
    await seen.sees("Data Centers", "Groups")
    await in_list(seen)
    await seen.press("g")
    await seen.sees("Force 2-Factor")
    await in_list(seen)


async def at_details(seen: Console, name: str) -> None:
    await on_row(seen, name)
    await seen.press("enter")
    await seen.sees("Force 2-Factor Auth", "Privileges")
    await in_list(seen)


def group_of(seen: Console, name: str) -> UUID:
    found = seen.services.groups.page(seen.session, "", Stretch())
    return next(row.id for row in found.rows if row.name == name)


def names(seen: Console) -> list[str]:
    return [row.name for row in seen.services.groups.page(seen.session, "", Stretch()).rows]


def current(seen: Console) -> UUID | None:
    """The group under the cursor."""
    row = seen.pilot.app.screen.query_one(GroupsPane).rows.list.current
    return row.id if row else None


def is_at_tab(seen: Console, key: str) -> bool:
    """Whether the tab that this key opens is open, with the focus in it."""
    tabs, focused = seen.pilot.app.screen.query_one(TabbedContent), seen.pilot.app.screen.focused
    return tabs.active.startswith(key) and focused is not None and tabs.active_pane in focused.ancestors


def members(seen: Console, name: str) -> list[str]:
    found = seen.services.members.page(seen.session, group_of(seen, name), "", Stretch())
    return [row.email for row in found.rows]


async def test_a_group_is_made_by_its_name_and_its_details_are_shown(tmp_path: Path) -> None:
    async with at_groups(tmp_path) as seen:
        await seen.sees("There are no groups. Press n to make one.")
        await seen.press("n")
        await seen.sees("New group")

        await seen.type("ops\n")

        await seen.sees("Group · 0 members · sees 0 resources", "Nobody is in this group.")
        assert names(seen) == ["ops"]
        await seen.press("escape")
        await seen.sees("1 group")


async def test_a_name_that_is_taken_is_refused_at_its_field_and_stays(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await seen.press("n")
        await seen.sees("New group")

        await seen.type("OPS\n")

        await seen.sees("Name must be another: there is one", "OPS")
        await focus_is_on(seen, "blank-0-field")
        await seen.type("-2\n")
        await seen.sees("Group · 0 members")
        assert names(seen) == ["ops", "OPS-2"]


async def test_a_proof_that_is_left_loses_nothing_of_what_was_typed(tmp_path: Path) -> None:
    async with at_groups(tmp_path) as seen:
        seen.clock.advance(minutes=11)
        await seen.press("n")
        await seen.sees("New group")
        await seen.type("ops\n")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, ProofScreen))
        await seen.sees("To create the group “ops”, prove that it is you.")

        await seen.press("escape")

        await focus_is_on(seen, "blank-0-field")
        assert "ops" in seen.text()
        assert names(seen) == []


async def test_a_group_is_renamed(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await seen.press("e")
        await focus_is_on(seen, "blank-0-field")
        await seen.press("ctrl+u")

        await seen.type("operators\n")

        await seen.sees("“ops” is called “operators” now.")
        assert names(seen) == ["operators"]


async def test_delete_tells_who_loses_what_and_wants_the_name_typed(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        session = owner_session(seen)
        member(seen, session, group_of(seen, "ops"), "bo@example.com")
        shared(seen, session, "Karlsruhe-1", group_of(seen, "ops"))
        await seen.press("x")
        await seen.sees("1 person loses sight at once: Ulf Berg.", "Karlsruhe-1", "type “ops”")
        await focus_is_on(seen, "name-field")

        await seen.press("enter")
        await seen.sees("That is not the name. Nothing was done.")
        assert names(seen) == ["ops"]
        await seen.type("ops\n")

        await seen.sees("“ops” is deleted.", "There are no groups.")
        assert names(seen) == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_are_shown_as_they_are_and_never_as_markup(tmp_path: Path, name: str) -> None:
    async with at_groups(tmp_path, name) as seen:
        for key, question in (("e", "Rename “"), ("x", "Delete the group “")):
            await seen.press(key)
            await seen.sees(question + name)
            await seen.press("escape")
            await in_list(seen)

        await at_details(seen, name)
        await seen.press("f")
        await seen.sees(f"Force 2-factor for “{name}”?")


async def test_forcing_tells_before_who_must_enrol_and_is_told_in_the_box(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        member(seen, owner_session(seen), group_of(seen, "ops"), "bo@example.com")
        await at_details(seen, "ops")
        await seen.sees("Berg, Ulf")
        await seen.press("shift+tab", "shift+tab", "shift+tab")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox))

        await seen.press("space")
        await yes(seen, "1 person must set up 2-factor at the next login: Ulf Berg.")
        await seen.sees("[x] Force 2-Factor Auth", "Activated by Jane Doe.", "! forced")
        assert person_of(seen.services, "bo@example.com").sec_auth_forced
        await seen.press("f")
        await yes(seen, "Stop forcing 2-factor for “ops”?")

        await seen.sees("[ ] Force 2-Factor Auth")
        assert not person_of(seen.services, "bo@example.com").sec_auth_forced


async def test_privileges_count_once_they_are_saved(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")
        await seen.press("p")
        await seen.sees("[ ] Create data centers", "[ ] Manage certificates")
        await focus_is_on(seen, "create_data_center")

        await seen.press("space", "down", "space")
        await seen.sees("[x] Create data centers", "[x] Reserve IP blocks", "Not saved yet.")
        assert seen.services.groups.details(seen.session, group_of(seen, "ops")).privileges == frozenset()
        await seen.press(*["down"] * 6)
        await focus_is_on(seen, "save-privileges")
        await seen.press("up", "down", "enter")

        await seen.sees("Saved. It counts at once.")
        saved = seen.services.groups.details(seen.session, group_of(seen, "ops")).privileges
        assert saved == {"create_data_center", "reserve_ip"}
        assert "Not saved yet." not in seen.text()


async def test_each_key_of_a_tab_opens_it_from_every_other_tab(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")
        for key in "pspmpmsms":
            await seen.press(key)
            await seen.pilot.pause()
            await seen.until(partial(is_at_tab, seen, key), key)


async def test_what_is_ticked_and_not_saved_is_not_lost_unasked(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")
        await seen.press("p")
        await focus_is_on(seen, "create_data_center")
        await seen.press("space", "escape")
        await seen.sees("The privileges that you ticked are not saved.", "esc Stay")
        await focus_is_on(seen, "no")

        await seen.press("enter")

        await seen.sees("[x] Create data centers")
        await seen.press("escape")
        await yes(seen, "not saved")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceManagerScreen))


def test_every_privilege_that_a_group_can_have_has_a_box() -> None:
    from data.group_tables import PRIVILEGES

    assert tuple(PRIVILEGE_NAMES) == PRIVILEGES


async def test_members_are_found_ticked_and_added(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        for email, family in (("ana@example.com", "Janes"), ("bo@example.com", "Li"), ("cem@example.com", "Abel")):
            new_person(seen.services, seen.clock, email=email, family_name=family)
        await at_details(seen, "ops")
        await seen.press("a")
        await seen.sees("Add to “ops”", "4 people")
        await seen.until(lambda: isinstance(seen.pilot.app.focused, SearchField))
        await seen.sees("enter, ↓ and esc go to the list")

        await seen.type("janes")
        await seen.sees("1 person")
        await seen.press("enter")
        await seen.sees("/ Search · space Tick · enter Add · esc Cancel")
        await seen.press("space")
        await seen.sees("enter Add 1 ticked")
        await seen.press("slash", "ctrl+u")
        await seen.type("ab")
        await seen.sees("Abel, Ulf", "1 person")
        await seen.press("down", "space")
        await seen.sees("enter Add 2 ticked")
        await seen.press("enter")

        await seen.sees("2 people added.", "Abel, Ulf", "Janes, Ulf", "Group · 2 members", "2 members")
        assert members(seen, "ops") == ["cem@example.com", "ana@example.com"]


async def test_adding_to_a_group_that_forces_tells_before_who_must_enrol(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        seen.services.forcing.force_group(owner_session(seen), group_of(seen, "ops"))
        new_person(seen.services, seen.clock, email="bo@example.com")
        await at_details(seen, "ops")
        await seen.press("a")
        await seen.sees("2 people")
        await seen.press("enter")
        await on_row(seen, "Berg, Ulf")

        await seen.press("enter")
        await seen.sees("Add 1 person to “ops”?", "1 person must set up 2-factor at the next login: Ulf Berg.")
        await focus_is_on(seen, "no")
        await seen.press("enter")

        await in_list(seen)
        assert members(seen, "ops") == []


async def test_ticked_members_are_removed_after_the_forecast(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        session = owner_session(seen)
        for email, family in (("ana@example.com", "Janes"), ("bo@example.com", "Li"), ("cem@example.com", "Abel")):
            member(seen, session, group_of(seen, "ops"), email, family_name=family)
        shared(seen, session, "Karlsruhe-1", group_of(seen, "ops"))
        await at_details(seen, "ops")
        await seen.sees("3 members")

        await seen.press("space", "down", "space", "x")
        await yes(seen, "2 people lose sight at once: Ulf Abel, Ulf Janes.")

        await seen.sees("2 people removed.", "1 member")
        assert members(seen, "ops") == ["bo@example.com"]
        await seen.press("x")
        await yes(seen, "Remove “Li, Ulf” from “ops”?")
        await seen.sees("Nobody is in this group.")


async def test_enter_on_a_member_shows_the_user_details_and_esc_comes_back(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        member(seen, owner_session(seen), group_of(seen, "ops"), "bo@example.com")
        await at_details(seen, "ops")
        await seen.sees("Berg, Ulf")

        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, PersonScreen))
        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, GroupDetailsScreen))
        await seen.sees("Berg, Ulf")


async def test_resources_are_shared_with_the_group_and_taken_back(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        for name in ("Karlsruhe-1", "Karlsruhe-2"):
            data_center(seen, owner_session(seen), name)
        await at_details(seen, "ops")
        await seen.press("s")
        await seen.sees("Nothing is shared with this group.")
        await in_list(seen)

        await seen.press("a")
        await seen.sees("Share data centers with “ops”", "2 data centers")
        await seen.press("enter", "space", "down", "space", "enter")
        await seen.sees("Share 2 data centers with “ops”")
        await focus_is_on(seen, "edit")
        await seen.press("space", "tab", "tab", "enter")
        await seen.sees("Karlsruhe-1", "Karlsruhe-2", "read and edit", "Shared. Its members see it at once.")

        await in_list(seen)
        await seen.press("x")
        await yes(seen, "Take “Karlsruhe-1” from the group?")
        await seen.until(lambda: "The group has “Karlsruhe-1” no longer." in seen.text())
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceDetailsScreen))
        await seen.sees("Karlsruhe-2", "Groups that have access")


async def test_a_share_that_this_session_may_not_know_of_is_nowhere_on_the_groups_screens(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        owner = Someone(seen.services, seen.clock, EMAIL)
        admin = new_person(seen.services, seen.clock, email="adam@example.com", role="administrator")
        proved = admin.enrols(admin.signs_in())
        session = owner.signs_in()
        shared(seen, session, "Karlsruhe-1", group_of(seen, "ops"))
        hidden = shared(seen, session, "Secret-9", group_of(seen, "ops"))
        seen.services.resources.protect(proved, hidden)

        await at_details(seen, "ops")
        await seen.sees("sees 1 resource")
        await seen.press("s")
        await seen.sees("Karlsruhe-1")

        assert "Secret-9" not in seen.text()
        await seen.press("a")
        await seen.sees("1 data center")
        assert "Secret-9" not in seen.text()


async def test_a_group_that_was_deleted_elsewhere_closes_its_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GroupDetailsScreen, "LOOK_EVERY", 0.02)
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")

        seen.services.groups.delete(owner_session(seen), group_of(seen, "ops"))

        await seen.sees("This group is not there, or not any more.", "There are no groups.")


async def test_a_session_that_was_ended_elsewhere_leads_to_the_login_and_forgets_what_was_ticked(
    tmp_path: Path,
) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")
        await seen.press("p")
        await focus_is_on(seen, "create_data_center")
        await seen.press("space")
        change_person(seen.services, EMAIL, active=False)

        await seen.press(*["down"] * 6, "enter")

        await seen.sees("Your session is over: your account was", "deactivated. Sign in again.")


async def test_help_in_the_list_tells_each_key_once(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await seen.press("question_mark")
        await seen.sees("Keys here", "Rename", "go to the list", "Keys everywhere")

        here = seen.text().partition("Keys everywhere")[0]
        keys = [line.partition("│    ")[2].partition("  ")[0] for line in here.splitlines()]
        told = [key for key in keys if key]
        assert "/" in told
        assert len(told) == len(set(told))


async def test_help_tells_the_keys_of_the_group(tmp_path: Path) -> None:
    async with at_groups(tmp_path, "ops") as seen:
        await at_details(seen, "ops")

        await seen.press("question_mark")

        await seen.sees("Keys here", "Members, Privileges, Shares", "share snapshots")
        below = [line for line in seen.text().splitlines() if line.partition("│")[2].startswith(" " * 18)]
        assert below


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 50)])
async def test_the_details_open_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as seen:
        seen.services.groups.create(owner_session(seen), "ops")
        await seen.sign_in()
        await seen.until(lambda: seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "overview")
        await seen.press("r")
        await in_list(seen)
        await seen.press("g")
        await seen.until(lambda: bool(seen.pilot.app.screen.query("GroupsPane RowList:focus")))
        await seen.until(lambda: group_of(seen, "ops") == current(seen))

        await seen.press("enter")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, GroupDetailsScreen))
        for tab in ("p", "s", "m"):
            await seen.press(tab)
        await seen.press("escape")
        await seen.until(lambda: isinstance(seen.pilot.app.screen, ResourceManagerScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_what_the_list_the_details_and_the_picker_look_like(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_groups(tmp_path, "ops", "[/] مجموعة 👍", size=size) as seen:
        member(seen, owner_session(seen), group_of(seen, "ops"), "bo@example.com", given_name="Bo", family_name="Li")
        await seen.sees("2 groups", "Contract owner", "n New")
        await on_row(seen, "ops")
        looks_like(seen, "groups", size)
        await at_details(seen, "ops")
        await seen.sees("Li, Bo", "1 member", "Contract owner", "a Add")
        looks_like(seen, "group_members", size)
        await seen.press("a")
        await seen.sees("2 people")
        await seen.press("enter", "space")
        await seen.sees("Add 1 ticked")
        looks_like(seen, "pick_people", size)
        await seen.press("escape", "p")
        await focus_is_on(seen, "create_data_center")
        await seen.press("space")
        await seen.sees("Not saved yet.", "↑ ↓ ← → Move")
        looks_like(seen, "group_privileges", size)
