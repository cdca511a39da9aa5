"""Who is in a group, and what follows from coming and going."""

from uuid import UUID, uuid4

import pytest

from core import listing, searching
from core.errors import NotThere
from core.group_members import NAMED, TOLD_EACH
from core.listing import PAGE_ROWS, Stretch, Way
from core.people import PersonRow
from core.services import Services
from tests.core.actors import SetClock, events, everything_unchanged, last_event
from tests.core.crowds import Crowd, Named

PEOPLE = [Named("Ada", "Lovelace", "ada@x.y"), Named("Bo", "Berg", "bo@x.y"), Named("Cy", "Berg", "cy@x.y")]


@pytest.fixture
def crowd(services: Services, clock: SetClock) -> Crowd:
    return Crowd(services, clock)


@pytest.fixture
def group_id(crowd: Crowd) -> UUID:
    return crowd.services.groups.create(crowd.session, "ops")


def members(crowd: Crowd, group_id: UUID, search: str = "") -> list[str]:
    return [row.name for row in crowd.services.members.page(crowd.session, group_id, search, Stretch()).rows]


def forced(crowd: Crowd, person_id: UUID) -> bool:
    return crowd.services.people.details(crowd.session, person_id).forced


def test_people_come_and_go(services: Services, crowd: Crowd, group_id: UUID) -> None:
    ada, bo, _ = crowd.add(PEOPLE)

    services.members.add(crowd.session, group_id, [ada, bo])
    services.members.remove(crowd.session, group_id, [ada])

    assert members(crowd, group_id) == ["Berg, Bo"]
    assert services.members.count(crowd.session, group_id, "").rows == 1


@pytest.mark.parametrize("many", [0, 10_000])
def test_members_are_listed_by_name_and_searched_however_many_there_are(
    services: Services, crowd: Crowd, group_id: UUID, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of few is sorted, one of many is walked: they show the same."""
    services.members.add(crowd.session, group_id, crowd.add(PEOPLE))
    crowd.add([Named("Not", "Berg"), Named("Not", "Loved")])
    monkeypatch.setattr(listing, "MANY", many)
    monkeypatch.setattr(searching, "SORTED_UP_TO", many)

    assert members(crowd, group_id) == ["Berg, Bo", "Berg, Cy", "Lovelace, Ada"]
    assert members(crowd, group_id, "berg") == ["Berg, Bo", "Berg, Cy"]
    assert members(crowd, group_id, "lo") == members(crowd, group_id, "ada@ LOVE") == ["Lovelace, Ada"]
    assert members(crowd, group_id, "not") == members(crowd, group_id, "%") == []
    assert services.members.count(crowd.session, group_id, "berg").rows == 2


@pytest.mark.parametrize("many", [0, 10_000])
def test_paging_through_members_meets_each_once_either_way(
    services: Services, crowd: Crowd, group_id: UUID, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [Named("Ada", f"Number {number:03}") for number in range(2 * PAGE_ROWS + 3)]
    services.members.add(crowd.session, group_id, crowd.add(names)[:-1])
    monkeypatch.setattr(listing, "MANY", many)
    monkeypatch.setattr(searching, "SORTED_UP_TO", many)

    def page(way: Way, key: listing.Key | None = None) -> listing.Page[PersonRow]:
        return services.members.page(crowd.session, group_id, "number", Stretch(way, key))

    first, last = page(Way.FIRST), page(Way.LAST)
    second = page(Way.AFTER, first.after)
    met = [*first.rows, *second.rows, *page(Way.AFTER, second.after).rows]

    assert [row.name for row in met] == [named.shown for named in names[:-1]]
    assert list(last.rows) == met[-PAGE_ROWS:]
    assert list(page(Way.BEFORE, last.before).rows) == met[-2 * PAGE_ROWS : -PAGE_ROWS]


def test_the_groups_of_a_person_are_told_by_name(services: Services, crowd: Crowd) -> None:
    [ada, *_] = crowd.add(PEOPLE)
    ids = {name: services.groups.create(crowd.session, name) for name in ("zebra", "Alpha", "other")}
    for name in ("zebra", "Alpha"):
        services.members.add(crowd.session, ids[name], [ada])

    told = services.members.of_person(crowd.session, ada)

    assert told == ((ids["Alpha"], "Alpha"), (ids["zebra"], "zebra"))


def test_who_is_in_already_stays_and_who_is_not_is_left_alone(services: Services, crowd: Crowd, group_id: UUID) -> None:
    ada, bo, cy = crowd.add(PEOPLE)
    services.members.add(crowd.session, group_id, [ada])

    services.members.add(crowd.session, group_id, [ada, bo, bo])
    added = last_event(services, "add people to a group")
    services.members.remove(crowd.session, group_id, [cy, bo])
    removed = last_event(services, "remove people from a group")
    told = len(events(services))
    services.members.add(crowd.session, group_id, [ada])
    services.members.remove(crowd.session, group_id, [bo])
    services.members.remove(crowd.session, group_id, [])

    assert members(crowd, group_id) == ["Lovelace, Ada"]
    assert added.details == removed.details == {"group": "ops", "people": ["bo@x.y"], "count": 1}
    assert added.target_id == removed.target_id == bo
    assert len(events(services)) == told


def test_up_to_a_thousand_people_who_come_or_go_in_one_act_find_it_each_in_an_event_of_his_own(
    services: Services, crowd: Crowd, group_id: UUID
) -> None:
    people = crowd.add(Named("Ada", f"Number {number}", f"n{number:05}@x.y") for number in range(TOLD_EACH))

    services.members.add(crowd.session, group_id, people)
    services.members.remove(crowd.session, group_id, people[:2])

    told = [(event.act, event.target_id, event.details["count"]) for event in events(services) if "people" in event.act]
    assert sorted(told[:TOLD_EACH]) == sorted(("add people to a group", person, 1) for person in people)
    assert told[TOLD_EACH:] == [("remove people from a group", person, 1) for person in people[:2]]


def test_somebody_of_another_contract_or_nobody_refuses_the_act_for_all(
    services: Services, crowd: Crowd, group_id: UUID, clock: SetClock
) -> None:
    ada, bo, _ = crowd.add(PEOPLE)
    [foreign] = Crowd(services, clock).add([Named("Not", "Here")])
    services.members.add(crowd.session, group_id, [ada])

    with everything_unchanged(services, but=frozenset({"audit_event", "audit_head"})):
        for stranger in (foreign, uuid4()):
            with pytest.raises(NotThere):
                services.members.add(crowd.session, group_id, [bo, stranger])
            with pytest.raises(NotThere):
                services.members.remove(crowd.session, group_id, [ada, stranger])

    assert last_event(services, "remove people from a group").outcome == "denied"


def test_a_forcing_group_forces_whoever_comes_and_no_longer_whoever_goes(
    services: Services, crowd: Crowd, group_id: UUID
) -> None:
    ada, bo, cy = crowd.add(PEOPLE)
    services.forcing.force_group(crowd.session, group_id)
    services.forcing.force_people(crowd.session, [bo])

    services.members.add(crowd.session, group_id, [ada, bo])
    inside = [forced(crowd, each) for each in (ada, bo, cy)]
    services.members.remove(crowd.session, group_id, [ada, bo])

    assert inside == [True, True, False]
    assert [forced(crowd, each) for each in (ada, bo, cy)] == [False, True, False]


def test_a_deleted_group_forces_nobody_any_more_but_another_group_still_does(
    services: Services, crowd: Crowd, group_id: UUID
) -> None:
    ada, bo, _ = crowd.add(PEOPLE)
    other = services.groups.create(crowd.session, "other")
    for each in (group_id, other):
        services.forcing.force_group(crowd.session, each)
    services.members.add(crowd.session, group_id, [ada, bo])
    services.members.add(crowd.session, other, [bo])

    services.groups.delete(crowd.session, group_id)

    assert [forced(crowd, each) for each in (ada, bo)] == [False, True]


def test_a_group_may_have_the_owner_and_does_not_bind_him(services: Services, crowd: Crowd, group_id: UUID) -> None:
    services.forcing.force_group(crowd.session, group_id)

    services.members.add(crowd.session, group_id, [crowd.session.person_id])

    assert members(crowd, group_id) == ["Ohm, Olga"]
    assert not forced(crowd, crowd.session.person_id)


def test_ten_thousand_people_come_and_go_in_one_act_whose_event_names_a_hundred(
    services: Services, crowd: Crowd, group_id: UUID
) -> None:
    people = crowd.add(Named("Ada", f"Number {number}", f"n{number:05}@x.y") for number in range(10_001))
    services.forcing.force_group(crowd.session, group_id)

    services.members.add(crowd.session, group_id, people)
    [row] = services.groups.page(crowd.session, "", Stretch()).rows
    inside = services.members.count(crowd.session, group_id, "").is_more, row.members.is_more, forced(crowd, people[-1])
    services.members.remove(crowd.session, group_id, people)

    for act in ("add people to a group", "remove people from a group"):
        details = last_event(services, act).details
        assert (details["count"], details["people"]) == (10_001, [f"n{number:05}@x.y" for number in range(NAMED)])
    assert inside == (True, True, True)
    assert members(crowd, group_id) == []
    assert not forced(crowd, people[-1])
