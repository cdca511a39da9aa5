"""Protected resources, and who finds them nowhere (source text, "Managing 2-factor authentication")."""

import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core import permissions
from core.errors import NotThere, SessionOver
from core.listing import Stretch, Way
from core.login_steps import Session
from core.resources import Kind, ResourceView
from core.services import Services
from core.shares import Given
from core.sight import SightFilter
from core.wording import sentence
from data.engine import transaction
from data.tables import ConsoleSession
from tests.core.actors import (
    PASSWORD,
    SetClock,
    Someone,
    change_person,
    events,
    new_person,
)
from tests.core.sharing import foreign_resource, group_of, leaves, resource_of, shared

DATA_CENTERS = ResourceView(Kind.DATA_CENTER)
SECRET = "Karlsruhe-1"


@pytest.fixture
def member(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role="administrator")


@pytest.fixture(params=["owner", "administrator", "member", "creator"])
def entitled(
    request: pytest.FixtureRequest, owner: Someone, administrator: Someone, member: Someone, services: Services
) -> Someone:
    """Whoever may see, change and share a resource, by each of the ways there are; without a second factor."""
    creator = new_person(services, owner.clock, email="carla@example.com")
    return {"owner": owner, "administrator": administrator, "member": member, "creator": creator}[request.param]


@pytest.fixture
def hidden(services: Services, entitled: Someone, owner: Someone, member: Someone) -> UUID:
    """A protected resource to which the entitled person has every right."""
    creator = entitled if entitled.email.startswith("carla") else owner
    made = resource_of(services, creator, SECRET, sec_auth_protection=True)
    shared(services, made, group_of(services, member), edit_privilege=True, share_privilege=True)
    return made


def names(services: Services, session: Session, view: ResourceView = DATA_CENTERS) -> list[str]:
    return [row.name for row in services.resources.page(session, view, Stretch()).rows]


def called(services: Services, name: str) -> Callable[..., Any]:
    service, _, method = name.partition(".")
    function: Callable[..., Any] = getattr(getattr(services, service), method)
    return function


def on_one(services: Services) -> list[str]:
    """What is done with one resource, by its id."""
    return [
        name
        for name in sorted(permissions.ON_RESOURCES)
        if "resource_id" in inspect.signature(called(services, name)).parameters
    ]


def done(services: Services, name: str, session: Session, resource_id: UUID, group_id: UUID | None = None) -> Any:
    """Do what can be done with a resource, with something for each of the other arguments."""
    function = called(services, name)
    values = {
        "resource_id": resource_id,
        "group_id": group_id or uuid4(),
        "name": "Renamed",
        "search": "",
        "stretch": Stretch(),
        "shown": SightFilter.ALL,
        "given": Given(),
    }
    return function(session, *(values[argument] for argument in list(inspect.signature(function).parameters)[1:]))


# Who has no second factor does not find a protected resource: owner, administrator, member and creator alike.


def test_it_is_in_no_list(services: Services, entitled: Someone, hidden: UUID) -> None:
    assert names(services, entitled.signs_in()) == []


def test_it_is_in_no_count(services: Services, entitled: Someone, hidden: UUID) -> None:
    assert services.resources.count(entitled.signs_in(), DATA_CENTERS).rows == 0


@pytest.mark.parametrize("typed", ["Karlsruhe-1", "karls", "ka", "k", "-1"])
def test_no_search_finds_it(services: Services, entitled: Someone, hidden: UUID, typed: str) -> None:
    session, view = entitled.signs_in(), ResourceView(Kind.DATA_CENTER, typed)

    assert names(services, session, view) == []
    assert services.resources.count(session, view).rows == 0


@pytest.mark.parametrize("way", list(Way))
def test_no_way_through_the_list_leads_to_it(services: Services, entitled: Someone, hidden: UUID, way: Way) -> None:
    """A key is sent by the screen, and says nothing of what one may see."""
    stretch = Stretch(way, ("karlsruhe-1", hidden))

    page = services.resources.page(entitled.signs_in(), DATA_CENTERS, stretch)

    assert (page.rows, page.before, page.after) == ((), None, None)


def test_it_is_in_no_view_of_a_group_that_has_it(
    services: Services, administrator: Someone, owner: Someone, clock: SetClock
) -> None:
    made, group_id = resource_of(services, owner, SECRET, sec_auth_protection=True), group_of(services)
    shared(services, made, group_id)

    for someone in (owner, administrator):
        session = someone.signs_in()
        assert services.groups.shares(session, group_id, Stretch()).rows == ()
        assert services.groups.details(session, group_id).shares.rows == 0


def test_whatever_is_done_with_it_is_answered_as_for_one_that_never_was(
    services: Services, entitled: Someone, hidden: UUID, clock: SetClock
) -> None:
    """In sentence, event and everything else: also with an old proof, which would be asked of one that is seen."""
    session = entitled.signs_in()
    clock.advance(minutes=11)
    never, foreign = uuid4(), foreign_resource(services, "theirs")

    for name in on_one(services):
        answers = [refusal_of(services, name, session, asked) for asked in (hidden, never, foreign)]
        assert answers[0] == answers[1] == answers[2]
        assert SECRET not in repr(answers)


def refusal_of(services: Services, name: str, session: Session, resource_id: UUID) -> tuple[Any, ...]:
    """What is said of an act on something that is not there, and what the audit is told of it but the id."""
    with pytest.raises(NotThere) as refused:
        done(services, name, session, resource_id)
    told = [event for event in events(services) if event.resource_id == resource_id and event.outcome == "denied"]
    event = told[-1]
    return name, sentence(refused.value), event.act, event.details


def test_a_second_one_of_its_name_is_made_without_a_word(services: Services, owner: Someone) -> None:
    """If names were unique, the refusal would tell of it."""
    session = owner.signs_in()
    resource_of(services, owner, SECRET, sec_auth_protection=True)

    services.resources.create(session, Kind.DATA_CENTER, SECRET)

    assert names(services, session) == [SECRET]


def test_what_others_do_with_it_is_told_with_its_id_in_each_event(services: Services, protected: Someone) -> None:
    """By which the audit's readers are kept from what they may not see."""
    session = protected.signs_in()
    resource_id = services.resources.create(session, Kind.DATA_CENTER, SECRET)
    group_id = group_of(services)

    services.resources.protect(session, resource_id)
    services.resources.rename(session, resource_id, "Karlsruhe-2")
    services.shares.share(session, resource_id, group_id, Given())
    services.shares.unshare(session, resource_id, group_id)
    services.resources.unprotect(session, resource_id)
    services.resources.delete(session, resource_id)

    about = [event for event in events(services) if "Karlsruhe" in repr(event.details)]
    assert len(about) == 7
    assert {event.resource_id for event in about} == {resource_id}


# Who proved a second factor finds it.


def test_whoever_has_activated_2_factor_finds_it_by_list_count_search_and_details(
    services: Services, entitled: Someone, hidden: UUID
) -> None:
    session = entitled.enrols(entitled.signs_in())

    assert names(services, session) == [SECRET]
    assert services.resources.count(session, DATA_CENTERS).rows == 1
    assert names(services, session, ResourceView(Kind.DATA_CENTER, "arls")) == [SECRET]
    assert services.resources.details(session, hidden).protected
    assert services.shares.of_resource(session, hidden, Stretch()).rows[0].group == "ops"


def test_a_second_factor_gives_no_more_than_the_group_does(services: Services, owner: Someone, member: Someone) -> None:
    hidden = resource_of(services, owner, SECRET, sec_auth_protection=True)
    session = member.enrols(member.signs_in())

    assert names(services, session) == []
    with pytest.raises(NotThere):
        services.resources.details(session, hidden)


# Both act at once.


def test_it_is_gone_for_a_session_that_is_open_the_moment_it_is_protected(
    services: Services, entitled: Someone, protected: Someone, administrator: Someone, member: Someone
) -> None:
    creator = entitled if entitled is not protected else administrator
    resource_id = resource_of(services, creator, SECRET)
    shared(services, resource_id, group_of(services, member), edit_privilege=True)
    at_work = [each.signs_in() for each in (creator, administrator, member)]
    before = [names(services, session) for session in at_work]

    services.resources.protect(protected.signs_in(), resource_id)

    assert before == [[SECRET]] * 3
    assert [names(services, session) for session in at_work] == [[]] * 3
    with pytest.raises(NotThere):
        services.resources.rename(at_work[0], resource_id, "Renamed")


def test_it_is_gone_for_its_protector_too_if_he_has_no_second_factor(services: Services, owner: Someone) -> None:
    session = owner.signs_in()
    resource_id = services.resources.create(session, Kind.DATA_CENTER, SECRET)

    services.resources.protect(session, resource_id)

    assert names(services, session) == []
    with pytest.raises(NotThere):
        services.resources.unprotect(session, resource_id)


def test_it_is_gone_for_a_session_that_is_open_the_moment_2_factor_is_deactivated(
    services: Services, protected: Someone
) -> None:
    resource_of(services, protected, SECRET, sec_auth_protection=True)
    session = protected.signs_in()
    before = names(services, session)

    services.second_factor.deactivate(session)

    assert (before, names(services, session)) == ([SECRET], [])


def test_on_the_other_consoles_nothing_is_left_once_2_factor_is_deactivated_on_one(
    services: Services, protected: Someone
) -> None:
    resource_of(services, protected, SECRET, sec_auth_protection=True)
    other, here = protected.signs_in(), protected.signs_in()

    services.second_factor.deactivate(here)

    with pytest.raises(SessionOver):
        names(services, other)


def test_it_is_gone_with_the_accounts_second_factor_even_for_a_session_that_once_proved_one(
    services: Services, protected: Someone
) -> None:
    resource_of(services, protected, SECRET, sec_auth_protection=True)
    session = protected.signs_in()

    change_person(services, protected.email, sec_auth_active=False)

    assert names(services, session) == []


def test_it_is_there_from_the_moment_2_factor_is_confirmed_in_the_session(
    services: Services, entitled: Someone, hidden: UUID
) -> None:
    session = entitled.signs_in()
    entitled.scans(session)
    recovery_codes = services.enrolment.prove(session, entitled.code())
    before = names(services, session)

    confirmed = services.enrolment.confirm(session, recovery_codes[0])

    assert (before, names(services, confirmed)) == ([], [SECRET])


def test_a_session_that_gave_no_code_finds_it_from_the_moment_it_proves_one(
    services: Services, protected: Someone
) -> None:
    """However such a session came to be: activating 2-factor ends the others."""
    resource_of(services, protected, SECRET, sec_auth_protection=True)
    session = protected.signs_in()
    with transaction(services.engine) as db:
        db.connection().execute(update(ConsoleSession).values(second_factor_at=None))
    before = names(services, session)

    services.proof.prove(session, PASSWORD, protected.code(), act="support_pin.save")

    assert (before, names(services, session)) == ([], [SECRET])


def test_a_member_who_leaves_the_group_loses_it_at_once(services: Services, owner: Someone, member: Someone) -> None:
    made, group_id = resource_of(services, owner, "Berlin"), group_of(services, member)
    shared(services, made, group_id)
    session = member.signs_in()
    before = names(services, session)

    leaves(services, group_id, member)

    assert (before, names(services, session)) == (["Berlin"], [])
