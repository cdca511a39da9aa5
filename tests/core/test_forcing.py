"""Force 2-Factor Auth, for people and for groups (source text, "For the account of another user")."""

import pytest

from core.errors import NotAllowed, NotThere, ProofNeeded, SecondFactorForced
from core.login_steps import EnrolmentNeeded, Session
from core.services import Services
from data.engine import transaction
from data.group_tables import Group, Membership
from data.tables import ADMINISTRATOR
from tests.core.actors import SetClock, Someone, last_event, new_person, person_of


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)


def group_with(services: Services, clock: SetClock, *members: Someone, name: str = "ops") -> Group:
    with transaction(services.engine) as db:
        people = [person_of(services, member.email) for member in members]
        contract_id = people[0].contract_id
        assert contract_id is not None
        group = Group(contract_id=contract_id, name=name, name_norm=name, created_at=clock())
        db.add(group)
        db.flush()
        db.add_all(Membership(group_id=group.id, person_id=person.id) for person in people)
    return group


def test_the_setup_wizard_waits_at_the_next_login_of_whoever_is_forced(
    services: Services, session: Session, user: Someone
) -> None:
    services.forcing.force_people(session, [person_of(services, user.email).id])

    assert isinstance(user.gives_password(), EnrolmentNeeded)


def test_whoever_is_signed_in_works_on_when_he_is_forced(services: Services, session: Session, user: Someone) -> None:
    at_work = user.signs_in()

    services.forcing.force_people(session, [person_of(services, user.email).id])

    assert services.account.account(at_work).second_factor_forced


def test_what_was_forced_cannot_be_deactivated_by_the_user_and_can_again_once_it_is_released(
    services: Services, session: Session, user: Someone
) -> None:
    user_id = person_of(services, user.email).id
    services.forcing.force_people(session, [user_id])
    enrolled = user.enrols(user.owes_enrolment())
    with pytest.raises(SecondFactorForced) as refused:
        services.second_factor.deactivate(enrolled)
    assert refused.value.by == "Olga Ohm"

    services.forcing.release_people(session, [user_id])

    services.second_factor.deactivate(enrolled)
    assert isinstance(user.gives_password(), Session)


def test_forcing_several_people_changes_all_or_none(
    services: Services, session: Session, user: Someone, owner: Someone
) -> None:
    ids = [person_of(services, someone.email).id for someone in (user, owner)]

    with pytest.raises(NotAllowed):
        services.forcing.force_people(session, ids)

    assert not person_of(services, user.email).sec_auth_forced


def test_forcing_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    clock.advance(minutes=10, seconds=1)

    with pytest.raises(ProofNeeded):
        services.forcing.force_people(session, [person_of(services, user.email).id])


def test_an_administrator_forces_users_and_other_administrators_but_never_the_owner(
    services: Services, administrator: Someone, user: Someone, owner: Someone, clock: SetClock
) -> None:
    other = new_person(services, clock, email="ada@example.com", role=ADMINISTRATOR)
    at_work = administrator.signs_in()

    services.forcing.force_people(at_work, [person_of(services, each.email).id for each in (user, other)])
    with pytest.raises(NotAllowed) as refused:
        services.forcing.force_people(at_work, [person_of(services, owner.email).id])

    assert refused.value.on_owner
    assert person_of(services, other.email).sec_auth_forced


def test_a_group_forces_each_of_its_members_but_the_owner(
    services: Services, session: Session, user: Someone, owner: Someone, clock: SetClock
) -> None:
    group = group_with(services, clock, user, owner)

    services.forcing.force_group(session, group.id)

    assert person_of(services, user.email).sec_auth_forced
    assert not person_of(services, owner.email).sec_auth_forced


def test_the_strictest_wins(services: Services, session: Session, user: Someone, clock: SetClock) -> None:
    user_id = person_of(services, user.email).id
    group = group_with(services, clock, user)
    services.forcing.force_group(session, group.id)
    services.forcing.force_people(session, [user_id])

    services.forcing.release_people(session, [user_id])
    still = person_of(services, user.email).sec_auth_forced
    services.forcing.release_group(session, group.id)

    assert still
    assert not person_of(services, user.email).sec_auth_forced


def test_the_account_tells_which_group_forces(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    group = group_with(services, clock, user)
    at_work = user.signs_in()

    services.forcing.force_group(session, group.id)

    assert services.account.account(at_work).second_factor_forced_by == "your group ops"


def test_forcing_is_told_to_the_audit_with_who_and_whom(
    services: Services, session: Session, user: Someone, owner: Someone
) -> None:
    services.forcing.force_people(session, [person_of(services, user.email).id])

    event = last_event(services, "force 2-factor")
    assert (event.actor, event.target, event.outcome) == (owner.email, user.email, "done")


def test_a_group_that_is_not_there_is_refused_and_told(services: Services, session: Session, user: Someone) -> None:
    with pytest.raises(NotThere):
        services.forcing.force_group(session, person_of(services, user.email).id)

    assert last_event(services, "force 2-factor for a group").outcome == "denied"
