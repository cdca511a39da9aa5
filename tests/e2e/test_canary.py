"""Secrets that a person typed or saw are found nowhere afterwards: not on disk, not in what the terminal keeps."""

import base64
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.installation import BARTIZAN, Installation
from tests.e2e.journey import (
    AuthenticatorApp,
    Person,
    Said,
    agree,
    asked_for_code,
    at_home,
    back_home,
    enrol,
    fill_in,
    give_password,
    give_recovery_code,
    make_new_recovery_codes,
    open_from_home,
    prove,
    quit_console,
    register,
    sign_in,
    sign_out,
)
from tests.e2e.programs import program
from tests.e2e.terminal import CTRL_U, Terminal, private_environment, start_console

CANARY = Person("olga@example.com", "Cänary-5up3r$ecret-w0rd")
NEW_PASSWORD = "Kestrel=n3w$ecret-w0rd"
WRONG_PASSWORD = "Sparrow?wr0ng$ecret-w0rd"
PIN = "58027491630852"
LEAVES = b"\x1b[?1049l"
"""With this the terminal goes back from the full screen to what was there before."""

# Six digits are found in every long hexadecimal number and in fractions of seconds.
_NUMBERS = re.compile(rb"[0-9a-f]{24,}|(?<=\d\d:\d\d:\d\d\.)\d{6}")


@dataclass
class Secrets:
    """What was typed or shown on the way."""

    never_shown: list[str] = field(default_factory=lambda: [CANARY.password, NEW_PASSWORD, WRONG_PASSWORD, PIN])
    keys: list[str] = field(default_factory=list)
    recovery_codes: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def found_in(self, content: bytes) -> set[str]:
        """Which of them, in whatever form, are in these bytes."""
        without_numbers = _NUMBERS.sub(b" ", content)
        return {
            *(secret for secret, form in self._forms() if form in content),
            *(code for code in self.codes if code.encode() in without_numbers),
        }

    def _forms(self) -> Iterator[tuple[str, bytes]]:
        for secret in self.never_shown:
            yield from ((secret, secret.encode(coding)) for coding in ("utf-8", "utf-16-le", "utf-32-le", "latin-1"))
            yield secret, base64.b64encode(secret.encode())
        for key in self.keys:
            raw = base64.b32decode(key)
            grouped = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
            yield from ((key, form.encode()) for form in (key, key.lower(), grouped, grouped[:19], raw.hex()))
            yield from ((key, form) for form in (raw, base64.b64encode(raw), key.encode("utf-16-le")))
        for code in self.recovery_codes:
            bare = code.replace("-", "")
            forms = (code, code.lower(), bare, bare.lower(), code.replace("-", " "))
            yield from ((code, form.encode()) for form in forms)


def live_with_canaries(console: Terminal) -> Secrets:
    """From home: enrol, sign in again in every way, change whatever can be changed, fail at all of it, end at home."""
    secrets = Secrets()
    app, codes = enrol(console)
    secrets.keys.append(app.secret)
    secrets.recovery_codes += codes
    secrets.codes.append(app.code(app.last_used))
    sign_out(console)
    give_password(console, CANARY, password=WRONG_PASSWORD)
    console.wait_for(Said("Wrong e-mail or password."))
    sign_in_with_code(console, CANARY.password, app, secrets)
    sign_out(console)
    give_password(console, CANARY)
    asked_for_code(console)
    give_recovery_code(console, codes[4])
    secrets.recovery_codes += make_new_recovery_codes(console)
    open_from_home(console, "Support PIN")
    console.wait_for(Said("No PIN is set."))
    fill_in(console, PIN, PIN)
    secrets.codes.append(app.next_code(console))
    prove(console, CANARY, "To set the support PIN of your account", secrets.codes[-1])
    console.wait_for(Said("The support PIN is saved."))
    back_home(console, "Support PIN set today")
    open_from_home(console, "Password")
    console.wait_for(Said("Last changed today"))
    fill_in(console, WRONG_PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    console.wait_for(Said("That is not your password."))
    console.send(CTRL_U)
    fill_in(console, CANARY.password, "", "")
    console.wait_for(Said("The password is changed."))
    back_home(console, "Password changed today")
    return secrets


def sign_in_with_code(console: Terminal, password: str, app: AuthenticatorApp, secrets: Secrets) -> None:
    give_password(console, CANARY, password=password)
    asked_for_code(console)
    secrets.codes.append(app.wrong_code())
    fill_in(console, secrets.codes[-1])
    console.wait_for(Said("That code does not match."))
    secrets.codes.append(app.next_code(console))
    fill_in(console, secrets.codes[-1])
    at_home(console)


def places_with(secrets: Secrets, there: Installation) -> dict[str, set[str]]:
    """In which files under HOME, which holds TMPDIR and all else, something is found."""
    files = [path for path in there.home.rglob("*") if path.is_file()]
    found = {str(path.relative_to(there.home)): secrets.found_in(path.read_bytes()) for path in files}
    return {name: what for name, what in found.items() if what}


def test_no_secret_is_found_after_the_journey(empty: Installation) -> None:
    with start_console(empty.home) as console:
        register(console, CANARY)
        sign_in(console, CANARY)
        secrets = live_with_canaries(console)

        wal = empty.database.with_name("bartizan.db-wal")
        assert wal.stat().st_size > 0, "the journey should be looked for in a log that is not empty"
        assert places_with(secrets, empty) == {}
        quit_console(console)
        written = bytes(console.raw)

    assert len(secrets.recovery_codes) == 20
    assert places_with(secrets, empty) == {}
    assert [secret for secret in secrets.never_shown if secret.encode() in written] == []
    assert secrets.found_in(written.rpartition(LEAVES)[2]) == set()
    events = empty.rows("SELECT act, actor, target, outcome, details, origin FROM audit_event")
    assert len(events) >= 10
    assert secrets.found_in(repr(events).encode()) == set()
    assert secrets.found_in(empty.run("audit-verify").stdout.encode()) == set()


def test_the_search_finds_what_it_is_for(empty: Installation) -> None:
    secrets = Secrets(
        keys=["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], recovery_codes=["AAAA-BBBB-CCCC-DDDD"], codes=["287082"]
    )
    planted = {
        "password": f"x{NEW_PASSWORD}y".encode(),
        "key": b"\0" + base64.b32decode(secrets.keys[0]) + b"\0",
        "recovery": b"aaaabbbbccccdddd",
        "code": b"code287082,",
    }
    assert all(len(secrets.found_in(content)) == 1 for content in planted.values())
    assert secrets.found_in(b"2026-01-01 00:00:00.287082 f00d2870829911111111111111111111") == set()


@contextmanager
def tmux(there: Installation) -> Iterator[tuple[Terminal, list[str | Path]]]:
    """Bartizan in a tmux of its own, and how to ask that tmux; the pane stays when Bartizan has ended."""
    socket = there.home / "tmux"
    there.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = there.home / "tmux.conf"
    settings.write_text(
        "set -g status off\nset -g history-limit 5000\nset -sg escape-time 0\nset -as terminal-features ,xterm*:RGB\n"
    )
    ask: list[str | Path] = [program("tmux", "tmux"), "-S", socket, "-f", settings]
    env = private_environment(there.home)
    inside = f"{BARTIZAN}; echo Bartizan has ended with $?; exec cat"
    writable_input = ["/bin/sh", "-c", 'exec "$@" <&1', "sh"]  # tmux writes there too
    with Terminal([*writable_input, *ask, "new-session", inside], env=env, cwd=there.home) as console:
        try:
            yield console, ask
        except AssertionError as error:
            pane = subprocess.run(
                [*ask, "capture-pane", "-p"], capture_output=True, text=True, check=False, timeout=60
            ).stdout
            error.add_note(f"What tmux knows of the pane:\n{pane}")
            raise
        finally:
            subprocess.run([*ask, "kill-server"], env=env, check=True, timeout=60)


def test_no_secret_is_in_the_history_of_tmux(empty: Installation) -> None:
    with tmux(empty) as (console, ask):
        register(console, CANARY)
        sign_in(console, CANARY)
        secrets = live_with_canaries(console)
        console.send("q")
        agree(console, "Quit?", harmless="Stay")
        console.wait_for("Bartizan has ended with 0")

        history = [
            subprocess.run([*ask, *what], capture_output=True, check=True, timeout=60).stdout
            for what in (["capture-pane", "-p", "-J", "-S", "-"], ["list-buffers"], ["show-messages"])
        ]

    assert b"Bartizan has ended" in history[0]
    assert secrets.found_in(b"\n".join(history)) == set()
    assert places_with(secrets, empty) == {}
