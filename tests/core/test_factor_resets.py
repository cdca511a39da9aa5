"""Resets of 2-factor by the support desk: two agents, a day in which anybody concerned stops them, and the audit."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from argon2.profiles import CHEAPEST

from core.config import Settings
from core.errors import (
    ColleagueNeeded,
    FieldEmpty,
    HelperPresent,
    LoginExpired,
    NotAllowed,
    ProofNeeded,
    ResetOver,
    ResetWaiting,
    SecondFactorNotActive,
    SessionOver,
    WrongRecoveryCode,
)
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.services import Services, services_on
from data.engine import reading
from data.support_tables import FactorReset
from data.tables import ADMINISTRATOR
from tests.core.actors import (
    SetClock,
    Someone,
    change_person,
    events,
    last_event,
    new_person,
    person_of,
    proved,
)
from tests.core.desk import LOST, Agent, asks_for_reset, new_agent, sets_pin

ULF = "ulf@example.com"


@pytest.fixture
def ann(owner: Someone) -> Agent:
    return new_agent(owner, "ann@desk.example")


@pytest.fixture
def cy(owner: Someone) -> Agent:
    return new_agent(owner, "cy@desk.example", name="Cy Dorn")


@pytest.fixture
def agents(ann: Agent, cy: Agent) -> tuple[Agent, Agent]:
    return ann, cy


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    """A user with a support PIN and a second factor."""
    return with_factor(new_person(services, clock, email=ULF))


def with_factor(person: Someone) -> Someone:
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    return person


@pytest.fixture
def due(ann: Agent, cy: Agent, ulf: Someone, services: Services) -> Someone:
    """Ulf, whose reset two agents have agreed on; it takes effect in 24 hours."""
    services.factor_resets.approve(cy.session, asks_for_reset(ann, ULF))
    return ulf


def acts_about(services: Services, email: str, *, since: str) -> list[str]:
    """What the audit tells of a person from an act on, in order."""
    told = [event.act for event in events(services) if event.target == email]
    return told[told.index(since) :]


def waits(services: Services, email: str = ULF) -> bool:
    with reading(services.engine) as db:
        row = db.get(FactorReset, person_of(services, email).id)
    assert (row is not None and row.due_at is not None) == (person_of(services, email).factor_reset_at is not None)
    return row is not None


# Asking


def test_it_is_asked_for_with_a_reason_and_a_colleague_reads_it(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    asks_for_reset(ann, ULF)

    (seen,) = services.factor_resets.waiting(cy.session)
    (own,) = services.factor_resets.waiting(ann.session)
    assert (seen.masked_email, seen.asked_by, seen.reason) == ("u***@e***.com", "Ann Bell", LOST)
    assert (seen.is_own, own.is_own) == (False, True)
    assert last_event(services, "ask for a reset of 2-factor").details == {"reason": LOST}
    assert ULF not in repr(seen)


def test_it_is_not_asked_for_without_a_reason(ann: Agent, ulf: Someone, services: Services) -> None:
    call = ann.has_ticket(ULF)

    with pytest.raises(FieldEmpty):
        services.tickets.ask_factor_reset(ann.session, call.id, reason="  ")


def test_asking_and_approving_want_a_proof_with_a_code(ann: Agent, cy: Agent, ulf: Someone, services: Services) -> None:
    reset_id = asks_for_reset(ann, ULF)

    cy.session = without_proof(cy)
    with pytest.raises(ProofNeeded) as approving:
        services.factor_resets.approve(cy.session, reset_id)
    services.factor_resets.stop(ulf.signs_in())
    call = cy.has_ticket(ULF)
    with pytest.raises(ProofNeeded) as asking:
        services.tickets.ask_factor_reset(cy.session, call.id, reason=LOST)

    assert (approving.value.with_code, asking.value.with_code) == (True, True)
    assert services.support_desk.look(cy.session, call.id).done == frozenset()


def without_proof(agent: Agent) -> Session:
    """A session whose sign-in was the proof for another act."""
    person, services = agent.someone, agent.someone.services
    session = services.login.give_code(person.owes_code(), person.code())
    services.own_calls.new_call_code(session)
    return session


def test_what_was_asked_for_is_asked_for_once(ann: Agent, cy: Agent, ulf: Someone, services: Services) -> None:
    asks_for_reset(ann, ULF)
    call = cy.has_ticket(ULF)

    with pytest.raises(ResetWaiting):
        services.tickets.ask_factor_reset(cy.session, call.id, reason=LOST)


def test_nothing_is_removed_of_somebody_who_has_no_second_factor(
    ann: Agent, owner: Someone, services: Services
) -> None:
    sets_pin(owner, owner.signs_in())
    call = ann.has_ticket(owner.email)

    with pytest.raises(SecondFactorNotActive):
        services.tickets.ask_factor_reset(ann.session, call.id, reason=LOST)


@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_whom_another_owner_or_administrator_can_help_the_desk_does_not(
    ann: Agent, owner: Someone, services: Services, clock: SetClock, role: str
) -> None:
    adam = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)
    caller = with_factor(owner if role == "owner" else adam)
    call = ann.has_ticket(caller.email)

    with pytest.raises(HelperPresent):
        services.tickets.ask_factor_reset(ann.session, call.id, reason=LOST)


@pytest.mark.parametrize("useless", [{"active": False}, {"password_hash": None}])
def test_an_owner_whose_only_administrator_cannot_sign_in_is_helped(
    ann: Agent, owner: Someone, services: Services, clock: SetClock, useless: dict[str, None]
) -> None:
    new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR, **useless)
    with_factor(owner)

    asks_for_reset(ann, owner.email)

    assert waits(services, owner.email)


# Approving


def test_a_colleague_approves_and_nobody_what_he_asked_for(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    reset_id = asks_for_reset(ann, ULF)

    for own in (services.factor_resets.approve, services.factor_resets.decline):
        with pytest.raises(ColleagueNeeded):
            own(ann.session, reset_id)
    assert services.factor_resets.approve(cy.session, reset_id) == clock() + timedelta(hours=24)
    assert last_event(services, "approve a reset of 2-factor").details["asked by"] == "Ann Bell"


def test_nobody_approves_at_his_second_console_what_he_asked_for(ann: Agent, ulf: Someone, services: Services) -> None:
    reset_id = asks_for_reset(ann, ULF)

    with pytest.raises(ColleagueNeeded):
        services.factor_resets.approve(ann.someone.signs_in(), reset_id)


@pytest.mark.parametrize("first", ["approve", "decline"])
def test_it_is_decided_once(ann: Agent, cy: Agent, ulf: Someone, services: Services, first: str) -> None:
    reset_id = asks_for_reset(ann, ULF)
    getattr(services.factor_resets, first)(cy.session, reset_id)

    for again in (services.factor_resets.approve, services.factor_resets.decline):
        with pytest.raises(ResetOver):
            again(cy.session, reset_id)
    assert waits(services) == (first == "approve")


@pytest.mark.parametrize("how", ["ran out", "by the caller", "by the agent", "agent gone"])
def test_it_is_not_approved_once_the_call_is_over(
    ann: Agent, cy: Agent, ulf: Someone, clock: SetClock, how: str
) -> None:
    """The attack of the last: an agent asks, signs out, and is nowhere to be asked why."""
    services = ulf.services
    his_console = ulf.signs_in()
    reset_id = asks_for_reset(ann, ULF)
    call = services.support_desk.current(ann.session)
    assert call is not None
    match how:
        case "ran out":
            clock.advance(minutes=10)
        case "by the caller":
            services.own_calls.end(his_console)
        case "by the agent":
            services.support_desk.end_call(ann.session, call.id)
        case _:
            services.sessions.sign_out(ann.session)

    assert services.factor_resets.waiting(cy.session) == ()
    with pytest.raises(ResetOver):
        services.factor_resets.approve(cy.session, reset_id)
    assert person_of(services, ULF).factor_reset_at is None


def test_what_was_approved_outlives_its_call(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    services.factor_resets.approve(cy.session, asks_for_reset(ann, ULF))
    call = services.support_desk.current(ann.session)
    assert call is not None

    services.support_desk.end_call(ann.session, call.id)

    assert waits(services)


def test_it_is_not_approved_where_somebody_can_help_by_now(
    ann: Agent, cy: Agent, owner: Someone, services: Services, clock: SetClock
) -> None:
    reset_id = asks_for_reset(ann, with_factor(owner).email)
    new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)

    with pytest.raises(HelperPresent):
        services.factor_resets.approve(cy.session, reset_id)


def test_another_try_takes_the_place_of_what_nobody_approved(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    asks_for_reset(ann, ULF)
    clock.advance(minutes=10)
    cy.session = cy.someone.signs_in()

    reset_id = asks_for_reset(cy, ULF)

    assert [each.id for each in services.factor_resets.waiting(ann.session)] == [reset_id]


# Taking effect


def test_until_it_is_due_the_login_asks_for_the_code(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=23, minutes=59)

    assert isinstance(due.gives_password(), CodeNeeded)
    assert waits(services)


@pytest.mark.parametrize(("forced", "then"), [("", Session), ("forced", EnrolmentNeeded)])
def test_once_it_is_due_the_password_is_enough_or_leads_into_the_assistant(
    due: Someone, services: Services, clock: SetClock, forced: str, then: type
) -> None:
    change_person(services, ULF, force_sec_auth=bool(forced))
    clock.advance(hours=24)

    step = due.gives_password()

    assert isinstance(step, then)
    assert not person_of(services, ULF).sec_auth_active
    assert not waits(services)


def test_what_hung_on_the_second_factor_is_gone_with_it(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=23, minutes=55)
    session = due.services.login.give_recovery_code(due.owes_code(), due.recovery_codes[1])
    half = due.owes_code()
    clock.advance(minutes=6)

    due.gives_password()

    with pytest.raises(SessionOver):
        services.account.account(session)
    for give, code in ((services.login.give_code, due.code()), (services.login.give_recovery_code, "x")):
        with pytest.raises(LoginExpired):
            give(half, code)
    due.enrols(due.signs_in())
    with pytest.raises(WrongRecoveryCode):
        services.login.give_recovery_code(due.owes_code(), due.recovery_codes[0][::-1])


def test_a_restart_forgets_nothing(due: Someone, settings: Settings, clock: SetClock) -> None:
    due.services.close()
    due.services = services_on(due.services.engine, settings, now=clock, cost=CHEAPEST)
    assert isinstance(due.gives_password(), CodeNeeded)
    clock.advance(hours=24)

    assert isinstance(due.gives_password(), Session)


@pytest.mark.parametrize("hours", [1, 72])
def test_the_cool_off_is_a_setting(
    agents: tuple[Agent, Agent], ulf: Someone, settings: Settings, clock: SetClock, hours: int
) -> None:
    ann, cy = agents
    other = replace(settings, reset_cool_off_hours=str(hours))
    services = services_on(ulf.services.engine, other, now=clock, cost=CHEAPEST)

    due_at = services.factor_resets.approve(cy.session, asks_for_reset(ann, ULF))

    assert due_at == clock() + timedelta(hours=hours)
    clock.time = due_at - timedelta(seconds=1)
    assert isinstance(ulf.gives_password(), CodeNeeded)
    clock.time = due_at
    assert isinstance(ulf.gives_password(), Session)


def test_the_only_owner_is_helped_and_signs_in_with_his_password(
    ann: Agent, cy: Agent, owner: Someone, services: Services, clock: SetClock
) -> None:
    services.factor_resets.approve(cy.session, asks_for_reset(ann, with_factor(owner).email))
    clock.advance(hours=24)

    assert isinstance(owner.gives_password(), Session)


@pytest.mark.parametrize("who", ["the person", "somebody else"])
def test_it_does_not_happen_to_whom_a_promotion_has_given_a_helper_meanwhile(
    agents: tuple[Agent, Agent], owner: Someone, ulf: Someone, clock: SetClock, who: str
) -> None:
    (ann, cy), services = agents, owner.services
    caller = with_factor(owner) if who == "somebody else" else ulf
    services.factor_resets.approve(cy.session, asks_for_reset(ann, caller.email))
    change_person(services, ULF, role=ADMINISTRATOR)
    clock.advance(hours=24)

    assert isinstance(caller.gives_password(), CodeNeeded)
    assert not waits(services, caller.email)
    assert last_event(services, "let a reset of 2-factor not happen").details["approved by"] == "Cy Dorn"


# Stopping


def test_the_person_stops_it_at_his_console(due: Someone, services: Services, clock: SetClock) -> None:
    session = services.login.give_recovery_code(due.owes_code(), due.recovery_codes[1])
    assert services.own_calls.heard(session).factor_reset_at is not None

    services.factor_resets.stop(session)

    assert services.own_calls.heard(session).factor_reset_at is None
    with pytest.raises(ResetOver):
        services.factor_resets.stop(session)
    clock.advance(hours=24)
    assert isinstance(due.gives_password(), CodeNeeded)


def test_the_person_stops_it_before_anybody_has_approved(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    session = ulf.signs_in()
    reset_id = asks_for_reset(ann, ULF)

    services.factor_resets.stop(session)

    with pytest.raises(ResetOver):
        services.factor_resets.approve(cy.session, reset_id)


def test_an_owner_or_administrator_stops_it_and_no_user(due: Someone, owner: Someone, services: Services) -> None:
    person_id, other = person_of(services, ULF).id, new_person(services, due.clock, email="uma@example.com")

    with pytest.raises(NotAllowed):
        services.factor_resets.stop_for(other.signs_in(), person_id)
    services.factor_resets.stop_for(owner.signs_in(), person_id)

    assert not waits(services)
    with pytest.raises(ResetOver):
        services.factor_resets.stop_for(owner.signs_in(), person_id)


def test_whoever_signs_in_with_a_code_of_his_app_has_not_lost_it(due: Someone, services: Services) -> None:
    due.signs_in()

    assert not waits(services)
    assert last_event(services, "stop a reset of 2-factor").details == {"with": "a code of the app"}


def test_a_recovery_code_does_not_stop_it(due: Someone, services: Services) -> None:
    """The phone is at the bottom of the harbour, and there are ten of them."""
    services.login.give_recovery_code(due.owes_code(), due.recovery_codes[1])

    assert waits(services)


def gone(services: Services, how: str, owner: Someone, person_id: UUID) -> None:
    session = owner.signs_in()
    match how:
        case "reset":
            services.rescue.reset_second_factor(session, person_id, reason="Lost it")
        case "deactivated":
            services.standing.deactivate(session, [person_id])
            services.standing.activate(session, [person_id])
        case "deleted":
            services.standing.delete(session, [person_id])


@pytest.mark.parametrize("how", ["reset", "deactivated", "deleted"])
def test_what_an_administrator_does_meanwhile_is_the_end_of_it(
    due: Someone, owner: Someone, services: Services, clock: SetClock, how: str
) -> None:
    """The attack of the second: the reset lies there until the person is let in again, and nobody thinks of it."""
    person_id = person_of(services, ULF).id

    gone(services, how, owner, person_id)

    with reading(services.engine) as db:
        assert db.get(FactorReset, person_id) is None
    assert how == "deleted" or person_of(services, ULF).factor_reset_at is None


def test_whoever_has_a_new_second_factor_keeps_it(due: Someone, services: Services, clock: SetClock) -> None:
    session = proved(services, services.login.give_recovery_code(due.owes_code(), due.recovery_codes[1]))
    services.second_factor.deactivate(session)
    assert not waits(services)
    due.enrols(due.signs_in())
    clock.advance(hours=25)

    assert isinstance(due.gives_password(), CodeNeeded)


# The audit


def test_the_audit_tells_it_from_the_call_to_the_removal(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=24)
    due.gives_password()

    assert acts_about(services, ULF, since="open a support call") == [
        "open a support call",
        "check a caller",
        "ask for a reset of 2-factor",
        "approve a reset of 2-factor",
        "reset 2-factor after the cool-off",
        "sign in",
    ]
    told = last_event(services, "reset 2-factor after the cool-off")
    assert (told.details["asked by"], told.details["approved by"]) == ("Ann Bell", "Cy Dorn")
    assert all(chain.broken is None for chain in services.audit.verify_all())
