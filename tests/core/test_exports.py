"""What is exported: everybody, or what one sees, and no more; and that it can be imported again."""

from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import sessions
from core.errors import NotAllowed, ProofNeeded, Refusal, SessionOver
from core.exports import PEOPLE_COLUMNS, Exported
from core.importing import Watch
from core.listing import Stretch
from core.login_steps import Session
from core.names import folded, taken_name
from core.new_person import new_person as new_row
from core.records import as_csv, as_json, lines_of
from core.resources import Kind, ResourceView
from core.services import Services
from data.engine import transaction
from data.tables import ADMINISTRATOR, OWNER, Contract, Person
from tests.core.actors import (
    CONSOLE,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    new_person,
    person_of,
    proved_in,
    stranger,
)
from tests.core.files import Heard, many
from tests.core.sharing import group_of, leaves, resource_of, shared

AUDIT = frozenset({"audit_event", "audit_head"})


def exported(services: Services, session: Session) -> dict[str, Exported]:
    """Everybody who is exported, by his address."""
    return {str(row["email"]): row for row in services.exports.people(session)}


def names_in(services: Services, session: Session) -> list[Any]:
    return [row["name"] for row in services.exports.resources(session)]


def test_everybody_is_exported_with_what_the_user_manager_shows(
    services: Services, session: Session, clock: SetClock
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com", given_name="=Ulf", force_sec_auth=True)
    ops, dev = (group_of(services, ulf, name=name) for name in ("ops", "dev;1"))
    leaves(services, ops, ulf)
    stranger(services, clock, "eve@example.com")

    found = exported(services, session)

    assert dev
    assert list(found) == ["olga@example.com", "ulf@example.com"]
    assert found["ulf@example.com"] == {
        "email": "ulf@example.com",
        "given_name": "=Ulf",
        "family_name": "Berg",
        "role": "user",
        "force": True,
        "groups": ["dev;1"],
        "active": True,
        "second_factor": False,
        "forced": True,
        "last_sign_in": None,
    }
    assert found["olga@example.com"]["last_sign_in"] == "2026-03-02T09:00:15+00:00"
    [line] = [line for line in as_csv(PEOPLE_COLUMNS, found.values()) if line.startswith("ulf")]
    assert line == "ulf@example.com,'=Ulf,Berg,user,yes,dev\\;1,yes,no,yes,\r\n"


def test_more_people_than_a_page_has_are_exported_each_once(services: Services, session: Session) -> None:
    services.people_import.keep_good(session, many(1_203), Watch())

    found = [row["email"] for row in services.exports.people(session)]

    assert len(found) == len(set(found)) == 1_204


def test_an_export_is_told_with_how_many_it_gave_out(services: Services, session: Session, owner: Someone) -> None:
    services.people_import.keep_good(session, many(2), Watch())
    resource_of(services, owner, "open")
    resource_of(services, owner, "secret", sec_auth_protection=True)

    services.exports.people(session)
    services.exports.resources(session)

    people, resources = events(services)[-2:]
    assert (people.act, people.details) == ("export the people", {"count": 3})
    assert resources.act == "export data centers and snapshots"
    assert resources.details == {"unprotected": 1, "protected too": False}


def test_users_export_no_people_and_administrators_do(services: Services, owner: Someone, clock: SetClock) -> None:
    user = new_person(services, clock, email="ulf@example.com").signs_in()
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR).signs_in()

    with everything_unchanged(services, but=AUDIT), pytest.raises(NotAllowed):
        services.exports.people(user)
    assert len(exported(services, administrator)) == 3


def test_an_export_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, clock: SetClock
) -> None:
    clock.advance(minutes=11)

    for export in (services.exports.people, services.exports.resources):
        with everything_unchanged(services), pytest.raises(ProofNeeded):
            export(session)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"role": "user"}, NotAllowed), ({"active": False}, SessionOver)],
    ids=["demoted", "deactivated"],
)
def test_whoever_loses_his_role_meanwhile_gets_no_further_page(
    services: Services, session: Session, clock: SetClock, facts: dict[str, Any], refusal: type[Refusal]
) -> None:
    administrator = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)
    services.people_import.keep_good(session, many(1_000), Watch())
    rows = services.exports.people(administrator.signs_in())
    next(rows)
    change_person(services, administrator.email, **facts)

    with pytest.raises(refusal):
        list(rows)


def test_a_protected_resource_is_in_no_export_of_a_session_that_proved_no_factor(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    """Source text: "Other users cannot see or select these resources - even if they belong to an authorized group"."""
    without = owner.signs_in()
    resource_of(services, owner, "open")
    resource_of(services, owner, "secret", sec_auth_protection=True)
    assert names_in(services, without) == ["open"]

    owner.enrols(without)

    assert names_in(services, owner.signs_in()) == ["open", "secret"]
    with transaction(services.engine) as db:
        person = db.get_one(Person, person_of(services, owner.email).id)
        unproved = sessions.begin(db, person, origin=CONSOLE, second_factor=False, now=clock())
    with pytest.raises(ProofNeeded):
        services.exports.resources(unproved)


def test_a_resource_that_is_protected_meanwhile_is_on_no_further_page(
    services: Services, owner: Someone, session: Session
) -> None:
    for number in range(502):
        resource_of(services, owner, f"vdc {number:03}")
    last = resource_of(services, owner, "vdc 999")
    rows = services.exports.resources(session)
    next(rows)

    services.resources.protect(session, last)

    assert "vdc 999" not in [row["name"] for row in rows]


def test_a_user_exports_what_the_list_shows_him_and_sees_shares_where_he_may(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com")
    readers, sharers = group_of(services, ulf, name="readers"), group_of(services, ulf, name="sharers:1")
    read, passed_on = resource_of(services, owner, "read"), resource_of(services, owner, "passed on")
    resource_of(services, owner, "hidden")
    own = resource_of(services, ulf, "own", kind="snapshot")
    shared(services, read, readers)
    shared(services, passed_on, sharers, share_privilege=True)
    shared(services, own, readers, edit_privilege=True, share_privilege=True)
    session = ulf.signs_in()

    rows = list(services.exports.resources(session))

    listed = [row.name for kind in Kind for row in services.resources.page(session, ResourceView(kind), Stretch()).rows]
    assert [row["name"] for row in rows] == listed == ["passed on", "read", "own"]
    assert [row["groups"] for row in rows] == ["sharers\\:1:share", "", "readers:edit:share"]
    assert rows[2] == {
        "kind": "snapshot",
        "name": "own",
        "protected": False,
        "creator": "Ulf Berg",
        "groups": "readers:edit:share",
    }


NAMES = st.text(
    st.characters(categories=("L", "M", "N", "P", "S")) | st.sampled_from("=+-@';:\\\",ä ß"), min_size=1, max_size=30
)


def _taken(name: str) -> str | None:
    try:
        return taken_name(name, field="Name")
    except Refusal:
        return None


HOSTILE = NAMES.map(_taken).filter(lambda name: name is not None)


class Elsewhere:
    """A contract beside the owner's, with groups, an owner who has just signed in, and nobody else."""

    def __init__(self, services: Services, clock: SetClock, number: int, *, groups: Collection[str]) -> None:
        with transaction(services.engine) as db:
            contract = Contract(number=f"E{number}", name="Elsewhere", created_at=clock())
            db.add(contract)
            db.flush()
            facts = {"given_name": "Otto", "family_name": "Other", "role": OWNER}
            person = new_row(contract.id, email=f"owner-{number}@elsewhere.example", now=clock(), **facts)
            person.password_hash = "none"
            db.add(person)
            db.flush()
            begun = sessions.begin(db, person, origin=CONSOLE, second_factor=False, now=clock())
            self.session = proved_in(db, begun, now=clock())
        for name in groups:
            services.groups.create(self.session, name)


@pytest.fixture
def numbers() -> Iterator[int]:
    return iter(range(1_000_000))


def without_derived(rows: dict[str, Exported]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in {"email", "last_sign_in"}} for row in rows.values()
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(HOSTILE, HOSTILE, st.sets(HOSTILE, max_size=3), st.booleans()), max_size=4),
    data=st.data(),
)
def test_whoever_was_exported_from_one_contract_is_the_same_when_imported_into_another(  # noqa: PLR0917
    services: Services, clock: SetClock, owner: Someone, numbers: Iterator[int], people: list[Any], data: st.DataObject
) -> None:
    called = {folded(name): name for *_, groups, _ in people for name in groups}
    wanted: list[Exported] = [
        {
            "email": f"={next(numbers)}+x@example.com",
            "given_name": given_name,
            "family_name": family_name,
            "role": data.draw(st.sampled_from(["user", "administrator"])),
            "groups": [called[norm] for norm in sorted({folded(name) for name in groups})],
            "force": force,
        }
        for given_name, family_name, groups, force in people
    ]
    here = Elsewhere(services, clock, next(numbers), groups=called.values())
    heard = Heard()
    services.people_import.all_or_nothing(here.session, as_lines(as_json(wanted)), heard.watch())
    assert heard.sentences == {}

    rows = exported(services, here.session)
    for write in (lambda rows: as_csv(PEOPLE_COLUMNS, rows), as_json):
        content = as_lines(write(list(rows.values())))
        moved = [line.replace(b"@example.com", b"@%d.example" % next(numbers)) for line in content]
        target = Elsewhere(services, clock, next(numbers), groups=called.values())
        heard = Heard()
        services.people_import.keep_good(target.session, moved, heard.watch())

        assert list(heard.sentences.values()) == ["Role must be user or administrator."]  # the owner
        found = {email: row for email, row in exported(services, target.session).items() if row["role"] != "owner"}
        before = {email: row for email, row in rows.items() if row["role"] != "owner"}
        assert without_derived(found) == without_derived(before)


def as_lines(text: Iterator[str]) -> list[bytes]:
    return list(lines_of(BytesIO("".join(text).encode())))
