"""No act without its ticket: every function of the agents' table, in every call that is none of theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.errors import (
    CallOver,
    Denied,
    NotAllowed,
    NotThere,
    Refusal,
    ResetOver,
    TicketMissing,
    TicketUsed,
)
from core.host_rescue import Rescue
from core.permissions import CALL, COLLEAGUE, DESK, ON_CALLERS, TICKET
from core.services import Services
from tests.core.actors import SetClock, Someone, change_person, everything_unchanged, new_person, person_of, proved
from tests.core.calling import called
from tests.core.desk import HOST, PIN, Agent, asks_for_reset, new_agent, sets_pin

ULF, UMA = "ulf@example.com", "uma@example.com"
WITHIN = {kind: sorted(name for name, rule in ON_CALLERS.items() if rule.within == kind) for kind in (TICKET, CALL)}
COLLEAGUES = sorted(name for name, rule in ON_CALLERS.items() if rule.within == COLLEAGUE)
TOLD = frozenset({"audit_event", "audit_head"})


@dataclass
class Desk:
    """Two agents, and a caller about whom the first has a call open."""

    ann: Agent
    cy: Agent
    ulf: Someone
    call_id: UUID

    @property
    def services(self) -> Services:
        return self.ulf.services

    def refuses(
        self, function: str, why: type[Refusal], *, agent: Agent | None = None, call_id: UUID | None = None
    ) -> None:
        session = (agent or self.ann).session
        with everything_unchanged(self.services, but=TOLD), pytest.raises(why):
            called(self.services, function, session, call_id=call_id or self.call_id)

    def is_proven(self) -> None:
        self.services.support_desk.check_caller(self.ann.session, self.call_id, PIN)


@pytest.fixture
def desk(owner: Someone, services: Services, clock: SetClock) -> Desk:
    ulf, uma = (new_person(services, clock, email=email) for email in (ULF, UMA))
    for person in (ulf, uma):
        session = person.signs_in()
        sets_pin(person, session)
        person.enrols(session)
    ann, cy = new_agent(owner, "ann@desk.example"), new_agent(owner, "cy@desk.example", name="Cy Dorn")
    return Desk(ann, cy, ulf, ann.calls(ULF).id)


def test_the_table_has_acts_of_each_sort() -> None:
    assert {rule.within for rule in ON_CALLERS.values()} == {DESK, CALL, TICKET, COLLEAGUE}
    assert len(WITHIN[TICKET]) >= 4
    assert COLLEAGUES


@pytest.mark.parametrize("function", WITHIN[TICKET])
def test_nothing_is_done_while_nobody_has_proved_who_calls(desk: Desk, function: str) -> None:
    desk.refuses(function, TicketMissing)


@pytest.mark.parametrize("function", WITHIN[TICKET] + WITHIN[CALL])
def test_nothing_is_done_in_a_call_of_another_agent_of_another_console_or_of_nobody(desk: Desk, function: str) -> None:
    """The attack: Cy has a ticket about Uma and names Ann's call about Ulf."""
    desk.is_proven()
    desk.cy.has_ticket(UMA)
    second = Agent(desk.ann.someone, desk.ann.someone.signs_in())

    desk.refuses(function, NotThere, agent=desk.cy)
    desk.refuses(function, NotThere, agent=second)
    desk.refuses(function, NotThere, call_id=uuid4())


OVER: dict[str, Callable[[Desk], object]] = {
    "ran out": lambda desk: desk.ulf.clock.advance(minutes=10),
    "ended by the caller": lambda desk: desk.services.own_calls.end(desk.ulf.signs_in()),
    "ended by the agent": lambda desk: desk.services.support_desk.end_call(desk.ann.session, desk.call_id),
}


@pytest.mark.parametrize("how", OVER)
@pytest.mark.parametrize("function", [name for name in WITHIN[TICKET] + WITHIN[CALL] if "end_call" not in name])
def test_nothing_is_done_once_the_ticket_is_over(desk: Desk, function: str, how: str) -> None:
    desk.is_proven()
    OVER[how](desk)
    proved(desk.services, desk.ann.session)

    with everything_unchanged(desk.services, but=TOLD), pytest.raises(CallOver) as over:
        called(desk.services, function, desk.ann.session, call_id=desk.call_id, said=PIN)

    assert over.value.why == how


@pytest.mark.parametrize("function", WITHIN[TICKET] + WITHIN[CALL])
def test_a_ticket_does_not_pass_to_the_agents_next_session(desk: Desk, function: str) -> None:
    desk.is_proven()
    desk.services.sessions.sign_out(desk.ann.session)
    desk.ann.session = desk.ann.someone.signs_in()

    desk.refuses(function, NotThere)


@pytest.mark.parametrize("function", WITHIN[TICKET])
def test_nothing_is_done_twice_in_a_call(desk: Desk, function: str) -> None:
    """Where it cannot be done at all (no mail here), it is not used up, and is refused the second time as the first."""
    desk.is_proven()
    first = refusal_of(desk, function)

    again = refusal_of(desk, function)

    assert again is (TicketUsed if first is None else first)
    assert (function in desk.services.support_desk.look(desk.ann.session, desk.call_id).done) == (first is None)


def refusal_of(desk: Desk, function: str) -> type[Exception] | None:
    try:
        called(desk.services, function, desk.ann.session, call_id=desk.call_id)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize("function", WITHIN[TICKET])
def test_nothing_is_done_for_somebody_who_is_deactivated_meanwhile(desk: Desk, owner: Someone, function: str) -> None:
    desk.is_proven()
    desk.services.standing.deactivate(owner.signs_in(), [person_of(desk.services, ULF).id])

    assert refusal_of(desk, function) is CallOver


@pytest.mark.parametrize("function", WITHIN[TICKET] + WITHIN[CALL])
def test_the_call_of_a_person_who_is_deleted_is_there_no_more(desk: Desk, owner: Someone, function: str) -> None:
    desk.is_proven()
    desk.services.standing.delete(owner.signs_in(), [person_of(desk.services, ULF).id])

    desk.refuses(function, NotThere)


@pytest.mark.parametrize("function", COLLEAGUES)
def test_a_colleague_decides_what_was_asked_for_once_and_while_its_call_goes_on(desk: Desk, function: str) -> None:
    desk.services.support_desk.end_call(desk.ann.session, desk.call_id)
    reset_id = asks_for_reset(desk.ann, ULF)
    with everything_unchanged(desk.services, but=TOLD), pytest.raises(Denied):
        called(desk.services, function, desk.ann.session, reset_id=reset_id)
    with everything_unchanged(desk.services, but=TOLD), pytest.raises(ResetOver):
        called(desk.services, function, desk.cy.session, reset_id=uuid4())

    called(desk.services, function, desk.cy.session, reset_id=reset_id)

    with everything_unchanged(desk.services, but=TOLD), pytest.raises(ResetOver):
        called(desk.services, function, desk.cy.session, reset_id=reset_id)


@pytest.mark.parametrize("function", COLLEAGUES)
def test_a_colleague_decides_nothing_after_the_call_is_over(desk: Desk, function: str) -> None:
    desk.services.support_desk.end_call(desk.ann.session, desk.call_id)
    reset_id = asks_for_reset(desk.ann, ULF)
    desk.services.own_calls.end(desk.ulf.signs_in())

    with everything_unchanged(desk.services, but=TOLD), pytest.raises(ResetOver):
        called(desk.services, function, desk.cy.session, reset_id=reset_id)


@pytest.mark.parametrize("function", sorted(ON_CALLERS))
def test_an_agent_whose_second_factor_is_gone_or_was_not_proved_does_nothing(desk: Desk, function: str) -> None:
    """The attack: the agent's 2-factor was reset on the host, and a session of the time before is still open."""
    given: dict[str, Any] = {"call_id": desk.call_id, "said": PIN, "wanted": ULF}
    desk.is_proven()
    change_person(desk.services, desk.ann.someone.email, sec_auth_active=False)

    with everything_unchanged(desk.services, but=TOLD), pytest.raises(NotAllowed):
        called(desk.services, function, desk.ann.session, **given)


def test_a_rescue_of_an_agent_on_the_host_ends_his_sessions_and_his_call(desk: Desk) -> None:
    desk.is_proven()

    desk.services.host_rescue.rescue_without_second_factor(Rescue(desk.ann.someone.email, "Lost it"), origin=HOST)

    assert desk.services.own_calls.heard(desk.ulf.signs_in()).calls == ()
