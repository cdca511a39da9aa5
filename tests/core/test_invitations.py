"""Invitations, activation codes and reset codes: everybody sets his own password (source text, "Changing your
password")."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from core import throttle
from core.errors import (
    EmailTaken,
    FieldEmpty,
    FieldRefused,
    NotAllowed,
    NotThere,
    OnHold,
    PasswordMissing,
    PasswordPresent,
    PasswordsDiffer,
    PasswordUnmet,
    PersonInactive,
    ProofNeeded,
    Refusal,
    SessionOver,
    WrongCredentials,
    WrongPasswordCode,
)
from core.invitations import Invitation
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.password_codes import IssuedCode
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import Group, Membership
from data.tables import ADMINISTRATOR, USER, Contract, PasswordCode, SupportPin
from tests.core.actors import (
    CONSOLE,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    rows,
    stranger,
)
from tests.core.watching import argon2_runs

WANTED = Invitation("nora@example.com", "Nora", "Nord")
NEW = "Other-Lantern,43"
TRIED = frozenset({"attempt_counter", "audit_event", "audit_head"})
AUDITED = frozenset({"audit_event", "audit_head"})


@pytest.fixture
def user(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="ulf@example.com")


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)


@pytest.fixture
def issued(services: Services, session: Session) -> IssuedCode:
    """The activation code of somebody who was just invited."""
    return services.invitations.invite(session, WANTED)


def sets_password(services: Services, issued: IssuedCode, *, email: str = "", code: str = "", new: str = NEW) -> None:
    services.invitations.set_password(email or issued.email, code or issued.code, new=new, repeated=new, origin=CONSOLE)


def reset_code(services: Services, session: Session, someone: Someone) -> IssuedCode:
    return services.invitations.issue_reset_code(session, person_of(services, someone.email).id)


def new_group(services: Services, clock: SetClock, name: str, **facts: Any) -> Group:
    with transaction(services.engine) as db:
        contract = db.exec(select(Contract)).one()
        group = Group(contract_id=contract.id, name=name, name_norm=name, created_at=clock(), **facts)
        db.add(group)
    return group


def code_of(services: Services, email: str) -> PasswordCode | None:
    with reading(services.engine) as db:
        return db.get(PasswordCode, person_of(services, email).id)


# Inviting


def test_whoever_is_invited_sets_his_own_first_password_and_signs_in_with_it(
    services: Services, issued: IssuedCode, clock: SetClock
) -> None:
    sets_password(services, issued)

    session = Someone(services, clock, WANTED.email, NEW).signs_in()
    account = services.account.account(session)
    assert (account.name, account.role) == ("Nora Nord", USER)


def test_before_that_he_has_no_password_and_nobody_can_sign_in_as_him(
    services: Services, issued: IssuedCode, clock: SetClock
) -> None:
    assert person_of(services, WANTED.email).password_hash is None
    for password in ("", issued.code, NEW):
        with pytest.raises(WrongCredentials):
            Someone(services, clock, WANTED.email, password).gives_password()


def test_an_activation_code_has_a_hundred_bits_in_groups_that_can_be_read_aloud(issued: IssuedCode) -> None:
    groups = issued.code.split("-")

    assert [len(group) for group in groups] == [4] * 5
    assert not set("".join(groups)) - set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
    assert issued.activation


def test_a_code_is_taken_however_it_was_typed(services: Services, issued: IssuedCode) -> None:
    sets_password(services, issued, code=f"  {issued.code.lower().replace('-', ' ')}\n", email=" NORA@Example.com ")


def test_an_activation_code_lasts_72_hours(services: Services, issued: IssuedCode, clock: SetClock) -> None:
    clock.advance(hours=71, minutes=59)
    assert issued.expires_at > clock()
    clock.advance(minutes=1)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued)


def test_an_invitation_names_role_groups_and_whether_two_factor_is_forced(
    services: Services, session: Session, clock: SetClock
) -> None:
    groups = [new_group(services, clock, name) for name in ("ops", "karlsruhe")]
    wanted = replace(WANTED, role=ADMINISTRATOR, force=True, groups=tuple(group.id for group in groups))

    services.invitations.invite(session, wanted)

    person = person_of(services, WANTED.email)
    assert (person.role, person.sec_auth_forced, person.forced_by) == (ADMINISTRATOR, True, "Olga Ohm")
    with reading(services.engine) as db:
        joined = db.exec(select(Membership.group_id).where(Membership.person_id == person.id)).all()
    assert sorted(joined) == sorted(group.id for group in groups)
    event = last_event(services, "invite a person")
    assert (event.actor, event.target) == ("olga@example.com", WANTED.email)
    assert sorted(event.details["groups"]) == ["karlsruhe", "ops"]


def test_whoever_is_invited_into_a_group_that_forces_meets_the_setup_assistant_at_his_first_login(
    services: Services, session: Session, clock: SetClock
) -> None:
    group = new_group(services, clock, "ops", force_sec_auth=True)

    sets_password(services, services.invitations.invite(session, replace(WANTED, groups=(group.id,))))

    assert isinstance(Someone(services, clock, WANTED.email, NEW).gives_password(), EnrolmentNeeded)


def test_a_group_of_another_contract_is_not_there_and_nobody_is_invited(
    services: Services, session: Session, clock: SetClock
) -> None:
    elsewhere = stranger(services, clock, "eve@example.org")
    with transaction(services.engine) as db:
        assert elsewhere.contract_id
        group = Group(contract_id=elsewhere.contract_id, name="spies", name_norm="spies", created_at=clock())
        db.add(group)

    with everything_unchanged(services, but=AUDITED), pytest.raises(NotThere):
        services.invitations.invite(session, replace(WANTED, groups=(group.id,)))


@pytest.mark.parametrize("email", ["ulf@example.com", "ULF@example.COM", "eve@example.org"])
def test_an_address_that_somebody_has_is_refused_alike_whichever_contract_he_is_in(
    services: Services, session: Session, user: Someone, clock: SetClock, email: str
) -> None:
    stranger(services, clock, "eve@example.org")

    with everything_unchanged(services, but=AUDITED), pytest.raises(EmailTaken) as refused:
        services.invitations.invite(session, replace(WANTED, email=email))

    assert refused.value.args == ()
    event = last_event(services, "invite a person")
    assert (event.outcome, event.actor) == ("denied", "olga@example.com")
    assert event.details == {"why": "EmailTaken", "email": email}


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"email": ""}, FieldEmpty),
        ({"email": "nora"}, FieldRefused),
        ({"email": "nora\x1b[2J@example.com"}, FieldRefused),
        ({"given_name": "  "}, FieldEmpty),
        ({"family_name": "Nord\u202e"}, FieldRefused),
        ({"family_name": "N" * 10_000}, FieldRefused),
        ({"role": "owner"}, FieldRefused),
        ({"role": "support_agent"}, FieldRefused),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nobody_is_invited(
    services: Services, session: Session, facts: dict[str, str], refusal: type[Refusal]
) -> None:
    with everything_unchanged(services), pytest.raises(refusal):
        services.invitations.invite(session, replace(WANTED, **facts))  # type: ignore[arg-type]


def test_names_that_look_like_markup_are_names(services: Services, session: Session) -> None:
    services.invitations.invite(session, replace(WANTED, given_name="[/foo]", family_name="名前"))

    assert person_of(services, WANTED.email).given_name == "[/foo]"


def test_owner_and_administrators_invite_and_users_do_not(
    services: Services, administrator: Someone, user: Someone
) -> None:
    services.invitations.invite(administrator.signs_in(), WANTED)

    with pytest.raises(NotAllowed):
        services.invitations.invite(user.signs_in(), replace(WANTED, email="other@example.com"))

    assert last_event(services, "invite a person").outcome == "denied"


def test_codes_are_issued_after_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, user: Someone, issued: IssuedCode, clock: SetClock
) -> None:
    invited, known = (person_of(services, email).id for email in (issued.email, user.email))
    clock.advance(minutes=10, seconds=1)

    with everything_unchanged(services):
        with pytest.raises(ProofNeeded):
            services.invitations.invite(session, replace(WANTED, email="other@example.com"))
        with pytest.raises(ProofNeeded):
            services.invitations.invite_again(session, invited)
        with pytest.raises(ProofNeeded):
            services.invitations.issue_reset_code(session, known)


# New codes


def test_a_second_invitation_voids_the_code_of_the_first(
    services: Services, session: Session, issued: IssuedCode
) -> None:
    second = services.invitations.invite_again(session, person_of(services, issued.email).id)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued)
    sets_password(services, second)


def test_only_whoever_has_no_password_is_invited_again_and_only_whoever_has_one_gets_a_reset_code(
    services: Services, session: Session, user: Someone, issued: IssuedCode
) -> None:
    with everything_unchanged(services):
        with pytest.raises(PasswordPresent):
            services.invitations.invite_again(session, person_of(services, user.email).id)
        with pytest.raises(PasswordMissing):
            services.invitations.issue_reset_code(session, person_of(services, issued.email).id)


def test_a_deactivated_person_gets_no_code(
    services: Services, session: Session, user: Someone, issued: IssuedCode
) -> None:
    for email in (user.email, issued.email):
        change_person(services, email, active=False)

    with everything_unchanged(services):
        with pytest.raises(PersonInactive):
            services.invitations.invite_again(session, person_of(services, issued.email).id)
        with pytest.raises(PersonInactive):
            reset_code(services, session, user)


@pytest.mark.parametrize("issue", ["invite_again", "issue_reset_code"])
def test_administrators_issue_codes_for_all_but_the_owner_and_nobody_for_himself(
    services: Services, administrator: Someone, owner: Someone, user: Someone, issue: str
) -> None:
    for at_work, whom in (
        (administrator.signs_in(), owner),
        (administrator.signs_in(), administrator),
        (owner.signs_in(), owner),
        (user.signs_in(), administrator),
        (user.signs_in(), user),
    ):
        with pytest.raises(NotAllowed):
            getattr(services.invitations, issue)(at_work, person_of(services, whom.email).id)

    assert code_of(services, owner.email) is None


def test_somebody_of_another_contract_is_not_there(services: Services, session: Session, clock: SetClock) -> None:
    elsewhere = stranger(services, clock, "eve@example.org")

    for issue in (services.invitations.invite_again, services.invitations.issue_reset_code):
        with pytest.raises(NotThere):
            issue(session, elsewhere.id)


def test_a_reset_code_lasts_half_an_hour_and_the_old_password_works_until_it_is_used(
    services: Services, session: Session, user: Someone, clock: SetClock
) -> None:
    issued = reset_code(services, session, user)
    user.signs_in()
    clock.advance(minutes=30)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued)

    assert not issued.activation
    user.signs_in()


def test_issuing_and_using_a_code_is_told_to_the_audit(services: Services, session: Session, user: Someone) -> None:
    issued = reset_code(services, session, user)
    sets_password(services, issued)

    issuing = last_event(services, "issue reset code")
    using = last_event(services, "set password with a code")
    assert (issuing.actor, issuing.target) == ("olga@example.com", user.email)
    assert (using.actor, using.target, using.origin["terminal"]) == ("nobody signed in", user.email, "pts/3")
    assert using.details == {"with": "reset code", "sessions ended": 0, "support PIN removed": False}


# Setting the password


def test_a_code_works_once(services: Services, session: Session, user: Someone) -> None:
    issued = reset_code(services, session, user)
    sets_password(services, issued)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, new="Third-Lantern,44")

    user.password = NEW
    user.signs_in()


def test_a_reset_ends_every_session_and_every_half_login_and_the_old_password(
    services: Services, session: Session, protected: Someone, user: Someone
) -> None:
    user.enrols(user.signs_in())
    at_work, owed = user.signs_in(), user.owes_code()

    sets_password(services, reset_code(services, protected.signs_in(), user))

    with pytest.raises(SessionOver):
        services.account.account(at_work)
    with pytest.raises(Refusal):
        services.login.give_code(owed, user.code())
    with pytest.raises(WrongCredentials):
        user.gives_password()


def test_a_reset_never_lowers_two_factor(services: Services, session: Session, user: Someone) -> None:
    services.forcing.force_people(session, [person_of(services, user.email).id])
    user.enrols(user.owes_enrolment())
    before = person_of(services, user.email)

    sets_password(services, reset_code(services, session, user))

    user.password = NEW
    assert isinstance(user.gives_password(), CodeNeeded)
    services.login.give_recovery_code(user.owes_code(), user.recovery_codes[1])
    after = person_of(services, user.email)
    assert (after.sec_auth_forced, after.sec_auth_active, after.last_step) == (True, True, before.last_step)


def test_the_support_pin_dies_with_a_reset(services: Services, session: Session, user: Someone) -> None:
    services.support_pin.save(user.signs_in(), "480193", repeated="480193")

    sets_password(services, reset_code(services, session, user))

    with reading(services.engine) as db:
        assert db.exec(select(SupportPin)).all() == []
    assert last_event(services, "set password with a code").details["support PIN removed"]


def test_whoever_was_made_to_wait_by_wrong_passwords_signs_in_at_once_with_the_new_one(
    services: Services, session: Session, user: Someone
) -> None:
    user.password = "forgotten"
    for _ in range(throttle.PASSWORD.free + 1):
        with pytest.raises(WrongCredentials):
            user.gives_password()
    assert person_of(services, user.email).locked_until is not None

    sets_password(services, reset_code(services, session, user))

    assert person_of(services, user.email).locked_until is None
    user.password = NEW
    user.signs_in()


def test_a_code_is_void_once_the_password_was_changed_by_its_person(
    services: Services, session: Session, user: Someone
) -> None:
    issued = reset_code(services, session, user)
    services.account.change_password(user.signs_in(), old=user.password, new=NEW, repeated=NEW)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, new="Third-Lantern,44")


def test_a_code_is_worth_nothing_with_the_address_of_somebody_else(
    services: Services, session: Session, user: Someone, administrator: Someone
) -> None:
    issued = reset_code(services, session, user)
    reset_code(services, session, administrator)

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, email=administrator.email)


def test_a_stored_code_that_is_copied_to_another_person_is_worth_nothing_there(
    services: Services, session: Session, user: Someone, administrator: Someone
) -> None:
    """The attack: whoever can write to the database puts the hash of his own code into the row of somebody else."""
    issued = reset_code(services, session, user)
    reset_code(services, session, administrator)
    own = code_of(services, user.email)
    assert own is not None
    with transaction(services.engine) as db:
        db.get_one(PasswordCode, person_of(services, administrator.email).id).code_hash = own.code_hash

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, email=administrator.email)


def test_a_code_from_before_a_deactivation_is_void_after_it(
    services: Services, session: Session, user: Someone
) -> None:
    issued = reset_code(services, session, user)
    user_id = person_of(services, user.email).id

    services.standing.deactivate(session, [user_id])
    services.standing.activate(session, [user_id])

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued)


def test_a_code_that_was_issued_under_an_older_key_still_works(
    services: Services, session: Session, user: Someone
) -> None:
    issued = reset_code(services, session, user)
    desk = replace(services.invitations.desk, keys=services.keys.with_new_key())
    rotated = replace(services.invitations, desk=desk)

    rotated.set_password(user.email, issued.code, new=NEW, repeated=NEW, origin=CONSOLE)

    user.password = NEW
    user.signs_in()


@pytest.mark.parametrize("case", ["unknown", "no code", "inactive", "wrong", "expired", "empty", "long", "surrogate"])
def test_there_is_one_answer_for_everything_that_is_not_right_and_nothing_is_hashed(
    services: Services, session: Session, user: Someone, clock: SetClock, case: str
) -> None:
    issued = reset_code(services, session, user)
    email, code = user.email, issued.code
    match case:
        case "unknown":
            email = "nobody@example.com"
        case "no code":
            email = "olga@example.com"
        case "inactive":
            change_person(services, user.email, active=False)
        case "expired":
            clock.advance(minutes=31)
        case _:
            code = {"empty": "", "long": "A" * 10_000, "wrong": issued.code[:-1] + "?", "surrogate": "\udc80"}[case]

    with everything_unchanged(services, but=TRIED), argon2_runs() as runs, pytest.raises(WrongPasswordCode) as refused:
        services.invitations.set_password(email, code, new=NEW, repeated=NEW, origin=CONSOLE)

    assert refused.value.args == ()
    assert runs == []
    event = last_event(services, "set password with a code")
    assert (event.outcome, event.details) == ("denied", {"with": "password code"})


def test_unknown_addresses_are_held_like_known_ones(services: Services, session: Session, user: Someone) -> None:
    reset_code(services, session, user)

    def answers(email: str) -> list[type[Refusal]]:
        found: list[type[Refusal]] = []
        for _ in range(throttle.PASSWORD_CODE.free + 2):
            with pytest.raises(Refusal) as refused:
                services.invitations.set_password(email, "WRONG", new=NEW, repeated=NEW, origin=CONSOLE)
            found.append(refused.type)
        return found

    known = answers(user.email)

    assert known == answers("nobody@example.com")
    assert known == [WrongPasswordCode] * throttle.PASSWORD_CODE.free + [OnHold, OnHold]


def test_a_try_is_counted_before_anything_is_compared_and_given_back_when_it_was_right(
    services: Services, session: Session, user: Someone
) -> None:
    subject = services.keys.keyed_hash("throttle", user.email.encode())
    issued = reset_code(services, session, user)
    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, code="WRONG")
    with reading(services.engine) as db:
        counted = throttle.attempts_counted(db, throttle.PASSWORD_CODE, subject)

    sets_password(services, issued)

    with reading(services.engine) as db:
        assert (counted, throttle.attempts_counted(db, throttle.PASSWORD_CODE, subject)) == (1, 1)


def test_what_the_password_must_be_is_told_only_to_whoever_has_the_code(
    services: Services, session: Session, user: Someone
) -> None:
    issued = reset_code(services, session, user)
    own_name = "Bergs-Ulf-und-Tal,1"

    with pytest.raises(WrongPasswordCode):
        sets_password(services, issued, code="WRONG", new=own_name)
    with pytest.raises(PasswordUnmet) as refused:
        sets_password(services, issued, new=own_name)

    assert "no name of yours" in refused.value.rules
    sets_password(services, issued)


def test_two_passwords_that_differ_are_refused_before_anything_is_looked_at(
    services: Services, session: Session, user: Someone
) -> None:
    issued = reset_code(services, session, user)

    for code in (issued.code, "WRONG"):
        with everything_unchanged(services), pytest.raises(PasswordsDiffer):
            services.invitations.set_password(user.email, code, new=NEW, repeated=f"{NEW}x", origin=CONSOLE)


def test_setting_a_password_signs_nobody_in(services: Services, issued: IssuedCode) -> None:
    sets_password(services, issued)

    assert [event.act for event in events(services) if event.target == issued.email] == [
        "invite a person",
        "set password with a code",
    ]


def test_no_code_is_in_any_row_or_in_what_objects_say_of_themselves(
    services: Services, session: Session, user: Someone, issued: IssuedCode
) -> None:
    second = reset_code(services, session, user)
    codes = [form for each in (issued, second) for form in (each.code, each.code.replace("-", ""))]

    with everything_unchanged(services):
        found = f"{services} {issued} {second} {rows(services)}"

    assert [code for code in codes if code in found] == []
