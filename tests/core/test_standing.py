"""Names, roles, activity and deletion: what the owner and administrators change about others."""

from uuid import UUID

import pytest

from core.errors import NotAllowed, SessionOver, WrongCredentials
from core.listing import Stretch
from core.login_steps import Session
from core.people import PeopleView
from core.resources import Kind, ResourceView
from core.services import Services
from data.tables import ADMINISTRATOR, USER
from tests.core.actors import SetClock, Someone, events, last_event, new_person, person_of


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def user_id(user: Someone) -> UUID:
    return person_of(user.services, user.email).id


def test_a_new_name_is_found_and_sorted_and_told_with_the_old_one(
    services: Services, session: Session, user_id: UUID
) -> None:
    services.standing.rename(session, user_id, given_name="Änne", family_name="Aal")

    [row] = services.people.page(session, PeopleView("änne aal"), Stretch()).rows
    assert (row.id, row.name) == (user_id, "Aal, Änne")
    assert last_event(services, "rename a person").details == {"old": "Ulf Berg", "new": "Änne Aal"}


def test_an_administrator_manages_from_his_next_action_on_and_no_longer_once_he_is_a_user(
    services: Services, session: Session, user: Someone, user_id: UUID
) -> None:
    at_work = user.signs_in()
    with pytest.raises(NotAllowed):
        services.people.count(at_work, PeopleView())

    services.standing.make_administrator(session, user_id)
    assert services.people.count(at_work, PeopleView()).rows == 2
    services.standing.make_user(session, user_id)

    with pytest.raises(NotAllowed):
        services.people.count(at_work, PeopleView())
    assert [event.details for event in events(services) if event.act == "change a role"] == [
        {"old": USER, "new": ADMINISTRATOR},
        {"old": ADMINISTRATOR, "new": USER},
    ]


def test_whoever_is_deactivated_is_out_at_once_and_cannot_sign_in_until_he_is_activated(
    services: Services, session: Session, user: Someone, user_id: UUID
) -> None:
    at_work = user.signs_in()

    services.standing.deactivate(session, [user_id])

    with pytest.raises(SessionOver):
        services.account.account(at_work)
    with pytest.raises(WrongCredentials):
        user.gives_password()
    assert last_event(services, "deactivate a person").details == {"sessions ended": 1}
    services.standing.activate(session, [user_id])
    user.signs_in()


def test_whoever_is_deleted_is_gone_with_his_sessions_and_what_he_made_is_the_owners(
    services: Services, session: Session, user: Someone, user_id: UUID, owner: Someone
) -> None:
    services.standing.make_administrator(session, user_id)
    at_work = user.signs_in()
    resource_id = services.resources.create(at_work, Kind.DATA_CENTER, "Karlsruhe-1")

    services.standing.delete(session, [user_id])

    with pytest.raises(SessionOver):
        services.account.account(at_work)
    assert services.people.count(session, PeopleView()).rows == 1
    [row] = services.resources.page(session, ResourceView(Kind.DATA_CENTER), Stretch()).rows
    assert (row.id, row.creator) == (resource_id, "Olga Ohm")
    assert last_event(services, "delete a person").target == user.email
    told = last_event(services, "pass a resource to the contract owner")
    assert (told.resource_id, told.details) == (resource_id, {"name": "Karlsruhe-1"})


def test_how_much_somebody_had_made_stands_in_no_event_that_is_not_about_the_resource(
    services: Services, session: Session, user: Someone, user_id: UUID
) -> None:
    services.standing.make_administrator(session, user_id)
    services.resources.create(user.signs_in(), Kind.SNAPSHOT, "Hidden")

    services.standing.delete(session, [user_id])

    about = [event for event in events(services) if event.resource_id is None]
    assert not [event for event in about if "Hidden" in str(event.details) or "resources" in str(event.details)]


def test_several_people_are_changed_together_or_not_at_all(
    services: Services, session: Session, user: Someone, user_id: UUID, owner: Someone
) -> None:
    owner_id = person_of(services, owner.email).id

    for act in (services.standing.deactivate, services.standing.delete, services.standing.activate):
        with pytest.raises(NotAllowed):
            act(session, [user_id, owner_id])

    assert person_of(services, user.email).active
