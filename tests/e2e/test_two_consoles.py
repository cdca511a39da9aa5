"""Two consoles side by side, on real processes: what an administrator does, and what the other person notices.

Source text, "For the account of another user", and the protection of data centers by 2-factor authentication.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import core.demo
from core.config import load_settings
from core.login_steps import Session
from core.origin import Origin
from core.resources import Kind
from core.services import Services, open_services
from core.shares import Given
from tests.core.actors import proved
from tests.e2e.installation import Installation
from tests.e2e.journey import (
    AuthenticatorApp,
    Focused,
    Person,
    Said,
    agree,
    at_home,
    confirm,
    fill_in,
    give_password,
    open_security,
    prove,
    scan,
    sign_in,
    sign_out,
    to_step_3,
    to_step_4,
    to_step_5,
)
from tests.e2e.terminal import ENTER, ESC, SPACE, TAB, Terminal, private_environment

OLIVIA = Person("olivia@example.com", core.demo.PASSWORD)
BO = Person("bo@example.com", core.demo.PASSWORD)
HIDDEN = "Vault-1"


@contextmanager
def services_of(installation: Installation) -> Iterator[tuple[Services, Session]]:
    """The core of an installation, and a session of the contract owner's in it."""
    services = open_services(load_settings(private_environment(installation.home), installation.home))
    try:
        session = services.login.sign_in(OLIVIA.email, OLIVIA.password, origin=Origin())
        assert isinstance(session, Session)
        yield services, proved(services, session)
        services.sessions.sign_out(session)
    finally:
        services.close()


def share_with_bo(installation: Installation) -> None:
    """A protected data center, shared with a group in which Bo is."""
    with services_of(installation) as (services, session):
        [bo] = [id_ for (id_,) in installation.rows("SELECT id FROM person WHERE email = ?", BO.email)]
        group_id = services.groups.create(session, "Vault keepers")
        services.members.add(session, group_id, [UUID(bo)])
        resource_id = services.resources.create(session, Kind.DATA_CENTER, HIDDEN)
        services.shares.share(session, resource_id, group_id, Given())
        services.resources.protect(session, resource_id)


def open_person(console: Terminal, email: str) -> None:
    """From home to somebody's details in the User Manager."""
    console.send("u")
    console.wait_for(Said("/ Search"))
    console.wait_for(Said(OLIVIA.email))
    console.type(f"/{email}" + ENTER + ENTER)
    console.wait_for(lambda _: Said(f"{email} ·")(console) and Said("Force 2-Factor Auth")(console))


def save_force(console: Terminal, *, forced: bool) -> None:
    """In the details: change the check box and save."""
    console.send("f")
    console.wait_for(Said(f"[{'x' if forced else ' '}] Force 2-Factor Auth not saved yet"))
    if not Said("enter Save")(console):
        console.send(TAB)
    console.wait_for(Said("enter Save"))
    console.send(ENTER)
    if forced:
        agree(console, "Force 2-factor for", harmless="Cancel")
    else:
        prove(console, OLIVIA, "To stop forcing 2-factor for Bo Li")
    console.wait_for(Said("The setting will be effective with the next login."))


def enrol_at_login(console: Terminal) -> AuthenticatorApp:
    """The setup assistant stands in the way: through it, and home."""
    give_password(console, BO)
    console.wait_for(Focused("Next"))
    assert Said("▶ 1")(console)
    console.send(ENTER)
    app = scan(console)
    to_step_3(console)
    codes = to_step_4(console, app)
    to_step_5(console)
    fill_in(console, codes[0])
    at_home(console)
    return app


def test_forcing_leaves_at_work_whoever_works_and_waits_at_his_next_login(populated: Installation) -> None:
    with populated.start() as administrators, populated.start() as users:
        sign_in(administrators, OLIVIA)
        sign_in(users, BO)
        open_person(administrators, BO.email)
        save_force(administrators, forced=True)

        open_security(users)
        users.wait_for(Said("Activated by Olivia Owner: set it up now, or at your next login."))
        users.send(ESC)
        at_home(users)
        sign_out(users)
        give_password(users, BO)
        users.wait_for(Focused("Next"))
        users.send(ESC)
        users.wait_for(Said("E-mail"))
        enrol_at_login(users)
        open_security(users)
        users.wait_for(Said("you can't switch it off."))
        users.send(SPACE)
        users.wait_for(Said("2-factor authentication was activated by Olivia Owner: you can't switch it off."))
        assert Said("[x] 2-Factor Auth Enabled")(users)

        save_force(administrators, forced=False)
        users.send(SPACE)
        agree(users, "Deactivate 2-factor authentication?", harmless="Cancel")
        users.wait_for(Said("Deactivated. Your next login asks for the password alone."))

    assert not populated.log.exists(), populated.log.read_text()


def test_a_protected_data_center_appears_with_the_code_and_vanishes_with_the_factor(populated: Installation) -> None:
    share_with_bo(populated)
    with populated.start() as administrators, populated.start() as users:
        sign_in(administrators, OLIVIA)
        sign_in(users, BO)
        open_data_centers(users)
        assert HIDDEN not in str(users)
        users.send(ESC)
        at_home(users)

        open_security(users)
        app = enrol_by_oneself(users)
        open_data_centers(users)
        users.wait_for(HIDDEN)

        open_person(administrators, BO.email)
        reset_second_factor(administrators)
        users.wait_for(lambda _: HIDDEN not in str(users))
        users.wait_for(Said("Your session was ended: your 2-factor authentication was reset."))
        sign_in(users, BO)
        open_data_centers(users)
        assert HIDDEN not in str(users)
        assert app.account

    assert not populated.log.exists(), populated.log.read_text()


def open_data_centers(console: Terminal) -> None:
    """From home to the list of data centers, with everything in it that there is."""
    console.send("r")
    console.wait_for(lambda _: any("data center" in line and line.startswith(" /") for line in console.text()))


def enrol_by_oneself(console: Terminal) -> AuthenticatorApp:
    """In the Security tab: through the assistant, and back home."""
    console.send(SPACE)
    console.wait_for(Focused("Next"))
    console.send(ENTER)
    app = scan(console)
    to_step_3(console)
    codes = to_step_4(console, app)
    to_step_5(console)
    confirm(console, codes[0])
    console.send(ESC)
    at_home(console)
    return app


def reset_second_factor(console: Terminal) -> None:
    """In the details: the device is lost."""
    console.send("r")
    agree(console, "Reset 2-factor of Bo Li", harmless="Cancel")
    console.wait_for(Said("enter Reset 2-Factor"))
    fill_in(console, "lost telephone")
    console.wait_for(Said("is reset; no session of this person is left."))
