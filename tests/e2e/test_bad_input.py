"""Every text field of every screen takes whatever is typed or pasted, and the console works on afterwards.

Nothing of it reaches the terminal as a control: neither an escape sequence nor a character that is not seen.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from tests.e2e.installation import Installation
from tests.e2e.journey import (
    CTRL_R,
    OLGA,
    Focused,
    Said,
    agree,
    asked_for_code,
    at_home,
    confirm,
    enrol,
    fill_in,
    give_password,
    open_assistant,
    open_from_home,
    open_security,
    sign_in,
    sign_out,
    to_step_2,
    to_step_3,
    to_step_4,
    to_step_5,
)
from tests.e2e.terminal import CTRL_C, CTRL_U, ENTER, ESC, SHIFT_TAB, SPACE, TAB, Terminal, start_console
from tests.tui.test_field import HOSTILE, OURS

CTRL_E = "\x05"
CLEAR = CTRL_E + CTRL_U
NEW_PASSWORD = "Moat+bridge_88"
PIN = "580274916308"

SEQUENCES = ["\x1b[31337m", "\x1b]52;c;MzEzMzc=\x07", "\x1b]0;31337\x07", "\x1bP31337\x1b\\", "\u009b31337m"]
INVALID = [
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xe2\x82",
    b"\xc0\x80",
    b"\xf0\x9f\x98",
]
LEADS_AWAY = b"\x03\x09\x0d\x0f\x12\x1b"
"""Ctrl+c, Tab, Enter, ctrl+o, ctrl+r and Esc are keys that do what the screen says; all other bytes are typed."""

REFUSED = "[/]\u202e[@click=app.quit]x"
SOUND = "sound-42"


class Kind(Enum):
    """How a field shows what is in it."""

    OPEN = re.escape(SOUND)
    SECRET = "•" * len(SOUND)


OPEN, SECRET = Kind.OPEN, Kind.SECRET


def bombard(console: Terminal, *fields: Kind) -> None:
    """Throw everything at the fields of a form, the first of which has the cursor; the last Enter submits it."""
    for number, kind in enumerate(fields):
        bombard_field(console, kind)
        console.paste(REFUSED)
        console.send(ENTER if number == len(fields) - 1 else TAB)


def bombard_field(console: Terminal, kind: Kind) -> None:
    for text in [*HOSTILE, *SEQUENCES]:
        console.send(CLEAR)
        console.paste(text.encode("utf-8", "surrogatepass"))
    still_works(console, kind)
    for content in [*INVALID, *(bytes([byte]) for byte in range(256))]:
        console.paste(content)
        console.send(b"" if len(content) == 1 and content[0] % 16 else CLEAR)
    still_works(console, kind)
    for byte in range(256):
        console.send(CLEAR if byte % 16 == 0 else b"")
        console.send(b"" if byte in LEADS_AWAY else bytes([byte]))
    console.send(b"\x80".join(INVALID))
    still_works(console, kind)


def still_works(console: Terminal, kind: Kind) -> None:
    """The field takes something sound, and is empty again."""
    console.send(CLEAR + SOUND)
    wanted = re.compile(f"▌{kind.value}( |$)")
    console.wait_for(lambda _: any(wanted.search(line) for line in console.text()))
    console.send(CLEAR)
    console.wait_for(lambda _: not any(wanted.search(line) for line in console.text()))


@contextmanager
def unharmed(there: Installation) -> Iterator[Terminal]:
    """A console that must have come through at the end: it is quit, and wrote only text and its own sequences."""
    with start_console(there.home) as console:
        yield console
        console.send(CTRL_C)
        if there.open_sessions():
            agree(console, "Quit?", harmless="Stay")

        ended = console.wait_exit()
        assert not there.log.exists(), there.log.read_text()
        assert ended == 0
        assert b"\x1b[31337" not in console.raw
        written = OURS.sub(b"", bytes(console.raw)).decode()
        assert {char for char in written if not char.isprintable()} <= {"\u00a0"}


def test_the_first_start_takes_everything(empty: Installation) -> None:
    with unharmed(empty) as console:
        console.wait_for("Register your contract")
        bombard(console, OPEN, OPEN, OPEN, OPEN, SECRET, SECRET)
        console.wait_for(Said("must have visible characters only."))
        console.send(ESC)
        console.wait_for(Focused("Register"))
        console.send(TAB + TAB)
        person = (OLGA.contract, OLGA.given, OLGA.family, OLGA.email, OLGA.password, OLGA.password)
        fill_in(console, *(CLEAR + value for value in person))
        sign_in(console)


def test_the_login_takes_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        console.wait_for(Said("E-mail"))
        bombard(console, OPEN, SECRET)
        console.wait_for(Said("Wrong e-mail or password."))
        console.send(SHIFT_TAB + CLEAR + OLGA.email + ENTER + OLGA.password + ENTER)
        at_home(console)


def test_the_security_code_and_the_recovery_code_take_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        sign_in(console)
        app, codes = enrol(console)
        sign_out(console)
        give_password(console)
        asked_for_code(console)
        bombard(console, OPEN)
        console.wait_for(Said("The security code has six digits."))
        fill_in(console, CLEAR + app.next_code(console))
        at_home(console)

        sign_out(console)
        give_password(console)
        asked_for_code(console)
        console.send(CTRL_R)
        console.wait_for(Said("Enter one of the ten recovery codes you kept."))
        bombard(console, OPEN)
        console.wait_for(Said("That is not one of your unused recovery codes."))
        fill_in(console, CLEAR + codes[0])
        at_home(console)


def test_a_proof_takes_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        sign_in(console)
        app, _ = enrol(console)
        open_security(console)
        registered.change("UPDATE session SET proof_at = '2020-01-01 00:00:00.000000'")
        console.send(SPACE)
        agree(console, "Deactivate 2-factor authentication?", harmless="Cancel")
        console.wait_for(Said("prove that it is you."))
        bombard(console, SECRET, OPEN)
        console.wait_for(Said("The security code has six digits."))
        console.send(SHIFT_TAB + CLEAR)
        fill_in(console, OLGA.password, CLEAR + app.next_code(console))
        console.wait_for(Said("Deactivated. Your next login asks for the password alone."))


def test_the_change_of_the_password_takes_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        sign_in(console)
        open_from_home(console, "Password")
        console.wait_for(Said("Last changed today"))
        bombard(console, SECRET, SECRET, SECRET)
        console.wait_for(Said("The new password needs:"))
        console.send(SHIFT_TAB + CLEAR)
        fill_in(console, OLGA.password, CLEAR + NEW_PASSWORD, CLEAR + NEW_PASSWORD)
        console.wait_for(Said("The password is changed."))


def test_the_support_pin_takes_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        sign_in(console)
        open_from_home(console, "Support PIN")
        console.wait_for(Said("No PIN is set."))
        bombard(console, SECRET, SECRET)
        console.wait_for(Said("The support PIN has 6 to 20 digits and nothing else."))
        fill_in(console, CLEAR + PIN, CLEAR + PIN)
        console.wait_for(Said("The support PIN is saved."))


def test_both_fields_of_the_assistant_take_everything(registered: Installation) -> None:
    with unharmed(registered) as console:
        sign_in(console)
        open_security(console)
        open_assistant(console)
        app = to_step_2(console)
        to_step_3(console)
        bombard(console, OPEN)
        console.wait_for(Said("The security code has six digits."))
        console.send(CLEAR)
        codes = to_step_4(console, app)
        to_step_5(console)
        bombard(console, OPEN)
        console.wait_for(Said("That is not one of your unused recovery codes."))
        confirm(console, CLEAR + codes[2])


def test_sequences_that_are_typed_as_keys_do_no_harm_on_any_screen(registered: Installation) -> None:
    with unharmed(registered) as console:
        console.wait_for(Said("E-mail"))
        type_sequences(console)
        console.send(ESC)
        console.wait_for(Focused("Sign in"))
        console.send(TAB + TAB + TAB + CLEAR + OLGA.email + ENTER + CLEAR + OLGA.password + ENTER)
        at_home(console)
        type_sequences(console)
        console.wait_for(Said("Show a call code"))  # there is a c in one of them
        console.send(ESC)
        at_home(console)
        open_security(console)
        type_sequences(console)


def type_sequences(console: Terminal) -> None:
    for text in SEQUENCES:
        console.send(text)
