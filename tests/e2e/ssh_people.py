"""Who is on a console host, and what she types over SSH."""

from tests.e2e.ssh_host import SshHost
from tests.e2e.terminal import ENTER, TAB, Terminal

EMAIL = "olga@example.com"
PASSWORD = "Turret-over-9-gates"
PERSON = ("Harbour Works", "Olga", "Ohm", EMAIL)


def register(host: SshHost) -> None:
    """Register the owner by the command."""
    answers = "\n".join([*PERSON, PASSWORD, PASSWORD, ""])
    registered = host.command("register", typed=answers)
    assert registered.returncode == 0, registered.stderr
    assert registered.stdout.endswith(f"{EMAIL} can sign in.\n")


def sign_in(terminal: Terminal) -> None:
    """Fill in the login."""
    terminal.wait_for("E-mail")
    terminal.type(EMAIL + TAB + PASSWORD + ENTER)
