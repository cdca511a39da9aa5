"""Another address for a person: nothing changes before he has shown that he reads what is sent there."""

import pytest
from sqlmodel import select

from core import throttle
from core.email_change import LASTS, NewEmail
from core.errors import (
    EmailTaken,
    EmailUnchanged,
    FieldRefused,
    LoginExpired,
    NotAllowed,
    NotThere,
    OnHold,
    ProofNeeded,
    SessionOver,
    WrongCredentials,
    WrongEmailCode,
    WrongPasswordCode,
)
from core.invitations import Invitation
from core.listing import Stretch
from core.login_steps import Session
from core.password_codes import IssuedCode
from core.people import PeopleView
from core.services import Services
from data.engine import reading
from data.tables import ADMINISTRATOR, EmailChange
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    change_person,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    rows,
    stranger,
)

NEW = "ulf.berg@example.net"
TRIED = frozenset({"attempt_counter", "audit_event", "audit_head"})
AUDITED = frozenset({"audit_event", "audit_head"})


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)


def asks(services: Services, session: Session, whom: Someone, email: str = NEW) -> IssuedCode:
    return services.email_change.ask(session, person_of(services, whom.email).id, email=email)


def test_a_person_signs_in_with_the_new_address_once_he_has_confirmed_it(
    services: Services, session: Session, user: Someone
) -> None:
    issued = asks(services, session, user)
    at_work = user.signs_in()

    assert services.email_change.confirm(at_work, issued.code) == NEW

    assert services.account.account(at_work).email == NEW
    with pytest.raises(WrongCredentials):
        user.gives_password()
    user.email = NEW
    user.signs_in()


def test_until_he_confirms_nothing_has_changed(services: Services, session: Session, user: Someone) -> None:
    with everything_unchanged(services, but=AUDITED | {"email_change"}):
        issued = asks(services, session, user)

    assert issued.email == NEW
    user.signs_in()


def test_the_user_manager_finds_him_by_the_new_address(services: Services, session: Session, user: Someone) -> None:
    services.email_change.confirm(user.signs_in(), asks(services, session, user).code)

    (found,) = services.people.page(session, PeopleView(search="berg@example.net"), Stretch()).rows

    assert found.email == NEW


def test_who_asked_who_confirmed_and_both_addresses_are_told_to_the_audit(
    services: Services, session: Session, user: Someone
) -> None:
    services.email_change.confirm(user.signs_in(), asks(services, session, user).code)

    asked = last_event(services, "ask for another e-mail")
    confirmed = last_event(services, "change an e-mail")
    assert (asked.actor, asked.target) == ("olga@example.com", "ulf@example.com")
    assert (confirmed.actor, confirmed.target) == (NEW, NEW)
    assert asked.details == confirmed.details == {"old": "ulf@example.com", "new": NEW}


def test_the_code_has_to_come_from_the_person_himself(
    services: Services, session: Session, user: Someone, administrator: Someone
) -> None:
    issued = asks(services, session, user)

    for other in (session, administrator.signs_in()):
        with everything_unchanged(services, but=TRIED), pytest.raises(WrongEmailCode):
            services.email_change.confirm(other, issued.code)


def test_a_code_works_once_and_lasts_72_hours(
    services: Services, session: Session, user: Someone, owner: Someone, clock: SetClock
) -> None:
    issued = asks(services, session, user)
    clock.advance(seconds=LASTS.total_seconds())
    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(user.signs_in(), issued.code)

    issued = asks(services, owner.signs_in(), user)
    at_work = user.signs_in()
    services.email_change.confirm(at_work, issued.code)
    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(at_work, issued.code)


def test_a_second_wish_voids_the_code_of_the_first(services: Services, session: Session, user: Someone) -> None:
    first = asks(services, session, user)
    second = asks(services, session, user, "ulf@example.org")
    at_work = user.signs_in()

    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(at_work, first.code)

    assert services.email_change.confirm(at_work, second.code) == "ulf@example.org"


def test_what_was_withdrawn_cannot_be_confirmed(services: Services, session: Session, user: Someone) -> None:
    issued = asks(services, session, user)
    user_id = person_of(services, user.email).id

    services.email_change.withdraw(session, user_id)

    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(user.signs_in(), issued.code)
    with pytest.raises(NotThere):
        services.email_change.withdraw(session, user_id)


def test_the_person_sees_which_address_waits_for_his_code_until_it_counts_or_is_void(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    at_work = user.signs_in()
    assert services.email_change.waiting(at_work) is None
    issued = asks(services, session, user)

    assert services.email_change.waiting(at_work) == NewEmail(NEW, "Olga Ohm", issued.expires_at)
    assert services.email_change.waiting(session) is None

    services.email_change.withdraw(session, at_work.person_id)
    assert services.email_change.waiting(at_work) is None
    services.email_change.confirm(at_work, asks(services, session, user).code)
    assert services.email_change.waiting(at_work) is None


def test_an_address_whose_code_has_expired_waits_no_more(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    asks(services, session, user)

    clock.advance(hours=72)

    assert services.email_change.waiting(user.signs_in()) is None


def test_wrong_codes_are_counted_and_end_in_a_wait(services: Services, session: Session, user: Someone) -> None:
    issued = asks(services, session, user)
    at_work = user.signs_in()
    for _ in range(throttle.EMAIL_CODE.free):
        with pytest.raises(WrongEmailCode):
            services.email_change.confirm(at_work, "WRONG")

    with everything_unchanged(services, but=AUDITED), pytest.raises(OnHold):
        services.email_change.confirm(at_work, issued.code)

    assert last_event(services, "change an e-mail").details == {"why": "OnHold"}


def test_a_right_code_takes_its_own_try_back(services: Services, session: Session, user: Someone) -> None:
    at_work, subject = user.signs_in(), str(person_of(services, user.email).id)

    services.email_change.confirm(at_work, asks(services, session, user).code)

    with reading(services.engine) as db:
        assert throttle.attempts_counted(db, throttle.EMAIL_CODE, subject) == 0


def test_activation_codes_reset_codes_and_half_logins_of_the_old_address_are_void(
    services: Services, protected: Someone, user: Someone
) -> None:
    at_work = user.enrols(user.signs_in())
    session, user_id = protected.signs_in(), person_of(services, user.email).id
    reset = services.invitations.issue_reset_code(session, user_id)
    owed = user.owes_code()

    services.email_change.confirm(at_work, asks(services, session, user).code)

    with pytest.raises(LoginExpired):
        services.login.give_code(owed, user.code())
    for email in (user.email, NEW):
        with pytest.raises(WrongPasswordCode):
            services.invitations.set_password(email, reset.code, new=PASSWORD, repeated=PASSWORD, origin=CONSOLE)


@pytest.mark.parametrize("email", ["adam@example.com", "ADAM@example.com"])
def test_owner_and_administrators_are_told_at_once_that_somebody_of_the_contract_has_the_address(
    services: Services, session: Session, user: Someone, administrator: Someone, email: str
) -> None:
    with everything_unchanged(services, but=AUDITED), pytest.raises(EmailTaken):
        asks(services, session, user, email)

    event = last_event(services, "ask for another e-mail")
    assert (event.target, event.details) == (user.email, {"why": "EmailTaken", "email": email})


def test_an_address_that_somebody_of_another_contract_has_is_refused_only_to_whoever_reads_what_is_sent_there(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    stranger(services, clock, NEW)

    issued, at_work = asks(services, session, user), user.signs_in()

    with everything_unchanged(services, but=TRIED), pytest.raises(EmailTaken):
        services.email_change.confirm(at_work, issued.code)
    assert last_event(services, "change an e-mail").details == {"why": "EmailTaken", "email": NEW}


def test_of_two_who_want_one_address_the_first_to_confirm_has_it(
    services: Services, session: Session, user: Someone, administrator: Someone
) -> None:
    wishes = [(each.signs_in(), asks(services, session, each)) for each in (user, administrator)]

    services.email_change.confirm(wishes[0][0], wishes[0][1].code)

    with pytest.raises(EmailTaken):
        services.email_change.confirm(wishes[1][0], wishes[1][1].code)
    with pytest.raises(EmailTaken):
        services.invitations.invite(session, Invitation(NEW, "Nora", "Nord"))


def test_a_user_asks_for_himself_and_for_nobody_else(
    services: Services, user: Someone, administrator: Someone, owner: Someone
) -> None:
    at_work = user.signs_in()

    services.email_change.confirm(at_work, asks(services, at_work, user).code)

    for other in (administrator, owner):
        with pytest.raises(NotAllowed):
            asks(services, at_work, other, "other@example.com")


def test_administrators_ask_for_all_but_the_owner_and_the_owner_for_himself_too(
    services: Services, session: Session, user: Someone, administrator: Someone, owner: Someone
) -> None:
    at_work = administrator.signs_in()
    for whom in (user, administrator):
        asks(services, at_work, whom)

    with pytest.raises(NotAllowed) as refused:
        asks(services, at_work, owner)
    services.email_change.confirm(session, asks(services, session, owner).code)

    assert refused.value.on_owner
    assert services.account.account(session).email == NEW


def test_asking_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    clock.advance(minutes=10, seconds=1)

    with pytest.raises(ProofNeeded):
        asks(services, session, user)


@pytest.mark.parametrize(
    ("email", "refusal"),
    [("nobody", FieldRefused), ("a\x1b[2Jb@example.com", FieldRefused), ("ulf@example.com", EmailUnchanged)],
)
def test_what_is_no_other_address_is_refused(
    services: Services, session: Session, user: Someone, email: str, refusal: type[Exception]
) -> None:
    with everything_unchanged(services), pytest.raises(refusal):
        asks(services, session, user, email)


def test_the_writing_of_an_address_can_be_changed(services: Services, session: Session, user: Someone) -> None:
    services.email_change.confirm(user.signs_in(), asks(services, session, user, "Ulf@Example.com").code)

    assert person_of(services, "Ulf@Example.com").email_norm == "ulf@example.com"


def test_no_code_is_in_any_row_or_in_what_objects_say_of_themselves(
    services: Services, session: Session, user: Someone
) -> None:
    issued = asks(services, session, user)

    found = f"{issued} {rows(services)}"

    assert issued.code not in found
    assert issued.code.replace("-", "") not in found


def test_a_wish_goes_with_its_person(services: Services, session: Session, user: Someone) -> None:
    asks(services, session, user)

    services.standing.delete(session, [person_of(services, user.email).id])

    with reading(services.engine) as db:
        assert db.exec(select(EmailChange)).all() == []


def test_a_deactivated_person_confirms_nothing(services: Services, session: Session, user: Someone) -> None:
    issued = asks(services, session, user)
    at_work = user.signs_in()
    change_person(services, user.email, active=False)

    with pytest.raises(SessionOver):
        services.email_change.confirm(at_work, issued.code)
