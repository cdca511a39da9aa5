"""`bartizan mail`: sends what waits, for cron or a timer; with --test it says what is wrong with mail."""

from collections.abc import Mapping
from pathlib import Path

from cli.saying import CANNOT, say, tell
from core.config import load_settings
from core.errors import MailNotConfigured
from core.mail.service import Delivered
from core.services import Services, open_services


def send_waiting(environ: Mapping[str, str], home: Path) -> int:
    """Send all that is due; the exit code is 0 where nothing is left that should have gone.

    Raises:
        MailNotConfigured: the settings name no mail server.
    """
    services = open_services(load_settings(environ, home))
    try:
        return _tell(_sent(services))
    finally:
        services.close()


def send_test(environ: Mapping[str, str], home: Path, *, address: str) -> int:
    """Send a mail that says nothing.

    Raises:
        MailNotConfigured, MailRefused, FieldRefused: what is wrong.
    """
    services = open_services(load_settings(environ, home))
    try:
        services.mail.send_test(address)
    finally:
        services.close()
    tell("The mail server took the test mail.")
    return 0


def _sent(services: Services) -> list[Delivered]:
    if not services.mail.is_configured:
        raise MailNotConfigured
    passes = [services.mail.deliver_due()]
    while passes[-1].sent:
        passes.append(services.mail.deliver_due())
    return passes


def _tell(passes: list[Delivered]) -> int:
    sent, postponed, given_up = (
        sum(getattr(each, name) for each in passes) for name in ("sent", "postponed", "given_up")
    )
    tell(f"Mails sent: {sent:,}; to be tried again: {postponed:,}; given up: {given_up:,}.")
    trouble = next((each.trouble for each in reversed(passes) if each.trouble), "")
    return say(f"{trouble[0].upper()}{trouble[1:]}.", CANNOT) if trouble else 0
