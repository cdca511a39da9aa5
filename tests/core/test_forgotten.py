"""Forgot password? The same answer and the same work for everybody, and limits that nobody else can use up."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from core.config import Settings
from core.errors import TooManyMails
from core.origin import Origin
from core.services import Services
from data.engine import reading
from data.tables import OutgoingMail
from tests.core.actors import CONSOLE, SetClock, Someone, change_person, events, last_event, new_person, person_of

ELSEWHERE = Origin(host="bastion1", terminal="pts/9", unix_user="eve", source="203.0.113.9")
UMA = "uma@example.com"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """With a mail server that is not there: it is never asked."""
    ring, log = tmp_path / "keys" / "keyring.json", tmp_path / "bartizan.log"
    return Settings(database_url, ring, log, mail_server="localhost:1", mail_from="bartizan@example.com")


@pytest.fixture
def uma(owner: Someone, clock: SetClock) -> Someone:
    return new_person(owner.services, clock, email=UMA)


def asks(services: Services, email: str = UMA, origin: Origin = ELSEWHERE) -> None:
    services.forgotten.ask(email, origin=origin)


def waiting_for(services: Services) -> list[str | None]:
    with reading(services.engine) as db:
        return [mail.address for mail in db.exec(select(OutgoingMail))]


def statements(engine: Engine, act: Callable[[], Any]) -> list[str]:
    """What the database is told to do meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return said


@pytest.mark.usefixtures("uma")
def test_the_same_is_done_for_the_known_the_unknown_and_the_deactivated_limited_or_not(
    services: Services, clock: SetClock
) -> None:
    """The attack: to time the answers, or to count what the database does, and so learn who has an account."""
    new_person(services, clock, email="gone@example.com", active=False)
    new_person(services, clock, email="invited@example.com", password_hash=None)
    asks(services, "warm-up@example.com")
    said = {
        email: statements(services.engine, partial(asks, services, email))
        for email in (UMA, "gone@example.com", "invited@example.com", "nobody@example.com", "", "x" * 400)
    }
    for email in (UMA, "nobody@example.com"):
        for _ in range(4):
            asks(services, email)
        said[f"{email}, limited"] = statements(services.engine, partial(asks, services, email))

    assert len({tuple(each) for each in said.values()}) == 1


def test_every_asking_is_told_to_the_audit_of_its_person(services: Services, uma: Someone) -> None:
    asks(services)
    asks(services, "nobody@example.com")

    known, unknown = (each for each in events(services) if each.act == "ask for a reset code")
    if known.target_id is None:
        known, unknown = unknown, known
    assert known.target_id == person_of(services, uma.email).id
    assert (known.actor, known.outcome, known.origin["unix_user"]) == ("nobody signed in", "done", "eve")
    assert (unknown.chain, unknown.target) == ("host", "unknown e-mail")


@pytest.mark.usefixtures("uma")
def test_the_fourth_in_a_row_is_answered_alike_and_sends_nothing(services: Services, clock: SetClock) -> None:
    """The attack: to fill somebody's mailbox."""
    for _ in range(3):
        asks(services)
        assert waiting_for(services) == [UMA]
    for _ in range(20):
        asks(services, "UMA@example.com ")

    told = [each.outcome for each in events(services) if each.act == "ask for a reset code"]
    assert told == ["done"] * 3 + ["denied"] * 20
    assert sorted(map(str, waiting_for(services)))[1:] == [UMA]
    clock.advance(minutes=21)
    asks(services)
    assert last_event(services, "ask for a reset code").outcome == "done"


def test_a_stranger_does_not_use_up_what_a_person_may_ask_for_where_he_always_signs_in(
    services: Services, uma: Someone
) -> None:
    """The attack: to keep somebody who forgot his password from a reset code, by asking for many."""
    uma.signs_in()
    for _ in range(20):
        asks(services)
    asks(services, origin=replace(CONSOLE, terminal="pts/77"))

    assert last_event(services, "ask for a reset code").outcome == "done"


def test_one_place_asks_for_so_many_addresses_and_no_more(services: Services, clock: SetClock) -> None:
    """The attack: to fill the table, or the mailboxes of a whole contract."""
    for number in range(30):
        asks(services, f"p{number}@example.com")

    with pytest.raises(TooManyMails) as refused:
        asks(services, "q@example.com")

    assert refused.value.until > clock()
    assert len(waiting_for(services)) == 30
    assert last_event(services, "ask for a reset code").details == {"why": "TooManyMails"}
    asks(services, "p@example.com", origin=CONSOLE)


def test_who_waits_after_failures_may_still_ask(services: Services, uma: Someone) -> None:
    change_person(services, uma.email, locked_until=services.login.now())

    asks(services, uma.email)

    assert waiting_for(services) == [UMA]
