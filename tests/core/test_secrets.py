"""No secret is left where it should not be: database files, rows, audit, or what objects say of themselves."""

from pathlib import Path

from core.config import Settings
from core.invitations import Invitation
from core.registration import Registration
from core.services import Services
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone, person_of, rows

NEW = "Other-Lantern,43"
FIRST = "Third-Lantern,44"
PIN = "480193750261"


def test_after_a_whole_life_no_secret_is_in_any_row_or_file(
    owner: Someone, settings: Settings, clock: SetClock, tmp_path: Path
) -> None:
    secrets = _live(owner, clock)

    owner.services.close()

    stored = repr(rows(owner.services)).encode() + _files(settings, tmp_path)
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_what_objects_say_of_themselves_holds_no_secret(
    services: Services, wanted: Registration, owner: Someone, clock: SetClock
) -> None:
    session = owner.signs_in()
    shown = services.enrolment.begin(session)

    said = repr([services, wanted, session, shown, owner.services.keys, services.login])

    key = shown.key.replace(" ", "")
    assert not any(secret in said for secret in (PASSWORD, session.token, key, shown.key, "otpauth"))


def _live(owner: Someone, clock: SetClock) -> list[str]:
    """Enrol, sign in by code and recovery code, set PIN and password, invite, change the e-mail; every secret used."""
    services = owner.services
    first = owner.signs_in()
    session = owner.enrols(first)
    code = owner.code()
    owed = owner.owes_code()
    by_code = services.login.give_code(owed, code)
    services.login.give_recovery_code(owner.owes_code(), owner.recovery_codes[1])
    services.support_pin.save(session, PIN, repeated=PIN)
    services.account.change_password(session, old=PASSWORD, new=NEW, repeated=NEW)
    invited = services.invitations.invite(session, Invitation("nora@example.com", "Nora", "Nord"))
    services.invitations.set_password(invited.email, invited.code, new=FIRST, repeated=FIRST, origin=CONSOLE)
    reset = services.invitations.issue_reset_code(session, person_of(services, invited.email).id)
    wish = services.email_change.ask(session, session.person_id, email="olga@example.net")
    services.email_change.confirm(session, wish.code)
    issued = [form for each in (invited, reset, wish) for form in (each.code, each.code.replace("-", ""))]
    key = owner.phone.app.secret
    assert clock() > first_moment
    bare = [code.replace("-", "") for code in owner.recovery_codes]
    tokens = [first.token, session.token, by_code.token, owed.token]
    return [PASSWORD, NEW, FIRST, PIN, key, *issued, *owner.recovery_codes, *bare, *tokens]


first_moment = SetClock().time


def _files(settings: Settings, home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path != settings.key_ring)
