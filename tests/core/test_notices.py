"""News by mail: who gets them, when, how often, and that nothing in them is anybody's text."""

from dataclasses import replace

import pytest
from sqlmodel import select

from core.config import Settings
from core.errors import WrongCredentials
from core.login_steps import Session
from core.origin import Origin
from core.services import Services
from data.engine import reading
from data.tables import OutgoingMail
from tests.core import acts
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone, new_person, person_of, proved
from tests.core.posting import *  # noqa: F403 - fixtures
from tests.core.racing import crowd
from tests.mail_server import MailServer

KEY = "SHA256:uNiVztksCsDhcc0u9e8BrDZPWpcACJwxoaLXTRS7QjM"
ELSEWHERE = Origin("bastion9", "pts/1", "mallory", "203.0.113.66 (unverified)")


@pytest.fixture
def uma(owner: Someone, clock: SetClock) -> Someone:
    """Somebody who has signed in before mail was ever sent."""
    person = new_person(owner.services, clock, email="uma@example.com")
    person.signs_in()
    owner.services.mail.deliver_due()
    clock.advance(minutes=1)
    return person


def told(services: Services, post: MailServer) -> list[str]:
    """What the letters that go out now say."""
    before = len(post.letters)
    services.mail.deliver_due()
    return [post.text(number) for number in range(before, len(post.letters))]


def waits(services: Services) -> list[OutgoingMail]:
    with reading(services.engine) as db:
        return list(db.exec(select(OutgoingMail)))


def renames(services: Services, session: Session, person: Someone, given_name: str) -> None:
    proven = proved(services, session)
    of = person_of(services, person.email).id
    services.standing.rename(proven, of, given_name=given_name, family_name="Berg")


def test_what_an_administrator_did_is_mailed_with_when_and_from_where_and_without_what_he_typed(
    services: Services, session: Session, uma: Someone, post: MailServer
) -> None:
    """The attack: an administrator gives somebody a name that reads as an instruction, and our mail carries it."""
    renames(services, session, uma, "Visit http://evil.example now")

    [letter] = told(services, post)

    assert "Your name was changed from … to …, on 2 Mar at 09:01 UTC by olga@example.com" in letter
    assert "from 192.0.2.7 at bastion1" in letter
    assert "evil" not in letter
    assert "://" not in letter
    assert "My activity" in letter


@pytest.mark.parametrize(("key", "told_key"), [(KEY, f", SSH key {KEY}"), ("SHA256: http://evil", "")])
def test_a_sign_in_from_a_new_place_is_mailed_with_the_key_and_nothing_that_is_none(
    services: Services, uma: Someone, post: MailServer, key: str, told_key: str
) -> None:
    services.login.sign_in(uma.email, PASSWORD, origin=replace(CONSOLE, key=key))

    [letter] = told(services, post)

    flat = " ".join(letter.split())
    assert f"from 192.0.2.7 at bastion1{told_key}" in flat
    assert "evil" not in flat


def test_there_is_one_mail_in_a_quarter_of_an_hour_and_nothing_is_told_twice(
    services: Services, session: Session, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    renames(services, session, uma, "One")
    assert len(told(services, post)) == 1
    for name in ("Two", "Three"):
        renames(services, session, uma, name)
        clock.advance(minutes=1)
        assert told(services, post) == []
    clock.advance(minutes=15)

    [letter] = told(services, post)

    assert "2 times" in letter
    assert waits(services) == []


def test_a_sign_in_from_a_new_place_is_mailed_at_once(services: Services, uma: Someone, post: MailServer) -> None:
    services.login.sign_in(uma.email, uma.password, origin=ELSEWHERE)

    [letter] = told(services, post)

    assert "bastion9" in letter


def test_what_a_thief_says_to_have_seen_is_mailed_all_the_same(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    """The attack: he signs in at two terminals, sets the support PIN at one, and says at the other that it was seen.

    After the mail of the first sign-in the next one waits for a quarter of an hour, so there is time for that.
    """
    one = services.login.sign_in(uma.email, uma.password, origin=ELSEWHERE)
    assert isinstance(one, Session)
    assert len(told(services, post)) == 1
    services.support_pin.save(one, "482913", repeated="482913")
    two = services.login.sign_in(uma.email, uma.password, origin=replace(ELSEWHERE, terminal="pts/2"))
    assert isinstance(two, Session)
    seen = services.visits.since_last(two)
    assert seen is not None
    services.visits.acknowledge(two, seen.up_to)
    told(services, post)
    clock.advance(minutes=16)

    [letter] = told(services, post)

    assert services.visits.since_last(uma.signs_in()) is None
    assert "Your support PIN was set" in letter


def test_guesses_alone_are_mailed_after_an_hour_and_once_a_day_and_not_where_they_were_seen(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    """The attack: somebody guesses on and on, so that a mailbox is filled."""
    letters = []
    for _ in range(30):
        with pytest.raises(WrongCredentials):
            services.login.sign_in(uma.email, "wrong", origin=ELSEWHERE)
        letters += told(services, post)
        clock.advance(hours=1, minutes=1)

    assert len(letters) == 2

    clock.advance(days=2)
    with pytest.raises(WrongCredentials):
        services.login.sign_in(uma.email, "wrong", origin=ELSEWHERE)
    services.mail.deliver_due()
    session = uma.signs_in()
    seen = services.visits.since_last(session)
    assert seen is not None
    services.visits.acknowledge(session, seen.up_to)
    clock.advance(hours=2)
    assert told(services, post) == []
    assert waits(services) == []


def test_what_happened_before_mail_was_configured_is_not_mailed(
    services: Services, session: Session, clock: SetClock, post: MailServer
) -> None:
    uma = new_person(services, clock, email="uma@example.com")
    renames(services, session, uma, "One")

    assert told(services, post) == []
    assert told(services, post) == []


def test_twelve_processes_that_read_one_audit_tell_everybody_once(
    services: Services, session: Session, uma: Someone, settings: Settings, post: MailServer
) -> None:
    clock = uma.clock
    people = [uma, *(new_person(services, clock, email=f"p{number}@example.com") for number in range(8))]
    for person in people:
        renames(services, session, person, "Una")

    with crowd(12, settings) as processes:
        sent = processes.do(clock(), acts.deliver_mail, [()] * 12)

    assert sum(sent) == len(people)
    assert sorted(to for _, to in post.envelopes) == sorted(person.email for person in people)
    assert CONSOLE.host in post.text()
    assert waits(services) == []
