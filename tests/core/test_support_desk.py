"""The support desk: who is calling? (source text, "Setting your support PIN")."""

from datetime import timedelta

import pytest

from core import throttle
from core.activity import ActivityFilter
from core.emails import masked_email
from core.errors import (
    CallerProven,
    CallerUnproven,
    CallOver,
    CallUnderWay,
    FieldEmpty,
    MailNotConfigured,
    NotAllowed,
    NotThere,
    OnHold,
    PersonInactive,
    PinMalformed,
    SecondFactorForced,
    SessionOver,
    TicketMissing,
    TicketUsed,
    WrongCredentials,
)
from core.listing import Stretch
from core.login_steps import EnrolmentNeeded, Session
from core.origin import HostUser
from core.services import Services
from tests.core.actors import PASSWORD, SetClock, Someone, change_person, events, last_event, new_person, person_of
from tests.core.desk import HOST, PIN, Agent, new_agent, sets_pin

ULF = "ulf@example.com"


@pytest.fixture
def agent(owner: Someone) -> Agent:
    return new_agent(owner, "ann@desk.example")


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    """A user of the contract with a support PIN."""
    person = new_person(services, clock, email=ULF)
    sets_pin(person, person.signs_in())
    return person


def told(services: Services, act: str) -> list[str]:
    return [event.outcome for event in events(services) if event.act == act]


# Agents


def test_an_agent_is_made_on_the_host_and_must_set_up_2_factor_before_anything_else(owner: Someone) -> None:
    services = owner.services
    issued = services.agents.create("ann@desk.example", given_name="Ann", family_name="Bell", origin=HOST)
    services.invitations.set_password("ann@desk.example", issued.code, new=PASSWORD, repeated=PASSWORD, origin=HOST)

    step = services.login.sign_in("ann@desk.example", PASSWORD, origin=HOST)

    assert isinstance(step, EnrolmentNeeded)
    assert [(each.email, each.invited, each.second_factor) for each in services.agents.all()] == [
        ("ann@desk.example", False, False)
    ]


def test_who_made_an_agent_is_kept_beyond_the_account_that_the_command_runs_as(owner: Someone) -> None:
    by = HostUser("olga", "root")
    owner.services.agents.create("ann@desk.example", given_name="Ann", family_name="Bell", origin=HOST, by=by)
    owner.services.agents.deactivate("ann@desk.example", origin=HOST, by=by)
    owner.services.agents.activate("ann@desk.example", origin=HOST, by=by)

    for act in ("make a support agent", "deactivate a person", "activate a person"):
        assert last_event(owner.services, act).details.items() >= by.facts().items()


def test_an_agent_cannot_switch_2_factor_off(agent: Agent, services: Services) -> None:
    with pytest.raises(SecondFactorForced):
        services.second_factor.deactivate(agent.session)


def test_a_deactivated_agents_calls_are_over_and_he_cannot_sign_in(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    agent.calls(ULF)

    assert services.agents.deactivate("ann@desk.example", origin=HOST) == 1

    assert services.own_calls.heard(ulf.signs_in()).calls == ()


def test_nobody_but_an_agent_opens_a_call(session: Session, ulf: Someone, services: Services) -> None:
    with pytest.raises(NotAllowed):
        services.support_desk.open_call(session, ULF)
    assert told(services, "open a support call") == ["denied"]


# Opening a call


@pytest.mark.parametrize("named", [ULF, "ULF@Example.com", f"  {ULF} "])
def test_a_call_is_opened_by_the_exact_e_mail(agent: Agent, ulf: Someone, named: str) -> None:
    call = agent.calls(named)

    assert call.masked_email == "u***@e***.com"
    assert (call.has_pin, call.is_locked, call.proven) == (True, False, False)
    assert len(call.phrase.split()) == 2


def test_a_contracts_number_opens_a_call_about_its_owners_account(
    agent: Agent, owner: Someone, services: Services
) -> None:
    number = services.host_rescue.find(owner.email).contract.partition(",")[0]

    call = agent.calls(number)

    assert call.masked_email == "o***@e***.com"
    assert last_event(services, "open a support call").target == owner.email


@pytest.mark.parametrize(
    "named",
    [
        "ul",
        "ulf@",
        "example.com",
        "%",
        "ulf@example.co",
        "ann@desk.example",
        "1",
        "\0",
        "\0@x",
        "\ud800",
        "\ud800@x",
    ],
)
def test_nothing_else_finds_an_account(agent: Agent, ulf: Someone, named: str, services: Services) -> None:
    with pytest.raises(NotThere):
        agent.calls(named)
    assert told(services, "open a support call") == ["denied"]


def test_an_agent_who_looks_up_account_after_account_is_stopped(agent: Agent, ulf: Someone) -> None:
    for _ in range(throttle.SUPPORT_CALL.free):
        with pytest.raises(NotThere):
            agent.calls("nobody@example.com")

    with pytest.raises(OnHold):
        agent.calls(ULF)


def test_an_agent_has_one_call_at_a_time_also_at_two_consoles(agent: Agent, ulf: Someone, services: Services) -> None:
    agent.calls(ULF)
    second = Agent(agent.someone, agent.someone.signs_in())

    for console in (agent, second):
        with pytest.raises(CallUnderWay):
            console.calls("olga@example.com")


def test_a_call_that_ran_out_or_whose_console_is_gone_is_put_away_with_the_next(
    agent: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    agent.calls(ULF)
    clock.advance(minutes=15)
    agent.session = agent.someone.signs_in()
    agent.calls(ULF)
    services.sessions.sign_out(agent.session)
    agent.session = agent.someone.signs_in()

    agent.calls(ULF)

    ended = [event.details["why"] for event in events(services) if event.act == "end a support call"]
    assert ended == ["ran out", "agent gone"]


def test_an_agent_is_told_that_a_colleague_has_a_call_about_the_same_account_open(
    agent: Agent, ulf: Someone, owner: Someone
) -> None:
    new_agent(owner, "cy@desk.example", name="Cy Dorn").calls(ULF)

    assert agent.calls(ULF).others == ("Cy Dorn",)


@pytest.mark.parametrize(
    ("email", "shown"),
    [("jane.doe@example.com", "j***@e***.com"), ("a@b.co.uk", "a***@b***.uk"), ("x@yard", "x***@y***")],
)
def test_an_address_is_shown_masked(email: str, shown: str) -> None:
    assert masked_email(email) == shown


# Who is calling?


def test_the_right_pin_opens_a_ticket_of_ten_minutes(
    agent: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    call = agent.has_ticket(ULF)

    assert call.proven
    assert call.expires_at == clock() + timedelta(minutes=10)
    assert last_event(services, "check a caller").details == {"by": "the support PIN"}


def test_a_wrong_pin_is_no_match_and_says_how_many_tries_are_left(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    call = agent.calls(ULF)

    with pytest.raises(CallerUnproven) as refusal:
        services.support_desk.check_caller(agent.session, call.id, "111222")

    assert refusal.value.left == 4
    assert services.support_desk.look(agent.session, call.id).tries_left == 4
    assert last_event(services, "check a caller").target == ULF


def test_after_five_wrong_pins_nothing_is_compared_for_an_hour_not_even_the_right_one(
    agent: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    call = agent.calls(ULF)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(CallerUnproven) as refusal:
            services.support_desk.check_caller(agent.session, call.id, "111222")
        assert refusal.value.left == left

    with pytest.raises(OnHold):
        services.support_desk.check_caller(agent.session, call.id, PIN)

    clock.advance(minutes=61)
    agent.session = agent.someone.signs_in()
    assert agent.has_ticket(ULF).proven


def test_no_stretch_of_an_hour_has_more_than_five_tries(
    agent: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    """The attack: four tries at the end of one hour, and five at the beginning of the next."""
    compared = []
    for minute in range(0, 240, 7):
        clock.advance(minutes=7)
        agent.session = agent.someone.signs_in()
        call = agent.calls(ULF)
        for _ in range(2):
            with pytest.raises((CallerUnproven, OnHold)) as refusal:
                services.support_desk.check_caller(agent.session, call.id, "111222")
            if isinstance(refusal.value, CallerUnproven):
                compared.append(minute)
        services.support_desk.end_call(agent.session, call.id)

    assert len(compared) >= 10
    assert all(sum(start <= at < start + 60 for at in compared) <= 5 for start in compared)


@pytest.mark.parametrize("said", ["", "12345", "12345a", "1" * 21, "\uff17\uff13\uff10\uff11\uff16\uff12"])
def test_what_can_be_neither_pin_nor_code_is_not_counted(
    agent: Agent, ulf: Someone, services: Services, said: str
) -> None:
    call = agent.calls(ULF)

    with pytest.raises(PinMalformed):
        services.support_desk.check_caller(agent.session, call.id, said)

    assert services.support_desk.look(agent.session, call.id).tries_left == 5


def test_a_pin_read_in_groups_is_taken(agent: Agent, ulf: Someone) -> None:
    assert agent.has_ticket(ULF, "730 162").proven


def test_where_no_pin_is_set_nothing_matches_and_it_is_shown(agent: Agent, owner: Someone, services: Services) -> None:
    call = agent.calls(owner.email)
    assert not call.has_pin

    with pytest.raises(CallerUnproven):
        services.support_desk.check_caller(agent.session, call.id, PIN)


def test_a_caller_proves_himself_once_in_a_call(agent: Agent, ulf: Someone, services: Services) -> None:
    call = agent.has_ticket(ULF)

    with pytest.raises(CallerProven):
        services.support_desk.check_caller(agent.session, call.id, PIN)


def test_a_deactivated_person_is_not_helped(agent: Agent, ulf: Someone, services: Services) -> None:
    change_person(services, ULF, active=False)
    call = agent.calls(ULF)
    assert not call.active

    with pytest.raises(PersonInactive):
        services.support_desk.check_caller(agent.session, call.id, PIN)


# The call code


def test_a_call_code_stands_in_for_the_pin_once(agent: Agent, ulf: Someone, services: Services) -> None:
    shown = services.own_calls.new_call_code(ulf.signs_in())
    assert (len(shown.code), shown.code.isdigit()) == (6, True)

    call = agent.has_ticket(ULF, shown.code)
    services.support_desk.end_call(agent.session, call.id)

    with pytest.raises(CallerUnproven):
        agent.has_ticket(ULF, shown.code)
    assert told(services, "check a caller") == ["done", "denied"]


def test_a_call_code_lasts_five_minutes(agent: Agent, ulf: Someone, services: Services, clock: SetClock) -> None:
    shown = services.own_calls.new_call_code(ulf.signs_in())
    clock.advance(minutes=5)

    with pytest.raises(CallerUnproven):
        agent.has_ticket(ULF, shown.code)


def test_a_new_call_code_makes_the_earlier_one_void(agent: Agent, ulf: Someone, services: Services) -> None:
    session = ulf.signs_in()
    first = services.own_calls.new_call_code(session).code
    while services.own_calls.new_call_code(session).code == first:
        pass

    with pytest.raises(CallerUnproven):
        agent.has_ticket(ULF, first)


def test_a_call_code_is_nobody_elses(agent: Agent, ulf: Someone, owner: Someone, services: Services) -> None:
    shown = services.own_calls.new_call_code(ulf.signs_in())

    with pytest.raises(CallerUnproven):
        agent.has_ticket(owner.email, shown.code)


# Inside the ticket


def test_a_ticket_unlocks_once_and_leaves_the_tries_at_the_pin(agent: Agent, ulf: Someone, services: Services) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            services.login.sign_in(ULF, "wrong", origin=HOST)
    call = agent.has_ticket(ULF)
    assert call.is_locked

    services.tickets.unlock(agent.session, call.id)

    seen = services.support_desk.look(agent.session, call.id)
    assert (seen.is_locked, seen.done) == (False, frozenset({"tickets.unlock"}))
    assert person_of(services, ULF).locked_until is None
    with pytest.raises(TicketUsed):
        services.tickets.unlock(agent.session, call.id)


def test_a_ticket_ends_the_callers_sessions(agent: Agent, ulf: Someone, services: Services) -> None:
    open_one = ulf.signs_in()
    call = agent.has_ticket(ULF)

    assert services.tickets.end_sessions(agent.session, call.id) >= 1

    with pytest.raises(SessionOver) as over:
        services.account.account(open_one)
    assert over.value.why == "ended by the support desk"


def test_without_mail_no_reset_code_is_sent_and_the_ticket_keeps_that_act(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    call = agent.has_ticket(ULF)

    with pytest.raises(MailNotConfigured):
        services.tickets.send_reset_code(agent.session, call.id)
    assert services.support_desk.look(agent.session, call.id).done == frozenset()


def test_without_a_match_nothing_is_done_and_the_person_sees_that_it_was_wanted(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    call = agent.calls(ULF)

    with pytest.raises(TicketMissing):
        services.tickets.unlock(agent.session, call.id)

    event = last_event(services, "unlock a caller")
    assert (event.outcome, event.target) == ("denied", ULF)


def test_a_ticket_is_over_after_ten_minutes(agent: Agent, ulf: Someone, services: Services, clock: SetClock) -> None:
    call = agent.has_ticket(ULF)
    clock.advance(minutes=10)

    with pytest.raises(CallOver):
        services.tickets.unlock(agent.session, call.id)


# The caller's side


def test_the_callers_console_hears_the_agents_name_and_the_same_two_words(
    agent: Agent, ulf: Someone, owner: Someone, services: Services
) -> None:
    session = ulf.signs_in()
    call = agent.calls(ULF)

    heard = services.own_calls.heard(session).calls

    assert [(each.agent, each.phrase, each.proven) for each in heard] == [("Ann Bell", call.phrase, False)]
    assert services.own_calls.heard(owner.signs_in()).calls == ()


def test_the_caller_ends_the_call_and_the_agent_can_do_nothing_more(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    session = ulf.signs_in()
    call = agent.has_ticket(ULF)

    assert services.own_calls.end(session) == 1

    with pytest.raises(CallOver) as over:
        services.tickets.unlock(agent.session, call.id)
    assert over.value.why == "ended by the caller"
    assert services.own_calls.heard(session).calls == ()
    assert services.own_calls.end(session) == 0


def test_a_password_reset_takes_pin_and_call_code_with_it(agent: Agent, ulf: Someone, services: Services) -> None:
    shown = services.own_calls.new_call_code(ulf.signs_in())
    owner_session = Someone(services, ulf.clock, "olga@example.com").signs_in()
    code = services.invitations.issue_reset_code(owner_session, person_of(services, ULF).id).code
    services.invitations.set_password(
        ULF, code, new="Other-Ferry,43 boats", repeated="Other-Ferry,43 boats", origin=HOST
    )

    call = agent.calls(ULF)
    assert not call.has_pin
    for said in (PIN, shown.code):
        with pytest.raises(CallerUnproven):
            services.support_desk.check_caller(agent.session, call.id, said)


def test_owner_and_administrators_see_the_calls_of_their_contract_and_what_was_done(
    agent: Agent, ulf: Someone, session: Session, services: Services, clock: SetClock
) -> None:
    call = agent.has_ticket(ULF)
    services.tickets.unlock(agent.session, call.id)
    services.support_desk.end_call(agent.session, call.id)
    clock.advance(minutes=1)
    agent.calls("olga@example.com")

    rows = services.contract_calls.page(session, Stretch()).rows

    assert [(row.email, row.agent, row.proven, row.done, row.ended_why) for row in rows] == [
        ("olga@example.com", "Ann Bell", False, (), ""),
        (ULF, "Ann Bell", True, ("tickets.unlock",), "ended by the agent"),
    ]
    with pytest.raises(NotAllowed):
        services.contract_calls.page(ulf.signs_in(), Stretch())


def test_an_agents_own_activity_shows_callers_masked(agent: Agent, ulf: Someone, services: Services) -> None:
    """The attack: a contract's number is enough to call its owner, and My activity then tells his address."""
    agent.has_ticket(ULF)

    rows = services.activity.page(agent.session, ActivityFilter.ALL, Stretch()).rows

    assert any("u***@e***.com" in row.what for row in rows)
    assert ULF not in str(rows)


def test_an_empty_field_asks_for_nothing_and_counts_for_nothing(agent: Agent, services: Services) -> None:
    with pytest.raises(FieldEmpty):
        agent.calls("  ")
    assert told(services, "open a support call") == []


def test_an_account_whose_pin_is_guessed_at_is_not_shown_as_locked_at_the_login(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    call = agent.calls(ULF)
    for _ in range(5):
        with pytest.raises(CallerUnproven):
            services.support_desk.check_caller(agent.session, call.id, "111222")

    assert not services.support_desk.look(agent.session, call.id).is_locked
