"""What the processes of `racing` do; a process is told which by name, so each is a function of a module."""

from typing import Any

from argon2.profiles import CHEAPEST
from sqlmodel import select

from core import audit, throttle
from core.config import Settings
from core.invitations import Invitation
from core.login import open_session
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.registration import Registration
from core.services import Services, open_services
from data.engine import transaction
from data.tables import Person
from tests.core.actors import CONSOLE
from tests.core.racing import OPENING

DONE = "done"


def sign_in(services: Services, email: str, password: str) -> str:
    return type(services.login.sign_in(email, password, origin=CONSOLE)).__name__


def give_code(services: Services, owed: CodeNeeded, code: str) -> str:
    services.login.give_code(owed, code)
    return DONE


def give_recovery_code(services: Services, owed: CodeNeeded, code: str) -> str:
    services.login.give_recovery_code(owed, code)
    return DONE


def prove_with_code(services: Services, session: Session, password: str, code: str) -> str:
    services.proof.prove(session, password, code, act="enrolment.begin")
    return DONE


def begin_enrolment(services: Services, who: Session | EnrolmentNeeded) -> str:
    services.enrolment.begin(who)
    return DONE


def confirm_enrolment(services: Services, who: Session | EnrolmentNeeded, recovery_code: str) -> str:
    services.enrolment.confirm(who, recovery_code)
    return DONE


def change_password(services: Services, session: Session, old: str, new: str) -> str:
    services.account.change_password(session, old=old, new=new, repeated=new)
    return DONE


def save_pin(services: Services, session: Session, pin: str) -> str:
    services.support_pin.save(session, pin, repeated=pin)
    return DONE


def invite(services: Services, session: Session, wanted: Invitation) -> str:
    services.invitations.invite(session, wanted)
    return DONE


def set_password(services: Services, email: str, code: str, new: str) -> str:
    services.invitations.set_password(email, code, new=new, repeated=new, origin=CONSOLE)
    return DONE


def confirm_email(services: Services, session: Session, code: str) -> str:
    services.email_change.confirm(session, code)
    return DONE


def complete_login(services: Services, email: str) -> str:
    """What every way to sign in ends with, for a person who is held."""
    with transaction(services.engine) as db:
        held = select(Person).where(Person.email == email).with_for_update(key_share=True)
        person = db.exec(held).one()
        open_session(db, services.keys, person, how="password", origin=CONSOLE, now=services.now())
    return DONE


def deliver_mail(services: Services) -> int:
    return services.mail.deliver_due().sent


def register(services: Services, wanted: Registration) -> str:
    services.registration.register(wanted, origin=CONSOLE)
    return DONE


def charge(services: Services, limit: throttle.Limit, times: int) -> int:
    for _ in range(times):
        with transaction(services.engine) as db:
            throttle.charge(db, limit, "subject", now=services.login.now())
    return times


def tell(services: Services, times: int) -> int:
    for number in range(times):
        told = audit.Told("test", details={"number": number})
        audit.record_alone(services.engine, services.keys, told, at=services.login.now(), origin=CONSOLE)
    return times


def first_start(settings: Settings, wanted: Registration, clock: Any) -> str:
    services = open_services(settings, now=clock, cost=CHEAPEST)
    services.registration.register(wanted, origin=CONSOLE)
    services.close()
    return DONE


OPENING.add(first_start)
