"""Makes the pictures of the README from the running program: `make pictures`."""

import re
import sys
import tempfile
from pathlib import Path

import pyotp

from bench.svg import svg_of
from tests.e2e.terminal import ENTER, ESC, SPACE, Terminal, start_console

_PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_PASSWORD = "Turret-over-9-gates"


def main() -> int:
    """Walk through the console as a new contract owner and keep what is seen on the way."""
    with tempfile.TemporaryDirectory() as home, start_console(Path(home)) as terminal:
        _register(terminal)
        terminal.wait_for("jane.doe@example.com")
        _keep(terminal, "sign-in", "Sign in")
        terminal.type(_PASSWORD + ENTER)
        terminal.wait_for("Support PIN")
        terminal.send("a")
        terminal.wait_for("At sign-in")
        terminal.send(SPACE)
        terminal.wait_for("Install the app")
        terminal.send(ENTER)
        terminal.wait_for("Point your app")
        _keep(terminal, "setup-assistant", "The setup assistant")
        _enrol(terminal)
        terminal.wait_for("Active since")
        _keep(terminal, "security", "Account Management, Security")
        terminal.send("p")
        terminal.wait_for("Last changed")
        terminal.type(_PASSWORD + ENTER + "Bastion")
        terminal.wait_for("Strength")
        _keep(terminal, "password-and-security", "Account Management, Password & Security")
        terminal.send(ESC)
        terminal.wait_for("Welcome")
        _keep(terminal, "home", "Home")
    return 0


def _register(terminal: Terminal) -> None:
    terminal.wait_for("Register your contract")
    answers = ("Example GmbH", "Jane", "Doe", "jane.doe@example.com", _PASSWORD, _PASSWORD)
    terminal.type("".join(answer + ENTER for answer in answers))
    terminal.wait_for("Sign in")


def _enrol(terminal: Terminal) -> None:
    app = pyotp.parse_uri(terminal.decode_qr()[0])
    assert isinstance(app, pyotp.TOTP)
    terminal.send(ENTER)
    terminal.wait_for("It changes every")
    terminal.type(app.now() + ENTER)
    terminal.wait_for("Write them down")
    shown = re.search("[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", "\n".join(terminal.text()))
    assert shown
    terminal.send(ENTER)
    terminal.wait_for("Type any one")
    terminal.type(shown.group() + ENTER)


def _keep(terminal: Terminal, name: str, title: str) -> None:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    (_PICTURES / f"{name}.svg").write_text(svg_of(terminal, title=title), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
