"""Groups: what they are called, who is in them, what their members may do and see."""

import pytest

from core.errors import NameTaken
from core.listing import Stretch
from core.login_steps import Session
from core.services import Services
from tests.core.actors import SetClock, new_person, person_of


def test_a_group_is_made_and_found_by_its_name(services: Services, session: Session) -> None:
    group_id = services.groups.create(session, "  Karlsruhe  Ops ")

    found = services.groups.page(session, "ops", Stretch()).rows

    assert [(row.id, row.name, row.force_sec_auth, row.members.rows) for row in found] == [
        (group_id, "Karlsruhe Ops", False, 0)
    ]


def test_names_are_unique_without_regard_to_case(services: Services, session: Session) -> None:
    services.groups.create(session, "Straße")

    with pytest.raises(NameTaken):
        services.groups.create(session, "STRASSE")


def test_people_come_and_go(services: Services, session: Session, clock: SetClock) -> None:
    new_person(services, clock, email="ulf@example.com")
    ulf = person_of(services, "ulf@example.com")
    group_id = services.groups.create(session, "ops")

    services.members.add(session, group_id, [ulf.id])
    then = services.members.page(session, group_id, "", Stretch()).rows
    count = services.groups.page(session, "", Stretch()).rows[0].members
    services.members.remove(session, group_id, [ulf.id])

    assert [row.id for row in then] == [ulf.id]
    assert str(count) == "1"
    assert services.members.page(session, group_id, "", Stretch()).rows == ()
    services.groups.details(session, group_id)
    services.groups.shares(session, group_id, Stretch())
    services.groups.delete(session, group_id)
