"""Handing mail in: to the right server over TLS, or to none."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from core.errors import MailRefused
from core.mail import bounded_smtp, letters
from core.mail.settings import MailServer
from core.mail.smtp import connected
from tests import mail_server as post
from tests.core.actors import SetClock
from tests.mail_server import HOST, MAIL_PASSWORD, USER, Certificates, mail_server, make_certificates

HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
    "MIME-Version",
)  # fmt: skip


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "mail-password"
    path.write_text(f"{MAIL_PASSWORD}\n")
    path.chmod(0o400)
    return path


def server_at(port: int, certificates: Certificates, security: str = "starttls", *, host: str = HOST) -> MailServer:
    return MailServer(host, port, security, "bartizan@example.com", ca_file=certificates.authority)


def send_to(server: MailServer, address: str = "uma@example.com") -> None:
    to = letters.envelope(address)
    letter = letters.letter(letters.test(), server=server, issuer="Bartizan", to=to, now=SetClock()())
    with connected(server) as way:
        way.send(letter, to=to)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_arrives_over_tls_as_a_whole_mail(certificates: Certificates, security: str) -> None:
    with mail_server(certificates, security=security) as there:
        send_to(server_at(there.port, certificates, security))

    [letter] = there.letters
    assert there.envelopes == [("bartizan@example.com", "uma@example.com")]
    assert letter["From"] == "Bartizan <bartizan@example.com>"
    assert letter["To"] == "uma@example.com"
    assert letter["Date"] == "Mon, 02 Mar 2026 09:00:15 +0000"
    assert letter["Message-ID"].endswith("@example.com>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert "This is a test." in there.text()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_with_a_user_the_password_comes_from_its_file(
    certificates: Certificates, password_file: Path, security: str
) -> None:
    with mail_server(certificates, security=security, password=MAIL_PASSWORD) as there:
        found = server_at(there.port, certificates, security)
        send_to(MailServer(**{**vars(found), "user": USER, "password_file": password_file}))

    assert len(there.letters) == 1


def test_a_refused_login_is_told_without_the_password(certificates: Certificates, password_file: Path) -> None:
    with mail_server(certificates, password="another") as there:
        found = server_at(there.port, certificates)
        with pytest.raises(MailRefused) as refused:
            send_to(MailServer(**{**vars(found), "user": USER, "password_file": password_file}))

    assert refused.value.why == "the mail server refused user and password (535 5.7.8)"
    assert not there.letters


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_gets_nothing(
    certificates: Certificates, tmp_path: Path, security: str
) -> None:
    """The attack: somebody between us and the mail server, with a certificate of his own making."""
    false = make_certificates(tmp_path)
    with mail_server(false, security=security) as there, pytest.raises(MailRefused) as refused:
        send_to(server_at(there.port, certificates, security))

    assert refused.value.why.startswith("the mail server's certificate is refused: ")
    assert not there.letters


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_gets_nothing(tmp_path: Path, security: str) -> None:
    """The attack: whoever has a good certificate for his own host puts himself in between."""
    elsewhere = make_certificates(tmp_path, "elsewhere.example")
    with mail_server(elsewhere, security=security) as there, pytest.raises(MailRefused) as refused:
        send_to(server_at(there.port, elsewhere, security))

    assert "ostname mismatch" in refused.value.why
    assert not there.letters


def test_a_server_without_starttls_gets_nothing(certificates: Certificates) -> None:
    """The attack: somebody in between takes the offer of STARTTLS out of the answer."""
    with mail_server() as there, pytest.raises(MailRefused) as refused:
        send_to(server_at(there.port, certificates))

    assert "offers no STARTTLS" in refused.value.why
    assert not there.letters
    assert not there.envelopes


def test_a_plain_server_where_tls_is_wanted_gets_nothing(certificates: Certificates) -> None:
    with mail_server() as there, pytest.raises(MailRefused) as refused:
        send_to(server_at(there.port, certificates, "tls"))

    assert refused.value.why.startswith("TLS with the mail server failed")


def test_a_server_that_is_not_there_is_told_as_that(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(MailRefused) as refused:
        send_to(server_at(port, certificates))

    assert refused.value.why == "the mail server cannot be reached: Connection refused"
    assert not refused.value.is_final


@contextmanager
def answering(piece: bytes, *, every: float) -> Iterator[int]:
    """The port of a server that says this again and again, and never comes to an end."""
    over = Event()

    def serve(there: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = there.accept()
            with connection:
                while not over.wait(every):
                    connection.sendall(piece)

    with socket.create_server((HOST, 0)) as there:
        thread = Thread(target=serve, args=(there,), daemon=True)
        thread.start()
        yield there.getsockname()[1]
        over.set()
        thread.join(5)


def test_a_server_that_answers_without_end_takes_no_memory(certificates: Certificates) -> None:
    """The attack: whoever is on the way greets before TLS, with one answer of endless lines, which smtplib keeps.

    Seen before it was bounded: 4 GB in some 20 seconds, of a host with everybody's consoles on it.
    """
    with answering(b"220-" + b"x" * 1000 + b"\r\n", every=0) as port, pytest.raises(MailRefused) as refused:
        send_to(server_at(port, certificates))

    assert not refused.value.is_final


def test_a_server_that_answers_a_byte_at_a_time_takes_no_more_time_than_a_silent_one(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: each byte comes just before the wait for it is over, so mail stands still and nobody is told."""
    monkeypatch.setattr(bounded_smtp, "TIMEOUT", 0.2)
    with answering(b"2", every=0.05) as port, pytest.raises(MailRefused) as refused:
        send_to(server_at(port, certificates))

    assert "did not answer" in refused.value.why


@pytest.mark.parametrize("code", ["550 5.1.1", "450 4.2.0", "552"])
def test_a_refused_receiver_is_told_by_its_numbers_alone(certificates: Certificates, code: str) -> None:
    with mail_server(certificates) as there:
        there.replies["uma@example.com"] = f"{code} \x1b[31mno such user"
        with pytest.raises(MailRefused) as refused:
            send_to(server_at(there.port, certificates))

    assert refused.value.why == f"the mail server refused the address ({code})"
    assert refused.value.is_final is code.startswith("5")


@pytest.fixture
def hostile_server(certificates: Certificates) -> Iterator[post.MailServer]:
    with mail_server(certificates) as there:
        yield there


@pytest.mark.parametrize(
    "address",
    [
        "-oProxyCommand=x@example.com",
        "eve%example.net@example.com",
        "a'`$|{}*!#/?^~&+@example.com",
        "ünïcødé@example.com",
        "名前@example.com",
        "x" * 64 + "@example.com",
    ],
)
def test_an_address_is_a_receiver_and_nothing_else(
    certificates: Certificates, hostile_server: post.MailServer, address: str
) -> None:
    send_to(server_at(hostile_server.port, certificates), address)

    [letter] = hostile_server.letters
    assert [to for _, to in hostile_server.envelopes] == [address]
    assert sorted(letter.keys()) == sorted(HEADERS)


@pytest.mark.parametrize(
    "address",
    [
        "..dots..@example.com",
        "=?utf-8?q?=0d=0abcc=3aeve=40example.net?=@example.com",
        "na me@example.com",
        "a\r\nBcc: eve@example.net@example.com",
        "eve@example.net>,<uma@example.com",
        '"eve"@example.com',
        "@example.com",
    ],
)
def test_no_address_makes_another_header_or_another_receiver(
    certificates: Certificates, hostile_server: post.MailServer, address: str
) -> None:
    """The attack: an administrator invites somebody whose address would be more than an address. The encoded one was
    taken apart by the server: it went to somebody else."""
    with pytest.raises(MailRefused) as refused:
        send_to(server_at(hostile_server.port, certificates), address)

    assert refused.value.is_final
    assert hostile_server.connections == 0


def test_letters_beyond_ascii_go_only_where_they_are_taken(certificates: Certificates) -> None:
    with mail_server(certificates, smtputf8=False) as there, pytest.raises(MailRefused) as refused:
        send_to(server_at(there.port, certificates), "名前@example.com")

    assert refused.value.is_final
    assert "beyond ASCII" in refused.value.why
    assert not there.letters
