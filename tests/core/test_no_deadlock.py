"""Acts on people while one of these signs in: nobody waits for somebody who waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from core import audit, throttle
from core.errors import WrongCredentials
from core.login_steps import Session
from core.services import Services
from data.engine import reading, transaction
from data.tables import Person
from tests.core.actors import CONSOLE, SetClock, Someone, new_person, person_of
from tests.core.sharing import group_of

PATIENCE = timedelta(seconds=4).total_seconds()

ACTS: dict[str, Callable[[Services, Session, UUID, UUID], object]] = {
    "groups.delete": lambda services, session, group, _: services.groups.delete(session, group),
    "forcing.release_group": lambda services, session, group, _: services.forcing.release_group(session, group),
    "members.remove": lambda services, session, group, person: services.members.remove(session, group, [person]),
    "standing.deactivate": lambda services, session, _, person: services.standing.deactivate(session, [person]),
    "standing.delete": lambda services, session, _, person: services.standing.delete(session, [person]),
    "forcing.force_people": lambda services, session, _, person: services.forcing.force_people(session, [person]),
    "rescue.end_sessions": lambda services, session, _, person: services.rescue.end_sessions(session, person),
}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite lets one write at a time
@pytest.mark.parametrize("act", ACTS)
def test_an_act_does_not_keep_the_audit_from_a_member_for_whom_it_waits(
    services: Services, session: Session, clock: SetClock, act: str
) -> None:
    """The member is just signing in: his row is held, and the audit is told next. Were it the other way round here,
    the database would end one of the two as a deadlock, and turn a person away as if it were down."""
    member = new_person(services, clock, email="ulf@example.com")
    person_id = person_of(services, member.email).id
    group_id = group_of(services, member)
    services.forcing.force_group(session, group_id)

    with ThreadPoolExecutor() as another:
        with transaction(services.engine) as db:
            held = db.exec(select(Person).where(Person.id == person_id).with_for_update(key_share=True)).one()
            acting = another.submit(ACTS[act], services, session, group_id, person_id)
            wait_until_it_waits(services)
            audit.record(db, services.keys, audit.Told("sign in"), at=clock(), origin=CONSOLE, actor=held)
        acting.result()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_wrong_password_does_not_keep_counters_from_a_login_for_which_it_waits(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    """The attack: a stranger's guess locks Olga while she gives her code. Her counter is from the day before yesterday,
    and the guess would forget it."""
    owner_id = person_of(services, owner.email).id
    with transaction(services.engine) as db:
        throttle.charge(db, throttle.CODE, str(owner_id), now=clock())
    clock.advance(days=2)
    _guess_up_to_the_lock(services, owner.email, now=clock())

    with ThreadPoolExecutor() as another:
        with transaction(services.engine) as db:
            db.exec(select(Person).where(Person.id == owner_id).with_for_update(key_share=True)).one()
            guessing = another.submit(services.login.sign_in, owner.email, "wrong", origin=CONSOLE)
            wait_until_it_waits(services)
            throttle.charge(db, throttle.CODE, str(owner_id), now=clock())
        with pytest.raises(WrongCredentials):
            guessing.result()


def _guess_up_to_the_lock(services: Services, email: str, *, now: datetime) -> None:
    """Only the guess that brings a wait writes to the person."""
    subject = services.keys.keyed_hash("throttle", email.encode())
    with transaction(services.engine) as db:
        for _ in range(throttle.PASSWORD.free - 1):
            throttle.charge(db, throttle.PASSWORD, subject, now=now)


def wait_until_it_waits(services: Services) -> None:
    """Until another transaction of this database stands still."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type='Lock'"
    )
    end = monotonic() + PATIENCE
    while monotonic() < end:
        with reading(services.engine) as db:
            if db.connection().execute(waiting).scalar_one():
                return
    raise AssertionError("nobody waits")
