"""A core that is open, on either engine, with a registered owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST
from sqlalchemy import Engine

from core.config import Settings
from core.login_steps import Session
from core.registration import Registration
from core.services import Services, services_on
from data.sealing import KeyRing
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url, tmp_path / "keys" / "keyring.json", tmp_path / "bartizan.log")


@pytest.fixture
def services(settings: Settings, engine: Engine, key_ring: KeyRing, clock: SetClock) -> Iterator[Services]:
    """Every service, at the cheapest cost, on a database with the schema and nobody in it."""
    services = services_on(engine, settings, now=clock, cost=CHEAPEST)
    assert services.keys == key_ring
    yield services
    services.close()


@pytest.fixture
def wanted() -> Registration:
    return Registration("Harbour Works", "Olga", "Ohm", "olga@example.com", PASSWORD, PASSWORD)


@pytest.fixture
def owner(services: Services, clock: SetClock, wanted: Registration) -> Someone:
    """The owner of the one contract, without a second factor."""
    services.registration.register(wanted, origin=CONSOLE)
    return Someone(services, clock, wanted.email)


@pytest.fixture
def session(owner: Someone) -> Session:
    """The owner's session, just begun."""
    return owner.signs_in()


@pytest.fixture
def protected(owner: Someone) -> Someone:
    """The owner, with a confirmed authenticator."""
    owner.enrols(owner.signs_in())
    return owner
