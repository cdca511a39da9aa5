"""Somebody is invited at one console and signs in for the first time at another, through the installed command."""

import re

from tests.e2e.installation import Installation
from tests.e2e.journey import (
    Focused,
    Person,
    Said,
    at_home,
    fill_in,
    give_password,
    quit_console,
    register,
    sign_in,
    sign_out,
)
from tests.e2e.terminal import CTRL_U, ENTER, ESC, RIGHT, TAB, Terminal, start_console

ANA = Person("ana.janes@example.com", "Turret-over-9-gates", given="Ana", family="Janes")
_CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){4}[2-9A-Z]{4}\b")


def test_whoever_is_invited_sets_a_password_with_the_code_and_signs_in(empty: Installation) -> None:
    with start_console(empty.home) as desk:
        register(desk)
        sign_in(desk)
        code = invite(desk, ANA)

        with start_console(empty.home) as hers:
            first_login(hers, ANA, code)
            fill_in(hers, ANA.password)
            at_home(hers)
            assert Said("Welcome, Ana Janes.")(hers)
            assert Said(f"{ANA.email} · User")(hers)
            sign_out(hers)
            refuse_used_code(hers, ANA, code)
        quit_console(desk)

    assert not empty.log.exists(), empty.log.read_text()


def invite(console: Terminal, person: Person) -> str:
    """From the home screen to the code, which is shown once."""
    console.send("u")
    console.wait_for(Said("i Invite"))
    console.send("i")
    console.wait_for(Said("You get a code to pass on."))
    fill_in(console, person.email, person.given, person.family)
    console.wait_for(Said("It is not shown again."))
    [code] = _CODE.findall("\n".join(console.text()))
    console.send(TAB)
    console.wait_for(Focused("I have passed it on"))
    console.send(ENTER)
    console.wait_for(Said(f"{person.email} is invited."))
    assert not _CODE.search("\n".join(console.text()))
    return str(code)


def first_login(console: Terminal, person: Person, code: str) -> None:
    """From the login, by the button, to the password that is set; a mistyped code costs nothing but itself."""
    to_code(console)
    fill_in(console, person.email, code[:-1], person.password, person.password)
    console.wait_for(Said("Wrong e-mail or code, or the code was used or has expired."))
    console.type(code[-1] + ENTER + ENTER + ENTER)
    console.wait_for(Said("Your password is set. Sign in with it."))
    console.wait_for(Said(person.email))


def to_code(console: Terminal) -> None:
    console.wait_for(Said("First login"))
    console.send(ESC)
    console.wait_for(Focused("Sign in"))
    console.send(RIGHT + RIGHT)
    console.wait_for(Focused("First login"))
    console.send(ENTER)
    console.wait_for(Said("Set your password"))


def refuse_used_code(console: Terminal, person: Person, code: str) -> None:
    """A code counts once: whoever finds it later changes nothing."""
    to_code(console)
    fill_in(console, person.email, code, "Moat+bridge_88", "Moat+bridge_88")
    console.wait_for(Said("Wrong e-mail or code, or the code was used or has expired."))
    console.send(CTRL_U + ESC)
    give_password(console, person)
    at_home(console)
    quit_console(console)
