"""One person at two real terminals: what is done to a session at one of them is seen at the other."""

import time

from tests.e2e.installation import Installation
from tests.e2e.journey import OLGA, Said, sign_in
from tests.e2e.terminal import ENTER

SECONDS = 2.0
CTRL_O, LEFT = "\x0f", "\x1b[D"


def test_a_session_that_is_ended_from_the_sessions_tab_is_seen_within_two_seconds(registered: Installation) -> None:
    with registered.start() as first, registered.start() as second:
        sign_in(first, OLGA)
        sign_in(second, OLGA)
        second.send("a")
        second.wait_for(Said("At sign-in"))
        second.send("n")
        second.wait_for(Said("Where you are signed in"))
        second.send("x")
        second.wait_for(Said("End all other sessions of your account?"))
        second.send(LEFT)
        second.send(ENTER)
        second.wait_for(Said("1 session ended."))
        ended = time.monotonic()

        first.wait_for(Said("You ended this session from another console."))

        assert time.monotonic() - ended < SECONDS
        assert registered.open_sessions() == 1


def test_a_console_is_locked_and_unlocked_at_a_real_terminal(registered: Installation) -> None:
    with registered.start() as console:
        sign_in(console, OLGA)

        console.send(CTRL_O)
        console.wait_for(Said("This console is locked"))
        console.wait_for(lambda _: not Said("Welcome")(console))
        console.type(f"wrong{ENTER}")
        console.wait_for(Said("That is not your password."))
        console.type(f"{OLGA.password}{ENTER}")

        console.wait_for(Said("Welcome"))
