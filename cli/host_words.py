"""The words of `bartizan clock`, `rescue`, `unlock`, `agent` and `doctor`."""

import argparse
import os
from pathlib import Path
from typing import Any

_OWNS = "Run it as the account that owns database and key ring. "


def add_host_commands(commands: Any) -> None:
    """Add the five commands to a parser's."""
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
    _add_agent(commands)
    _add_doctor(commands)


def _add_agent(commands: Any) -> None:
    words = "make, list, deactivate and activate support agents"
    agent = commands.add_parser("agent", help=words, description=f"{_OWNS}{words.capitalize()}.")
    kinds = agent.add_subparsers(dest="what", required=True, metavar="WHAT")
    for what, does in (
        ("add", "make a support agent and show the code for the first login; asks for e-mail and name"),
        ("list", "every support agent: state, 2-factor, last sign-in, e-mail, name"),
        ("deactivate", "let an agent not sign in any more; sessions and calls end; asks for the e-mail"),
        ("activate", "let a deactivated agent sign in again; asks for the e-mail"),
    ):
        kind = kinds.add_parser(what, help=does, description=f"{_OWNS}{does[0].upper()}{does[1:]}.")
        if what == "list":
            kind.add_argument(
                "--json", action="store_const", const="json", default="table", dest="form", help="as JSON"
            )
    agent.set_defaults(act=_agent)


def _add_doctor(commands: Any) -> None:
    words = "say what is right and wrong on this host, and what mends it; changes nothing"
    who = "As root it looks at everything, as the account that owns the data at what that may see."
    doctor = commands.add_parser("doctor", help=words, description=f"{words.capitalize()}. {who}")
    doctor.add_argument("--json", action="store_const", const="json", default="text", dest="form", help="as JSON")
    config = "the settings of sshd, where they are not at the usual place"
    doctor.add_argument("--sshd-config", type=Path, metavar="FILE", help=config)
    doctor.set_defaults(act=_doctor)


def _clock(words: argparse.Namespace) -> int:
    from cli.host_clock import accept_clock, tell_clock

    return (accept_clock if words.accept else tell_clock)(os.environ, Path.home())


def _rescue(words: argparse.Namespace) -> int:
    from cli.host_rescue import rescue

    return rescue(os.environ, Path.home(), reset_second_factor=words.reset)


def _unlock(_: argparse.Namespace) -> int:
    from cli.host_rescue import unlock

    return unlock(os.environ, Path.home())


def _agent(words: argparse.Namespace) -> int:
    from cli import host_agents

    if words.what == "list":
        return host_agents.list_agents(os.environ, Path.home(), form=words.form)
    act = {
        "add": host_agents.add_agent,
        "deactivate": host_agents.deactivate_agent,
        "activate": host_agents.activate_agent,
    }[words.what]
    return act(os.environ, Path.home())


def _doctor(words: argparse.Namespace) -> int:
    from cli.doctor import doctor

    return doctor(os.environ, Path.home(), form=words.form, sshd_config=words.sshd_config)
