"""Services with a mail server, for the modules of tests that import these fixtures by a star."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import Settings
from tests.mail_server import Certificates, MailServer, mail_server, make_certificates

__all__ = ["certificates", "post", "settings"]

CODE = re.compile(r"^    ((?:[2-9A-Z]{4}-){4}[2-9A-Z]{4})$", re.MULTILINE)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def post(certificates: Certificates) -> Iterator[MailServer]:
    """The mail server of the settings."""
    with mail_server(certificates) as there:
        yield there


@pytest.fixture
def settings(database_url: str, tmp_path: Path, post: MailServer, certificates: Certificates) -> Settings:
    return Settings(
        database_url,
        tmp_path / "keys" / "keyring.json",
        tmp_path / "bartizan.log",
        mail_server=f"localhost:{post.port}",
        mail_from="bartizan@example.com",
        mail_ca_file=str(certificates.authority),
    )


def codes_in(post: MailServer) -> list[str]:
    """The codes of all letters, in order."""
    return [code for _, code in codes_to(post)]


def codes_to(post: MailServer) -> list[tuple[str, str]]:
    """The codes of all letters, in order, each with whom it went to."""
    return [
        (str(letter["To"]), found)
        for number, letter in enumerate(post.letters)
        for found in CODE.findall(post.text(number))
    ]
