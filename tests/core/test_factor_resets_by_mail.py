"""The mail that tells of a reset of 2-factor: its code stops it, from wherever its receiver is, signed in or not."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.errors import OnHold, WrongStopCode
from core.pending_resets import USED_WITHIN
from core.services import Services
from core.throttle import STOP_CODE
from core.wording import moment
from tests.core.actors import CONSOLE, SetClock, Someone, last_event, new_person, person_of, proved, rows
from tests.core.desk import HOST, Agent, asks_for_reset, new_agent, sets_pin
from tests.core.posting import *  # noqa: F403 - fixtures
from tests.core.posting import codes_to
from tests.mail_server import MailServer

ULF = "ulf@example.com"


@pytest.fixture
def agents(owner: Someone) -> tuple[Agent, Agent]:
    return new_agent(owner, "ann@desk.example"), new_agent(owner, "cy@desk.example", name="Cy Dorn")


@pytest.fixture
def due(agents: tuple[Agent, Agent], services: Services, clock: SetClock) -> Someone:
    return agreed(agents, new_person(services, clock, email=ULF))


def agreed(agents: tuple[Agent, Agent], person: Someone) -> Someone:
    """A person whose reset two agents have agreed on."""
    ann, cy = agents
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    person.services.factor_resets.approve(cy.session, asks_for_reset(ann, person.email))
    person.services.mail.deliver_due()
    return person


def waits(services: Services, email: str = ULF) -> bool:
    return person_of(services, email).factor_reset_at is not None


def stop_code(post: MailServer, email: str = ULF) -> str:
    return [code for to, code in codes_to(post) if to == email][-1]


def test_the_letter_says_when_and_its_code_stops_the_reset_once(
    due: Someone, services: Services, post: MailServer, clock: SetClock
) -> None:
    code = stop_code(post)
    assert code.replace("-", "") not in repr(rows(services)).replace("-", "")

    services.factor_resets.stop_with_code(ULF.upper(), code, origin=HOST)

    assert not waits(services)
    assert last_event(services, "stop a reset of 2-factor").details == {
        "with": "the code of the mail",
        "support PIN removed": True,
    }
    with pytest.raises(WrongStopCode):
        services.factor_resets.stop_with_code(ULF, code, origin=HOST)
    clock.advance(hours=25)
    assert not due.owes_code().reset_due


def test_the_letter_gives_no_advice_that_is_fatal_and_says_how_long_it_can_be_used(
    due: Someone, services: Services, post: MailServer
) -> None:
    at = next(number for number, letter in enumerate(post.letters) if "removed" in str(letter["Subject"]))
    text = " ".join(post.text(at).split())

    assert f"From {moment(due.clock() + timedelta(hours=24))} on, for {USED_WITHIN.days} days, whoever signs in" in text
    assert "sign in with a code of your app, which stops it" in text
    due.signs_in()
    assert not waits(services)


def test_it_is_for_this_person_and_this_reset_only(
    due: Someone, agents: tuple[Agent, Agent], services: Services, post: MailServer
) -> None:
    """The attack: somebody whose own reset waits stops another's with his own code, or a later one with an old code."""
    services.support_desk.end_call(agents[0].session, opened(agents[0]))
    old = stop_code(post)
    services.factor_resets.stop_with_code(ULF, old, origin=HOST)
    sets_pin(due, due.signs_in())
    proved(services, agents[1].session)
    services.factor_resets.approve(agents[1].session, asks_for_reset(agents[0], ULF))

    for email, code in ((ULF, old), ("owner@example.com", old), ("nobody@example.com", old), (ULF, "")):
        with pytest.raises(WrongStopCode):
            services.factor_resets.stop_with_code(email, code, origin=HOST)

    assert waits(services)


def opened(agent: Agent) -> UUID:
    call = agent.someone.services.support_desk.current(agent.session)
    assert call is not None
    return call.id


def test_guesses_are_counted_and_told_and_do_not_keep_the_person_off_elsewhere(
    due: Someone, services: Services, post: MailServer
) -> None:
    for _ in range(STOP_CODE.free):
        with pytest.raises(WrongStopCode):
            services.factor_resets.stop_with_code(ULF, "AAAA-AAAA-AAAA-AAAA-AAAA", origin=HOST)

    with pytest.raises(OnHold):
        services.factor_resets.stop_with_code(ULF, stop_code(post), origin=HOST)
    assert last_event(services, "stop a reset of 2-factor").outcome == "denied"
    services.factor_resets.stop_with_code(ULF, stop_code(post), origin=CONSOLE)
    assert not waits(services)


def test_no_letter_tells_of_a_reset_that_was_stopped_before_it_went_out(
    due: Someone, agents: tuple[Agent, Agent], services: Services, post: MailServer
) -> None:
    services.factor_resets.stop_with_code(ULF, stop_code(post), origin=HOST)
    letters = len(codes_to(post))
    services.support_desk.end_call(agents[0].session, opened(agents[0]))
    sets_pin(due, due.signs_in())
    proved(services, agents[1].session)
    services.factor_resets.approve(agents[1].session, asks_for_reset(agents[0], ULF))
    due.signs_in()

    services.mail.deliver_due()

    assert len(codes_to(post)) == letters
