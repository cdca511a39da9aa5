"""The words of `bartizan clock`, `bartizan rescue` and `bartizan unlock`."""

import argparse
import os
from pathlib import Path
from typing import Any

_OWNS = "Run it as the account that owns database and key ring. "


def add_host_commands(commands: Any) -> None:
    """Add the three commands to a parser's."""
    words = "say what this server's clock and the latest moment seen here are, and whether anybody is kept out by it"
    clock = commands.add_parser("clock", help=words, description=f"{_OWNS}{words.capitalize()}.")
    accept = "once the clock is right again after it was ahead: take the present for the present; asks for the time"
    clock.add_argument("--accept", action="store_true", help=accept)
    clock.set_defaults(act=_clock)
    words = "unlock somebody and show a code for a new password: the contract owner's way when nobody is left"
    rescue = commands.add_parser(
        "rescue", help=words, description=f"{_OWNS}{words.capitalize()}. Asks for e-mail and reason; all are told."
    )
    lost = "remove a lost authenticator and its recovery codes too; all sessions end, a force stays"
    rescue.add_argument("--reset-2-factor", action="store_const", const="reset", default="", help=lost, dest="reset")
    rescue.set_defaults(act=_rescue)
    words = "forget the failures that make somebody wait"
    unlock = commands.add_parser(
        "unlock", help=words, description=f"{_OWNS}{words.capitalize()}. Asks for e-mail and reason; all are told."
    )
    unlock.set_defaults(act=_unlock)


def _clock(words: argparse.Namespace) -> int:
    from cli.host_clock import accept_clock, tell_clock

    return (accept_clock if words.accept else tell_clock)(os.environ, Path.home())


def _rescue(words: argparse.Namespace) -> int:
    from cli.host_rescue import rescue

    return rescue(os.environ, Path.home(), reset_second_factor=words.reset)


def _unlock(_: argparse.Namespace) -> int:
    from cli.host_rescue import unlock

    return unlock(os.environ, Path.home())
