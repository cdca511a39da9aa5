"""The first contract: by whoever starts first on one's own database, by command or bootstrap code on a host."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST
from sqlalchemy import Engine

from core.config import Settings
from core.errors import (
    AlreadyRegistered,
    EmailTaken,
    FieldEmpty,
    FieldRefused,
    OnHold,
    PasswordsDiffer,
    PasswordUnmet,
    RegistrationClosed,
    WrongBootstrapCode,
)
from core.login_steps import Session
from core.registration import Registration
from core.services import Services, open_services
from data.sealing import KeyRing
from tests.core.actors import CONSOLE, SetClock, Someone, events, everything_unchanged, last_event
from tests.core.watching import argon2_runs

AUDITED = frozenset({"audit_event", "audit_head"})
COUNTED = frozenset({"attempt_counter", "audit_event", "audit_head"})


@pytest.fixture
def host(settings: Settings, engine: Engine, key_ring: KeyRing, clock: SetClock, tmp_path: Path) -> Iterator[Services]:
    """The services of a console host, where nobody registers just by connecting first."""
    assert settings.key_ring.is_relative_to(tmp_path)
    services = open_services(replace(settings, registration="command"), now=clock, cost=CHEAPEST)
    yield services
    services.close()


def test_the_first_start_registers_a_contract_and_its_owner(services: Services, wanted: Registration) -> None:
    assert services.registration.is_open()

    registered = services.registration.register(wanted, origin=CONSOLE)

    assert not services.registration.is_open()
    assert registered.email == wanted.email
    assert len(registered.contract_number) == 8
    step = services.login.sign_in(wanted.email, wanted.password, origin=CONSOLE)
    assert isinstance(step, Session)
    assert services.account.account(step).role == "owner"


def test_there_is_no_second_contract(services: Services, owner: Someone, wanted: Registration) -> None:
    other = replace(wanted, email="eve@example.com")

    with everything_unchanged(services, but=AUDITED), argon2_runs() as runs:
        for register in (services.registration.register, services.registration.register_by_command):
            with pytest.raises(AlreadyRegistered):
                register(other, origin=CONSOLE)
        with pytest.raises(AlreadyRegistered):
            services.registration.new_bootstrap_code()

    assert runs == []
    assert not services.registration.is_open()
    denied = [event.act for event in events(services) if event.outcome == "denied"]
    assert denied == ["register contract", "register contract", "issue bootstrap code"]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"contract": " "}, FieldEmpty),
        ({"given_name": ""}, FieldEmpty),
        ({"family_name": "x" * 300}, FieldRefused),
        ({"given_name": "\x1b[31mred"}, FieldRefused),
        ({"contract": "\u202etxet"}, FieldRefused),
        ({"email": ""}, FieldEmpty),
        ({"email": "olga"}, FieldRefused),
        ({"email": "a\0b@example.com"}, FieldRefused),
        ({"email": "olga@example.com" + " " * 600 + "x"}, FieldRefused),
        ({"password": "short", "repeated": "short"}, PasswordUnmet),
        ({"password": "Harbour-works!", "repeated": "Harbour-works!"}, PasswordUnmet),
        ({"repeated": "something else"}, PasswordsDiffer),
    ],
)
def test_what_is_not_taken_registers_nothing(
    services: Services, wanted: Registration, changed: dict[str, str], refusal: type[Exception]
) -> None:
    with everything_unchanged(services), pytest.raises(refusal):
        services.registration.register(replace(wanted, **changed), origin=CONSOLE)

    assert services.registration.is_open()


@pytest.mark.parametrize("name", ["[/foo]", "[@click=app.quit]x", "名前", "O'Hara; DROP TABLE person", "Zoë"])
def test_names_are_kept_as_they_were_typed(services: Services, wanted: Registration, name: str) -> None:
    services.registration.register(replace(wanted, given_name=name, contract=name), origin=CONSOLE)

    step = services.login.sign_in(wanted.email, wanted.password, origin=CONSOLE)

    assert isinstance(step, Session)
    account = services.account.account(step)
    assert (account.name, account.contract) == (f"{name} Ohm", name)


def test_registering_is_the_first_event_of_the_contracts_chain(services: Services, owner: Someone) -> None:
    (told,) = events(services)

    assert (told.number, told.act, told.actor) == (1, "register contract", owner.email)
    assert told.details["contract"] == "Harbour Works"


def test_on_a_console_host_nobody_registers_by_connecting_first(host: Services, wanted: Registration) -> None:
    with everything_unchanged(host), pytest.raises(RegistrationClosed):
        host.registration.register(wanted, origin=CONSOLE)


def test_on_a_console_host_the_command_registers(host: Services, wanted: Registration) -> None:
    host.registration.register_by_command(wanted, origin=CONSOLE)

    assert not host.registration.is_open()


def test_on_a_console_host_the_bootstrap_code_registers_once(host: Services, wanted: Registration) -> None:
    code = host.registration.new_bootstrap_code()

    host.registration.register(replace(wanted, bootstrap_code=code.lower()), origin=CONSOLE)

    assert not host.registration.is_open()


def test_a_field_that_is_not_taken_costs_no_try_at_the_code(host: Services, wanted: Registration) -> None:
    code = host.registration.new_bootstrap_code()

    refused = replace(wanted, bootstrap_code=code, password="x", repeated="x")
    with everything_unchanged(host):
        for _ in range(10):
            with pytest.raises(PasswordUnmet):
                host.registration.register(refused, origin=CONSOLE)

    host.registration.register(replace(wanted, bootstrap_code=code), origin=CONSOLE)


def test_a_bootstrap_code_is_good_for_24_hours(host: Services, wanted: Registration, clock: SetClock) -> None:
    code = host.registration.new_bootstrap_code()
    clock.advance(hours=24)

    with pytest.raises(WrongBootstrapCode):
        host.registration.register(replace(wanted, bootstrap_code=code), origin=CONSOLE)


def test_a_new_bootstrap_code_makes_the_old_one_void(host: Services, wanted: Registration) -> None:
    old, _ = host.registration.new_bootstrap_code(), host.registration.new_bootstrap_code()

    with pytest.raises(WrongBootstrapCode):
        host.registration.register(replace(wanted, bootstrap_code=old), origin=CONSOLE)


@pytest.mark.parametrize("typed", ["AAAA-BBBB", "[/foo]", "\0", "\udc80", "x" * 10_000])
def test_a_wrong_bootstrap_code_is_refused_without_a_hash_and_told(
    host: Services, wanted: Registration, typed: str
) -> None:
    host.registration.new_bootstrap_code()

    with everything_unchanged(host, but=COUNTED), argon2_runs() as runs, pytest.raises(WrongBootstrapCode):
        host.registration.register(replace(wanted, bootstrap_code=typed), origin=CONSOLE)

    assert runs == []
    assert last_event(host, "register contract").outcome == "denied"


def test_five_wrong_bootstrap_codes_end_in_a_hold(host: Services, wanted: Registration, clock: SetClock) -> None:
    code = host.registration.new_bootstrap_code()
    for _ in range(5):
        with pytest.raises(WrongBootstrapCode):
            host.registration.register(replace(wanted, bootstrap_code="AAAA"), origin=CONSOLE)

    with pytest.raises(OnHold):
        host.registration.register(replace(wanted, bootstrap_code=code), origin=CONSOLE)
    clock.advance(minutes=15)
    host.registration.register(replace(wanted, bootstrap_code=code), origin=CONSOLE)


def test_an_address_that_an_agent_has_is_refused_and_nothing_is_registered(
    services: Services, wanted: Registration
) -> None:
    services.agents.create(wanted.email, given_name="Ann", family_name="Bell", origin=CONSOLE)

    with pytest.raises(EmailTaken):
        services.registration.register(wanted, origin=CONSOLE)

    assert services.registration.is_open()
