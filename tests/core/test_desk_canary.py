"""Support PIN and call code are told to nobody: no row, file, log, audit event, view or refusal holds them."""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from core.config import Settings
from core.errors import NotThere, OnHold, Refusal
from core.listing import Stretch
from core.login_steps import Session
from core.services import Services
from core.wording import sentence
from tests.core.actors import SetClock, Someone, last_event, new_person, rows
from tests.core.desk import Agent, new_agent, sets_pin

ULF = "ulf@example.com"
PIN = "70361928450713"
WRONG = "82947160359284"
"""Neither of them chance would write: fourteen digits."""


@pytest.fixture
def agent(owner: Someone) -> Agent:
    return new_agent(owner, "ann@desk.example")


@pytest.fixture
def ulf(owner: Someone, services: Services, clock: SetClock) -> Someone:
    person = new_person(services, clock, email=ULF)
    sets_pin(person, person.signs_in(), PIN)
    return person


def refused(act: Callable[..., object], *given: object) -> str:
    """All that a refusal says, to whoever shows or logs it."""
    with pytest.raises(Refusal) as refusal:
        act(*given)
    found = refusal.value
    return f"{found!r} {found} {found.args} {vars(found)} {sentence(found)}"


def test_what_a_caller_says_is_nowhere_after_match_no_match_and_hold(
    agent: Agent, ulf: Someone, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    services, desk, session = ulf.services, ulf.services.support_desk, agent.session
    caplog.set_level(logging.DEBUG)
    call = desk.open_call(session, ULF)
    said = [refused(desk.check_caller, session, call.id, WRONG) for _ in range(4)]
    said += [repr(desk.check_caller(session, call.id, PIN)), refused(desk.check_caller, session, call.id, PIN)]
    desk.end_call(session, call.id)
    call = desk.open_call(session, ULF)
    said += [refused(desk.check_caller, session, call.id, each) for each in (WRONG, WRONG, PIN, PIN + "x")]
    assert desk.look(session, call.id).tries_left == 0
    said += [refused(desk.open_call, session, each) for each in (PIN, WRONG)]
    desk.end_call(session, call.id)
    said += [refused(desk.open_call, session, each) for each in (PIN, f" {WRONG} ")]
    said += [repr(services.contract_calls.page(ulf_owner(ulf), Stretch())), repr(services.own_calls.heard(session))]

    services.close()

    stored = repr(rows(services)) + files(settings, tmp_path)
    everywhere = "\n".join([*said, stored, caplog.text])
    assert [each for each in (PIN, WRONG) if each in everywhere] == []


def ulf_owner(person: Someone) -> Session:
    return Someone(person.services, person.clock, "olga@example.com").signs_in()


def files(settings: Settings, home: Path) -> str:
    """Every file near the database but the key ring, WAL and log among them."""
    places = [home, *([settings.database_file.parent] if settings.database_file else [])]
    found = [path for place in places for path in place.rglob("*") if path.is_file() and path != settings.key_ring]
    return "".join(path.read_bytes().decode("latin-1") for path in found)


def test_a_call_code_is_nowhere_before_and_after_its_use(agent: Agent, ulf: Someone, services: Services) -> None:
    """Six digits stand in a hash or an id by chance, so it is not looked for inside of those."""
    shown = services.own_calls.new_call_code(ulf.signs_in())
    said = [repr(shown), *words_in(services)]
    said += [repr(agent.has_ticket(ULF, shown.code)), *words_in(services)]
    call_id = of_open_call(agent)
    services.support_desk.end_call(agent.session, call_id)
    call = agent.calls(ULF)
    said += [refused(services.support_desk.check_caller, agent.session, call.id, shown.code)]
    said += words_in(services)

    code = re.compile(rf"(?<![0-9a-f]){shown.code}(?![0-9a-f])")
    assert [each for each in said if code.search(each)] == []


def of_open_call(agent: Agent) -> UUID:
    call = agent.someone.services.support_desk.current(agent.session)
    assert call is not None
    return call.id


def words_in(services: Services) -> list[str]:
    """Every value of every row, in words; a fraction of a second is not what is looked for."""
    values = [value for table in rows(services).values() for row in table for value in row]
    return [str(value) for value in values if not isinstance(value, datetime)]


def test_a_pin_that_is_typed_where_the_account_belongs_is_told_to_nobody(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    with pytest.raises(NotThere) as refusal:
        agent.calls(PIN)

    assert refusal.value.email == ""
    assert last_event(services, "open a support call").details == {"why": "NotThere"}


def test_an_address_that_is_nobodys_is_told_to_the_audit(agent: Agent, ulf: Someone, services: Services) -> None:
    """So that what an agent looks for without a caller is found afterwards."""
    with pytest.raises(NotThere):
        agent.calls("ulv@example.com")

    assert last_event(services, "open a support call").details["email"] == "ulv@example.com"


def test_a_pin_typed_again_and_again_where_the_account_belongs_ends_in_a_hold_that_holds_none(
    agent: Agent, ulf: Someone, services: Services
) -> None:
    for _ in range(30):
        with pytest.raises(NotThere):
            agent.calls(PIN)

    with pytest.raises(OnHold) as refusal:
        agent.calls(PIN)

    assert PIN not in f"{refusal.value!r} {vars(refusal.value)} {rows(services)}"


def test_a_reason_is_the_agents_own_text_and_kept_as_he_typed_it(
    agent: Agent, ulf: Someone, owner: Someone, services: Services
) -> None:
    """The limit of all this: what an agent writes there is for colleague, audit and person, whatever it is."""
    ulf.enrols(ulf.signs_in())
    call = agent.has_ticket(ULF, PIN)

    services.tickets.ask_factor_reset(agent.session, call.id, reason="Phone lost, case 4711")

    assert last_event(services, "ask for a reset of 2-factor").details == {"reason": "Phone lost, case 4711"}
