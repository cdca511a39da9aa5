"""Whatever is done by whomever in whatever order: what follows from something always follows, and the audit is told."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import func, select

from core import permissions
from core.errors import Denied, Refusal
from core.login_steps import Session
from core.services import Services
from core.shares import Given
from data.engine import reading
from data.group_tables import PRIVILEGES
from data.tables import OWNER, USER, AuditEvent, Authenticator
from tests.core.actors import Phone, SetClock, rows
from tests.core.calling import called
from tests.core.random_contracts import RandomContract, facts_of

STEPS = 60
LISTED = [*permissions.ON_PEOPLE, *permissions.ON_CONTRACT, *permissions.ON_RESOURCES]
ASKING = ("page", "count", "counts", "details", "shares", "groups", "people", "resources", "check", "adoption")
BY_ONESELF = ["ownership.accept", "ownership.decline", "second_factor.deactivate", "enrol", "hand over"]
ACTS = [
    act for act in LISTED if not act.startswith("forecast.") and not act.partition(".")[2].startswith((*ASKING, "of_"))
] + BY_ONESELF * 3
TOLD_ALWAYS = {"rescue.unlock", "rescue.end_sessions"}
"""What is told even where it found nothing to change."""

ASIDE = {"audit_event", "audit_head", "attempt_counter"}


def arguments(where: RandomContract, act: str) -> dict[str, Any]:
    """Something of the contract for whatever may be wanted."""
    random = where.random
    everybody = facts_of(where.services, where.id)
    resources = list(everybody.resources) or where.people
    groups = ";".join(group.name for group in everybody.groups.values() if where.is_so())
    file = f"email,given_name,family_name,groups\np{random.random()}@example.com,Bo,Berg,{groups}\n"
    if act.startswith("resource_import"):
        file = f"kind,name,protected,groups\nsnapshot,Berlin,{random.choice(['yes', 'no'])},{groups}\n"
    return {
        "lines": file.encode().splitlines(keepends=True),
        "person_id": random.choice(where.people),
        "person_ids": where.some(where.people, at_least=1)[: random.randint(1, 2)],
        "group_id": random.choice(list(everybody.groups) or where.people),
        "resource_id": random.choice(resources),
        "name": f"name {random.random()}",
        "given": Given(edit=where.is_so(), share=where.is_so()),
        "privileges": random.sample(PRIVILEGES, 2),
    }


def somebody(where: RandomContract) -> UUID:
    """Who can sign in; mostly one who may do something."""
    people = {of: person for of, person in facts_of(where.services, where.id).people.items() if person.active}
    weights = [1 if person.role == USER else 5 for person in people.values()]
    return where.random.choices(list(people), weights)[0]


def enrol(where: RandomContract, session: Session) -> None:
    """Go through the setup assistant."""
    services, clock = where.services, where.clock
    phone = Phone.scanning(services.enrolment.begin(session).address)
    clock.advance(seconds=30)
    codes = services.enrolment.prove(session, phone.code(clock()))
    services.enrolment.confirm(session, codes[0])


def hand_over(where: RandomContract, session: Session) -> None:
    """Offer the contract to somebody, who takes it."""
    services, receiver = where.services, somebody(where)
    services.ownership.offer(session, receiver)
    services.ownership.accept(where.session_of(receiver))


def does(where: RandomContract, act: str, session: Session) -> Refusal | None:
    """Do something; what was said against it."""
    try:
        if act in TOGETHER:
            TOGETHER[act](where, session)
        else:
            called(where.services, act, session, **arguments(where, act))
    except Refusal as refusal:
        return refusal
    return None


TOGETHER = {"enrol": enrol, "hand over": hand_over}


def told(services: Services) -> Counter[str]:
    """How many events of each outcome there are."""
    with reading(services.engine) as db:
        query = select(AuditEvent.outcome, func.count()).group_by(AuditEvent.outcome)
        return Counter(dict(db.exec(query).all()))


def drifted(where: RandomContract) -> list[tuple[UUID, str]]:
    """Of whom something is not as it follows from the rest."""
    facts = facts_of(where.services, where.id)
    with reading(where.services.engine) as db:
        with_app = set(db.exec(select(Authenticator.person_id)))
    wrong = []
    for person_id, person in facts.people.items():
        if person.sec_auth_forced != facts.is_forced(person_id):
            wrong.append((person_id, "sec_auth_forced"))
        if person.sec_auth_active != (person_id in with_app):
            wrong.append((person_id, "sec_auth_active"))
        if not person.active and person_id in facts.open_sessions:
            wrong.append((person_id, "deactivated, with a session"))
    owners = [person for person in facts.people.values() if person.role == OWNER]
    if len(owners) != 1 or not owners[0].active:
        wrong.append((where.id, "owner"))
    return wrong


def changed(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return any(before[table] != after[table] for table in before if table not in ASIDE)


@pytest.mark.parametrize("seed", range(5))
def test_force_and_second_factor_never_drift_and_each_change_and_denial_is_told(
    services: Services, clock: SetClock, seed: int
) -> None:
    where = RandomContract(services, clock, Random(seed))
    history: list[str] = []

    for _ in range(STEPS):
        session = where.session_of(somebody(where))
        act = where.random.choice(ACTS)
        before, events = rows(services), told(services)
        refusal = does(where, act, session)
        history.append(f"{act}: {refusal!r}")
        new = told(services) - events
        assert drifted(where) == [], history
        if isinstance(refusal, Denied):
            assert new == {"denied": 1}, history
            assert not changed(before, rows(services)), history
        elif refusal is None and changed(before, rows(services)):
            assert new["done"] >= 1, history
        elif refusal is None and act not in TOLD_ALWAYS:
            assert new == {}, history
