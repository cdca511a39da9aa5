"""Attacks on the support desk: by an agent turned bad, at his terminal left open, and by a caller who knows the PIN."""

import pytest
from sqlmodel import select

from core import throttle
from core.errors import (
    CallerUnproven,
    CallOver,
    ColleagueNeeded,
    NotAllowed,
    NotThere,
    OnHold,
    PersonInactive,
    ProofNeeded,
    ResetOver,
    SessionLocked,
    SessionOver,
)
from core.host_rescue import Rescue
from core.login_steps import CodeNeeded, EnrolmentNeeded
from core.permissions import ON_CALLERS
from core.services import Services
from data.engine import reading
from data.tables import AttemptCounter
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    events,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
)
from tests.core.calling import called
from tests.core.desk import HOST, LOST, PIN, Agent, asks_for_reset, new_agent, sets_pin

ULF, ANN = "ulf@example.com", "ann@desk.example"
TOLD = frozenset({"audit_event", "audit_head"})


@pytest.fixture
def ann(owner: Someone) -> Agent:
    return new_agent(owner, ANN)


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    person = new_person(services, clock, email=ULF)
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    return person


def guesses(agent: Agent, wanted: str, *said: str) -> list[str]:
    """What comes of each try in a call of its own."""
    services, outcomes = agent.someone.services, []
    call = agent.calls(wanted)
    for each in said:
        try:
            services.support_desk.check_caller(agent.session, call.id, each)
            outcomes.append("match")
        except (CallerUnproven, OnHold) as refusal:
            outcomes.append(type(refusal).__name__)
    services.support_desk.end_call(agent.session, call.id)
    return outcomes


# The agent turned bad


def test_a_new_call_or_a_colleague_brings_no_new_tries_at_a_pin(ann: Agent, owner: Someone, ulf: Someone) -> None:
    cy = new_agent(owner, "cy@desk.example", name="Cy Dorn")
    wrong = ["914273", "914274"]

    outcomes = guesses(ann, ULF, *wrong) + guesses(cy, ULF, *wrong) + guesses(ann, ULF, *wrong)

    assert outcomes == ["CallerUnproven"] * 5 + ["OnHold"]


def test_a_match_frees_no_guesses_that_were_made_before_it(ann: Agent, ulf: Someone, services: Services) -> None:
    """Four guesses between two calls of the true person, whose call codes match, would go on all day."""
    code = services.own_calls.new_call_code(ulf.signs_in()).code
    wrong = ["914273", "914274", "914275", "914276"]

    outcomes = guesses(ann, ULF, *wrong)
    outcomes += guesses(ann, ULF, code)
    outcomes += guesses(ann, ULF, *wrong)

    assert outcomes == ["CallerUnproven"] * 4 + ["match"] + ["CallerUnproven"] + ["OnHold"] * 3


def test_tries_while_nothing_is_compared_fill_no_audit_and_are_counted(
    ann: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    """The attack: whoever goes on guessing buries in the audit what else was done."""
    for waits in (1, 2):
        outcomes = guesses(ann, ULF, *(f"91{number:04}" for number in range(15)))

        assert outcomes == ["CallerUnproven"] * 5 + ["OnHold"] * 10
        told = [event.details.get("why") for event in events(services) if event.act == "check a caller"]
        assert (told.count("CallerUnproven"), told.count("OnHold")) == (5 * waits, waits)
        with reading(services.engine) as db:
            query = select(AttemptCounter.refused).where(AttemptCounter.secret == throttle.SUPPORT_PIN.secret)
            assert db.exec(query).one() == 10
        clock.advance(minutes=61)
        ann.session = ann.someone.signs_in()


def test_tries_at_pin_and_call_code_are_counted_together(ann: Agent, ulf: Someone, services: Services) -> None:
    services.own_calls.new_call_code(ulf.signs_in())

    outcomes = guesses(ann, ULF, *(f"91{number:04}" for number in range(6)))

    assert outcomes == ["CallerUnproven"] * 5 + ["OnHold"]


def test_to_unlock_a_caller_frees_no_tries_at_his_pin(ann: Agent, ulf: Someone, services: Services) -> None:
    guesses(ann, ULF, "914273", "914274", "914275")
    call = ann.has_ticket(ULF)

    services.tickets.unlock(ann.session, call.id)

    assert services.support_desk.look(ann.session, call.id).tries_left == 2


def test_no_agent_opens_a_call_about_an_agent_himself_included(ann: Agent, owner: Someone) -> None:
    """Or two of them would take over a third, and the host alone makes and rescues agents."""
    new_agent(owner, "cy@desk.example", name="Cy Dorn")

    for wanted in (ANN, "cy@desk.example"):
        with pytest.raises(NotThere):
            ann.calls(wanted)


def test_addresses_are_tried_thirty_times_an_hour_whether_they_are_somebodys_or_not(
    ann: Agent, ulf: Someone, services: Services
) -> None:
    """Each of them is told: what is found to its person, what is not to the host."""
    for number in range(throttle.SUPPORT_CALL.free):
        if number % 2:
            with pytest.raises(NotThere):
                ann.calls(f"nobody{number}@example.com")
        else:
            services.support_desk.end_call(ann.session, ann.calls(ULF).id)

    for wanted in (ULF, "nobody@example.com"):
        with pytest.raises(OnHold):
            ann.calls(wanted)
    opened = [event.outcome for event in events(services) if event.act == "open a support call"]
    assert (opened.count("done"), opened.count("denied")) == (15, 17)


def test_an_agent_reads_no_address_that_he_does_not_know(ann: Agent, owner: Someone, ulf: Someone) -> None:
    """He knows a contract's number and wants to know whose it is."""
    services = owner.services
    number = services.host_rescue.find(owner.email).contract.partition(",")[0]
    sets_pin(owner, owner.signs_in())
    call = ann.has_ticket(number)

    seen = repr((call, services.support_desk.current(ann.session), services.factor_resets.waiting(ann.session)))

    assert owner.email not in seen
    assert "Olga" not in seen
    assert str(person_of(services, owner.email).id) not in seen


def test_an_agent_whose_authenticator_was_reset_on_the_host_sets_up_another_before_anything_else(
    ann: Agent, ulf: Someone, services: Services
) -> None:
    ann.has_ticket(ULF)
    rescued = services.host_rescue.rescue_without_second_factor(Rescue(ANN, "Lost it"), origin=HOST)
    new = "Other-Ferry,43 boats"
    services.invitations.set_password(ANN, rescued.issued.code, new=new, repeated=new, origin=HOST)
    ann.someone.password = new

    assert isinstance(ann.someone.gives_password(), EnrolmentNeeded)
    with pytest.raises(SessionOver):
        services.support_desk.current(ann.session)


def test_an_agent_who_is_deactivated_in_the_middle_of_a_ticket_does_nothing_more(
    ann: Agent, owner: Someone, ulf: Someone, services: Services
) -> None:
    cy = new_agent(owner, "cy@desk.example", name="Cy Dorn")
    reset_id = asks_for_reset(ann, ULF)

    services.agents.deactivate(ANN, origin=HOST)

    for function in ON_CALLERS:
        with everything_unchanged(services, but=TOLD), pytest.raises(SessionOver):
            called(services, function, ann.session)
    with pytest.raises(ResetOver):
        services.factor_resets.approve(cy.session, reset_id)
    assert person_of(services, ULF).factor_reset_at is None


def test_two_accounts_are_two_agents_and_one_is_not(ann: Agent, ulf: Someone, services: Services) -> None:
    """He asks at one console and approves at the other."""
    reset_id = asks_for_reset(ann, ULF)

    with pytest.raises(ColleagueNeeded):
        services.factor_resets.approve(ann.someone.signs_in(), reset_id)
    assert last_event(services, "approve a reset of 2-factor").outcome == "denied"


def test_everything_that_an_agent_does_or_tries_is_told_to_the_person(
    ann: Agent, ulf: Someone, services: Services
) -> None:
    guesses(ann, ULF, "914273")
    call = ann.has_ticket(ULF)
    services.tickets.unlock(ann.session, call.id)
    services.tickets.end_sessions(ann.session, call.id)
    services.tickets.ask_factor_reset(ann.session, call.id, reason=LOST)

    told = [(event.act, event.actor) for event in events(services) if event.target == ULF and event.actor == ANN]

    assert [act for act, _ in told] == [
        "open a support call",
        "check a caller",
        "end a support call",
        "open a support call",
        "check a caller",
        "unlock a caller",
        "end a caller's sessions",
        "ask for a reset of 2-factor",
    ]


# The agent's terminal, left open


def test_whoever_finds_it_asks_for_and_approves_no_reset(
    ann: Agent, owner: Someone, ulf: Someone, services: Services, clock: SetClock
) -> None:
    cy = new_agent(owner, "cy@desk.example", name="Cy Dorn")
    clock.advance(minutes=11)
    ann.session = ann.someone.signs_in()
    reset_id = asks_for_reset(ann, ULF)

    with pytest.raises(ProofNeeded):
        services.factor_resets.approve(cy.session, reset_id)


def test_after_fifteen_minutes_he_does_nothing_at_all(
    ann: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    ann.has_ticket(ULF)
    clock.advance(minutes=15)

    for function in ON_CALLERS:
        with everything_unchanged(services, but=TOLD), pytest.raises(SessionLocked):
            called(services, function, ann.session)


# The caller who knows the PIN, and nothing else


def test_he_gets_into_no_account_by_all_that_an_honest_agent_does_for_him(
    ann: Agent, owner: Someone, ulf: Someone, services: Services, clock: SetClock
) -> None:
    cy = new_agent(owner, "cy@desk.example", name="Cy Dorn")
    call = ann.has_ticket(ULF)
    services.tickets.unlock(ann.session, call.id)
    services.tickets.end_sessions(ann.session, call.id)
    services.tickets.ask_factor_reset(ann.session, call.id, reason=LOST)
    services.factor_resets.approve(cy.session, services.factor_resets.waiting(cy.session)[0].id)
    clock.advance(hours=23)

    assert isinstance(services.login.sign_in(ULF, PASSWORD, origin=CONSOLE), CodeNeeded)
    ulf.signs_in()  # with his phone: and so it is not lost
    assert person_of(services, ULF).factor_reset_at is None


def test_the_person_at_his_console_ends_the_call_of_whoever_poses_as_him(
    ann: Agent, ulf: Someone, services: Services
) -> None:
    his = ulf.signs_in()
    call = ann.has_ticket(ULF)
    (heard,) = services.own_calls.heard(his).calls
    assert heard.proven

    services.own_calls.end(his)

    with pytest.raises(CallOver):
        services.tickets.ask_factor_reset(ann.session, call.id, reason=LOST)


def test_whoever_was_deactivated_has_neither_pin_nor_code_that_is_compared(
    ann: Agent, owner: Someone, ulf: Someone, services: Services
) -> None:
    code = services.own_calls.new_call_code(ulf.signs_in()).code
    services.standing.deactivate(owner.signs_in(), [person_of(services, ULF).id])
    call = ann.calls(ULF)

    for said in (PIN, code):
        with pytest.raises(PersonInactive):
            services.support_desk.check_caller(ann.session, call.id, said)
    assert services.support_desk.look(ann.session, call.id).tries_left == 5


def test_a_person_of_a_contract_cannot_hear_or_end_what_is_about_another(
    ann: Agent, owner: Someone, ulf: Someone, services: Services
) -> None:
    """Not even its owner, who sees it in the User Manager: the caller alone knows whether it is he who calls."""
    ann.has_ticket(ULF)
    olga = owner.signs_in()

    assert services.own_calls.heard(olga).calls == ()
    assert services.own_calls.end(olga) == 0


def test_a_call_code_wants_a_proof_so_that_no_open_console_gives_one(
    ulf: Someone, services: Services, clock: SetClock
) -> None:
    session = ulf.signs_in()
    clock.advance(minutes=11)

    with pytest.raises(ProofNeeded):
        services.own_calls.new_call_code(session)


def test_no_agent_is_of_a_contract_and_so_none_administers_one(ann: Agent, services: Services) -> None:
    with pytest.raises((NotAllowed, NotThere)):
        services.people.details(ann.session, ann.session.person_id)
    assert person_of(services, ANN).contract_id is None
