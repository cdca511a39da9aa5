"""A setup assistant that is confirmed while somebody else changes the account: real processes, on both engines."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from core import sessions
from core.config import Settings
from core.services import Services
from data.engine import reading
from data.tables import Authenticator, ConsoleSession, PendingLogin, Person
from tests.core import acts
from tests.core.actors import SetClock, Someone, new_person, person_of
from tests.core.racing import crowd

ROUNDS = 8
OTHER = "Other-Lantern,43"


@pytest.mark.parametrize("signed_in", ["half", "wholly"])
@pytest.mark.parametrize("against", ["deactivate", "delete", "set password"])
def test_whoever_confirms_while_he_is_shut_out_is_shut_out_and_what_follows_from_his_app_is_right(
    owner: Someone, settings: Settings, clock: SetClock, against: str, signed_in: str
) -> None:
    """The attack: a thief of the password is in the setup assistant, half signed in where 2-factor is forced. With the
    last key he would have a session that outlives the help."""
    services, session = owner.services, owner.signs_in()

    with crowd(2, settings) as consoles:
        for number in range(ROUNDS):
            thief = new_person(services, clock, email=f"ulf{number}@example.com", force_sec_auth=signed_in == "half")
            person_id = person_of(services, thief.email).id
            who: Any = thief.owes_enrolment() if signed_in == "half" else thief.signs_in()
            thief.scans(who)
            codes = services.enrolment.prove(who, thief.code())
            session = owner.signs_in()
            issued = services.invitations.issue_reset_code(session, person_id)
            fact: Any = (thief.email, issued.code) if against == "set password" else session
            orders = [("confirm", who, codes[0]), (against, fact, person_id)]
            confirmed, helped = consoles.do(clock(), _confirm_or_help, orders)

            assert helped == acts.DONE
            assert confirmed in {acts.DONE, "SessionOver", "LoginExpired", "EnrolmentOver"}
            assert open_ways_in(services, person_id) == 0
            assert has_app(services, person_id) == (confirmed == acts.DONE and against != "delete")


def _confirm_or_help(services: Services, what: str, who: Any, fact: Any) -> str:
    match what:
        case "confirm":
            return acts.confirm_enrolment(services, who, fact)
        case "set password":
            email, code = who
            return acts.set_password(services, email, code, OTHER)
        case _:
            getattr(services.standing, what)(who, [fact])
            return acts.DONE


def open_ways_in(services: Services, person_id: UUID) -> int:
    """Sessions and half logins that somebody has."""
    now = services.now()
    with reading(services.engine) as db:
        whole = select(ConsoleSession).where(ConsoleSession.person_id == person_id, sessions.is_open(now))
        halves = select(PendingLogin).where(PendingLogin.person_id == person_id)
        return len(db.exec(whole).all()) + len(db.exec(halves).all())


def has_app(services: Services, person_id: UUID) -> bool:
    """Whether there is an authenticator; the person's own row says the same."""
    with reading(services.engine) as db:
        said = db.exec(select(Person.sec_auth_active).where(col(Person.id) == person_id)).one_or_none()
        found = db.get(Authenticator, person_id) is not None
    assert bool(said) == found
    return found
