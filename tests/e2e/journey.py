"""What a person does at the console, in the words of the specification, by reading the screen and pressing keys."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pyotp

import core.demo
from tests.e2e.terminal import CTRL_C, DOWN, ENTER, ESC, HOME, LEFT, SPACE, TAB, Terminal
from tests.tui.qr_reading import dark_on_light_codes
from tui.theme import DARK

CTRL_R = "\x12"
STEP_SECONDS = 30
ENOUGH_TO_TYPE = 8
"""Seconds in which a code is typed and checked, however busy the machine is."""

_LIT = [tuple(bytes.fromhex(colour[1:])) for colour in (DARK.accent or "", DARK.foreground or "")]
_COLUMN = 46
"""Where the right column of the assistant begins."""

_DIALOG = slice(8, 72)
"""Where a dialog stands over a screen of 80 columns."""


@dataclass(frozen=True)
class Person:
    """Who sits at the console."""

    email: str
    password: str = field(repr=False)
    given: str = "Olga"
    family: str = "Ohm"
    contract: str = "Harbour Works"


OLGA = Person("olga@example.com", "Castle-gate-7!")
UMA = Person("uma@example.com", core.demo.PASSWORD)
"""Of the sample people: who is forced to have a second factor."""


# Reading


@dataclass(frozen=True)
class Said:
    """A question for `wait_for`: does the screen say this, over however many lines?"""

    sentence: str

    def __call__(self, console: Terminal) -> bool:
        return self.sentence in reading(console)


@dataclass(frozen=True)
class Focused:
    """A question for `wait_for`: does the button, box or choice with this label have the focus? It is bold and lit."""

    label: str

    def __call__(self, console: Terminal) -> bool:
        lines = console.text()
        if not any(self.label in line for line in lines):
            return False
        for line, cells in zip(lines, console.cells(), strict=True):
            at = line.rfind(self.label)
            lit = [cell.bold and cell.background in _LIT for cell in cells[at : at + len(self.label)]]
            if at >= 0 and all(lit):
                return True
        return False


def reading(console: Terminal) -> str:
    """The screen as running text: by whole lines, by the two columns of the assistant, and a dialog alone."""
    lines = console.text()
    parts = (slice(None), slice(_COLUMN), slice(_COLUMN, None), _DIALOG)
    pages = [[line[part] for line in lines] for part in parts]
    return "\n".join(" ".join(re.sub("[│┃╭╮╰╯─▌]", " ", " ".join(page)).split()) for page in pages)


# The person


def fill_in(console: Terminal, *values: str) -> None:
    """Type values into the fields of a form, one after the other; the last Enter submits it."""
    for value in values:
        console.type(value + ENTER)


def register(console: Terminal, person: Person = OLGA) -> None:
    """Register at the first start; the login follows, with the e-mail filled in."""
    console.wait_for("Register your contract")
    fill_in(console, person.contract, person.given, person.family, person.email, person.password, person.password)
    console.wait_for(lambda _: Said("Sign in")(console) and Said(person.email)(console))


def give_password(console: Terminal, person: Person = OLGA, *, password: str | None = None) -> None:
    """Fill in the login, whether or not the e-mail is there already."""
    console.wait_for(Said("tab Next f1 Help ctrl+c Quit"))  # the last line of the screen: all of it is drawn
    assert Said("E-mail")(console), console
    if not any(f"▌{person.email}" in line for line in console.text()):
        fill_in(console, person.email)
    fill_in(console, password or person.password)


def sign_in(console: Terminal, person: Person = OLGA, *, password: str | None = None) -> None:
    """Sign in with the password alone."""
    give_password(console, person, password=password)
    at_home(console)


def at_home(console: Terminal) -> None:
    """Wait until the home screen knows the account; what happened since the last visit is read and put away."""
    console.wait_for(lambda _: _is_home(console) or Said("I have seen this")(console))
    if not _is_home(console):
        console.send(ENTER)
        console.wait_for(_is_home)


def _is_home(console: Terminal) -> bool:
    has_panel = Said("Read this first")(console) or Said("I have seen this")(console)
    return not has_panel and Said("Welcome,")(console) and Said("Password changed")(console)


def sign_out(console: Terminal) -> None:
    """Sign out by the menu bar; the login says so."""
    choose_sign_out(console)
    console.wait_for(Said("You are signed out."))


def choose_sign_out(console: Terminal) -> None:
    """Sign out by the menu bar."""
    console.send(ESC)
    console.wait_for(Focused("Home"))
    console.send(LEFT)
    console.wait_for(Focused("Sign out"))
    console.send(ENTER)
    agree(console, "Sign out?", harmless="Stay")


def quit_console(console: Terminal) -> None:
    """Quit from any screen of a signed-in person, and see the process end well."""
    console.send(CTRL_C)
    agree(console, "Quit?", harmless="Stay")
    assert console.wait_exit() == 0


def agree(console: Terminal, question: str, *, harmless: str) -> None:
    """Answer a question with its left button; the harmless one beside it has the focus."""
    console.wait_for(lambda _: Said(question)(console) and Focused(harmless)(console))
    console.send(LEFT)
    console.wait_for(lambda _: not Focused(harmless)(console))
    console.send(ENTER)


def prove(console: Terminal, person: Person, act: str, *codes: str) -> None:
    """Answer the question for a fresh proof of an act, which it names."""
    console.wait_for(lambda _: Said(act)(console) and Said("prove that it is you.")(console))
    fill_in(console, person.password, *codes)


def back_home(console: Terminal, line: str) -> None:
    """Leave Account Management; the home screen then says what has become of the account."""
    console.send(ESC)
    console.wait_for(lambda _: Said("Welcome,")(console) and Said(line)(console))


def open_security(console: Terminal) -> None:
    """From home to Account Management, Security, with the focus on the check box."""
    console.send("a")
    console.wait_for(lambda _: Focused("2-Factor Auth Enabled")(console) and Said("2-Factor o")(console))


def open_from_home(console: Terminal, line: str) -> None:
    """Open the place in Account Management that a line of the home screen is about."""
    console.wait_for(lambda _: Said(line)(console) and Said("enter Open")(console))
    lines = [text for text in console.text() if re.match(" *│ [✓!] ", text)]
    console.send(HOME + DOWN * next(number for number, text in enumerate(lines) if line in text) + ENTER)
    console.wait_for(Said("e E-mail" if line == "Recovery codes" else "esc Back"))


# The second factor


def code_by_pyotp(secret: str, step: int) -> str:
    """What pyotp says the code of a time step is."""
    return pyotp.TOTP(secret).at(step * STEP_SECONDS)


class AuthenticatorApp:
    """An app on a telephone. It knows what its camera has read, and nothing else."""

    def __init__(self, address: str, code_of_step: Callable[[str, int], str] = code_by_pyotp) -> None:
        parsed = pyotp.parse_uri(address)
        self.account = parsed.name
        self.secret: str = parsed.secret
        self.last_used = -1
        self._code_of_step = code_of_step

    def code(self, step: int) -> str:
        """The code of one time step."""
        return self._code_of_step(self.secret, step)

    def next_code(self, console: Terminal) -> str:
        """A code that is accepted now: of the earliest of the steps -1, 0, +1 that is later than the last one."""
        step = max(self.last_used + 1, earliest_step())
        console.wait_for(lambda _: step <= step_now() + 1, timeout=2 * STEP_SECONDS)
        self.last_used = step
        return self.code(step)

    def wrong_code(self) -> str:
        """A code that no step within five minutes and more has."""
        near = {self.code(step) for step in range(step_now() - 15, step_now() + 16)}
        return next(code for code in (f"{number:06}" for number in range(111_111, 999_999)) if code not in near)


def step_now() -> int:
    """The time step of this moment."""
    return int(time.time()) // STEP_SECONDS


def earliest_step() -> int:
    """The earliest step whose code is still accepted by the time it is typed."""
    seconds_left = STEP_SECONDS - time.time() % STEP_SECONDS
    return step_now() - 1 if seconds_left > ENOUGH_TO_TYPE else step_now()


def scan(console: Terminal, code_of_step: Callable[[str, int], str] = code_by_pyotp) -> AuthenticatorApp:
    """Hold the camera to the screen."""
    console.wait_for(Said("Point your app's camera here."))
    [address] = console.wait_for(lambda _: dark_on_light_codes(console.image()))
    return AuthenticatorApp(address, code_of_step)


def open_assistant(console: Terminal) -> None:
    """Tick the check box; the assistant opens with its first step."""
    console.send(SPACE)
    console.wait_for(Focused("Next"))
    assert Said("▶ 1")(console)


def to_step_2(console: Terminal) -> AuthenticatorApp:
    """The app is installed: on to the QR code."""
    console.send(ENTER)
    return scan(console)


def to_step_3(console: Terminal) -> None:
    """It is scanned: on to the security code."""
    console.send(ENTER)
    console.wait_for(Said("▶ 3"))


def to_step_4(console: Terminal, app: AuthenticatorApp) -> list[str]:
    """Enter the security code; the recovery codes are shown."""
    fill_in(console, app.next_code(console))
    console.wait_for(lambda _: Said("▶ 4")(console) and len(recovery_codes(console)) == 10)
    return recovery_codes(console)


def to_step_5(console: Terminal) -> None:
    """They are kept: on to typing one back."""
    console.send(ENTER)
    console.wait_for(Said("▶ 5"))


def confirm(console: Terminal, recovery_code: str) -> None:
    """Type a recovery code back; 2-factor authentication is active."""
    fill_in(console, recovery_code)
    console.wait_for(Said("[x] 2-Factor Auth Enabled"))
    console.wait_for(Said("10 of 10 left."))


def enrol(console: Terminal) -> tuple[AuthenticatorApp, list[str]]:
    """From home through the whole assistant and back home."""
    open_security(console)
    open_assistant(console)
    app = to_step_2(console)
    to_step_3(console)
    codes = to_step_4(console, app)
    to_step_5(console)
    confirm(console, codes[0])
    back_home(console, "Recovery codes 10 of 10 left")
    return app, codes


def recovery_codes(console: Terminal) -> list[str]:
    """The recovery codes on the screen, by their numbers."""
    numbered = re.findall(r"(\d+) ((?:[2-9A-Z]{4}-){3}[2-9A-Z]{4})", "\n".join(console.text()))
    return [code for _, code in sorted(numbered, key=lambda pair: int(pair[0]))]


def give_recovery_code(console: Terminal, code: str) -> None:
    """At the code prompt: take the other way, and sign in."""
    console.send(CTRL_R)
    console.wait_for(Said("Enter one of the ten recovery codes you kept."))
    fill_in(console, code)
    at_home(console)


def asked_for_code(console: Terminal) -> None:
    """Wait for the second step of the sign-in."""
    console.wait_for(Said("Sign in, step 2 of 2"))


def show_new_recovery_codes(console: Terminal) -> list[str]:
    """From the home screen to ten new codes; an Enter that comes too early does not take them away."""
    open_from_home(console, "Recovery codes")
    console.wait_for(Focused("New recovery codes"))
    console.send(ENTER)
    console.wait_for(Said("Make new recovery codes?"))
    console.wait_for(Focused("Cancel"))
    console.send(LEFT)
    console.wait_for(Focused("New recovery codes"))
    console.send(ENTER + ENTER)
    console.wait_for(Said("They are not shown again."))
    return recovery_codes(console)


def make_new_recovery_codes(console: Terminal) -> list[str]:
    """From the home screen to ten new codes, and back to it."""
    renewed = show_new_recovery_codes(console)
    console.send(TAB)
    console.wait_for(Focused("I have kept them"))
    console.send(ENTER)
    console.wait_for(Said("10 of 10 left."))
    assert not recovery_codes(console)
    back_home(console, "Recovery codes 10 of 10 left")
    return renewed
