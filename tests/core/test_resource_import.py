"""Making everything that stands in a file, as far as whoever imports may make, protect and share it one by one."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlmodel import col, select

from core.errors import NotAllowed, ProofNeeded
from core.importing import PORTION, Report, Watch
from core.login_steps import Session
from core.records import as_csv, as_json
from core.services import Services
from data.engine import reading, transaction
from data.group_tables import Group, Resource, Share
from data.tables import ADMINISTRATOR
from tests.core import files
from tests.core.actors import SetClock, Someone, change_person, events, everything_unchanged, new_person, person_of
from tests.core.files import RESOURCES, Heard, file
from tests.core.sharing import group_of, leaves

AUDIT = frozenset({"audit_event", "audit_head"})
HOW = ["check", "keep_good", "all_or_nothing"]
Shares = set[tuple[str, bool, bool]]


def made(services: Services) -> dict[str, tuple[str, bool, Shares]]:
    """Every resource by its name: its kind, whether it is protected, and who has it with which rights."""
    found: dict[str, tuple[str, bool, Shares]] = {}
    with reading(services.engine) as db:
        for each in db.exec(select(Resource)):
            shares = db.exec(
                select(Group.name, Share.edit_privilege, Share.share_privilege)
                .join(Share, col(Share.group_id) == col(Group.id))
                .where(Share.resource_id == each.id)
            )
            found[each.name] = (each.kind, each.sec_auth_protection, set(shares))
    return found


def kept(services: Services, session: Session, lines: Iterable[bytes]) -> dict[int, str]:
    heard = Heard()
    services.resource_import.keep_good(session, lines, heard.watch())
    return heard.sentences


@pytest.mark.parametrize("how", ["keep_good", "all_or_nothing"])
def test_everything_in_the_file_is_made_protected_and_shared(services: Services, session: Session, how: str) -> None:
    for name in ("Ops", "Dev:1;x"):
        services.groups.create(session, name)
    lines = files.rows(
        RESOURCES,
        "data_center, Berlin ,no,ops:edit:share;Dev\\:1\\;x",
        '"snapshot","say ""hi""",YES,OPS:share',
        "data_center,Berlin 2,,",
    )

    report = getattr(services.resource_import, how)(session, lines, Watch())

    assert report == Report(lines=3, refused=0, kept=3)
    assert made(services) == {
        "Berlin": ("data_center", False, {("Ops", True, True), ("Dev:1;x", False, False)}),
        'say "hi"': ("snapshot", True, {("Ops", False, True)}),
        "Berlin 2": ("data_center", False, set()),
    }
    with reading(services.engine) as db:
        assert {each.creator_id for each in db.exec(select(Resource))} == {person_of(services, "olga@example.com").id}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("server,x,,", "Kind must be data_center or snapshot."),
        ("snapshot,,,", "Name must be filled in."),
        ("snapshot,\x1b[2J,,", "Name must have visible characters only."),
        ("snapshot,x,perhaps,", "Protected must be yes or no."),
        ("snapshot,x,,nowhere:edit", "There is no group “nowhere”. Create it first."),
        ("snapshot,x,,ops:own", "Groups must be names, each with :edit and :share behind it or not."),
        ("snapshot,x,,:edit", "There is no group “edit”. Create it first."),
        ("snapshot,x", "The line must have 4 fields."),
    ],
)
def test_a_bad_line_is_named_and_the_good_ones_are_kept(
    services: Services, session: Session, line: str, said: str
) -> None:
    group_of(services, name="ops")

    bad = kept(services, session, files.rows(RESOURCES, "snapshot,first,,", line, "snapshot,last,,"))

    assert bad == {3: said}
    assert set(made(services)) == {"first", "last"}


def test_names_that_are_there_already_or_twice_are_taken_for_nobody_is_told_of_them(
    services: Services, session: Session
) -> None:
    assert kept(services, session, files.rows(RESOURCES, "snapshot,x,,", "snapshot,x,yes,", "snapshot,x,,")) == {}


@pytest.mark.parametrize("how", HOW)
def test_a_user_makes_what_his_groups_let_him_and_protects_nothing(
    services: Services, owner: Someone, clock: SetClock, how: str
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com")
    group_of(services, ulf, name="builders", create_data_center=True)
    heard = Heard()
    lines = files.rows(
        RESOURCES, "data_center,mine,,builders:edit:share", "snapshot,no right,,", "data_center,no protection,yes,"
    )

    report = getattr(services.resource_import, how)(ulf.signs_in(), lines, heard.watch())

    assert heard.sentences == {
        3: "Your role does not allow you to create a resource.",
        4: "Your role does not allow you to protect a resource with 2-factor.",
    }
    assert report.kept == (1 if how == "keep_good" else 0)
    assert set(made(services)) == ({"mine"} if how == "keep_good" else set())
    [denied] = [event for event in events(services) if event.outcome == "denied"]
    assert (denied.act, denied.details) == ("import resources", {"why": "NotAllowed", "lines": [3, 4]})


@pytest.mark.parametrize("how", HOW)
def test_whoever_may_create_nothing_is_turned_away_before_the_file_is_read(
    services: Services, owner: Someone, clock: SetClock, how: str
) -> None:
    """Attack: lines with made-up groups told a user which groups there are."""
    user = new_person(services, clock, email="ulf@example.com").signs_in()
    heard = Heard()
    lines = files.rows(RESOURCES, "snapshot,x,,ops")

    with everything_unchanged(services, but=AUDIT), pytest.raises(NotAllowed):
        getattr(services.resource_import, how)(user, lines, heard.watch())
    assert heard.bad == []


@pytest.mark.parametrize("how", HOW)
def test_an_import_wants_a_proof_that_is_not_older_than_ten_minutes(
    services: Services, session: Session, clock: SetClock, how: str
) -> None:
    clock.advance(minutes=11)

    with everything_unchanged(services), pytest.raises(ProofNeeded):
        getattr(services.resource_import, how)(session, files.rows(RESOURCES, "snapshot,x,,"), Watch())


def test_a_trial_and_a_refused_import_change_nothing(services: Services, session: Session) -> None:
    for how, lines in (("check", ["snapshot,x,,"]), ("all_or_nothing", ["snapshot,x,,", "snapshot,,,"])):
        with everything_unchanged(services):
            report = getattr(services.resource_import, how)(session, files.rows(RESOURCES, *lines), Watch())
        assert (report.good, report.kept) == (1, 0)


def test_a_right_to_create_that_is_gone_meanwhile_makes_no_more(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    ulf = new_person(services, clock, email="ulf@example.com")
    builders = group_of(services, ulf, name="builders", create_snapshot=True)
    heard = Heard()

    def losing_it() -> Iterable[bytes]:
        yield from files.rows(RESOURCES, *(f"snapshot,s{number},," for number in range(PORTION)))
        leaves(services, builders, ulf)

    report = services.resource_import.all_or_nothing(ulf.signs_in(), losing_it(), heard.watch())

    assert (report.kept, report.refused) == (0, PORTION)
    assert made(services) == {}


def test_an_administrator_who_is_demoted_meanwhile_protects_nothing_more(
    services: Services, owner: Someone, clock: SetClock
) -> None:
    adam = new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)
    group_of(services, adam, name="builders", create_snapshot=True)
    heard = Heard()

    def losing_it() -> Iterable[bytes]:
        yield from files.rows(RESOURCES, "snapshot,open,,", *(f"snapshot,s{n},yes," for n in range(PORTION - 1)))
        change_person(services, adam.email, role="user")

    services.resource_import.all_or_nothing(adam.signs_in(), losing_it(), heard.watch())

    assert len(heard.bad) == PORTION - 1
    assert made(services) == {}


def test_open_resources_are_told_together_and_each_protected_one_by_itself(
    services: Services, session: Session
) -> None:
    """Attack: the event of an import named protected resources to somebody who may not know of them, or let him count
    them: two names from the lines 2 to 4."""
    services.resource_import.all_or_nothing(
        session, files.rows(RESOURCES, "snapshot,a,,", "snapshot,secret,yes,", "snapshot,b,,"), Watch()
    )

    together, alone = events(services)[-2:]
    assert (together.act, together.details) == (
        "import resources",
        {"names": ["a", "b"], "count": 2, "groups": []},
    )
    assert (alone.act, alone.details["name"]) == ("import a protected resource", "secret")
    with reading(services.engine) as db:
        assert alone.resource_id == db.exec(select(Resource.id).where(Resource.name == "secret")).one()
    assert "secret" not in repr(together.details)


def test_the_audit_is_told_to_which_groups_imported_resources_were_given(services: Services, session: Session) -> None:
    for name in ("ops", "dev"):
        services.groups.create(session, name)

    services.resource_import.keep_good(
        session, files.rows(RESOURCES, "snapshot,a,,ops:edit", "snapshot,secret,yes,dev", "snapshot,b,,"), Watch()
    )

    together, alone = events(services)[-2:]
    assert (together.details["groups"], alone.details["groups"]) == (["ops"], ["dev"])


HOSTILE: list[dict[str, Any]] = [
    {"kind": "data_center", "name": "=cmd|' /C calc'!A1", "protected": True, "groups": "@ops:edit"},
    {"kind": "snapshot", "name": "'=1", "protected": False, "groups": "@ops;a\\;b\\:c:share"},
    {"kind": "snapshot", "name": "[/foo] 名前 \"x\", y;z", "protected": False, "groups": []},
]  # fmt: skip


@pytest.mark.parametrize("how", ["csv", "json"])
def test_what_was_exported_is_the_same_when_it_is_imported_again(
    services: Services, protected: Someone, how: str
) -> None:
    session = protected.signs_in()
    for name in ("@ops", "a;b:c"):
        services.groups.create(session, name)
    assert kept(services, session, file("".join(as_json(HOSTILE)))) == {}
    before, rows = made(services), list(services.exports.resources(session))
    for row in services.exports.resources(session):
        assert row["creator"] == "Olga Ohm"
    delete_all(services)

    text = as_csv(("kind", "name", "protected", "creator", "groups"), rows) if how == "csv" else as_json(rows)
    assert kept(services, session, file("".join(text))) == {}

    assert made(services) == before
    assert before["'=1"] == ("snapshot", False, {("@ops", False, False), ("a;b:c", False, True)})


def delete_all(services: Services) -> None:
    with transaction(services.engine) as db:
        for each in db.exec(select(Resource)):
            db.delete(each)
