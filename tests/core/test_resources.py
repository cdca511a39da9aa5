"""Data centers and snapshots: their lists, and who may do what with them."""

from typing import Any
from uuid import UUID

import pytest

from core.errors import FieldEmpty, FieldRefused, NotAllowed, ProofNeeded
from core.listing import Stretch, Way
from core.login_steps import Session
from core.resources import Kind, ResourceView
from core.services import Services
from tests.core.actors import (
    SetClock,
    Someone,
    events,
    everything_unchanged,
    last_event,
    new_person,
)
from tests.core.sharing import group_of, is_there, resource_of, shared

DATA_CENTERS = ResourceView(Kind.DATA_CENTER)


@pytest.fixture
def member(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role="administrator")


def names(services: Services, session: Session, view: ResourceView = DATA_CENTERS) -> list[str]:
    return [row.name for row in services.resources.page(session, view, Stretch()).rows]


# Lists.


def test_a_list_has_one_kind_by_name_whatever_the_case(services: Services, session: Session, owner: Someone) -> None:
    for name in ("beta", "Alpha", "Ärzte", "gamma"):
        services.resources.create(session, Kind.DATA_CENTER, name)
    services.resources.create(session, Kind.SNAPSHOT, "delta")

    assert names(services, session) == ["Alpha", "beta", "gamma", "Ärzte"]
    assert names(services, session, ResourceView(Kind.SNAPSHOT)) == ["delta"]


def test_pages_of_one_name_show_each_resource_once(services: Services, session: Session, owner: Someone) -> None:
    made = {services.resources.create(session, Kind.DATA_CENTER, "same") for _ in range(5)}
    seen: list[UUID] = []
    stretch = Stretch(rows=2)

    while True:
        page = services.resources.page(session, DATA_CENTERS, stretch)
        seen += [row.id for row in page.rows]
        if page.after is None:
            break
        stretch = Stretch(Way.AFTER, page.after, rows=2)

    assert set(seen) == made
    assert seen == sorted(seen)


def test_a_user_lists_what_his_groups_give_him_and_what_he_made(
    services: Services, owner: Someone, member: Someone
) -> None:
    given, other = resource_of(services, owner, "given"), resource_of(services, owner, "other")
    resource_of(services, member, "made")
    shared(services, given, group_of(services, member))
    shared(services, given, group_of(services, member, name="twice"))
    shared(services, other, group_of(services, name="others"))
    session = member.signs_in()

    assert names(services, session) == ["given", "made"]
    assert services.resources.count(session, DATA_CENTERS).rows == 2


def test_a_row_names_its_creator(services: Services, owner: Someone, member: Someone) -> None:
    resource_of(services, member, "made")

    row = services.resources.page(owner.signs_in(), DATA_CENTERS, Stretch()).rows[0]

    assert (row.creator, row.kind, row.protected) == ("Ulf Berg", Kind.DATA_CENTER, False)


# Who may do what.


@pytest.fixture
def by_right(services: Services, owner: Someone, administrator: Someone, member: Someone) -> dict[str, Someone]:
    """Somebody for each letter of the table."""
    emails = {"c": "carla@example.com", "e": "edda@example.com", "s": "sven@example.com"}
    people = {letter: new_person(services, owner.clock, email=email) for letter, email in emails.items()}
    return people | {"o": owner, "a": administrator, "m": member}


def test_what_is_denied_of_a_resource_is_told_with_its_id(services: Services, by_right: dict[str, Someone]) -> None:
    """Who may do what is gone through in test_permissions."""
    resource_id = resource_of(services, by_right["c"], "Berlin")
    shared(services, resource_id, group_of(services, by_right["m"]))
    session = by_right["m"].signs_in()

    with everything_unchanged(services, but=frozenset({"audit_event", "audit_head"})), pytest.raises(NotAllowed):
        services.resources.rename(session, resource_id, "Renamed")

    event = last_event(services, "rename a resource")
    assert (event.outcome, event.resource_id) == ("denied", resource_id)


@pytest.mark.parametrize(
    ("letter", "rights"),
    [
        ("o", {"rename", "delete", "share", "protect"}),
        ("a", {"rename", "delete", "share", "protect"}),
        ("c", {"rename", "delete", "share"}),
        ("e", {"rename"}),
        ("s", {"share"}),
        ("m", set()),
    ],
)
def test_the_details_tell_what_this_session_may(
    services: Services, by_right: dict[str, Someone], letter: str, rights: set[str]
) -> None:
    resource_id = resource_of(services, by_right["c"], "Berlin")
    for right, privileges in {"e": {"edit_privilege": True}, "s": {"share_privilege": True}, "m": {}}.items():
        shared(services, resource_id, group_of(services, by_right[right], name=right), **privileges)

    details = services.resources.details(by_right[letter].signs_in(), resource_id)

    assert set(details.rights) == rights
    assert (details.groups.rows, details.name) == (3, "Berlin")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_user_creates_what_a_group_of_his_lets_him_create(
    services: Services, owner: Someone, member: Someone, kind: Kind
) -> None:
    privilege: dict[str, Any] = {f"create_{kind.value}": True}
    group_of(services, member, **privilege)
    other = next(each for each in Kind if each is not kind)
    session = member.signs_in()

    made = services.resources.create(session, kind, "mine")

    assert names(services, session, ResourceView(kind)) == ["mine"]
    assert services.resources.details(session, made).rights == {"rename", "delete", "share"}
    assert [services.resources.may_create(session, each) for each in (kind, other)] == [True, False]
    with pytest.raises(NotAllowed):
        services.resources.create(session, other, "mine")


def test_privileges_of_groups_to_which_one_does_not_belong_let_nobody_create(
    services: Services, owner: Someone, member: Someone
) -> None:
    group_of(services, owner, create_data_center=True)

    with pytest.raises(NotAllowed):
        services.resources.create(member.signs_in(), Kind.DATA_CENTER, "mine")


@pytest.mark.parametrize("name", ["delete", "protect", "unprotect"])
def test_deleting_and_protecting_want_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, clock: SetClock, name: str
) -> None:
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "Berlin")
    clock.advance(minutes=10, seconds=1)

    with everything_unchanged(services), pytest.raises(ProofNeeded):
        getattr(services.resources, name)(session, resource_id)


def test_names_are_taken_as_they_will_be_shown(services: Services, session: Session) -> None:
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "  [/foo]   Nord  ")

    services.resources.rename(session, resource_id, "名前")

    assert names(services, session, ResourceView(Kind.DATA_CENTER, "名前")) == ["名前"]
    event = last_event(services, "rename a resource")
    assert (event.details["old"], event.details["new"]) == ("[/foo] Nord", "名前")


@pytest.mark.parametrize(
    ("typed", "refusal"), [("", FieldEmpty), ("  ", FieldEmpty), ("a" * 101, FieldRefused), ("a\u202eb", FieldRefused)]
)
def test_names_that_cannot_be_shown_are_refused(
    services: Services, session: Session, typed: str, refusal: type[Exception]
) -> None:
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "Berlin")

    with pytest.raises(refusal):
        services.resources.create(session, Kind.DATA_CENTER, typed)
    with pytest.raises(refusal):
        services.resources.rename(session, resource_id, typed)

    assert names(services, session) == ["Berlin"]


def test_what_is_deleted_is_gone_with_its_shares(services: Services, session: Session, member: Someone) -> None:
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "Berlin")
    shared(services, resource_id, group_of(services, member))

    services.resources.delete(session, resource_id)

    assert names(services, member.signs_in()) == []
    assert is_there(services, resource_id) is None


def test_what_is_as_it_should_be_already_is_not_told(services: Services, protected: Someone) -> None:
    session = protected.signs_in()
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "Berlin")
    services.resources.protect(session, resource_id)
    told = len(events(services))

    services.resources.protect(session, resource_id)
    services.resources.rename(session, resource_id, "Berlin")

    assert len(events(services)) == told
