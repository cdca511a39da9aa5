"""Mail at the console: a forgotten password, codes that nobody else sees, and a server that keeps nobody waiting."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.invitations import Invitation
from tests.core.actors import PASSWORD, Someone, person_of
from tests.mail_server import Certificates, MailServer, mail_server, make_certificates
from tests.tui.consoles import EMAIL, Console, console

NEW = "Turret-over-9-gates"
SAME_ANSWER = "If this e-mail has an account, a reset code is on its way."
CODE = re.compile(r"(?:[2-9A-Z]{4}-){4}[2-9A-Z]{4}")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def post(certificates: Certificates) -> Iterator[MailServer]:
    with mail_server(certificates) as there:
        yield there


@pytest.fixture
def mail(post: MailServer, certificates: Certificates) -> dict[str, str]:
    """The settings that name it."""
    return settings_for(post.port, certificates)


def settings_for(port: int, certificates: Certificates) -> dict[str, str]:
    return {
        "mail_server": f"localhost:{port}",
        "mail_from": "bartizan@example.com",
        "mail_ca_file": str(certificates.authority),
    }


async def has_come(seen: Console, post: MailServer, letters: int = 1) -> str:
    """The code of the last letter, once so many are there."""
    await seen.until(lambda: len(post.letters) >= letters, "a letter")
    return str(CODE.findall(post.text())[0])


async def asks_for_code(seen: Console, email: str) -> None:
    """From the login to the screen where the code goes."""
    await seen.sees("E-mail")
    await seen.type(email)
    await seen.press("escape", "p")
    await seen.sees("Mail me a code", email)
    await seen.press("enter")
    await seen.sees("Set your password", SAME_ANSWER, email)


async def test_who_forgot_his_password_gets_a_code_by_mail_and_types_it_on_the_next_screen(
    tmp_path: Path, post: MailServer, mail: dict[str, str]
) -> None:
    async with console(tmp_path, more=mail) as seen:
        await asks_for_code(seen, EMAIL)
        code = await has_come(seen, post)

        await seen.type(f"{code}\n{NEW}\n{NEW}\n")

        await seen.sees("Your password is set. Sign in with it.", EMAIL)


async def test_the_answer_is_the_same_for_an_address_that_nobody_has(tmp_path: Path, mail: dict[str, str]) -> None:
    screens = []
    for email in (EMAIL, "jane.foe@example.com"):
        async with console(tmp_path / email, more=mail) as seen:
            await asks_for_code(seen, email)
            screens.append(seen.text().replace(email, "somebody"))

    assert [re.sub(r"\s+", " ", screen) for screen in screens[:1]] == [re.sub(r"\s+", " ", screens[1])]


async def test_an_empty_e_mail_asks_for_nothing_and_esc_goes_back(tmp_path: Path, mail: dict[str, str]) -> None:
    async with console(tmp_path, more=mail) as seen:
        await seen.sees("E-mail")
        await seen.press("escape", "p")
        await seen.sees("Mail me a code")
        await seen.press("enter")
        await seen.sees("E-mail must be filled in.")
        await seen.press("escape")
        await seen.sees("Sign in", "Password")


async def test_who_has_a_code_already_goes_on_without_another_one(
    tmp_path: Path, post: MailServer, mail: dict[str, str]
) -> None:
    async with console(tmp_path, more=mail) as seen:
        await seen.sees("E-mail")
        await seen.type(EMAIL)
        await seen.press("escape", "p")
        await seen.sees("I have a code")
        await seen.press("tab", "tab", "enter")
        await seen.sees("Set your password", EMAIL)

    assert not post.letters


async def test_an_invitation_is_mailed_and_the_screen_shows_no_code(
    tmp_path: Path, post: MailServer, mail: dict[str, str]
) -> None:
    async with console(tmp_path, more=mail) as seen:
        await seen.sign_in()
        await seen.sees("Resource Manager")
        await seen.press("u")
        await seen.sees("User Manager", "1 person")
        await seen.press("i")
        await seen.sees("A code is mailed to the person")
        await seen.type("ana@example.com\nAna\nJanes\n")
        await seen.sees("The code is mailed to ana@example.com", "Invite again.")
        code = await has_come(seen, post)

        assert code not in seen.text()


async def test_what_could_not_be_mailed_is_told_in_the_persons_details(
    tmp_path: Path, post: MailServer, mail: dict[str, str]
) -> None:
    post.replies["ana@example.com"] = "550 5.1.1 no"
    async with console(tmp_path, more=mail) as seen:
        owner = Someone(seen.services, seen.clock, EMAIL, PASSWORD).signs_in()
        seen.services.invitations.invite(owner, Invitation("ana@example.com", "Ana", "Janes"))
        seen.services.mail.deliver_due()
        details = seen.services.people.details(owner, person_of(seen.services, "ana@example.com").id)
        assert [(each.kind, each.due_at) for each in details.mails] == [("activation", None)]
        await seen.sign_in()
        await seen.sees("Resource Manager")
        await seen.press("u")
        await seen.sees("User Manager", "ana@example.com")
        await seen.press("end", "enter")
        await seen.sees("activation code could not be", "550 5.1.1", "given up")


async def test_who_quits_is_not_kept_waiting_by_a_mail_server_that_says_nothing(
    tmp_path: Path, certificates: Certificates
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with console(tmp_path, more=settings_for(silent.getsockname()[1], certificates)) as seen:
            await asks_for_code(seen, EMAIL)
            connection, _ = silent.accept()
            await seen.press("ctrl+c")
            await seen.until(lambda: seen.pilot.app.return_code is not None, "the end")
        connection.close()
