"""Who may invite everybody who stands in a file, for how long, and what the audit tells of it."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlmodel import select

from core.errors import (
    NotAllowed,
    ProofNeeded,
    Refusal,
    SessionOver,
)
from core.importing import PORTION, Watch
from core.login_steps import Session
from core.services import Services
from data.engine import reading
from data.tables import ADMINISTRATOR, Person
from tests.core import files
from tests.core.actors import (
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    new_person,
    stranger,
)
from tests.core.files import PEOPLE, many

HOW = ["check", "keep_good", "all_or_nothing"]
AUDIT = frozenset({"audit_event", "audit_head"})


def people_in(services: Services) -> set[str]:
    with reading(services.engine) as db:
        return set(db.exec(select(Person.email)))


def test_the_audit_names_everybody_a_portion_at_a_time_with_the_lines(services: Services, session: Session) -> None:
    services.people_import.all_or_nothing(session, many(PORTION + 2), Watch())

    told = [event for event in events(services) if event.act == "import people"]
    assert [(event.details["count"], event.details["lines"]) for event in told] == [
        (PORTION, "2 to 1001"),
        (2, "1002 to 1003"),
    ]
    assert told[1].details["people"] == ["person-1000@example.com", "person-1001@example.com"]
    assert {event.actor for event in told} == {"olga@example.com"}
    assert services.audit.verify_all(noted=[])[0].broken is None


@pytest.mark.parametrize("how", HOW)
def test_whoever_asks_by_a_file_who_has_an_account_leaves_a_trace(
    services: Services, session: Session, clock: SetClock, how: str
) -> None:
    """Attack: an administrator tried a file of a million addresses to learn which of them other contracts have."""
    stranger(services, clock, "eve@example.com")

    getattr(services.people_import, how)(
        session, files.rows(PEOPLE, "eve@example.com,E,E,,,", "x@example.com,X,X,,,"), Watch()
    )

    [told] = [event for event in events(services) if event.outcome == "denied"]
    assert (told.act, told.details["people"]) == ("import people", ["eve@example.com"])


@pytest.mark.parametrize("how", HOW)
def test_an_import_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, clock: SetClock, how: str
) -> None:
    clock.advance(minutes=11)

    with everything_unchanged(services), pytest.raises(ProofNeeded):
        getattr(services.people_import, how)(session, many(1), Watch())


@pytest.mark.parametrize("how", HOW)
def test_users_import_nobody_and_administrators_also_administrators(
    services: Services, owner: Someone, clock: SetClock, how: str
) -> None:
    user = new_person(services, clock, email="ulf@example.com").signs_in()
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR).signs_in()
    lines = [f"{PEOPLE}\n".encode(), b"ann@example.com,Ann,Adm,administrator,,"]

    with everything_unchanged(services, but=AUDIT), pytest.raises(NotAllowed):
        getattr(services.people_import, how)(user, lines, Watch())
    assert getattr(services.people_import, how)(administrator, lines, Watch()).good == 1


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"role": "user"}, NotAllowed), ({"active": False}, SessionOver)],
    ids=["demoted", "deactivated"],
)
def test_whoever_loses_his_role_meanwhile_imports_no_further(
    services: Services, owner: Someone, clock: SetClock, facts: dict[str, Any], refusal: type[Refusal]
) -> None:
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)
    session = administrator.signs_in()
    lines = iter(many(2 * PORTION))
    first_portion = [next(lines) for _ in range(PORTION + 1)]

    def file_with_a_break() -> Iterable[bytes]:
        yield from first_portion
        change_person(services, administrator.email, **facts)
        yield from lines

    with pytest.raises(refusal):
        services.people_import.keep_good(session, file_with_a_break(), Watch())
    assert len(people_in(services)) == 2 + PORTION


def test_an_import_goes_on_longer_than_a_proof_lasts(services: Services, session: Session, clock: SetClock) -> None:
    def slowly() -> Iterable[bytes]:
        for number, line in enumerate(many(2 * PORTION)):
            if number == PORTION + 1:
                clock.advance(minutes=12)
            yield line

    report = services.people_import.keep_good(session, slowly(), Watch())

    assert report.kept == 2 * PORTION
