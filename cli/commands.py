"""What an administrator does on the host, as the account that owns the database."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

from cli.file_words import add_file_commands
from cli.host_words import add_host_commands
from cli.saying import CANNOT, FAULT, STOPPED, say, tell
from core.config import load_settings
from core.errors import Fault, Refusal
from core.wording import sentence
from tui.fault import described, new_reference
from tui.hosting.environment import clean
from tui.hosting.fault_log import FaultLog
from tui.hosting.memory import forbid_core_files, forbid_reading


def run_command(words: list[str]) -> int:
    """Do what the words say; the exit code."""
    clean(os.environ)
    forbid_core_files()
    forbid_reading()
    parsed = _parser().parse_args(words)
    try:
        return int(parsed.act(parsed))
    except (Refusal, Fault) as trouble:
        return say(sentence(trouble), CANNOT)
    except (KeyboardInterrupt, EOFError):
        return say("Stopped; nothing was changed.", STOPPED)
    except Exception as error:  # noqa: BLE001 - a traceback could show what was typed
        return _fault(error)


def _fault(error: Exception) -> int:
    reference = new_reference()
    with suppress(Refusal):
        FaultLog(load_settings(os.environ, Path.home()).log_file)(f"{reference} {described(error)}")
    return say(f"Something went wrong. Reference: {reference}", FAULT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bartizan", description="The account-security console. Without a command it starts on this terminal."
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument("--own-process", action="store_true", help="start the console in this process, host or not")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, act, words in (
        ("serve", _serve, "run the console host: many consoles, for whoever may use its socket"),
        ("attach", _attach, "show a console of the host on this terminal; without a command too, where a host runs"),
        ("register", _register, "register the contract and its owner; asks for everything"),
        ("bootstrap-code", _bootstrap_code, "print the one-time code for the first-start screen"),
        ("audit-verify", _audit_verify, "check that nothing in the audit was changed, added or removed"),
        ("mail", _mail, "send the mails that wait, once; consoles do so by themselves while one is open"),
        ("demo", _demo, "start the console on a throw-away contract with sample people"),
    ):
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(act=act)
        if act is _audit_verify:
            command.add_argument("noted", nargs="*", metavar="CHAIN:NUMBER:MAC", help="what an earlier check printed")
        if act is _mail:
            command.add_argument("--test", metavar="ADDRESS", help="send a test mail there, and say what is wrong")
    add_host_commands(commands)
    add_file_commands(commands)
    return parser


def _serve(_: argparse.Namespace) -> int:
    from cli.serve import serve

    return serve(os.environ, Path.home())


def _attach(_: argparse.Namespace) -> int:
    raise AssertionError("`cli.main` does this one, which is in haste")


def _register(_: argparse.Namespace) -> int:
    from cli.register import register

    return register(os.environ, Path.home())


def _bootstrap_code(_: argparse.Namespace) -> int:
    from core.services import open_services

    services = open_services(load_settings(os.environ, Path.home()))
    try:
        tell(services.registration.new_bootstrap_code())
    finally:
        services.close()
    return 0


def _audit_verify(words: argparse.Namespace) -> int:
    from cli.audit_verify import audit_verify

    return audit_verify(os.environ, Path.home(), noted=words.noted)


def _mail(words: argparse.Namespace) -> int:
    from cli.mailing import send_test, send_waiting

    if words.test is None:
        return send_waiting(os.environ, Path.home())
    return send_test(os.environ, Path.home(), address=words.test)


def _demo(_: argparse.Namespace) -> int:
    from cli.demo import run_demo

    return run_demo(os.environ)


def _version() -> str:
    from importlib.metadata import version

    return f"bartizan {version('bartizan')}"
