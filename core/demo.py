"""Sample people for a look around: one of each kind, on a database that nobody minds losing."""

from dataclasses import dataclass, field

from sqlmodel import select

from core import codes, recovery_codes, totp
from core.agents import FORCED_BY
from core.demo_contract import furnish
from core.enrolment import keep_recovery_codes
from core.new_person import new_person
from core.origin import Origin
from core.registration import Registration
from core.services import Services
from data.engine import transaction
from data.tables import ADMINISTRATOR, SUPPORT_AGENT, USER, Authenticator, Contract, Person, SupportPin

CONTRACT = "Example GmbH"
PASSWORD = "Turret-over-9-gates"  # noqa: S105 - printed before the demonstration starts
PIN = "730162"


@dataclass(frozen=True)
class SamplePerson:
    """Who can sign in to the demonstration; `secret` is the authenticator's, where there is one."""

    email: str
    role: str
    what: str
    secret: str = field(default="", repr=False)


def fill(services: Services) -> tuple[SamplePerson, ...]:
    """Register the sample contract and its people in an empty database."""
    owner = SamplePerson("olivia@example.com", "contract owner", "no second factor yet")
    admin = SamplePerson("adam@example.com", "administrator", "2-factor on", totp.new_secret())
    forced = SamplePerson("uma@example.com", "user", "2-factor forced: the setup assistant waits")
    plain = SamplePerson("bo@example.com", "user", f"no second factor; support PIN {PIN}")
    agent = SamplePerson("sam@example.net", "support agent", "2-factor on", totp.new_secret())
    services.registration.register_by_command(
        Registration(CONTRACT, "Olivia", "Owner", owner.email, PASSWORD, PASSWORD), origin=Origin()
    )
    _add(services, admin, "Adam", "Admin", role=ADMINISTRATOR)
    _add(services, forced, "Uma", "User", role=USER, forced_by="Olivia Owner")
    _add(services, plain, "Bo", "Li", role=USER)
    _set_pin(services, plain)
    furnish(services)
    _add(services, agent, "Sam", "Support", role=SUPPORT_AGENT, forced_by=FORCED_BY)
    return owner, admin, forced, plain, agent


def _add(
    services: Services, sample: SamplePerson, given: str, family: str, *, role: str, forced_by: str | None = None
) -> None:
    now = services.login.now()
    password_hash = services.login.passwords.hash(PASSWORD)
    with transaction(services.engine) as db:
        contract_id = db.exec(select(Contract.id)).one() if role != SUPPORT_AGENT else None
        person = new_person(contract_id, email=sample.email, given_name=given, family_name=family, role=role, now=now)
        person.force_sec_auth = person.sec_auth_forced = forced_by is not None
        person.forced_by = forced_by
        person.password_hash = password_hash
        person.password_changed_at = now
        person.sec_auth_active = bool(sample.secret)
        db.add(person)
        db.flush()
        if sample.secret:
            sealed = codes.seal_secret(services.keys, "authenticator", person.id, sample.secret)
            db.add(Authenticator(person_id=person.id, secret_sealed=sealed, confirmed_at=now))
            hashes = [codes.hash_of(services.keys, person.id, code) for code in recovery_codes.new_set()]
            keep_recovery_codes(db, person.id, hashes)


def _set_pin(services: Services, sample: SamplePerson) -> None:
    pin_hash = services.support_pin.pins.hash(PIN)
    with transaction(services.engine) as db:
        person_id = db.exec(select(Person.id).where(Person.email == sample.email)).one()
        db.add(SupportPin(person_id=person_id, pin_hash=pin_hash, set_at=services.now()))
