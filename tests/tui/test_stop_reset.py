"""Stopping a reset of 2-factor that the support desk has approved: in one's Security tab, in the User Manager, and at
the login with the code of the mail."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core import pending_resets
from core.login_steps import CodeNeeded
from data.engine import transaction
from tests.core.actors import PASSWORD, Someone, last_event, new_person, person_of
from tests.core.desk import Agent, new_agent, sets_pin
from tests.core.posting import codes_in
from tests.mail_server import Certificates, MailServer, mail_server, make_certificates
from tests.tui.consoles import EMAIL, Console, console
from tests.tui.place import focus_is_on, on_row, yes
from tests.tui.test_pictures import SIZES, looks_like
from tui.screens.login import LoginScreen
from tui.screens.panes import security
from tui.widgets.check_box import CheckBox
from tui.widgets.labelled_field import LabelledField
from tui.widgets.row_list import RowList

ULF = "ulf@example.com"
REMOVED_ON = "The support desk lets 2-factor be removed at a sign-in with your"
STOPPED = "The reset is stopped. Your 2-factor stays."


def with_two_agents(seen: Console) -> tuple[Agent, Agent]:
    someone = Someone(seen.services, seen.clock, EMAIL)
    return new_agent(someone, "ann@desk.example"), new_agent(someone, "cy@desk.example", name="Cy Dorn")


def is_reset(seen: Console, person: Someone) -> None:
    """Two agents agree that the second factor of somebody who called is removed in a day."""
    ann, cy = with_two_agents(seen)
    call = ann.has_ticket(person.email)
    seen.services.tickets.ask_factor_reset(ann.session, call.id, reason="telephone [/] lost")
    (waiting,) = seen.services.factor_resets.waiting(cy.session)
    seen.services.factor_resets.approve(cy.session, waiting.id)
    seen.services.support_desk.end_call(ann.session, call.id)


def with_factor(seen: Console, email: str = ULF, **facts: Any) -> Someone:
    """Somebody with an authenticator and a support PIN."""
    person = Someone(seen.services, seen.clock, email) if email == EMAIL else None
    person = person or new_person(seen.services, seen.clock, email=email, **facts)
    session = person.signs_in()
    sets_pin(person, session)
    person.enrols(session)
    return person


def reset_at(seen: Console, email: str) -> object:
    return person_of(seen.services, email).factor_reset_at


def stop_code(seen: Console, email: str) -> str:
    """The code that the mail brings."""
    with transaction(seen.services.engine) as db:
        code = pending_resets.new_stop_code(db, seen.services.keys, person_of(seen.services, email))
        assert code is not None
        return code


def value(seen: Console, name: str) -> str:
    return seen.pilot.app.screen.query_one(f"#{name}", LabelledField).value


# In the Security tab


@asynccontextmanager
async def at_security(home: Path, **how: Any) -> AsyncIterator[tuple[Console, Someone]]:
    """Ulf Berg, signed in with his app before somebody had his second factor reset."""
    async with console(home, **how) as seen:
        ulf = with_factor(seen)
        await seen.sees("E-mail")
        await seen.type(f"{ULF}\n{PASSWORD}\n")
        await seen.sees("Security code")
        await seen.type(f"{ulf.code()}\n")
        await seen.sees("Welcome, Ulf Berg.", "Support PIN")
        is_reset(seen, ulf)
        await seen.press("a")
        await seen.sees("2-Factor Auth Enabled", "left.")
        await focus_is_on(seen, "enabled")
        yield seen, ulf


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_the_security_tab_says_when_2_factor_is_removed(tmp_path: Path, size: tuple[int, int]) -> None:
    async with at_security(tmp_path, size=size) as (seen, _):
        await seen.sees("The support desk lets", "Stop it")
        await focus_is_on(seen, "enabled")

        looks_like(seen, "security_reset", size)


async def test_stop_it_wants_no_proof_and_the_second_factor_stays(tmp_path: Path) -> None:
    async with at_security(tmp_path) as (seen, ulf):
        await seen.sees(REMOVED_ON)
        seen.clock.advance(minutes=11)
        seen.app._only_uncovers()
        await seen.press("tab")
        await focus_is_on(seen, "stop-reset")
        await seen.press("enter")

        await seen.sees("Stopped. Your 2-factor stays.", "support PIN is void")
        await seen.until(lambda: REMOVED_ON not in seen.text())
        await focus_is_on(seen, "enabled")
        assert reset_at(seen, ULF) is None
        seen.clock.advance(hours=25)
        assert isinstance(ulf.gives_password(), CodeNeeded)


async def test_a_reset_that_somebody_else_stopped_says_so_and_the_button_is_gone(tmp_path: Path) -> None:
    async with at_security(tmp_path) as (seen, ulf):
        await seen.sees(REMOVED_ON)
        seen.services.factor_resets.stop_for(
            Someone(seen.services, seen.clock, EMAIL).signs_in(), person_of(seen.services, ulf.email).id
        )
        await seen.press("tab")
        await focus_is_on(seen, "stop-reset")
        await seen.press("enter")

        await seen.sees("This reset of 2-factor is not waiting, or not any more.")
        await seen.until(lambda: "Stop it" not in seen.text())


async def test_the_open_tab_tells_by_itself_of_a_reset_that_is_approved_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "_LOOK_EVERY", 0.02)
    async with console(tmp_path) as seen:
        owner = with_factor(seen, EMAIL)
        await seen.sign_in()
        await seen.sees("step 2 of 2")
        await seen.type(f"{owner.code()}\n")
        await seen.sees("Welcome", "Support PIN")
        await seen.press("a")
        await seen.sees("Active since")
        assert "Stop it" not in seen.text()

        is_reset(seen, owner)

        await seen.sees(REMOVED_ON, "Stop it")
        seen.services.factor_resets.stop(seen.session)
        await seen.until(lambda: "Stop it" not in seen.text())


# In the User Manager


async def to_details(seen: Console, name: str) -> None:
    await seen.sign_in()
    await seen.sees("Welcome", "Support PIN")
    await seen.press("u")
    await seen.sees(name)
    await seen.until(lambda: isinstance(seen.pilot.app.focused, RowList), "the focus in the list")
    await on_row(seen, name)
    await seen.press("enter")
    await seen.sees("Force 2-Factor Auth", "Last login")
    await seen.until(lambda: isinstance(seen.pilot.app.focused, CheckBox), "the focus on the box")


async def test_an_administrator_is_told_of_the_reset_and_stops_it_after_a_question_that_names_the_person(
    tmp_path: Path,
) -> None:
    async with console(tmp_path) as seen:
        is_reset(seen, with_factor(seen))
        await to_details(seen, "Berg, Ulf")
        await seen.sees("2-factor can be removed at a sign-in", "from 3 Mar at", "o Stop the reset")

        await seen.press("o")
        await seen.sees("Stop the reset of 2-factor of Ulf Berg?", "Ulf Berg (ulf@example.com)")
        await seen.press("escape")
        await seen.until(lambda: "of Ulf Berg?" not in seen.text())
        assert reset_at(seen, ULF) is not None
        await seen.press("o")
        await yes(seen, "Stop the reset of 2-factor of Ulf Berg?")

        await seen.sees("Stopped. The 2-factor of Ulf Berg stays.")
        await seen.until(
            lambda: "can be removed at a sign-in" not in seen.text() and "o Stop the reset" not in seen.text()
        )
        assert reset_at(seen, ULF) is None
        assert last_event(seen.services, "stop a reset of 2-factor").target == ULF


async def test_where_no_reset_waits_there_is_none_to_stop(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        with_factor(seen)
        await to_details(seen, "Berg, Ulf")

        await seen.press("o")

        assert "Stop the reset" not in seen.text()
        assert "can be removed at a sign-in" not in seen.text()


# At the login


async def to_stop_reset(seen: Console, email: str = ULF) -> None:
    await seen.sees("Forgot password?")
    await seen.type(email)
    await seen.press("escape", "p")
    await seen.sees("Stop a reset", "Back")
    for _ in range(9):
        if seen.pilot.app.focused is not None and seen.pilot.app.focused.id == "stop-reset":
            break
        await seen.press("tab")
    await seen.press("enter")
    await seen.sees("whoever called knew one of them.", "Code")
    await focus_is_on(seen, "stop-code-field" if email else "stop-email-field")


@pytest.mark.parametrize("size", [*SIZES, (60, 15)])
async def test_a_wrong_code_is_told_at_its_field_and_nothing_that_was_typed_is_lost(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size) as seen:
        is_reset(seen, with_factor(seen))
        await to_stop_reset(seen)

        await seen.type("XK7M-2B9Q\n")
        await seen.sees("Wrong e-mail or code, or there is")

        await focus_is_on(seen, "stop-code-field")
        assert (value(seen, "stop-email"), value(seen, "stop-code")) == (ULF, "XK7M-2B9Q")
        assert reset_at(seen, ULF) is not None
        looks_like(seen, "stop_reset", size)


async def test_the_code_of_the_mail_stops_the_reset_however_it_is_typed_and_the_login_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        is_reset(seen, with_factor(seen))
        code = stop_code(seen, ULF)
        await to_stop_reset(seen)

        await seen.type(f" {code.lower().replace('-', ' ')}\n")

        await seen.sees(STOPPED, "Password")
        await focus_is_on(seen, "password-field")
        assert isinstance(seen.pilot.app.screen, LoginScreen)
        assert value(seen, "email") == ULF
        assert reset_at(seen, ULF) is None


async def test_a_code_stops_once_and_nobody_elses_reset(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        is_reset(seen, with_factor(seen))
        code = stop_code(seen, ULF)
        await to_stop_reset(seen, EMAIL)
        await seen.type(f"{code}\n")
        await seen.sees("Wrong e-mail or code, or there is")
        await seen.press("shift+tab")
        await seen.press(*["backspace"] * len(EMAIL))
        await seen.type(f"{ULF}\n\n")
        await seen.sees(STOPPED)

        await seen.press("escape", "p")
        await seen.sees("Stop a reset")
        await focus_is_on(seen, "no")
        await seen.press("left", "enter")
        await focus_is_on(seen, "stop-code-field")
        await seen.type(f"{code}\n")

        await seen.sees("to stop any more.")


@pytest.mark.parametrize(("email", "missing"), [("", "E-mail must be filled in."), (ULF, "Code must be filled in.")])
async def test_an_empty_field_is_no_try(tmp_path: Path, email: str, missing: str) -> None:
    async with console(tmp_path) as seen:
        await to_stop_reset(seen, email)

        await seen.type("\n" if email else "\nXK7M\n")

        await seen.sees(missing)
        assert "stop a reset of 2-factor" not in {event.act for event in _events(seen)}


async def test_who_guesses_codes_has_to_wait_and_keeps_what_he_typed(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        is_reset(seen, with_factor(seen))
        await to_stop_reset(seen)
        await seen.type("XK7M-2B9Q")
        for _ in range(30):
            await seen.press("enter")
            await seen.until(lambda: not seen.pilot.app.screen._busy)  # type: ignore[attr-defined]
            if "Too many wrong answers." in seen.text():
                break

        await seen.sees("Too many wrong answers.")
        assert reset_at(seen, ULF) is not None


async def test_leaving_comes_back_to_the_login_as_it_was(tmp_path: Path) -> None:
    async with console(tmp_path) as seen:
        await to_stop_reset(seen)

        await seen.press("escape")

        await seen.until(lambda: isinstance(seen.pilot.app.screen, LoginScreen))
        assert value(seen, "email") == ULF
        assert STOPPED not in seen.text()


# Where mail is configured


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def post(certificates: Certificates) -> Iterator[MailServer]:
    with mail_server(certificates) as there:
        yield there


@pytest.fixture
def mail(post: MailServer, certificates: Certificates) -> dict[str, str]:
    return {
        "mail_server": f"localhost:{post.port}",
        "mail_from": "bartizan@example.com",
        "mail_ca_file": str(certificates.authority),
    }


async def test_the_mail_tells_of_the_reset_and_its_code_stops_it_at_the_login(
    tmp_path: Path, post: MailServer, mail: dict[str, str]
) -> None:
    async with console(tmp_path, more=mail) as seen:
        is_reset(seen, with_factor(seen))
        seen.services.mail.deliver_due()
        await seen.until(lambda: any("removed" in str(letter["Subject"]) for letter in post.letters), "the letter")
        at = next(number for number, letter in enumerate(post.letters) if "removed" in str(letter["Subject"]))
        assert post.letters[at]["To"] == ULF
        assert '"Stop a reset"' in post.text(at)
        await to_stop_reset(seen)

        await seen.type(f"{codes_in(post)[-1]}\n")

        await seen.sees(STOPPED, "Password")
        assert reset_at(seen, ULF) is None


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_forgot_password_has_three_ways_on(tmp_path: Path, mail: dict[str, str], size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size, more=mail) as seen:
        await seen.sees("E-mail")
        await seen.press("escape", "p")
        await seen.sees("Mail me a code", "I have a code", "Stop a reset", "Back")

        looks_like(seen, "forgot_password", size)


def _events(seen: Console) -> list[Any]:
    from tests.core.actors import events

    return events(seen.services)
