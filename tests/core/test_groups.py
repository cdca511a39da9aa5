"""Groups: what they are called, what their members may do, and which resources they see."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from core.errors import FieldEmpty, FieldRefused, NameTaken, NotAllowed, NotThere, ProofNeeded
from core.groups import GroupRow
from core.listing import Stretch, Way
from core.login_steps import Session
from core.resources import Kind
from core.services import Services
from core.shares import Given
from data.group_tables import PRIVILEGES
from data.tables import ADMINISTRATOR
from tests.core.actors import SetClock, Someone, events, everything_unchanged, last_event, new_person, rows
from tests.core.crowds import Crowd, Named


@pytest.fixture
def crowd(services: Services, clock: SetClock) -> Crowd:
    return Crowd(services, clock)


def found(services: Services, session: Session, search: str = "") -> list[str]:
    return [row.name for row in services.groups.page(session, search, Stretch()).rows]


def test_a_new_group_has_no_member_allows_nothing_and_forces_nobody(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "  Karlsruhe  Ops ")

    details = services.groups.details(session, group_id)
    [row] = services.groups.page(session, "", Stretch()).rows
    assert (row.id, row.name, row.force_sec_auth, row.members.rows) == (group_id, "Karlsruhe Ops", False, 0)
    assert (details.name, details.force_sec_auth, details.forced_by) == ("Karlsruhe Ops", False, None)
    assert (details.privileges, details.members.rows, details.shares.rows) == (frozenset(), 0, 0)


@pytest.mark.parametrize("name", ["Straße", "STRASSE", " strasse "])
def test_a_name_is_taken_without_regard_to_case(services: Services, session: Session, name: str) -> None:
    services.groups.create(session, "Strasse")
    other = services.groups.create(session, "other")

    with everything_unchanged(services):
        for wanted in (lambda: services.groups.create(session, name), lambda: _rename(services, session, other, name)):
            with pytest.raises(NameTaken) as refused:
                wanted()
            assert refused.value.field == "Name"


def _rename(services: Services, session: Session, group_id: UUID, name: str) -> None:
    services.groups.rename(session, group_id, name)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x1bb", "a\u202eb", "a\nb"])
def test_a_name_that_cannot_be_shown_is_refused(services: Services, session: Session, name: str) -> None:
    group_id = services.groups.create(session, "ops")

    with everything_unchanged(services):
        for wanted in (
            lambda: services.groups.create(session, name),
            lambda: _rename(services, session, group_id, name),
        ):
            with pytest.raises((FieldEmpty, FieldRefused)):
                wanted()


def test_contracts_do_not_take_each_others_names(services: Services, session: Session, crowd: Crowd) -> None:
    services.groups.create(session, "ops")
    services.groups.create(crowd.session, "ops")

    assert found(services, session) == found(services, crowd.session) == ["ops"]


def test_a_group_is_renamed_also_to_another_case_of_its_name(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "ops")

    services.groups.rename(session, group_id, "Ops")

    assert found(services, session, "OPS") == ["Ops"]
    assert last_event(services, "rename a group").details == {"group": "Ops", "old": "ops", "new": "Ops"}


def test_groups_are_listed_by_name_found_by_pieces_of_it_and_counted(services: Services, session: Session) -> None:
    for name in ("zebra", "Alpha Team", "beta team", "[/foo]", "100%"):
        services.groups.create(session, name)

    assert found(services, session) == ["100%", "[/foo]", "Alpha Team", "beta team", "zebra"]
    assert found(services, session, "TEAM") == found(services, session, "eam t") == ["Alpha Team", "beta team"]
    assert found(services, session, "al") == ["Alpha Team"]
    assert found(services, session, "[/f") == ["[/foo]"]
    assert found(services, session, "00%") == ["100%"]
    assert found(services, session, 'x" OR "') == []
    assert services.groups.count(session, "team").rows == 2


def test_paging_through_groups_meets_each_once_either_way(services: Services, session: Session) -> None:
    names = [f"group {number}" for number in range(7)]
    for name in reversed(names):
        services.groups.create(session, name)

    first = services.groups.page(session, "", Stretch(rows=4))
    second = services.groups.page(session, "", Stretch(Way.AFTER, first.after, rows=4))
    back = services.groups.page(session, "", Stretch(Way.BEFORE, second.before, rows=4))

    assert [row.name for row in (*first.rows, *second.rows)] == names
    assert (second.after, back) == (None, first)


def test_members_are_counted_in_the_list(services: Services, crowd: Crowd) -> None:
    people = crowd.add([Named("A", "A"), Named("B", "B")])
    sizes = {name: services.groups.create(crowd.session, name) for name in ("none", "two")}

    services.members.add(crowd.session, sizes["two"], people)

    listed: tuple[GroupRow, ...] = services.groups.page(crowd.session, "", Stretch()).rows
    assert [(row.name, row.members.rows) for row in listed] == [("none", 0), ("two", 2)]


def test_privileges_are_set_as_a_whole_and_told_old_and_new(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "ops")
    services.groups.set_privileges(session, group_id, ["reserve_ip", "create_pcc"])

    services.groups.set_privileges(session, group_id, {"reserve_ip", "create_snapshot"})

    assert services.groups.details(session, group_id).privileges == {"reserve_ip", "create_snapshot"}
    assert last_event(services, "change a group's privileges").details == {
        "group": "ops",
        "old": ["create_pcc", "reserve_ip"],
        "new": ["create_snapshot", "reserve_ip"],
    }


def test_there_are_twelve_privileges_and_no_others(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "ops")
    services.groups.set_privileges(session, group_id, PRIVILEGES)

    with everything_unchanged(services), pytest.raises(FieldRefused):
        services.groups.set_privileges(session, group_id, ["reserve_ip", "force_sec_auth"])

    assert len(services.groups.details(session, group_id).privileges) == 12


def test_what_changes_nothing_is_not_told(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "ops")
    services.groups.set_privileges(session, group_id, ["reserve_ip"])
    told = len(events(services))

    services.groups.rename(session, group_id, "ops")
    services.groups.set_privileges(session, group_id, ["reserve_ip"])

    assert len(events(services)) == told


def test_a_deleted_group_leaves_nothing_but_its_event(services: Services, crowd: Crowd) -> None:
    people = crowd.add([Named("A", "A", "a@x.y"), Named("B", "B", "b@x.y")])
    group_id = services.groups.create(crowd.session, "ops")
    services.members.add(crowd.session, group_id, people)
    resource_id = services.resources.create(crowd.session, Kind.DATA_CENTER, "Karlsruhe")
    services.shares.share(crowd.session, resource_id, group_id, Given())

    services.groups.delete(crowd.session, group_id)

    left = rows(services)
    assert (left["user_group"], left["membership"], left["share"]) == ([], [], [])
    assert len(left["resource"]) == 1
    told = {"group": "ops", "people": ["a@x.y", "b@x.y"], "count": 2}
    assert last_event(services, "delete a group").details == told
    with pytest.raises(NotThere):
        services.groups.details(crowd.session, group_id)


@pytest.fixture
def shared(services: Services, protected: Someone) -> UUID:
    """A group that has an open data center, an open snapshot, and a protected data center."""
    at_work = protected.signs_in()
    group_id = services.groups.create(at_work, "ops")
    made = [
        services.resources.create(at_work, kind, name)
        for kind, name in [
            (Kind.SNAPSHOT, "Backup"),
            (Kind.DATA_CENTER, "Vault"),
            (Kind.DATA_CENTER, "Karlsruhe"),
        ]
    ]
    services.resources.protect(at_work, made[1])
    for resource_id in made:
        services.shares.share(at_work, resource_id, group_id, Given(edit=True))
    return group_id


def _seen(services: Services, session: Session, group_id: UUID) -> tuple[list[str], int]:
    listed = services.groups.shares(session, group_id, Stretch())
    return [row.name for row in listed.rows], services.groups.details(session, group_id).shares.rows


def test_the_shares_of_a_group_are_data_centers_then_snapshots_with_what_is_given(
    services: Services, protected: Someone, shared: UUID
) -> None:
    at_work = protected.signs_in()

    first = services.groups.shares(at_work, shared, Stretch(rows=2))
    second = services.groups.shares(at_work, shared, Stretch(Way.AFTER, first.after, rows=2))

    listed = [(row.name, row.kind, row.protected, row.edit, row.share) for row in (*first.rows, *second.rows)]
    assert listed == [
        ("Karlsruhe", "data_center", False, True, False),
        ("Vault", "data_center", True, True, False),
        ("Backup", "snapshot", False, True, False),
    ]
    assert services.groups.details(at_work, shared).shares.rows == 3


def test_a_protected_resource_is_neither_listed_nor_counted_among_shares_without_a_proved_factor(
    services: Services, shared: UUID, clock: SetClock
) -> None:
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)
    at_work = administrator.signs_in()
    services.members.add(at_work, shared, [at_work.person_id])

    assert _seen(services, at_work, shared) == (["Karlsruhe", "Backup"], 2)


def test_the_event_of_a_deleted_group_names_no_resource(services: Services, shared: UUID, clock: SetClock) -> None:
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)

    services.groups.delete(administrator.signs_in(), shared)

    event = last_event(services, "delete a group")
    assert event.resource_id is None
    assert event.details == {"group": "ops", "people": [], "count": 0}
    assert len(rows(services)["resource"]) == 3


def test_groups_of_other_contracts_are_not_there(services: Services, session: Session, crowd: Crowd) -> None:
    group_id = services.groups.create(crowd.session, "ops")

    for attempt in _acts(services, session, group_id)[:-1]:
        with pytest.raises(NotThere):
            attempt()

    assert found(services, session) == []
    assert found(services, crowd.session) == ["ops"]


def test_ordinary_users_neither_see_nor_change_groups(services: Services, session: Session, clock: SetClock) -> None:
    group_id = services.groups.create(session, "ops")
    user = new_person(services, clock, email="ulf@example.com").signs_in()

    for attempt in (*_lists(services, user), *_acts(services, user, group_id)):
        with pytest.raises(NotAllowed):
            attempt()

    assert found(services, session) == ["ops"]


def test_changes_want_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, clock: SetClock
) -> None:
    group_id = services.groups.create(session, "ops")
    clock.advance(minutes=10, seconds=1)
    looking = 3

    for attempt in _acts(services, session, group_id)[looking:]:
        with everything_unchanged(services), pytest.raises(ProofNeeded):
            attempt()


def _acts(services: Services, session: Session, group_id: UUID) -> list[Callable[[], object]]:
    """Everything that can be done with a group; the first three only look, the last makes another."""
    me = session.person_id
    return [
        lambda: services.groups.details(session, group_id),
        lambda: services.groups.shares(session, group_id, Stretch()),
        lambda: services.members.page(session, group_id, "", Stretch()),
        lambda: services.groups.rename(session, group_id, f"new {uuid4()}"),
        lambda: services.groups.set_privileges(session, group_id, ["reserve_ip"]),
        lambda: services.members.add(session, group_id, [me]),
        lambda: services.members.remove(session, group_id, [me]),
        lambda: services.groups.delete(session, group_id),
        lambda: services.groups.create(session, "another"),
    ]


def _lists(services: Services, session: Session) -> list[Callable[[], object]]:
    return [lambda: services.groups.page(session, "", Stretch()), lambda: services.groups.count(session, "")]
