"""Makes the pictures of the README and the guides from the running program: `make pictures`."""

import re
import sys
import tempfile
from pathlib import Path

import pyotp

from bench.svg import svg_of
from core import demo
from core.config import load_settings
from core.services import open_services
from tests.e2e.journey import Focused, Person, Said, at_home, fill_in, give_password
from tests.e2e.terminal import ENTER, ESC, SPACE, Terminal, private_environment, start_console

_PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_PASSWORD = demo.PASSWORD
_ADMINISTRATOR = "adam@example.com"


def main() -> int:
    """Walk through the console, and keep what is seen on the way."""
    _as_new_owner()
    _as_administrator()
    return 0


def _as_new_owner() -> None:
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
        terminal.wait_for("✓ 1 upper-case")
        _keep(terminal, "password-and-security", "Account Management, Password & Security")


def _as_administrator() -> None:
    with tempfile.TemporaryDirectory() as home:
        secret = _fill(Path(home))
        with start_console(Path(home)) as terminal:
            give_password(terminal, Person(_ADMINISTRATOR, _PASSWORD))
            terminal.wait_for(Said("Security code"))
            fill_in(terminal, pyotp.TOTP(secret).now())
            at_home(terminal)
            terminal.wait_for(Said("Janes, Ana;"))
            _keep(terminal, "home", "Home")
            _in_user_manager(terminal)
            _in_data_centers(terminal)


def _fill(home: Path) -> str:
    """Make the sample contract; the key of its administrator's authenticator app."""
    services = open_services(load_settings(private_environment(home), home))
    try:
        people = demo.fill(services)
    finally:
        services.close()
    return next(person.secret for person in people if person.email == _ADMINISTRATOR)


def _in_user_manager(terminal: Terminal) -> None:
    terminal.send("u")
    terminal.wait_for(Said("22 people"))
    terminal.wait_for(Said("uma@example.com"))
    _keep(terminal, "user-manager", "Resource Manager, User Manager")
    terminal.type("/bo@example" + ENTER + ENTER)
    terminal.wait_for(Said("bo@example.com · User"))
    terminal.send("f")
    terminal.wait_for(Said("[x] Force 2-Factor Auth not saved yet"))
    _keep(terminal, "person", "User Manager, the details of one person")
    terminal.send("f")
    terminal.wait_for(Said("[ ] Force 2-Factor Auth effective with the next login"))
    terminal.send(ESC)
    terminal.wait_for(Said("/ bo@example"))


def _in_data_centers(terminal: Terminal) -> None:
    terminal.send("d")
    terminal.wait_for(Said("5 data centers"))
    terminal.type("/karlsruhe-2" + ENTER + ENTER)
    terminal.wait_for(Said("[x] 2-Factor protection"))
    terminal.wait_for(Said("read, edit and share"))
    _keep(terminal, "data-center", "A data center, Security")
    terminal.send(ESC)
    terminal.wait_for(Said("/ karlsruhe-2"))
    terminal.type("/karlsruhe-1" + ENTER + ENTER)
    terminal.wait_for(Said("[ ] 2-Factor protection"))
    terminal.send("p")
    terminal.wait_for(Focused("Cancel"))
    _keep(terminal, "forecast", "Who loses sight of a data center that is protected")


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
