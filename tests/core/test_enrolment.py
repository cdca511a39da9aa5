"""The setup assistant: install the app, scan the QR code, enter the security code, keep recovery codes, confirm."""

import pyotp
import pytest
from sqlmodel import col, select

from core.errors import (
    ClockDrift,
    CodeAlreadyUsed,
    EnrolmentOver,
    LoginExpired,
    OnHold,
    ProofNeeded,
    SecondFactorActive,
    SessionOver,
    WrongCode,
    WrongRecoveryCode,
)
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.services import Services
from data.engine import reading
from data.tables import ConsoleSession
from tests.core.actors import (
    Phone,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    last_event,
    new_person,
    owing_code,
    person_of,
    rows,
)

AUDITED = frozenset({"audit_event", "audit_head"})
TRACES = frozenset({"pending_authenticator", "attempt_counter", "audit_event", "audit_head"})


@pytest.fixture
def forced(services: Services, owner: Someone, clock: SetClock) -> Someone:
    """A user for whom an administrator activated 2-factor."""
    return new_person(services, clock, email="ulf@example.com", force_sec_auth=True, forced_by=owner.email)


def test_the_assistant_ends_in_a_session_that_proved_a_second_factor(owner: Someone, session: Session) -> None:
    enrolled = owner.enrols(session)

    assert enrolled.second_factor
    assert owner.services.account.account(enrolled).second_factor


def test_activating_gives_a_new_session_and_ends_the_old_one(owner: Someone, session: Session) -> None:
    enrolled = owner.enrols(session)

    assert enrolled.token != session.token
    with pytest.raises(SessionOver):
        owner.services.account.account(session)


def test_the_key_to_be_typed_is_the_one_in_the_qr_code(owner: Someone, session: Session) -> None:
    shown = owner.services.enrolment.begin(session)

    assert pyotp.parse_uri(shown.address).secret == shown.key.replace(" ", "")


def test_ten_recovery_codes_are_shown_once_the_code_was_right(owner: Someone, session: Session) -> None:
    owner.scans(session)

    shown = owner.services.enrolment.prove(session, owner.code())

    assert len(set(shown)) == 10


def test_a_wrong_code_keeps_the_same_secret(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.scans(session)
    with pytest.raises(WrongCode):
        owner.services.enrolment.prove(session, owner.phone.wrong_code(clock()))

    shown = owner.services.enrolment.prove(session, owner.code())

    assert owner.services.enrolment.confirm(session, shown[3]).second_factor


@pytest.mark.parametrize("seconds", [-300, -60, 60, 300])
def test_a_clock_that_is_off_is_told_in_seconds(
    owner: Someone, session: Session, clock: SetClock, seconds: int
) -> None:
    owner.scans(session)
    owner.phone.off_by = seconds

    with pytest.raises(ClockDrift) as drift:
        owner.services.enrolment.prove(session, owner.phone.code(clock()))

    assert drift.value.seconds == seconds


def test_a_wrong_recovery_code_does_not_activate(owner: Someone, session: Session) -> None:
    owner.scans(session)
    shown = owner.services.enrolment.prove(session, owner.code())

    with everything_unchanged(owner.services, but=AUDITED):
        for typed in ("", shown[0][:-1], "AAAA-BBBB-CCCC-DDDD", "[/foo]", "\udc80", "x" * 10_000):
            with pytest.raises(WrongRecoveryCode):
                owner.services.enrolment.confirm(session, typed)

    told = last_event(owner.services, "activate 2-factor")
    assert (told.outcome, told.details) == ("denied", {"with": "recovery code"})
    assert owner.services.enrolment.confirm(session, shown[9].lower().replace("-", " ")).second_factor


def test_a_recovery_code_alone_does_not_activate(owner: Someone, session: Session) -> None:
    owner.scans(session)

    with pytest.raises(EnrolmentOver):
        owner.services.enrolment.confirm(session, "AAAA-BBBB-CCCC-DDDD")


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_leaving_the_assistant_at_any_step_changes_nothing(
    owner: Someone, session: Session, clock: SetClock, steps: int
) -> None:
    service = owner.services.enrolment
    account = owner.services.account.account(session)
    before = rows(owner.services)

    owner.scans(session)
    if steps >= 2:
        with pytest.raises(WrongCode):
            service.prove(session, owner.phone.wrong_code(clock()))
    if steps >= 3:
        shown = service.prove(session, owner.code())
    if steps >= 4:
        with pytest.raises(WrongRecoveryCode):
            service.confirm(session, shown[0][:-1])
    service.leave(session)

    after = rows(owner.services)
    assert owner.services.account.account(session) == account
    assert after["pending_authenticator"] == []
    assert {name for name in after if after[name] != before[name]} <= {
        "attempt_counter",
        "audit_event",
        "audit_head",
        "person",
    }
    assert isinstance(owner.gives_password(), Session)


def test_after_leaving_only_the_used_time_step_is_remembered(owner: Someone, session: Session) -> None:
    before = person_of(owner.services, owner.email).model_dump(exclude={"last_step"})
    owner.scans(session)
    owner.services.enrolment.prove(session, owner.code())
    owner.services.enrolment.leave(session)

    assert person_of(owner.services, owner.email).model_dump(exclude={"last_step"}) == before


def test_a_forced_person_who_leaves_the_assistant_is_not_logged_in(forced: Someone) -> None:
    owed = forced.owes_enrolment()
    forced.scans(owed)
    forced.services.enrolment.prove(owed, forced.code())
    forced.services.enrolment.leave(owed)

    assert isinstance(forced.gives_password(), EnrolmentNeeded)


def test_a_pending_secret_never_opens_a_login(owner: Someone, session: Session) -> None:
    owner.scans(session)
    owner.services.enrolment.prove(session, owner.code())

    step = owner.gives_password()

    assert isinstance(step, Session)
    assert not step.second_factor


def test_a_code_of_a_second_assistants_secret_opens_no_login_of_an_enrolled_person(
    owner: Someone, session: Session
) -> None:
    second = owner.signs_in()
    other = Phone.scanning(owner.services.enrolment.begin(second).address)
    owner.enrols(session)
    owner.clock.advance(seconds=30)

    with pytest.raises(WrongCode):
        owner.services.login.give_code(owner.owes_code(), other.code(owner.clock()))


def test_a_pending_secret_dies_after_ten_minutes(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.scans(session)
    shown = owner.services.enrolment.prove(session, owner.code())
    clock.advance(minutes=10)

    with pytest.raises(EnrolmentOver):
        owner.services.enrolment.confirm(session, shown[0])
    with pytest.raises(EnrolmentOver):
        owner.services.enrolment.prove(session, owner.code())


def test_opening_the_assistant_elsewhere_ends_the_first(owner: Someone, session: Session) -> None:
    owner.scans(session)
    owner.services.enrolment.begin(owner.signs_in())

    with pytest.raises(EnrolmentOver):
        owner.services.enrolment.prove(session, owner.code())


def test_opening_it_again_makes_another_secret(owner: Someone, session: Session) -> None:
    first, second = (owner.services.enrolment.begin(session) for _ in range(2))

    assert first.key != second.key


def test_with_an_authenticator_there_is_no_second_one(protected: Someone) -> None:
    session = protected.signs_in()

    with everything_unchanged(protected.services, but=AUDITED), pytest.raises(SecondFactorActive) as active:
        protected.services.enrolment.begin(session)

    assert active.value.since is None
    assert last_event(protected.services, "open setup assistant").outcome == "denied"


def test_the_assistant_wants_a_proof_of_the_last_ten_minutes(owner: Someone, session: Session, clock: SetClock) -> None:
    clock.advance(minutes=10, seconds=1)

    with pytest.raises(ProofNeeded) as needed:
        owner.services.enrolment.begin(session)

    assert not needed.value.with_code


def test_a_code_used_in_the_assistant_proves_no_identity(owner: Someone, session: Session, clock: SetClock) -> None:
    enrolled = owner.enrols(session)

    with pytest.raises(CodeAlreadyUsed):
        owner.services.proof.prove(enrolled, owner.password, owner.phone.code(clock()), act="support_pin.save")


def test_a_code_used_in_the_assistant_is_refused_there_too(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.scans(session)
    owner.services.enrolment.prove(session, owner.code())

    with pytest.raises(CodeAlreadyUsed):
        owner.services.enrolment.prove(session, owner.phone.code(clock()))


def test_ten_wrong_codes_hold_the_assistant_for_five_minutes(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.scans(session)
    for _ in range(10):
        with pytest.raises(WrongCode):
            owner.services.enrolment.prove(session, owner.phone.wrong_code(clock()))

    with pytest.raises(OnHold):
        owner.services.enrolment.prove(session, owner.phone.code(clock()))
    clock.advance(minutes=5)
    assert owner.services.enrolment.prove(session, owner.phone.code(clock()))


def test_an_owed_enrolment_dies_with_the_login_it_belongs_to(forced: Someone, clock: SetClock) -> None:
    owed = forced.owes_enrolment()
    forced.scans(owed)
    clock.advance(minutes=10)

    with pytest.raises(LoginExpired):
        forced.services.enrolment.prove(owed, forced.code())


def test_an_owed_enrolment_completes_one_login(forced: Someone) -> None:
    owed = forced.owes_enrolment()
    forced.enrols(owed)

    with pytest.raises(LoginExpired):
        forced.services.enrolment.begin(owed)
    assert isinstance(forced.gives_password(), CodeNeeded)


def test_of_two_owed_enrolments_the_second_finds_the_factor_active(forced: Someone) -> None:
    first, second = forced.owes_enrolment(), forced.owes_enrolment()
    forced.enrols(first)

    with pytest.raises(SecondFactorActive):
        forced.services.enrolment.begin(second)


def test_a_forced_person_whose_password_a_thief_used_first_is_told_when(forced: Someone, clock: SetClock) -> None:
    """Whoever has the password of a forced person enrols an app of his own before her: not stopped, but told.

    She read that 2-factor is active already, which sounds well.
    """
    hers, thiefs = forced.owes_enrolment(), forced.owes_enrolment()
    forced.scans(hers)
    forced.enrols(thiefs)
    enrolled_at = clock()
    clock.advance(minutes=2)

    with pytest.raises(SecondFactorActive) as active:
        forced.services.enrolment.prove(hers, forced.code())

    assert active.value.since == enrolled_at


def test_activating_and_wrong_codes_are_in_the_audit(owner: Someone, session: Session, clock: SetClock) -> None:
    owner.scans(session)
    with pytest.raises(WrongCode):
        owner.services.enrolment.prove(session, owner.phone.wrong_code(clock()))
    shown = owner.services.enrolment.prove(session, owner.code())
    owner.services.enrolment.confirm(session, shown[0])

    assert last_event(owner.services, "open setup assistant").outcome == "done"
    proven = [event.outcome for event in events(owner.services) if event.act == "prove authenticator"]
    assert proven == ["denied", "done"]
    assert last_event(owner.services, "activate 2-factor").actor == owner.email


def test_activating_ends_the_sessions_that_were_opened_with_the_password_alone(
    owner: Someone, session: Session
) -> None:
    """The thief of a password signs in while 2-factor is off and waits in his session.

    After it was activated he took new recovery codes there without ever having given a code, signed in with one of
    them, and switched 2-factor off.
    """
    thief = owner.signs_in()
    owner.enrols(session)

    with pytest.raises(SessionOver):
        owner.services.second_factor.new_recovery_codes(thief)
    with pytest.raises(SessionOver):
        owner.services.second_factor.deactivate(thief)
    assert _ends_of_sessions(owner) == ["2-factor activated", "renewed"]
    assert last_event(owner.services, "activate 2-factor").details == {"sessions ended": 1}


def test_completing_a_forced_assistant_ends_the_sessions_from_before_it_was_forced(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    """The thief's session, opened with the password alone, is older than the force; see the test above."""
    person = new_person(services, clock, email="ulf@example.com")
    thief = person.signs_in()
    change_person(services, person.email, force_sec_auth=True)
    person.enrols(person.owes_enrolment())

    with pytest.raises(SessionOver):
        services.second_factor.new_recovery_codes(thief)


def test_activating_makes_half_logins_that_owe_a_code_of_an_earlier_app_worthless(
    owner: Someone, session: Session
) -> None:
    (owed,) = owing_code(owner, consoles=1)
    owner.enrols(session)

    with pytest.raises(LoginExpired):
        owner.services.login.give_code(owed, owner.code())


def _ends_of_sessions(owner: Someone) -> list[str | None]:
    with reading(owner.services.engine) as db:
        ended = col(ConsoleSession.ended_at).is_not(None)
        return sorted(db.exec(select(ConsoleSession.ended_why).where(ended)).all(), key=str)
