"""Resets of 2-factor by the support desk: two agents, a day in which anybody concerned stops them, and the audit."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from argon2.profiles import CHEAPEST

from core import session_room, sessions
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
    TooManySessions,
    WrongRecoveryCode,
)
from core.login_steps import EnrolmentNeeded, Session
from core.services import Services, services_on
from data.engine import reading, transaction
from data.support_tables import FactorReset
from data.tables import ADMINISTRATOR
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
    proved,
)
from tests.core.desk import HOST, LOST, Agent, asks_for_reset, new_agent, sets_pin

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
    services.factor_resets.decline(cy.session, reset_id)
    call = cy.has_ticket(ULF)
    with pytest.raises(ProofNeeded) as asking:
        services.tickets.ask_factor_reset(cy.session, call.id, reason=LOST)

    assert (approving.value.with_code, asking.value.with_code) == (True, True)
    assert services.support_desk.look(cy.session, call.id).done == frozenset()


def without_proof(agent: Agent) -> Session:
    """A session that has just begun: to have signed in is no proof for these acts."""
    return agent.someone.services.login.give_code(agent.someone.owes_code(), agent.someone.code())


def test_a_proof_serves_for_one_reset(ann: Agent, cy: Agent, ulf: Someone, services: Services) -> None:
    """The attack: an agent at a colleague's unlocked terminal, who has just approved another's reset."""
    reset_id = asks_for_reset(ann, ULF)
    services.factor_resets.approve(cy.session, reset_id)
    services.factor_resets.decline(ann.session, reset_id)
    call = services.support_desk.current(ann.session)
    assert call is not None
    services.support_desk.end_call(ann.session, call.id)
    again = asks_for_reset(ann, ULF)

    with pytest.raises(ProofNeeded):
        services.factor_resets.approve(cy.session, again)


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

    with pytest.raises(ColleagueNeeded):
        services.factor_resets.approve(ann.session, reset_id)
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

    with pytest.raises(ResetOver):
        services.factor_resets.approve(cy.session, reset_id)
    assert waits(services) == (first == "approve")


@pytest.mark.parametrize("whose", ["who asked", "who approved"])
def test_what_was_approved_can_be_declined_by_any_agent_and_goes_with_one_who_is_deactivated(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, whose: str
) -> None:
    reset_id = asks_for_reset(ann, ULF)
    services.factor_resets.approve(cy.session, reset_id)
    [waiting] = services.factor_resets.waiting(ann.session)
    assert waiting.due_at is not None
    services.factor_resets.decline(ann.session, reset_id)
    assert not waits(services)
    with pytest.raises(ResetOver):
        services.factor_resets.decline(cy.session, reset_id)

    call = services.support_desk.current(ann.session)
    assert call is not None
    services.support_desk.end_call(ann.session, call.id)
    proved(services, cy.session)
    services.factor_resets.approve(cy.session, asks_for_reset(ann, ULF))
    services.agents.deactivate((ann if whose == "who asked" else cy).someone.email, origin=HOST)

    assert not waits(services)
    assert last_event(services, "let a reset of 2-factor not happen").details == {"why": "the agent was deactivated"}
    assert person_of(services, ULF).factor_reset_at is None


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


# Using it


def uses_it(person: Someone) -> Session | EnrolmentNeeded:
    """Sign in and say that the app is lost."""
    owed = person.owes_code()
    assert owed.reset_due
    return person.services.login.use_reset(owed)


def test_until_it_is_due_the_code_is_the_only_way(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=23, minutes=59)

    owed = due.owes_code()

    assert not owed.reset_due
    with pytest.raises(ResetOver):
        services.login.use_reset(owed)
    assert waits(services)
    clock.advance(minutes=1)
    assert isinstance(services.login.use_reset(owed), Session)


def test_a_host_that_is_full_refuses_it_before_anything_is_removed(
    due: Someone, services: Services, clock: SetClock
) -> None:
    clock.advance(hours=24)
    owed = due.owes_code()
    many = person_of(services, new_person(services, clock, email="many@example.com").email)
    with transaction(services.engine) as db:
        for _ in range(session_room.MOST_IN_USE_ON_A_HOST):
            sessions.begin(db, many, origin=CONSOLE, second_factor=False, now=clock())

    with (
        everything_unchanged(services, but=frozenset({"audit_event", "audit_head"})),
        pytest.raises(TooManySessions),
    ):
        services.login.use_reset(owed)

    told = [event for event in events(services) if event.actor == ULF][-1]
    assert (told.act, told.outcome, told.details) == ("sign in", "denied", {"why": "too many sessions"})
    with transaction(services.engine) as db:
        sessions.end_all(db, many, why="", now=clock())
    assert isinstance(services.login.use_reset(owed), Session)


def test_where_none_was_approved_nobody_signs_in_without_the_code(
    ann: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    asks_for_reset(ann, ULF)
    clock.advance(hours=25)
    owed = ulf.owes_code()

    assert not owed.reset_due
    with pytest.raises(ResetOver):
        services.login.use_reset(owed)
    assert person_of(services, ULF).sec_auth_active


def test_once_it_is_due_the_code_is_asked_for_all_the_same(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=24)

    assert due.owes_code().reset_due

    assert waits(services)
    assert person_of(services, ULF).sec_auth_active


@pytest.mark.parametrize("days", [1, 6, 8, 400])
def test_the_thief_who_waits_for_his_victim_to_sign_in_waits_in_vain(
    due: Someone, services: Services, clock: SetClock, days: int
) -> None:
    """The attack: the mail says to sign in, she does, with her app; and that took it away, also 400 days later."""
    clock.advance(days=days)

    session = due.signs_in()

    assert session.second_factor
    assert not waits(services)
    clock.advance(minutes=1)
    owed = due.owes_code()
    assert not owed.reset_due
    with pytest.raises(ResetOver):
        services.login.use_reset(owed)
    assert services.account.account(session).second_factor


@pytest.mark.parametrize(("forced", "then"), [("", Session), ("forced", EnrolmentNeeded)])
def test_used_it_lets_in_with_the_password_or_leads_into_the_assistant(
    due: Someone, services: Services, clock: SetClock, forced: str, then: type
) -> None:
    change_person(services, ULF, force_sec_auth=bool(forced))
    clock.advance(hours=24)

    step = uses_it(due)

    assert isinstance(step, then)
    assert not person_of(services, ULF).sec_auth_active
    assert not waits(services)
    if isinstance(step, EnrolmentNeeded):
        assert due.enrols(step).second_factor
    else:
        assert not step.second_factor


def test_what_hung_on_the_second_factor_is_gone_with_it(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=23, minutes=55)
    session = due.services.login.give_recovery_code(due.owes_code(), due.recovery_codes[1])
    half = due.owes_code()
    clock.advance(minutes=6)

    uses_it(due)

    with pytest.raises(SessionOver):
        services.account.account(session)
    for give, code in ((services.login.give_code, due.code()), (services.login.give_recovery_code, "x")):
        with pytest.raises(LoginExpired):
            give(half, code)
    due.enrols(due.signs_in())
    with pytest.raises(WrongRecoveryCode):
        services.login.give_recovery_code(due.owes_code(), due.recovery_codes[0][::-1])


def test_half_a_login_uses_it_once_and_not_when_it_is_old(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=24)
    old = due.owes_code()
    clock.advance(minutes=10)
    with pytest.raises(LoginExpired):
        services.login.use_reset(old)
    owed = due.owes_code()
    services.login.use_reset(owed)

    with pytest.raises(LoginExpired):
        services.login.use_reset(owed)


def test_one_that_was_stopped_at_the_last_moment_lets_nobody_in(
    due: Someone, owner: Someone, services: Services, clock: SetClock
) -> None:
    clock.advance(hours=24)
    owed = due.owes_code()

    services.factor_resets.stop_for(owner.signs_in(), person_of(services, ULF).id)

    with pytest.raises(ResetOver):
        services.login.use_reset(owed)
    assert isinstance(services.login.give_code(owed, due.code()), Session)


@pytest.mark.parametrize("asks", ["signing in", "using it"])
def test_what_nobody_used_for_a_week_is_void(due: Someone, services: Services, clock: SetClock, asks: str) -> None:
    clock.advance(days=8, minutes=-5)
    owed = due.owes_code()
    assert owed.reset_due
    clock.advance(minutes=5)

    if asks == "signing in":
        assert not due.owes_code().reset_due
    else:
        with pytest.raises(ResetOver):
            services.login.use_reset(owed)

    assert not waits(services)
    assert person_of(services, ULF).sec_auth_active
    told = last_event(services, "let a reset of 2-factor not happen")
    assert (told.target, told.details["why"]) == (ULF, "it was not used in time")
    assert isinstance(services.login.give_code(owed, due.code()), Session)


def test_it_is_void_where_the_app_was_used_after_it_was_asked_for(
    due: Someone, services: Services, clock: SetClock
) -> None:
    """As a code does that was given in the moment between the asking and the approval."""
    change_person(services, ULF, last_code_at=clock() + timedelta(seconds=1))
    clock.advance(hours=24)

    assert not due.owes_code().reset_due

    assert not waits(services)
    assert last_event(services, "let a reset of 2-factor not happen").details["why"] == "the app was used meanwhile"


def test_a_restart_forgets_nothing(due: Someone, settings: Settings, clock: SetClock) -> None:
    due.services.close()
    due.services = services_on(due.services.engine, settings, now=clock, cost=CHEAPEST)
    assert not due.owes_code().reset_due
    clock.advance(hours=24)

    assert isinstance(uses_it(due), Session)


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
    assert not ulf.owes_code().reset_due
    clock.time = due_at
    assert isinstance(uses_it(ulf), Session)


def test_the_only_owner_is_helped_and_signs_in_with_his_password(
    ann: Agent, cy: Agent, owner: Someone, services: Services, clock: SetClock
) -> None:
    services.factor_resets.approve(cy.session, asks_for_reset(ann, with_factor(owner).email))
    clock.advance(hours=24)

    assert isinstance(uses_it(owner), Session)


@pytest.mark.parametrize("who", ["the person", "somebody else"])
@pytest.mark.parametrize("when", ["before the password", "after it"])
def test_it_does_not_happen_to_whom_a_promotion_has_given_a_helper_meanwhile(
    agents: tuple[Agent, Agent], owner: Someone, ulf: Someone, who: str, when: str
) -> None:
    (ann, cy), services = agents, owner.services
    caller = with_factor(owner) if who == "somebody else" else ulf
    services.factor_resets.approve(cy.session, asks_for_reset(ann, caller.email))
    owner.clock.advance(hours=24)
    owed = caller.owes_code() if when == "after it" else None
    change_person(services, ULF, role=ADMINISTRATOR)

    owed = owed or caller.owes_code()
    assert owed.reset_due == (when == "after it")
    with pytest.raises(ResetOver):
        services.login.use_reset(owed)
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
    assert not due.owes_code().reset_due


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

    assert not due.owes_code().reset_due


# The audit


def test_the_audit_tells_it_from_the_call_to_the_removal(due: Someone, services: Services, clock: SetClock) -> None:
    clock.advance(hours=24)
    uses_it(due)

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
