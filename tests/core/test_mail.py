"""Mails that wait: each is sent once, or later, or given up loudly; nobody but its receiver gets a code."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from argon2.profiles import CHEAPEST
from sqlalchemy import Engine
from sqlmodel import select

from core.config import Settings
from core.errors import CodesMailed, MailNotConfigured, ServerClockBehind, TooManyMails, WrongPasswordCode
from core.importing import Watch
from core.invitations import Invitation
from core.login_steps import Session
from core.mail import outbox
from core.services import Services, open_services
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import OutgoingMail
from tests.core import acts
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
    rows,
    stranger,
)
from tests.core.files import many
from tests.core.posting import *  # noqa: F403 - fixtures
from tests.core.posting import codes_in, codes_to
from tests.core.racing import crowd
from tests.mail_server import MailServer

UMA = "uma@example.com"
NEW = "Other-Lantern,43"


@pytest.fixture
def uma(owner: Someone, clock: SetClock) -> Someone:
    return new_person(owner.services, clock, email=UMA)


def waiting(services: Services) -> list[OutgoingMail]:
    with reading(services.engine) as db:
        return list(db.exec(select(OutgoingMail).where(OutgoingMail.kind != outbox.NOTICE)))


def asks(services: Services, email: str = UMA) -> None:
    services.forgotten.ask(email, origin=CONSOLE)


def sets_password(services: Services, code: str, email: str = UMA) -> None:
    services.invitations.set_password(email, code, new=NEW, repeated=NEW, origin=CONSOLE)


def server_is_down(settings: Settings, clock: SetClock) -> Services:
    """The same database, and a mail server that is not there."""
    return open_services(replace(settings, mail_server="localhost:1"), now=clock, cost=CHEAPEST)


@pytest.fixture
def without_server(settings: Settings, engine: Engine, key_ring: KeyRing, clock: SetClock) -> Iterator[Services]:
    assert engine
    assert key_ring
    services = server_is_down(settings, clock)
    yield services
    services.close()


def test_who_forgot_his_password_sets_a_new_one_with_the_code_of_the_mail(
    services: Services, uma: Someone, post: MailServer
) -> None:
    asks(services)
    assert services.mail.deliver_due().sent == 1

    [code] = codes_in(post)
    sets_password(services, code)
    assert replace(uma, password=NEW).signs_in()
    assert waiting(services) == []
    services.mail.deliver_due()
    assert codes_in(post) == [code]
    with pytest.raises(WrongPasswordCode):
        sets_password(services, code)


def test_no_code_is_sent_while_the_servers_clock_is_behind(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    uma.signs_in()
    asks(services)
    clock.advance(hours=-1)

    with everything_unchanged(services), pytest.raises(ServerClockBehind):
        services.mail.deliver_due()

    assert codes_in(post) == []
    clock.advance(hours=1)
    assert services.mail.deliver_due().sent == 1


def test_the_mail_says_what_it_is_and_holds_no_link_and_nobodys_name(
    services: Services, uma: Someone, post: MailServer
) -> None:
    asks(services)
    services.mail.deliver_due()

    assert uma.email
    text = post.text()
    assert "It is good once, until 2 Mar at 09:30 UTC" in text
    assert 'choose "Forgot password?", then "I have' in text
    assert "If you did not ask for it, do nothing: your password is unchanged." in text
    assert not re.search(r"https?:|www\.|Ulf|Berg|Olga|Harbour", text)
    assert post.letters[-1]["Subject"] == "Bartizan: your reset code"
    assert post.letters[-1]["To"] == UMA


def test_an_unknown_address_a_deactivated_person_and_one_without_a_password_get_nothing(
    services: Services, uma: Someone, clock: SetClock, session: Session, post: MailServer
) -> None:
    change_person(services, uma.email, active=False)
    new_person(services, clock, email="new@example.com", password_hash=None)
    assert session
    for email in (UMA, "new@example.com", "nobody@example.com", "", "x\0y", "\ud800@example.com"):
        asks(services, email)

    done = services.mail.deliver_due()

    assert (done.sent, post.letters) == (0, [])
    assert waiting(services) == []


@pytest.mark.usefixtures("uma")
def test_asking_asks_the_mail_server_nothing(without_server: Services, post: MailServer) -> None:
    asks(without_server)

    assert post.connections == 0
    assert [mail.kind for mail in waiting(without_server)] == ["reset"]


def test_without_a_mail_server_asking_says_so(settings: Settings, owner: Someone, clock: SetClock) -> None:
    assert owner
    services = open_services(replace(settings, mail_server="", mail_from=""), now=clock, cost=CHEAPEST)

    assert not services.mail.is_configured
    with pytest.raises(MailNotConfigured):
        asks(services)
    with pytest.raises(MailNotConfigured):
        services.mail.send_test(UMA)
    assert services.mail.deliver_due().looked_at == 0
    services.close()


def test_while_the_server_is_down_it_is_tried_again_each_time_later_and_a_code_issued_before_stays_good(
    services: Services, without_server: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    asks(services)
    services.mail.deliver_due()
    asks(services)

    waits = []
    for _ in range(3):
        done = without_server.mail.deliver_due()
        assert (done.postponed, done.sent) == (1, 0)
        [mail] = waiting(services)
        assert mail.due_at is not None
        waits.append((mail.due_at - clock()).total_seconds() / 60)
        clock.time = mail.due_at

    assert waits == [1, 2, 5]
    assert mail.trouble == "the mail server cannot be reached: Connection refused"
    [code] = codes_in(post)
    sets_password(services, code)
    assert replace(uma, password=NEW).signs_in()


def test_a_retry_issues_another_code_and_the_one_before_is_void(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    for _ in range(2):
        asks(services)
        services.mail.deliver_due()
        clock.advance(minutes=1)

    first, second = codes_in(post)
    with pytest.raises(WrongPasswordCode):
        sets_password(services, first)
    sets_password(services, second)
    assert replace(uma, password=NEW).signs_in()


def test_a_receiver_that_is_refused_for_good_is_given_up_at_once_and_the_audit_is_told(
    services: Services, uma: Someone, post: MailServer
) -> None:
    post.replies[UMA] = "550 5.1.1 No such user, you fool"
    asks(services)

    assert services.mail.deliver_due().given_up == 1

    told = last_event(services, "mail a reset code")
    assert told.outcome == "failed"
    assert told.target_id == person_of(services, uma.email).id
    assert told.details == {"why": "the mail server refused the address (550 5.1.1)", "attempts": 1}
    assert waiting(services) == []


@pytest.mark.usefixtures("uma")
@pytest.mark.parametrize(("kind", "minutes"), [("reset", 31), ("activation", 24 * 60 + 1)])
def test_what_could_not_be_sent_in_time_is_given_up_and_the_audit_is_told(
    services: Services,
    without_server: Services,
    session: Session,
    clock: SetClock,
    *,
    kind: str,
    minutes: int,
) -> None:
    if kind == "reset":
        asks(services)
    else:
        services.invitations.invite(session, Invitation("ina@example.com", "Ina", "Vogt"))
    without_server.mail.deliver_due()
    clock.advance(minutes=minutes)

    assert services.mail.deliver_due().given_up == 1

    told = [event for event in events(services) if event.outcome == "failed"]
    assert [event.details["why"] for event in told] == ["the mail server cannot be reached: Connection refused"]
    kept = [(mail.kind, mail.due_at) for mail in waiting(services)]
    assert kept == ([] if kind == "reset" else [("activation", None)])


def test_a_server_that_is_busy_with_one_receiver_gets_the_others_mail_all_the_same(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    new_person(services, clock, email="ulf@example.com")
    post.replies[uma.email] = "450 4.2.0 Greylisted"
    asks(services, uma.email)
    asks(services, "ulf@example.com")

    done = services.mail.deliver_due()

    assert (done.sent, done.postponed) == (1, 1)
    assert post.connections == 1
    assert [to for _, to in post.envelopes] == ["ulf@example.com"]


def test_whoever_set_a_password_meanwhile_gets_no_code_any_more(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    asks(services)
    clock.advance(minutes=1)
    services.account.change_password(uma.signs_in(), old=uma.password, new=NEW, repeated=NEW)

    assert services.mail.deliver_due().dropped == 1
    assert not post.letters


def test_an_invitation_is_mailed_and_nobody_else_sees_its_code(
    services: Services, session: Session, post: MailServer
) -> None:
    issued = services.invitations.invite(session, Invitation("ina@example.com", "Ina", "Vogt"))

    assert issued.is_mailed
    assert not issued.code
    services.mail.deliver_due()
    [code] = codes_in(post)
    assert post.letters[-1]["To"] == "ina@example.com"
    assert "Vogt" not in post.letters[-1].as_string()
    sets_password(services, code, "ina@example.com")
    assert last_event(services, "invite a person").details["by"] == "mail"


@pytest.mark.parametrize("how", ["keep_good", "all_or_nothing"])
def test_whoever_is_invited_by_a_file_gets_his_code_by_mail_and_nobody_else_gets_codes(
    services: Services, session: Session, post: MailServer, how: str
) -> None:
    run = getattr(services.people_import, how)
    with pytest.raises(CodesMailed):
        run(session, many(2), Watch(codes=print))
    assert run(session, many(2), Watch()).kept == 2

    assert services.mail.deliver_due().sent == 2

    for email, code in codes_to(post):
        sets_password(services, code, email)


def test_invited_again_or_helped_by_an_administrator_the_code_before_is_void_at_once(
    services: Services, session: Session, uma: Someone, post: MailServer
) -> None:
    services.invitations.invite(session, Invitation("ina@example.com", "Ina", "Vogt"))
    asks(services)
    services.mail.deliver_due()
    codes = dict(codes_to(post))

    assert services.invitations.invite_again(session, person_of(services, "ina@example.com").id).is_mailed
    assert services.invitations.issue_reset_code(session, person_of(services, uma.email).id).is_mailed

    for email, code in codes.items():
        with pytest.raises(WrongPasswordCode):
            sets_password(services, code, email)
    services.mail.deliver_due()
    for email, code in codes_to(post)[2:]:
        sets_password(services, code, email)
    assert len(codes_to(post)) == 4


def test_the_code_for_a_new_e_mail_goes_there_and_the_old_one_is_told_when_it_was_entered(
    services: Services, uma: Someone, post: MailServer
) -> None:
    session = uma.signs_in()
    issued = services.email_change.ask(session, session.person_id, email="uma@example.org")
    assert issued.is_mailed
    services.mail.deliver_due()
    [code] = codes_in(post)
    assert codes_to(post) == [("uma@example.org", code)]

    services.email_change.confirm(session, code)
    services.mail.deliver_due()

    [text] = [post.text(number) for number, letter in enumerate(post.letters) if "was changed" in letter["Subject"]]
    assert f"the account {UMA} got another e-mail address" in text
    assert "uma@example.org" not in text


def test_a_withdrawn_change_of_e_mail_is_not_mailed(services: Services, uma: Someone, post: MailServer) -> None:
    session = uma.signs_in()
    services.email_change.ask(session, session.person_id, email="uma@example.org")
    services.email_change.withdraw(session, session.person_id)

    services.mail.deliver_due()

    assert not codes_in(post)


def test_nobody_has_more_than_some_mails_sent_to_somebody(services: Services, uma: Someone, post: MailServer) -> None:
    """The attack: a user, who may ask for any address, has a mailbox filled by us."""
    session = uma.signs_in()
    for number in range(10):
        with suppress(TooManyMails):
            services.email_change.ask(session, session.person_id, email=f"eve{number}@example.org")
        services.mail.deliver_due()

    assert len(codes_to(post)) == 5


def test_nobody_fills_a_mailbox_by_inviting_and_deleting_one_person_after_another(
    services: Services, session: Session, post: MailServer
) -> None:
    """The attack: a hijacked administrator; each one who is invited is somebody new, and so are his limits."""
    for _ in range(8):
        with suppress(TooManyMails):
            services.invitations.invite(session, Invitation("victim@example.org", "Vic", "Tim"))
            services.mail.deliver_due()
            services.standing.delete(session, [person_of(services, "victim@example.org").id])

    assert len(codes_to(post)) == 5


def test_whoever_has_the_old_address_by_now_is_told_nothing_of_who_had_it(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    """The mail to an old address is given up when somebody of another contract has it: no event of his tells from
    where it was changed."""
    session = uma.signs_in()
    services.email_change.ask(session, session.person_id, email="uma@example.org")
    services.mail.deliver_due()
    services.email_change.confirm(session, codes_in(post)[0])
    stranger(services, clock, UMA)
    clock.advance(days=1, seconds=1)

    services.mail.deliver_due()

    event = last_event(services, "tell the old e-mail that it was changed")
    assert (event.outcome, event.chain, event.target_id) == ("failed", "host", None)


@pytest.mark.usefixtures("uma")
def test_codes_and_mails_lie_nowhere_in_the_database(services: Services, session: Session, post: MailServer) -> None:
    asks(services)
    services.invitations.invite(session, Invitation("ina@example.com", "Ina", "Vogt"))
    services.mail.deliver_due()

    stored = repr(rows(services))
    assert len(codes_in(post)) == 2
    assert not any(code in stored for code in codes_in(post))


def test_twelve_processes_send_each_mail_once(
    services: Services, clock: SetClock, owner: Someone, settings: Settings, post: MailServer
) -> None:
    people = [f"p{number}@example.com" for number in range(24)]
    assert owner
    for email in people:
        new_person(services, clock, email=email)
        asks(services, email)

    with crowd(12, settings) as processes:
        sent = processes.do(clock(), acts.deliver_mail, [()] * 12)

    assert sum(sent) == len(people)
    assert sorted(to for _, to in post.envelopes) == sorted(people)
    assert waiting(services) == []


def test_a_process_that_is_killed_while_it_sends_loses_no_mail(
    services: Services, uma: Someone, clock: SetClock, post: MailServer
) -> None:
    asks(services)
    with transaction(services.engine) as db:
        assert outbox.claim(db, "reset", clock()) is not None

    assert uma
    assert services.mail.deliver_due().looked_at == 0
    clock.advance(minutes=5)
    assert services.mail.deliver_due().sent == 1


def test_one_code_from_a_mail_sets_one_password_in_twelve_processes_at_once(
    services: Services, clock: SetClock, uma: Someone, settings: Settings, post: MailServer
) -> None:
    asks(services)
    services.mail.deliver_due()
    [code] = codes_in(post)

    with crowd(12, settings) as processes:
        said = processes.do(clock(), acts.set_password, [(uma.email, code, f"{NEW}{n}") for n in range(12)])

    assert said.count(acts.DONE) == 1
    assert set(said) <= {acts.DONE, "WrongPasswordCode", "OnHold"}
