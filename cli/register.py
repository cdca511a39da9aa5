"""`bartizan register`: the contract and its owner, asked for on the terminal; nothing secret in the arguments."""

import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path

from cli.console import origin_of
from cli.saying import tell
from core.config import load_settings
from core.registration import Registration
from core.services import open_services


def register(environ: Mapping[str, str], home: Path) -> int:
    """Ask, register, and say who can sign in now; the exit code.

    Without a terminal the six answers are read from standard input, one a line, so that a script can give them.
    """
    services = open_services(load_settings(environ, home))
    try:
        wanted = Registration(
            contract=_asked("Contract: "),
            given_name=_asked("Given name: "),
            family_name=_asked("Family name: "),
            email=_asked("E-mail: "),
            password=_asked_secretly("Password: "),
            repeated=_asked_secretly("Password again: "),
        )
        registered = services.registration.register_by_command(wanted, origin=origin_of(environ))
    finally:
        services.close()
    tell(f"Contract {registered.contract_number} is registered; {registered.email} can sign in.")
    return 0


def _asked(question: str) -> str:
    if sys.stdin.isatty():
        return input(question)
    return sys.stdin.readline().rstrip("\n")


def _asked_secretly(question: str) -> str:
    return getpass(question) if sys.stdin.isatty() else _asked(question)
