"""A contract changes hands by an offer that its receiver takes, and in no other way."""

import pytest
from sqlmodel import select

from core.errors import (
    CannotOwn,
    LoginExpired,
    NotAllowed,
    OfferOver,
    ProofNeeded,
    SessionOver,
    WrongEmailCode,
    WrongPasswordCode,
)
from core.invitations import Invitation
from core.login_steps import EnrolmentNeeded, Session
from core.ownership import LASTS
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import Group, Membership
from data.tables import ADMINISTRATOR, OWNER, USER, OwnershipOffer, Person
from tests.core.actors import (
    CONSOLE,
    SetClock,
    Someone,
    change_person,
    everything_unchanged,
    last_event,
    new_person,
    owing_code,
    person_of,
)

NEW = "Other-Lantern,43"
AUDITED = frozenset({"audit_event", "audit_head"})


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)


def offers(services: Services, session: Session, to: Someone) -> None:
    services.ownership.offer(session, person_of(services, to.email).id)


def roles(services: Services) -> dict[str, str]:
    with reading(services.engine) as db:
        return {person.email: person.role for person in db.exec(select(Person))}


@pytest.mark.parametrize("role", [ADMINISTRATOR, USER])
def test_whoever_takes_the_contract_is_its_owner_and_the_old_owner_an_administrator(
    services: Services, session: Session, owner: Someone, user: Someone, role: str
) -> None:
    change_person(services, user.email, role=role)
    offers(services, session, user)

    services.ownership.accept(user.signs_in())

    assert roles(services) == {owner.email: ADMINISTRATOR, user.email: OWNER}


def test_an_offer_changes_nothing_before_it_is_taken(
    services: Services, session: Session, owner: Someone, user: Someone
) -> None:
    offers(services, session, user)

    assert roles(services) == {owner.email: OWNER, user.email: USER}


def test_both_consoles_go_on_with_their_new_roles(services: Services, session: Session, user: Someone) -> None:
    at_work = user.signs_in()
    offers(services, session, user)

    services.ownership.accept(at_work)

    assert services.account.account(session).role == ADMINISTRATOR
    assert services.account.account(at_work).role == OWNER
    with pytest.raises(NotAllowed):
        services.ownership.offer(session, person_of(services, user.email).id)


def test_the_contract_can_be_given_back(services: Services, session: Session, owner: Someone, user: Someone) -> None:
    at_work = user.signs_in()
    offers(services, session, user)
    services.ownership.accept(at_work)

    offers(services, at_work, owner)
    services.ownership.accept(session)

    assert roles(services) == {owner.email: OWNER, user.email: ADMINISTRATOR}


def test_nobody_forces_the_new_owner_and_groups_force_the_old_one_again(
    services: Services, session: Session, owner: Someone, user: Someone, clock: SetClock
) -> None:
    with transaction(services.engine) as db:
        people = [person_of(services, each.email) for each in (owner, user)]
        assert people[0].contract_id
        group = Group(contract_id=people[0].contract_id, name="ops", name_norm="ops", created_at=clock())
        group.force_sec_auth = True
        db.add(group)
        db.flush()
        db.add_all(Membership(group_id=group.id, person_id=person.id) for person in people)
    at_work = user.signs_in()
    services.forcing.force_people(session, [people[1].id])
    offers(services, session, user)

    services.ownership.accept(at_work)

    new_owner = person_of(services, user.email)
    assert (new_owner.force_sec_auth, new_owner.forced_by, new_owner.sec_auth_forced) == (False, None, False)
    assert isinstance(owner.gives_password(), EnrolmentNeeded)


@pytest.mark.parametrize("facts", [{"active": False}, {"password_hash": None}])
def test_the_contract_is_offered_only_to_somebody_who_can_sign_in(
    services: Services, session: Session, user: Someone, facts: dict[str, object]
) -> None:
    change_person(services, user.email, **facts)

    with everything_unchanged(services), pytest.raises(CannotOwn):
        offers(services, session, user)


def test_the_owner_alone_offers_the_contract_and_not_to_himself(
    services: Services, session: Session, owner: Someone, administrator: Someone, user: Someone
) -> None:
    for at_work, to in (
        (administrator.signs_in(), user),
        (administrator.signs_in(), administrator),
        (user.signs_in(), administrator),
        (session, owner),
    ):
        with everything_unchanged(services, but=AUDITED), pytest.raises(NotAllowed):
            offers(services, at_work, to)

    assert last_event(services, "offer the contract").outcome == "denied"


def test_nobody_takes_what_was_offered_to_somebody_else(
    services: Services, session: Session, administrator: Someone, user: Someone
) -> None:
    offers(services, session, user)

    for at_work in (administrator.signs_in(), session):
        with everything_unchanged(services), pytest.raises(OfferOver):
            services.ownership.accept(at_work)
        with everything_unchanged(services), pytest.raises(OfferOver):
            services.ownership.decline(at_work)


def test_there_is_one_offer_at_a_time(
    services: Services, session: Session, owner: Someone, administrator: Someone, user: Someone
) -> None:
    offers(services, session, user)
    offers(services, session, administrator)

    with pytest.raises(OfferOver):
        services.ownership.accept(user.signs_in())
    services.ownership.accept(administrator.signs_in())

    assert roles(services)[administrator.email] == OWNER


def test_an_offer_is_taken_once(services: Services, session: Session, user: Someone) -> None:
    at_work = user.signs_in()
    offers(services, session, user)
    services.ownership.accept(at_work)

    for late in (at_work, session):
        with pytest.raises(OfferOver):
            services.ownership.accept(late)


def test_an_offer_lasts_24_hours(services: Services, session: Session, user: Someone, clock: SetClock) -> None:
    until = services.ownership.offer(session, person_of(services, user.email).id)
    assert until == clock() + LASTS
    clock.advance(hours=24)
    at_work = user.signs_in()

    with pytest.raises(OfferOver):
        services.ownership.accept(at_work)

    assert services.ownership.offered(at_work) is None


def test_offering_withdrawing_and_accepting_want_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    at_work = user.signs_in()
    offers(services, session, user)
    clock.advance(minutes=10, seconds=1)

    with everything_unchanged(services):
        with pytest.raises(ProofNeeded):
            offers(services, session, user)
        with pytest.raises(ProofNeeded):
            services.ownership.withdraw(session)
        with pytest.raises(ProofNeeded):
            services.ownership.accept(at_work)


def test_both_sides_are_shown_the_offer_and_nobody_else(
    services: Services, session: Session, user: Someone, administrator: Someone
) -> None:
    at_work = user.signs_in()
    assert services.ownership.offered(at_work) is None

    offers(services, session, user)

    mine, his = services.ownership.offered(session), services.ownership.offered(at_work)
    assert mine is not None
    assert his is not None
    assert (his.contract, his.giver, his.giver_email, his.to_me) == (
        "Harbour Works",
        "Olga Ohm",
        "olga@example.com",
        True,
    )
    assert (mine.receiver, mine.receiver_email, mine.to_me) == ("Ulf Berg", user.email, False)
    assert services.ownership.offered(administrator.signs_in()) is None


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_an_offer_that_was_withdrawn_or_declined_is_over(
    services: Services, session: Session, owner: Someone, user: Someone, end: str
) -> None:
    at_work = user.signs_in()
    offers(services, session, user)

    getattr(services.ownership, end)(session if end == "withdraw" else at_work)

    with pytest.raises(OfferOver):
        services.ownership.accept(at_work)
    with pytest.raises(OfferOver):
        services.ownership.withdraw(session)
    event = last_event(services, "withdraw the offer of the contract" if end == "withdraw" else "decline the contract")
    assert {event.actor, event.target} == {owner.email, user.email}


@pytest.mark.parametrize("change", ["deactivated", "promoted", "demoted", "deleted", "factor reset"])
def test_an_offer_is_void_once_somebody_else_has_changed_its_receiver(
    services: Services, session: Session, user: Someone, owner: Someone, change: str
) -> None:
    user_id = person_of(services, user.email).id
    change_person(services, user.email, role=ADMINISTRATOR if change == "demoted" else USER)
    at_work = user.enrols(user.signs_in()) if change == "factor reset" else user.signs_in()
    offers(services, session, user)

    standing = services.standing
    match change:
        case "deactivated":
            standing.deactivate(session, [user_id])
            standing.activate(session, [user_id])
        case "promoted":
            standing.make_administrator(session, user_id)
            standing.make_user(session, user_id)
        case "demoted":
            standing.make_user(session, user_id)
        case "deleted":
            standing.delete(session, [user_id])
        case _:
            services.rescue.reset_second_factor(session, user_id, reason="lost phone")

    with reading(services.engine) as db:
        assert db.exec(select(OwnershipOffer)).all() == []
    if change not in {"deleted"}:
        at_work = at_work if change in {"promoted", "demoted"} else user.signs_in()
        with pytest.raises(OfferOver):
            services.ownership.accept(at_work)
    assert roles(services)[owner.email] == OWNER


def test_an_administrator_does_not_become_the_owner_by_resetting_the_password_of_whom_the_contract_was_offered(
    services: Services, session: Session, owner: Someone, administrator: Someone, user: Someone
) -> None:
    """The attack: Adam may issue reset codes for users. He issues one for Ulf, to whom Olga has just offered the
    contract, sets Ulf's password, signs in as Ulf, and takes the contract over with a proof that he can give."""
    offers(services, session, user)
    issued = services.invitations.issue_reset_code(administrator.signs_in(), person_of(services, user.email).id)
    services.invitations.set_password(user.email, issued.code, new=NEW, repeated=NEW, origin=CONSOLE)
    user.password = NEW

    with pytest.raises(OfferOver):
        services.ownership.accept(user.signs_in())

    assert roles(services)[owner.email] == OWNER


def test_a_reset_code_that_an_administrator_has_kept_from_before_does_not_open_the_account_of_the_new_owner(
    services: Services, session: Session, administrator: Someone, user: Someone
) -> None:
    """The attack: Adam issues a reset code for Ulf and keeps it. Ulf takes the contract over; now Adam sets the
    password of the contract owner, for whom he could issue no code any more."""
    at_work = user.signs_in()
    offers(services, session, user)
    kept = services.invitations.issue_reset_code(administrator.signs_in(), person_of(services, user.email).id)

    services.ownership.accept(at_work)

    with pytest.raises(WrongPasswordCode):
        services.invitations.set_password(user.email, kept.code, new=NEW, repeated=NEW, origin=CONSOLE)
    user.signs_in()


def test_an_address_that_an_administrator_has_wished_for_the_new_owner_is_wished_no_longer(
    services: Services, session: Session, administrator: Someone, user: Someone
) -> None:
    """The attack: Adam asks for his own address for Ulf before Ulf owns the contract, and keeps the code."""
    at_work = user.signs_in()
    offers(services, session, user)
    user_id = person_of(services, user.email).id
    kept = services.email_change.ask(administrator.signs_in(), user_id, email="adam.too@example.com")

    services.ownership.accept(at_work)

    assert services.email_change.waiting(at_work) is None
    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(at_work, kept.code)


def test_consoles_that_were_open_elsewhere_in_the_name_of_the_new_owner_end_when_he_takes_the_contract_over(
    services: Services, session: Session, administrator: Someone, user: Someone
) -> None:
    """The attack: Adam, who may reset the passwords of users, but nothing of the owner, sits at a console that he has
    opened in Ulf's name. With the contract in Ulf's hands it would be a console of the contract owner."""
    opened_by_adam, half_opened = user.signs_in(), owing_code(user, 1)[0]
    at_work = user.signs_in()
    offers(services, session, user)

    services.ownership.accept(at_work)

    with pytest.raises(SessionOver):
        services.ownership.offered(opened_by_adam)
    with pytest.raises(LoginExpired):
        services.login.give_code(half_opened, "123456")
    assert services.account.account(at_work).role == OWNER
    assert last_event(services, "take the contract over").details["sessions ended"] == 1


def test_taking_the_contract_over_is_told_to_the_audit(
    services: Services, session: Session, owner: Someone, user: Someone
) -> None:
    offers(services, session, user)
    services.ownership.accept(user.signs_in())

    event = last_event(services, "take the contract over")
    assert (event.actor, event.target) == (user.email, owner.email)
    assert event.details == {"old": owner.email, "new": user.email, "sessions ended": 0}


def test_nobody_demotes_deactivates_or_deletes_the_owner_and_whoever_is_invited_does_not_own(
    services: Services, session: Session, administrator: Someone, owner: Someone
) -> None:
    at_work = administrator.signs_in()
    owner_id = person_of(services, owner.email).id

    for who in (session, at_work):
        with pytest.raises(NotAllowed):
            services.standing.make_user(who, owner_id)
        with pytest.raises(NotAllowed):
            services.standing.make_administrator(who, owner_id)
        with pytest.raises(NotAllowed):
            services.standing.deactivate(who, [owner_id])
        with pytest.raises(NotAllowed):
            services.standing.delete(who, [owner_id])
    services.invitations.invite(session, Invitation("nora@example.com", "Nora", "Nord", role=ADMINISTRATOR))

    assert [email for email, role in roles(services).items() if role == OWNER] == [owner.email]
