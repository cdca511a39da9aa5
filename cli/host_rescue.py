"""`bartizan rescue` and `bartizan unlock`: for somebody whom nobody in the contract can help."""

from collections.abc import Mapping
from pathlib import Path

from cli.asking import Asking
from cli.console import origin_of
from cli.host_user import host_user
from cli.saying import tell, tell_at_length
from core.config import load_settings
from core.errors import FieldRefused, PersonInactive, SecondFactorNotActive
from core.host_rescue import Found, Rescue, Rescued
from core.services import Services, open_services
from core.wording import moment


def rescue(environ: Mapping[str, str], home: Path, *, reset_second_factor: str = "") -> int:
    """Ask who and why, unlock him, and show the code with which he sets his password; the exit code.

    `reset_second_factor` is the word that asks for it, or nothing.

    Raises:
        Refusal: he is not there or cannot be helped so, or was not named a second time. Nothing was changed.
    """
    services = open_services(load_settings(environ, home))
    try:
        asking = Asking()
        found = _found(services, asking)
        if not found.active:
            raise PersonInactive
        if reset_second_factor and not found.second_factor:
            raise SecondFactorNotActive
        wanted = _wanted(environ, asking, found)
        tell("")
        tell_at_length(_foretold(found, reset_second_factor))
        _confirm(asking, found)
        host = services.host_rescue
        act = host.rescue_without_second_factor if reset_second_factor else host.rescue
        _show(act(wanted, origin=origin_of(environ)), found)
    finally:
        services.close()
    return 0


def unlock(environ: Mapping[str, str], home: Path) -> int:
    """Ask who and why, and forget his failures; the exit code.

    Raises:
        Refusal: he is not there. Nothing was changed.
    """
    services = open_services(load_settings(environ, home))
    try:
        asking = Asking()
        found = _found(services, asking)
        locks = services.host_rescue.unlock(_wanted(environ, asking, found), origin=origin_of(environ))
    finally:
        services.close()
    secrets = ", ".join(dict.fromkeys(lock.secret for lock in locks))
    tell(f"{found.email} does not wait any more ({secrets})." if locks else f"{found.email} was not waiting.")
    return 0


def _found(services: Services, asking: Asking) -> Found:
    found = services.host_rescue.find(asking.openly("E-mail of the person: "))
    tell(f"{found.name}, {found.role.replace('_', ' ')}{f' of contract {found.contract}' if found.contract else ''}")
    tell(f"  2-factor: {'on' if found.second_factor else 'off'}")
    for lock in found.locks:
        tell(f"  waits until {moment(lock.until)}: {lock.secret}")
    if found.helpers:
        tell_at_length(f"  can be helped in the User Manager too, by {', '.join(found.helpers)}")
    return found


def _wanted(environ: Mapping[str, str], asking: Asking, found: Found) -> Rescue:
    reason = asking.openly("Reason, for the audit: ")
    return Rescue(found.email, reason, host_user(environ))


def _foretold(found: Found, reset_second_factor: str) -> str:
    lost = " Authenticator and recovery codes are removed, and all sessions end." if reset_second_factor else ""
    kept = (
        "" if reset_second_factor or not found.second_factor else " 2-factor stays on: the next login asks for a code."
    )
    others = (
        "The audit, the person, the owner and every administrator" if found.contract else "The audit and the person"
    )
    return (
        f"Failures of {found.email} are forgotten, and a code is shown here with which whoever has it sets the "
        f"password.{lost}{kept} {others} are told."
    )


def _confirm(asking: Asking, found: Found) -> None:
    if asking.openly("Type the e-mail again: ").strip().casefold() != found.email.casefold():
        raise FieldRefused("The e-mail", "be the same both times; nothing was changed")


def _show(rescued: Rescued, found: Found) -> None:
    issued = rescued.issued
    way = "First login" if issued.activation else "Forgot password?"
    tell("")
    tell(f"Code for {found.email}, good until {moment(issued.expires_at)}, once:")
    tell(f"  {issued.code}")
    tell_at_length(f"At the login: {way}, then e-mail, this code, and a new password. It is shown this once.")
