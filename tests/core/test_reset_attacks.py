"""Attacks on a reset of 2-factor that two agents have agreed on, and what keeps the factor all the same."""

import pytest

from core.errors import CallerUnproven, CallOver, EmailRecent, NotThere, ProofNeeded, ResetOver, WrongStopCode
from core.listing import Stretch
from core.login_steps import CodeNeeded, Session
from core.news import GRAVE, Kind
from core.services import Services
from core.throttle import STOP_CODE
from data.tables import ADMINISTRATOR
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    events,
    last_event,
    new_person,
    person_of,
    proved,
)
from tests.core.desk import HOST, LOST, PIN, Agent, asks_for_reset, new_agent, sets_pin
from tests.core.posting import *  # noqa: F403 - fixtures
from tests.core.posting import codes_to
from tests.mail_server import MailServer

ULF, NEW = "ulf@example.com", "ulf@example.org"


@pytest.fixture
def ann(owner: Someone) -> Agent:
    return new_agent(owner, "ann@desk.example")


@pytest.fixture
def cy(owner: Someone) -> Agent:
    return new_agent(owner, "cy@desk.example", name="Cy Dorn")


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    """A user with PIN, second factor, and a console that stays open."""
    person = new_person(services, clock, email=ULF)
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    return person


def approved(ann: Agent, cy: Agent) -> None:
    cy.someone.services.factor_resets.approve(cy.session, asks_for_reset(ann, ULF))


def waits(services: Services) -> bool:
    return person_of(services, ULF).factor_reset_at is not None


# The account becomes another one


def test_nothing_that_agents_have_in_hand_of_a_user_is_good_for_an_administrator(
    ann: Agent, cy: Agent, ulf: Someone, session: Session, services: Services
) -> None:
    """The attack: everything is prepared while Ulf is a user, and used when he is somebody."""
    at_work = ulf.signs_in()
    approved(ann, cy)
    code = services.own_calls.new_call_code(at_work).code
    call = services.support_desk.current(ann.session)
    assert call is not None

    services.standing.make_administrator(session, person_of(services, ULF).id)

    assert not waits(services)
    with pytest.raises(CallOver) as over:
        services.tickets.unlock(ann.session, call.id)
    assert over.value.why == "account changed"
    with pytest.raises(CallerUnproven):
        ann.has_ticket(ULF, code)


def test_nothing_that_agents_have_in_hand_is_good_for_a_new_owner(
    ann: Agent, cy: Agent, ulf: Someone, session: Session, services: Services
) -> None:
    at_work = ulf.signs_in()
    services.ownership.offer(session, person_of(services, ULF).id)
    approved(ann, cy)

    services.ownership.accept(at_work)

    assert not waits(services)
    assert services.support_desk.current(ann.session) is None


def test_nothing_that_agents_have_in_hand_outlives_a_change_of_the_e_mail_and_for_three_days_they_send_nothing_there(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, post: MailServer
) -> None:
    """The attack: the address is changed at an unlocked terminal, and then the desk is called."""
    at_work = ulf.signs_in()
    approved(ann, cy)
    services.email_change.ask(at_work, at_work.person_id, email=NEW)
    services.mail.deliver_due()
    services.email_change.confirm(at_work, [code for to, code in codes_to(post) if to == NEW][-1])
    assert person_of(services, NEW).factor_reset_at is None

    ann.session = ann.someone.signs_in()
    call = ann.has_ticket(NEW)
    with pytest.raises(EmailRecent):
        services.tickets.ask_factor_reset(proved(services, ann.session), call.id, reason=LOST)
    with pytest.raises(EmailRecent):
        services.tickets.send_reset_code(ann.session, call.id)
    services.support_desk.end_call(ann.session, call.id)

    ulf.clock.advance(hours=72, minutes=1)
    ann.session = ann.someone.signs_in()
    services.tickets.send_reset_code(ann.session, ann.has_ticket(NEW).id)


# Nobody is told


def test_a_second_factor_stays_whose_person_could_not_be_told(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, post: MailServer
) -> None:
    post.replies[ULF] = "552 5.2.2 Mailbox full"
    approved(ann, cy)

    services.mail.deliver_due()

    assert not waits(services)
    assert last_event(services, "let a reset of 2-factor not happen").details == {"why": "its mail could not be sent"}
    ulf.clock.advance(hours=25)
    assert isinstance(ulf.gives_password(), CodeNeeded)


def test_owner_and_administrators_are_told_of_an_approved_reset(
    ann: Agent, cy: Agent, ulf: Someone, owner: Someone, services: Services
) -> None:
    new_person(services, ulf.clock, email="ada@example.com", role=ADMINISTRATOR)
    approved(ann, cy)

    told = [each.target for each in events(services) if each.act.startswith("be told of a reset of 2-factor")]

    assert told == ["ada@example.com", owner.email]
    visit = services.visits.since_last(owner.signs_in())
    assert visit is not None
    assert any(ULF in notice.what and notice.kind is Kind.FACTOR_RESET for notice in visit.notices)


def test_a_right_pin_and_what_followed_is_as_grave_to_its_person_as_a_wrong_one(
    ann: Agent, ulf: Someone, services: Services
) -> None:
    """The attack: the thief who knows the PIN leaves fewer traces than the guesser."""
    services.tickets.end_sessions(ann.session, ann.has_ticket(ULF).id)

    visit = services.visits.since_last(ulf.signs_in())

    assert visit is not None
    grave = [notice.what for notice in visit.notices if notice.kind in GRAVE]
    assert any("proved to be you" in what for what in grave)
    assert any("ended your sessions" in what for what in grave)


# The app is there


def test_a_code_of_the_app_in_a_proof_or_at_a_locked_console_keeps_the_factor(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    at_work = ulf.signs_in()
    approved(ann, cy)
    services.proof.prove(at_work, PASSWORD, ulf.code(), act="support_pin.save")
    assert not waits(services)

    call = services.support_desk.current(ann.session)
    assert call is not None
    services.support_desk.end_call(ann.session, call.id)
    proved(services, cy.session)
    approved(ann, cy)
    services.sessions.lock(at_work)
    services.sessions.unlock(at_work, PASSWORD, ulf.code())
    assert not waits(services)


def test_a_reset_is_not_approved_after_the_app_was_used_since_it_was_asked_for(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    reset_id = asks_for_reset(ann, ULF)
    ulf.signs_in()

    with pytest.raises(ResetOver):
        services.factor_resets.approve(cy.session, reset_id)


# Stopping


def test_nobody_can_hold_off_the_code_that_stops_a_reset(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, post: MailServer
) -> None:
    """The attack: two hundred wrong codes from the same place, to be left with a wait as long as the cool-off."""
    approved(ann, cy)
    services.mail.deliver_due()
    code = [code for to, code in codes_to(post) if to == ULF][-1]
    for _ in range(STOP_CODE.free + 200):
        ulf.clock.advance(seconds=6)
        with pytest.raises(WrongStopCode):
            services.factor_resets.stop_with_code(ULF, "AAAA", origin=CONSOLE)
    ulf.clock.advance(seconds=6)

    services.factor_resets.stop_with_code(ULF, code, origin=CONSOLE)

    assert not waits(services)


@pytest.mark.parametrize("how", ["by the person", "by an administrator"])
def test_a_stop_makes_the_pin_void_that_somebody_knew(
    ann: Agent, cy: Agent, ulf: Someone, session: Session, how: str
) -> None:
    services = ulf.services
    at_work = ulf.signs_in()
    approved(ann, cy)
    call = services.support_desk.current(ann.session)
    assert call is not None
    services.support_desk.end_call(ann.session, call.id)

    if how == "by the person":
        services.factor_resets.stop(at_work)
    else:
        services.factor_resets.stop_for(session, person_of(services, ULF).id)

    with pytest.raises(CallerUnproven):
        ann.has_ticket(ULF, PIN)


def test_a_new_pin_ends_the_tickets_that_were_had_by_the_old_one(ann: Agent, ulf: Someone, services: Services) -> None:
    at_work = ulf.signs_in()
    call = ann.has_ticket(ULF)

    sets_pin(ulf, at_work, "918273")

    with pytest.raises(CallOver):
        services.tickets.unlock(ann.session, call.id)


def test_a_call_code_goes_with_the_session_that_showed_it(ann: Agent, ulf: Someone, services: Services) -> None:
    at_work = ulf.signs_in()
    code = services.own_calls.new_call_code(at_work).code
    services.sessions.sign_out(at_work)

    with pytest.raises(CallerUnproven):
        ann.has_ticket(ULF, code)


# The agents


def test_to_have_signed_in_is_no_proof_for_a_reset(ann: Agent, cy: Agent, ulf: Someone, services: Services) -> None:
    """The attack: a bad agent alone, at the terminal of a colleague who has just signed in."""
    reset_id = asks_for_reset(ann, ULF)
    fresh = services.login.give_code(cy.someone.owes_code(), cy.someone.code())

    with pytest.raises(ProofNeeded):
        services.factor_resets.approve(fresh, reset_id)


def test_a_request_whose_agent_has_gone_does_not_keep_a_colleague_from_asking(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    asks_for_reset(ann, ULF)
    services.sessions.sign_out(ann.session)

    asks_for_reset(cy, ULF)

    assert [waiting.asked_by for waiting in services.factor_resets.waiting(cy.session)] == ["Cy Dorn"]


@pytest.mark.parametrize("typed", ["Secr3t@Harbour", "730162@", "me@ my secret", PIN])
def test_what_is_no_address_is_not_kept_where_an_account_was_looked_for(
    ann: Agent, ulf: Someone, services: Services, typed: str
) -> None:
    with pytest.raises(NotThere):
        ann.calls(typed)

    assert last_event(services, "open a support call").details == {"why": "NotThere"}


def test_the_call_of_a_deactivated_agent_is_over_in_the_contracts_list(
    ann: Agent, ulf: Someone, session: Session, services: Services
) -> None:
    ann.calls(ULF)
    services.agents.deactivate(ann.someone.email, origin=HOST)

    [row] = services.contract_calls.page(session, Stretch()).rows

    assert row.ended_why == "agent gone"
    assert row.ended_at is not None


def test_a_ticket_does_not_outlive_that_its_person_was_deactivated(
    ann: Agent, ulf: Someone, session: Session, services: Services
) -> None:
    call = ann.has_ticket(ULF)
    services.standing.deactivate(session, [person_of(services, ULF).id])
    services.standing.activate(session, [person_of(services, ULF).id])

    with pytest.raises(CallOver):
        services.tickets.unlock(ann.session, call.id)


def test_what_nobody_used_in_time_is_shown_nowhere_and_stands_in_nobodys_way(
    ann: Agent, cy: Agent, ulf: Someone, services: Services
) -> None:
    approved(ann, cy)
    ulf.clock.advance(days=8, minutes=1)
    session = Someone(services, ulf.clock, "olga@example.com").signs_in()
    ann.session = ann.someone.signs_in()
    ulf_id = person_of(services, ULF).id

    assert waits(services)  # in the row, which nobody has touched
    assert services.people.details(session, ulf_id).factor_reset_at is None
    assert services.factor_resets.waiting(ann.session) == ()
    asks_for_reset(ann, ULF)
