"""Sharing a resource with groups: nobody passes on more than he has."""

from uuid import UUID, uuid4

import pytest

from core.errors import NotAllowed, NotThere, ProofNeeded
from core.listing import Stretch, Way
from core.login_steps import Session
from core.resources import Kind, ResourceView
from core.services import Services
from core.shares import Given
from tests.core.actors import SetClock, Someone, events, everything_unchanged, last_event, new_person
from tests.core.sharing import foreign_group, group_of, resource_of, share_of, shared

EVERY = [Given(), Given(edit=True), Given(share=True), Given(edit=True, share=True)]
AUDIT = frozenset({"audit_event", "audit_head"})


@pytest.fixture
def sharer(owner: Someone, services: Services, clock: SetClock) -> Someone:
    """A user who will have share_privilege, and nothing else."""
    return new_person(services, clock, email="sven@example.com")


@pytest.fixture
def resource_id(services: Services, owner: Someone, sharer: Someone) -> UUID:
    made = resource_of(services, owner, "Berlin")
    shared(services, made, group_of(services, sharer, name="sharers"), share_privilege=True)
    return made


@pytest.fixture
def group_id(services: Services, owner: Someone) -> UUID:
    return group_of(services, name="ops")


def test_a_member_of_the_group_sees_it_at_once_and_not_any_more_once_it_is_taken_back(
    services: Services, session: Session, clock: SetClock
) -> None:
    member = new_person(services, clock, email="ulf@example.com")
    group_id, view = group_of(services, member), ResourceView(Kind.DATA_CENTER)
    resource_id = services.resources.create(session, Kind.DATA_CENTER, "Berlin")
    at_work = member.signs_in()

    services.shares.share(session, resource_id, group_id, Given())
    given = services.resources.count(at_work, view).rows
    services.shares.unshare(session, resource_id, group_id)

    assert (given, services.resources.count(at_work, view).rows) == (1, 0)


@pytest.mark.parametrize("new", EVERY)
@pytest.mark.parametrize("old", [None, *EVERY])
def test_the_owner_gives_and_changes_any_share(
    services: Services, session: Session, resource_id: UUID, *, group_id: UUID, old: Given | None, new: Given
) -> None:
    if old:
        services.shares.share(session, resource_id, group_id, old)

    services.shares.share(session, resource_id, group_id, new)

    share = share_of(services, resource_id, group_id)
    assert share
    assert Given(share.edit_privilege, share.share_privilege) == new


@pytest.mark.parametrize("new", [None, *EVERY])
@pytest.mark.parametrize("old", [None, *EVERY])
def test_who_may_share_but_not_edit_neither_gives_nor_takes_nor_touches_a_share_with_edit(
    services: Services,
    session: Session,
    sharer: Someone,
    *,
    resource_id: UUID,
    group_id: UUID,
    old: Given | None,
    new: Given | None,
) -> None:
    """Each way of getting there: giving, adding to what is there, taking away, and with the other right as a cover."""
    if old:
        services.shares.share(session, resource_id, group_id, old)
    at_work = sharer.signs_in()

    def act() -> None:
        if new:
            services.shares.share(at_work, resource_id, group_id, new)
        else:
            services.shares.unshare(at_work, resource_id, group_id)

    if any(share.edit for share in (old, new) if share):
        with everything_unchanged(services, but=AUDIT), pytest.raises(NotAllowed):
            act()
        event = last_event(services, "share a resource" if new else "stop sharing a resource")
        assert (event.outcome, event.resource_id) == ("denied", resource_id)
    else:
        act()
        share = share_of(services, resource_id, group_id)
        assert (Given(share.edit_privilege, share.share_privilege) if share else None) == new


def test_who_may_share_by_one_group_and_edit_by_another_passes_on_both(
    services: Services, sharer: Someone, resource_id: UUID, group_id: UUID
) -> None:
    shared(services, resource_id, group_of(services, sharer, name="editors"), edit_privilege=True)

    services.shares.share(sharer.signs_in(), resource_id, group_id, Given(edit=True, share=True))

    share = share_of(services, resource_id, group_id)
    assert share
    assert share.edit_privilege


def test_what_a_group_has_of_one_resource_counts_for_no_other(
    services: Services, owner: Someone, sharer: Someone, resource_id: UUID, group_id: UUID
) -> None:
    other = resource_of(services, owner, "Frankfurt")
    shared(services, other, group_of(services, sharer, name="readers"))

    with pytest.raises(NotAllowed):
        services.shares.share(sharer.signs_in(), other, group_id, Given())


def test_a_group_of_another_contract_is_not_there(services: Services, session: Session, resource_id: UUID) -> None:
    for group_id in (uuid4(), foreign_group(services)):
        with everything_unchanged(services, but=AUDIT), pytest.raises(NotThere) as refused:
            services.shares.share(session, resource_id, group_id, Given())

        assert refused.value.what == "group"
        assert last_event(services, "share a resource").resource_id == resource_id


@pytest.mark.parametrize("name", ["share", "unshare"])
def test_sharing_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, resource_id: UUID, *, group_id: UUID, clock: SetClock, name: str
) -> None:
    clock.advance(minutes=10, seconds=1)
    given = [Given()] if name == "share" else []

    with everything_unchanged(services), pytest.raises(ProofNeeded):
        getattr(services.shares, name)(session, resource_id, group_id, *given)


def test_what_a_group_has_is_listed_by_its_name_page_by_page(
    services: Services, session: Session, resource_id: UUID
) -> None:
    for name in ("c", "a", "b"):
        services.shares.share(session, resource_id, group_of(services, name=name), Given(edit=True))

    first = services.shares.of_resource(session, resource_id, Stretch(rows=2))
    rest = services.shares.of_resource(session, resource_id, Stretch(Way.AFTER, first.after))

    assert [(row.group, row.edit, row.share) for row in first.rows] == [("a", True, False), ("b", True, False)]
    assert [(row.group, row.edit, row.share) for row in rest.rows] == [("c", True, False), ("sharers", False, True)]


def test_a_user_who_shares_finds_the_groups_of_his_contract_and_of_no_other(
    services: Services, sharer: Someone, resource_id: UUID, group_id: UUID
) -> None:
    foreign_group(services)
    session = sharer.signs_in()

    every = services.shares.groups(session, resource_id, "", Stretch())
    found = services.shares.groups(session, resource_id, "hare", Stretch())

    assert [choice.name for choice in every.rows] == ["ops", "sharers"]
    assert [choice.name for choice in found.rows] == ["sharers"]


def test_each_change_is_told_with_group_old_and_new(
    services: Services, session: Session, resource_id: UUID, group_id: UUID
) -> None:
    services.shares.share(session, resource_id, group_id, Given())
    services.shares.share(session, resource_id, group_id, Given(edit=True, share=True))
    services.shares.share(session, resource_id, group_id, Given(edit=True, share=True))
    services.shares.unshare(session, resource_id, group_id)
    services.shares.unshare(session, resource_id, group_id)

    told = [event for event in events(services) if event.act in {"share a resource", "stop sharing a resource"}]
    assert [(event.details["old"], event.details["new"]) for event in told] == [
        (None, "see"),
        ("see", "see, edit, share"),
        ("see, edit, share", None),
    ]
    assert {(event.details["group"], event.resource_id) for event in told} == {("ops", resource_id)}
