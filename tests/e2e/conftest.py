"""Installations that the end-to-end tests begin with; each test gets a copy of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import load_settings
from core.demo import fill
from core.services import open_services
from tests.e2e.installation import Installation
from tests.e2e.ssh_host import SshHost, console_host
from tests.e2e.ssh_people import register
from tests.e2e.terminal import private_environment


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """A home in which nobody has started Bartizan."""
    return Installation(tmp_path / "home")


@pytest.fixture(scope="session")
def registered_once(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A contract with its owner Olga."""
    installation = Installation(tmp_path_factory.mktemp("registered"))
    assert installation.register().returncode == 0
    return installation


@pytest.fixture
def registered(registered_once: Installation, tmp_path: Path) -> Installation:
    """A contract with its owner Olga, this test's own."""
    return registered_once.copied_to(tmp_path / "home")


@pytest.fixture(scope="session")
def populated_once(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample contract of `bartizan demo`."""
    installation = Installation(tmp_path_factory.mktemp("populated"))
    services = open_services(load_settings(private_environment(installation.home), installation.home))
    try:
        fill(services)
    finally:
        services.close()
    return installation


@pytest.fixture
def populated(populated_once: Installation, tmp_path: Path) -> Installation:
    """The sample contract of `bartizan demo`, this test's own."""
    return populated_once.copied_to(tmp_path / "home")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A console host with an owner, for tests that leave nothing behind that others see."""
    with console_host(tmp_path_factory.mktemp("standing")) as host:
        register(host)
        yield host
