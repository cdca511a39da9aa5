"""The whole way of one person, from an empty machine, through the installed command on a real terminal."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.e2e.journey import (
    OLGA,
    STEP_SECONDS,
    UMA,
    AuthenticatorApp,
    Focused,
    Said,
    agree,
    asked_for_code,
    at_home,
    back_home,
    confirm,
    enrol,
    fill_in,
    give_password,
    give_recovery_code,
    make_new_recovery_codes,
    open_assistant,
    open_from_home,
    open_security,
    prove,
    quit_console,
    register,
    scan,
    sign_in,
    sign_out,
    step_now,
    to_step_2,
    to_step_3,
    to_step_4,
    to_step_5,
)
from tests.e2e.programs import program
from tests.e2e.terminal import CTRL_C, CTRL_U, ENTER, ESC, SPACE, TAB, Terminal, start_console

NEW_PASSWORD = "Moat+bridge_88"
PIN = "580274916308"


def test_a_person_goes_the_whole_way_from_an_empty_machine(empty: Installation) -> None:
    with start_console(empty.home) as console:
        register(console)
        sign_in(console)
        app, codes = enrol(console)
        quit_console(console)

    with start_console(empty.home) as console:
        give_password(console)
        asked_for_code(console)
        used = app.next_code(console)
        fill_in(console, used)
        at_home(console)
        sign_out(console)
        refuse_replayed_code(console, used)
        sign_in_with_recovery_code(console, codes[1], left=9)
        renewed = make_new_recovery_codes(console)
        set_support_pin(console, app)
        change_password(console)
        back_home(console, "Password changed today")
        sign_out(console)
        give_password(console)
        console.wait_for(Said("Wrong e-mail or password."))
        fill_in(console, NEW_PASSWORD)
        asked_for_code(console)
        fill_in(console, app.next_code(console))
        at_home(console)
        deactivate(console)
        sign_out(console)
        sign_in(console, password=NEW_PASSWORD)
        assert not set(codes) & set(renewed)
        quit_console(console)

    assert empty.open_sessions() == 0
    assert not empty.log.exists(), empty.log.read_text()


def refuse_replayed_code(console: Terminal, used: str) -> None:
    give_password(console)
    asked_for_code(console)
    fill_in(console, used)
    console.wait_for(Said("That code was used already. Wait for the next one in your app, then enter it."))


def sign_in_with_recovery_code(console: Terminal, code: str, *, left: int) -> None:
    """At the code prompt, where a code was just refused."""
    give_recovery_code(console, code.lower().replace("-", " "))
    assert Said(f"Recovery codes {left} of 10 left")(console)


def set_support_pin(console: Terminal, app: AuthenticatorApp) -> None:
    open_from_home(console, "Support PIN")
    console.wait_for(Said("No PIN is set."))
    fill_in(console, "123456", "123456")
    console.wait_for(Said("That PIN is too easy to guess: no runs, no repeated digits or patterns."))
    console.send(CTRL_U)
    fill_in(console, PIN, PIN[:-1])
    console.wait_for(Said("The two PINs are not the same. Type it again."))
    console.send(CTRL_U)
    fill_in(console, PIN)
    prove(console, OLGA, "To set the support PIN of your account", app.next_code(console))
    console.wait_for(Said("The support PIN is saved."))
    console.wait_for(Said("Set today"))
    back_home(console, "Support PIN set today")


def change_password(console: Terminal) -> None:
    """Nothing that was typed right has to be typed again."""
    open_from_home(console, "Password")
    console.wait_for(Said("Last changed today"))
    fill_in(console, "not-the-old-one", "olga", "olga")
    console.wait_for(
        Said(
            "The new password needs: 8 characters, 1 upper-case, 1 special !?$…, not easily guessed, no name of yours."
        )
    )
    console.send(CTRL_U)
    fill_in(console, NEW_PASSWORD, CTRL_U + OLGA.password)
    console.wait_for(Said("The two passwords are not the same. Type the new one again."))
    console.send(CTRL_U)
    fill_in(console, NEW_PASSWORD)
    console.wait_for(Said("That is not your password."))
    console.send(CTRL_U)
    fill_in(console, OLGA.password, "", "")
    console.wait_for(Said("The password is changed. The new one is asked at your next login."))


def deactivate(console: Terminal) -> None:
    open_security(console)
    assert Said("[x] 2-Factor Auth Enabled")(console)
    console.send(SPACE)
    agree(console, "Deactivate 2-factor authentication?", harmless="Cancel")
    console.wait_for(Said("Deactivated. Your next login asks for the password alone."))
    console.wait_for(Said("[ ] 2-Factor Auth Enabled"))
    back_home(console, "2-Factor Authentication off")


def test_a_wrong_code_in_the_assistant_is_told_and_the_qr_code_stays_the_same(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        open_security(console)
        open_assistant(console)
        app = to_step_2(console)
        to_step_3(console)

        fill_in(console, "12345")
        console.wait_for(Said("The security code has six digits."))
        fill_in(console, CTRL_U + app.wrong_code())
        console.wait_for(Said("That code does not match. Enter the code that your app shows now."))
        step = step_now()
        fill_in(console, app.code(step - 5))
        console.wait_for(Said("Switch on automatic time, then enter a new code."))
        drifts = {-5: "2 min 30 s behind", -6: "3 min behind"}
        assert Said(drifts[step - 5 - step_now()])(console) or Said(drifts[-5])(console)
        fill_in(console, app.code(step_now() + 9))
        console.wait_for(Said("ahead of this server's"))

        console.send(ESC)
        assert scan(console).secret == app.secret
        to_step_3(console)
        to_step_4(console, app)


@pytest.mark.parametrize(
    ("step", "way"), [*((step, way) for step in range(1, 6) for way in ("cancelled", "hung up")), (4, "quit")]
)
def test_leaving_the_assistant_at_any_step_leaves_the_account_as_before(
    registered: Installation, step: int, way: str
) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        open_security(console)
        go_to_step(console, step)
        if way == "cancelled":
            press(console, "Cancel")
            console.wait_for(Focused("2-Factor Auth Enabled"))
            console.wait_for(lambda _: registered.second_factor_rows() == [])
            assert Said("[ ] 2-Factor Auth Enabled")(console)
            quit_console(console)
        elif way == "quit":
            quit_console(console)
        else:
            console.hang_up()
            assert console.wait_exit() == 128 + signal.SIGHUP

    assert registered.open_sessions() == 0
    assert registered.second_factor_rows() == []
    with start_console(registered.home) as console:
        sign_in(console)
        assert Said("2-Factor Authentication off")(console)


def go_to_step(console: Terminal, step: int) -> None:
    open_assistant(console)
    if step >= 2:
        app = to_step_2(console)
    if step >= 3:
        to_step_3(console)
    if step >= 4:
        to_step_4(console, app)
    if step >= 5:
        to_step_5(console)


def press(console: Terminal, label: str) -> None:
    """Walk to a button and press it."""
    for _ in range(5):
        if Focused(label)(console):
            break
        before = console.cells()[1:]
        console.send(TAB)
        console.wait_for(lambda _, seen=before: console.cells()[1:] != seen)  # type: ignore[misc]
    assert Focused(label)(console), console
    console.send(ENTER)


def test_who_is_forced_is_led_into_the_assistant_and_reaches_nothing_else(populated: Installation) -> None:
    with start_console(populated.home) as console:
        give_password(console, UMA)
        console.wait_for(Focused("Next"))
        assert Said("Your contract owner or an administrator activated 2-factor authentication for you.")(console)
        for key in ("a", "s", "p", "?", "q"):
            console.send(key)
        console.send(ESC)
        console.wait_for(Said("E-mail"))
        assert populated.open_sessions() == 0

        give_password(console, UMA)
        console.wait_for(Focused("Next"))
        app = to_step_2(console)
        to_step_3(console)
        codes = to_step_4(console, app)
        to_step_5(console)
        fill_in(console, codes[3])
        at_home(console)

        open_security(console)
        console.wait_for(Said("Activated by Olivia Owner: you can't switch it off."))
        console.send(SPACE)
        console.wait_for(Said("2-factor authentication was activated by Olivia Owner: you can't switch it off."))
        assert Said("[x] 2-Factor Auth Enabled")(console)
        quit_console(console)

    with start_console(populated.home) as console:
        give_password(console, UMA)
        asked_for_code(console)
        fill_in(console, app.next_code(console))
        at_home(console)


def test_a_console_whose_session_was_ended_is_sent_back_to_the_login(registered: Installation) -> None:
    """A changed password ends the other sessions of the person; they notice it at their next action."""
    with start_console(registered.home) as first, start_console(registered.home) as second:
        sign_in(first)
        sign_in(second)
        change_password(first)

        second.send("a")

        second.wait_for(Said("Your session was ended: your password was changed on another console."))
        sign_in(second, password=NEW_PASSWORD)
        assert registered.open_sessions() == 2


def test_an_old_proof_is_asked_for_again_before_the_second_factor_changes(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        registered.change("UPDATE session SET proof_at = '2020-01-01 00:00:00.000000'")
        open_security(console)
        console.send(SPACE)
        console.wait_for(Said("To activate 2-factor authentication for your account, prove that it is you."))
        fill_in(console, "not-mine")
        console.wait_for(Said("That is not your password."))
        console.send(ESC)
        console.wait_for(Focused("2-Factor Auth Enabled"))
        assert registered.second_factor_rows() == []

        console.send(SPACE)
        console.wait_for(Said("prove that it is you."))
        fill_in(console, OLGA.password)
        console.wait_for(Focused("Next"))
        app = to_step_2(console)
        to_step_3(console)
        codes = to_step_4(console, app)
        to_step_5(console)
        confirm(console, codes[9])

        registered.change("UPDATE session SET proof_at = '2020-01-01 00:00:00.000000'")
        console.send(SPACE)
        agree(console, "Deactivate 2-factor authentication?", harmless="Cancel")
        console.wait_for(Said("To deactivate 2-factor authentication for your account, prove that it is you."))
        fill_in(console, OLGA.password, app.wrong_code())
        console.wait_for(Said("That code does not match."))
        fill_in(console, app.next_code(console))
        console.wait_for(Said("Deactivated. Your next login asks for the password alone."))
        assert registered.second_factor_rows() == []


def test_oathtool_computes_the_codes_of_the_key_that_was_on_the_screen(registered: Installation) -> None:
    oathtool = program("oathtool", "oathtool")

    def code_by_oathtool(secret: str, step: int) -> str:
        command = [str(oathtool), "--totp", "--base32", f"--now=@{step * STEP_SECONDS}", "-"]
        return subprocess.run(command, input=secret, capture_output=True, text=True, check=True).stdout.strip()

    with start_console(registered.home) as console:
        sign_in(console)
        open_security(console)
        open_assistant(console)
        console.send(ENTER)
        app = scan(console, code_by_oathtool)
        to_step_3(console)
        codes = to_step_4(console, app)
        to_step_5(console)
        confirm(console, codes[0])
        quit_console(console)

    with start_console(registered.home) as console:
        give_password(console)
        asked_for_code(console)
        fill_in(console, app.next_code(console))
        at_home(console)


def test_zbar_reads_the_qr_code_from_a_picture_of_the_screen(registered: Installation, tmp_path: Path) -> None:
    zbarimg = program("zbarimg", "zbar-tools")

    with start_console(registered.home) as console:
        sign_in(console)
        open_security(console)
        open_assistant(console)
        app = to_step_2(console)
        console.picture(tmp_path / "screen.png")

    command = [str(zbarimg), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(tmp_path / "screen.png")]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert AuthenticatorApp(read).secret == app.secret
    assert AuthenticatorApp(read).account == OLGA.email


def test_whoever_wants_to_stay_stays(registered: Installation) -> None:
    with start_console(registered.home) as console:
        sign_in(console)
        for key, question in (("q", "Quit?"), (CTRL_C, "Quit?")):
            console.send(key)
            console.wait_for(lambda _, asked=question: Said(asked)(console) and Focused("Stay")(console))  # type: ignore[misc]
            console.send(ENTER)
            console.wait_for(lambda _, asked=question: not Said(asked)(console))  # type: ignore[misc]
        assert registered.open_sessions() == 1
        quit_console(console)
        assert registered.open_sessions() == 0
