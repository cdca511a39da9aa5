"""What an account shows of a reset of 2-factor by the support desk, and what the mail of news says of callers."""

from datetime import timedelta

import pytest

from core.audit import DONE
from core.errors import CallerUnproven, NotAllowed, NotThere, ResetOver
from core.login_steps import Session
from core.services import Services
from tests.core.actors import SetClock, Someone, change_person, events, new_person, person_of, stranger
from tests.core.desk import Agent, new_agent, sets_pin
from tests.core.posting import *  # noqa: F403 - fixtures
from tests.mail_server import MailServer

ULF = "ulf@example.com"


@pytest.fixture
def ann(owner: Someone) -> Agent:
    return new_agent(owner, "ann@desk.example")


@pytest.fixture
def cy(owner: Someone) -> Agent:
    return new_agent(owner, "cy@desk.example", name="Cy Dorn")


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    """A user with an authenticator and a support PIN."""
    person = new_person(services, clock, email=ULF)
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    return person


def is_asked_for(ann: Agent, reason: str = "Visit http://evil.example") -> None:
    call = ann.has_ticket(ULF)
    ann.someone.services.tickets.ask_factor_reset(ann.session, call.id, reason=reason)


def is_approved(cy: Agent) -> None:
    services = cy.someone.services
    (waiting,) = services.factor_resets.waiting(cy.session)
    services.factor_resets.approve(cy.session, waiting.id)


def test_account_and_details_tell_when_it_is_due_once_it_is_approved_and_no_more_when_it_is_stopped(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, session: Session
) -> None:
    mine = ulf.signs_in()
    ulf_id = person_of(services, ULF).id

    def shown() -> set[object]:
        details = services.people.details(session, ulf_id)
        return {services.account.account(mine).factor_reset_at, details.factor_reset_at}

    is_asked_for(ann)
    assert shown() == {None}
    is_approved(cy)
    assert shown() == {ulf.clock() + timedelta(hours=24)}
    services.factor_resets.stop(mine)
    assert shown() == {None}


def test_an_administrator_stops_it_for_users_and_nobody_else_does(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, clock: SetClock
) -> None:
    is_asked_for(ann)
    is_approved(cy)
    ulf_id = person_of(services, ULF).id
    user = new_person(services, clock, email="una@example.com").signs_in()
    administrator = new_person(services, clock, email="ada@example.com", role="administrator").signs_in()
    eve = stranger(services, clock, "eve@elsewhere.example")
    change_person(services, eve.email, password_hash=services.login.passwords.hash(ulf.password))
    change_person(services, eve.email, password_changed_at=clock())
    for session, refusal in ((user, NotAllowed), (Someone(services, clock, eve.email).signs_in(), NotThere)):
        with pytest.raises(refusal):
            services.factor_resets.stop_for(session, ulf_id)
    assert person_of(services, ULF).factor_reset_at is not None

    services.factor_resets.stop_for(administrator, ulf_id)

    stopped = [event for event in events(services) if event.act == "stop a reset of 2-factor" and event.outcome == DONE]
    assert [(event.actor, event.target) for event in stopped] == [("ada@example.com", ULF)]
    with pytest.raises(ResetOver):
        services.factor_resets.stop_for(administrator, ulf_id)


# News by mail


def letters_to(services: Services, post: MailServer, email: str) -> list[str]:
    """What the letters that go out now say to somebody."""
    before = len(post.letters)
    services.mail.deliver_due()
    return [post.text(number) for number in range(before, len(post.letters)) if post.letters[number]["To"] == email]


def test_the_mail_of_news_tells_of_a_reset_and_repeats_no_reason_that_a_caller_gave(
    ann: Agent, cy: Agent, ulf: Someone, services: Services, post: MailServer
) -> None:
    """The attack: a caller gives a reason that reads as an instruction, and our mail carries it to his victim."""
    services.mail.deliver_due()
    ulf.clock.advance(minutes=20)
    ann.session, cy.session = ann.someone.signs_in(), cy.someone.signs_in()
    is_asked_for(ann)
    is_approved(cy)

    letters = letters_to(services, post, ULF)

    (news,) = [text for text in letters if "Since your last visit" in text]
    assert "At the support desk the removal of your 2-factor was asked for, on 2 Mar at" in news
    assert "The support desk lets your 2-factor be removed, unless it is stopped, on 2 Mar at" in news
    assert "your support PIN\ntoo where the support desk is told of" in news
    assert all("evil.example" not in text for text in letters)
    assert any('"Stop a reset"' in text for text in letters)


def test_the_mail_of_news_counts_how_often_a_caller_did_not_know_the_pin(
    ann: Agent, ulf: Someone, services: Services, post: MailServer, clock: SetClock
) -> None:
    services.mail.deliver_due()
    clock.advance(minutes=20)
    ann.session = ann.someone.signs_in()
    call = ann.calls(ULF)
    for _ in range(3):
        with pytest.raises(CallerUnproven):
            services.support_desk.check_caller(ann.session, call.id, "111222")

    (news,) = letters_to(services, post, ULF)

    assert "A caller at the support desk could not prove to be you, 3 times, last on 2 Mar at" in news
