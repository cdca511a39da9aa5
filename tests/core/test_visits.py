"""Since your last visit: what is news to a person, what is not, and what counts as seen."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from core import audit, visits
from core.errors import Refusal
from core.last_visit import Seen, Visit
from core.login_steps import Session
from core.news import Kind
from core.origin import Origin
from core.services import Services
from data.engine import reading, transaction
from data.tables import ADMINISTRATOR, AuditEvent
from tests.core.actors import CONSOLE, SetClock, Someone, events, new_person, person_of, proved, stranger
from tests.core.sharing import group_of, resource_of

ELSEWHERE = Origin("bastion9", "pts/1", "mallory", "203.0.113.66 5555")


@pytest.fixture
def admin(services: Services, clock: SetClock, owner: Someone) -> Someone:
    assert owner.email != "adam@x.y"
    return new_person(services, clock, email="adam@x.y", role=ADMINISTRATOR)


@pytest.fixture
def user(services: Services, clock: SetClock, owner: Someone) -> Someone:
    """Somebody who has signed in before, and has nothing to see."""
    assert owner.email != "ulf@x.y"
    person = new_person(services, clock, email="ulf@x.y")
    clock.advance(hours=1)
    return person


def visit(person: Someone) -> Visit:
    found = person.services.visits.since_last(person.signs_in())
    assert found is not None
    return found


def kinds(person: Someone) -> list[Kind]:
    found = person.services.visits.since_last(person.signs_in())
    return [notice.kind for notice in found.notices] if found else []


def tell(person: Someone, act: str, *, by: Someone | None = None, origin: Origin = ELSEWHERE, **more: Any) -> None:
    """Write an event on somebody as `core` does."""
    actor = person_of(person.services, by.email) if by else None
    told = audit.Told(act, **more)
    with transaction(person.services.engine) as db:
        target = person_of(person.services, person.email)
        now = person.clock()
        audit.record(db, person.services.keys, told, at=now, origin=origin, actor=actor, target=target)


def elsewhere(person: Someone) -> Session:
    """A session of the same account at another console."""
    step = person.services.login.sign_in(person.email, person.password, origin=ELSEWHERE)
    assert isinstance(step, Session)
    return proved(person.services, step)


def test_whoever_had_nothing_done_to_him_has_nothing_to_see(user: Someone) -> None:
    assert kinds(user) == []


def test_wrong_passwords_are_counted_with_first_and_last_and_from_where(user: Someone, clock: SetClock) -> None:
    began = clock()
    for _ in range(3):
        with suppress(Refusal):
            user.services.login.sign_in(user.email, "wrong", origin=ELSEWHERE)
        clock.advance(minutes=1)

    [notice] = visit(user).notices

    assert (notice.kind, notice.count, notice.is_more) == (Kind.WRONG_PASSWORD, 3, False)
    assert (notice.first, notice.last) == (began, began + timedelta(minutes=2))
    assert notice.origin == ELSEWHERE
    assert (notice.by, notice.what) == ("", "Wrong password at the sign-in")


def test_whoever_knows_the_password_and_not_the_code_is_graver_than_whoever_knows_neither(protected: Someone) -> None:
    login, owed = protected.services.login, protected.owes_code()
    with suppress(Refusal):
        login.sign_in(protected.email, "wrong", origin=ELSEWHERE)
    for code in (protected.phone.wrong_code(protected.clock()), protected.phone.wrong_code(protected.clock())):
        with suppress(Refusal):
            login.give_code(owed, code)
    with suppress(Refusal):
        login.give_recovery_code(owed, "AAAA-BBBB-CCCC-DDDD")
    used = protected.code()
    login.give_code(owed, used)
    with suppress(Refusal):
        login.give_code(protected.owes_code(), used)

    found = visit(protected).notices

    first = [(notice.kind, notice.count) for notice in found if notice.kind is not Kind.OWN_CHANGE]
    assert first == [(Kind.REPLAYED_CODE, 1), (Kind.WRONG_SECOND_FACTOR, 3), (Kind.WRONG_PASSWORD, 1)]


def test_a_sign_in_from_a_new_place_is_news_to_the_next_session_and_not_to_its_own(user: Someone) -> None:
    user.signs_in()
    user.clock.advance(minutes=1)

    there = elsewhere(user)
    user.clock.advance(minutes=1)

    assert user.services.visits.since_last(there) is None
    assert kinds(user) == [Kind.NEW_PLACE]


def test_who_took_an_account_over_cannot_say_that_his_own_traces_are_seen(user: Someone) -> None:
    """He signs in elsewhere, acknowledges whatever he may, changes the PIN, acknowledges again, and looks."""
    visits_ = user.services.visits
    user.signs_in()
    user.clock.advance(minutes=1)
    there = elsewhere(user)
    visits_.acknowledge(there, Seen(10**6, user.clock()))
    user.clock.advance(minutes=1)
    user.services.support_pin.save(there, pin="739154", repeated="739154")
    visits_.acknowledge(there, Seen(10**6, user.clock()))
    user.clock.advance(days=3)

    assert kinds(user) == [Kind.NEW_PLACE, Kind.OWN_CHANGE]


@pytest.mark.parametrize(
    ("act", "details", "expected"),
    [
        ("change password", {"sessions ended": 0}, Kind.OWN_CHANGE),
        ("set support PIN", {"replaced": True}, Kind.OWN_CHANGE),
        ("deactivate 2-factor", {"sessions ended": 0}, Kind.OWN_CHANGE),
        ("new recovery codes", {}, Kind.OWN_CHANGE),
        ("create a group", {"group": "G"}, None),
        ("sign out", {}, None),
    ],
)
def test_changes_of_ones_own_credentials_are_news_if_another_session_made_them(
    user: Someone, act: str, details: dict[str, Any], expected: Kind | None
) -> None:
    here = user.signs_in()
    tell(user, act, by=user, origin=CONSOLE, details=details)
    of_this_session = user.services.visits.since_last(here)
    user.clock.advance(minutes=1)

    assert of_this_session is None
    assert kinds(user) == ([expected] if expected else [])


def test_wrong_proofs_in_an_open_session_are_news_to_the_next_one(user: Someone) -> None:
    here = user.signs_in()
    with suppress(Refusal):
        user.services.proof.prove(here, "wrong", act="support_pin.save")
    user.clock.advance(minutes=1)

    [notice] = visit(user).notices

    assert (notice.kind, notice.what) == (Kind.WRONG_PROOF, "Wrong password in an open session")


def test_what_an_administrator_did_is_told_with_his_name_old_and_new(user: Someone, admin: Someone) -> None:
    by = admin.signs_in()
    user_id = person_of(user.services, user.email).id
    user.services.forcing.force_people(by, [user_id])
    user.services.forcing.release_people(by, [user_id])
    user.services.standing.make_administrator(by, user_id)
    user.services.standing.rename(by, user_id, given_name="[/]", family_name="Ab")
    both = [user_id, person_of(user.services, "olga@example.com").id]
    user.services.members.add(by, group_of(user.services, name="ops"), both)

    found = visit(user).notices

    assert {(notice.kind, notice.by, notice.count) for notice in found} == {(Kind.BY_OTHERS, "adam@x.y", 1)}
    assert {notice.what for notice in found} == {
        "2-factor was forced for you",
        "2-factor is not forced any more for you",
        "Your role was changed from user to administrator",
        "Your name was changed from Ulf Berg to [/] Ab",
        "You were taken into the group ops",
    }


@pytest.mark.parametrize(
    ("act", "more", "expected"),
    [
        ("reset 2-factor", {"details": {"reason": "[/] lost"}}, Kind.BY_NOBODY),
        ("unlock a person", {"details": {"locks": []}}, Kind.BY_NOBODY),
        ("set password with a code", {"details": {"with": "reset code"}}, Kind.BY_NOBODY),
        ("set password with a code", {"details": {"with": "activation code"}}, None),
        (
            "set password with a code",
            {"outcome": audit.DENIED, "details": {"with": "password code"}},
            Kind.WRONG_PASSWORD_CODE,
        ),
        ("ask for a reset code", {}, Kind.CODE_ASKED),
        ("ask for a reset code", {"outcome": audit.DENIED}, Kind.CODE_ASKED),
        ("mail a notice", {}, None),
        ("something of a later version", {}, Kind.BY_NOBODY),
    ],
)
def test_what_nobody_who_was_signed_in_did_is_told(
    user: Someone, act: str, more: dict[str, Any], expected: Kind | None
) -> None:
    tell(user, act, **more)

    assert kinds(user) == ([expected] if expected else [])


def test_what_others_wanted_and_may_not_is_told(owner: Someone, admin: Someone) -> None:
    with suppress(Refusal):
        by = admin.signs_in()
        owner.services.rescue.reset_second_factor(by, person_of(owner.services, owner.email).id, reason="mine")

    [notice] = visit(owner).notices

    assert (notice.kind, notice.by, notice.what) == (Kind.REFUSED, "adam@x.y", "Not allowed: reset 2-factor")


def test_nothing_of_resources_or_of_anybody_else_is_told(
    services: Services, clock: SetClock, user: Someone, admin: Someone
) -> None:
    eve = stranger(services, clock, "eve@elsewhere.example")
    with transaction(services.engine) as db:
        told = audit.Told("force 2-factor")
        audit.record(db, services.keys, told, at=clock(), origin=ELSEWHERE, actor=eve, target=eve)
    tell(user, "unlock a person", by=admin)
    tell(
        user, "share a resource", by=admin, resource_id=resource_of(services, admin, "Vault"), details={"name": "Vault"}
    )

    assert [notice.what for notice in visit(user).notices] == ["Your account was unlocked"]


def test_what_was_seen_is_not_told_again_and_what_comes_later_is(user: Someone, admin: Someone) -> None:
    tell(user, "unlock a person", by=admin, details={"locks": []})
    here = user.signs_in()
    seen = user.services.visits.since_last(here)
    assert seen is not None
    tell(user, "end sessions", by=admin, details={"sessions ended": 1})

    user.services.visits.acknowledge(here, seen.up_to)

    [notice] = visit(user).notices
    assert notice.what == "Your sessions were ended"
    assert [told.target for told in events(user.services) if told.act == "see what happened"] == [user.email]


def test_what_began_before_and_is_written_after_somebody_looked_is_not_seen(user: Someone) -> None:
    """A password is compared for a while: its failure bears the moment at which it began."""
    tell(user, "unlock a person")
    here, began = user.signs_in(), user.clock()
    user.clock.advance(seconds=5)
    seen = user.services.visits.since_last(here)
    assert seen is not None
    late = replace(user, clock=SetClock(began))
    tell(late, "sign in", outcome=audit.DENIED, details={"with": "password"})

    user.services.visits.acknowledge(here, seen.up_to)

    assert kinds(user) == [Kind.WRONG_PASSWORD]


def test_acknowledging_moves_forward_only_and_never_beyond_what_has_happened(user: Someone, admin: Someone) -> None:
    tell(user, "unlock a person", by=admin)
    here = user.signs_in()
    seen = user.services.visits.since_last(here)
    assert seen is not None

    user.services.visits.acknowledge(here, Seen(10**6, user.clock() + timedelta(days=400)))
    user.services.visits.acknowledge(here, Seen(1, user.clock() - timedelta(days=400)))
    again = user.services.visits.since_last(here)
    tell(user, "end sessions", by=admin)

    assert again is None
    assert len(visit(user).notices) == 1
    person = person_of(user.services, user.email)
    assert person.acknowledged_number <= max(told.number for told in events(user.services))
    assert person.acknowledged_at is not None
    assert person.acknowledged_at <= user.clock()


def test_where_nothing_happens_for_long_the_search_begins_later_and_loses_nothing(user: Someone) -> None:
    user.clock.advance(days=40)

    assert kinds(user) == []
    assert person_of(user.services, user.email).acknowledged_at == user.clock()
    tell(user, "unlock a person")
    assert kinds(user) == [Kind.BY_NOBODY]


def test_a_summary_since_a_moment_tells_what_came_after_it(user: Someone, admin: Someone) -> None:
    tell(user, "unlock a person", by=admin)
    since = user.clock()
    user.clock.advance(minutes=1)
    tell(user, "end sessions", by=admin)

    with reading(user.services.engine) as db:
        person = person_of(user.services, user.email)
        found = visits.summary(db, person, since=since, until=user.clock())

    assert [notice.what for notice in found] == ["Your sessions were ended"]


def many_failures(person: Someone, count: int) -> None:
    """Failures of somebody, one a second, without their chain."""
    row = person_of(person.services, person.email)
    facts = {
        "chain": audit.chain_of(row), "actor": "nobody signed in", "target": row.email, "target_id": row.id,
        "act": "sign in", "outcome": audit.DENIED, "details": {"with": "password"}, "origin": ELSEWHERE.facts(),
        "key_id": "", "mac": "",
    }  # fmt: skip
    with transaction(person.services.engine) as db:
        first = max(told.number for told in events(person.services)) + 1
        rows = [facts | {"number": first + n, "at": person.clock() + timedelta(seconds=n)} for n in range(count)]
        db.connection().execute(insert(AuditEvent), rows)
        db.connection().execute(
            text("UPDATE audit_head SET number = :number WHERE chain = :chain"),
            {"number": first + count - 1, "chain": facts["chain"]},
        )
    person.clock.advance(seconds=count)


def test_failures_without_end_are_counted_up_to_a_bound_and_hide_nothing_that_was_done(
    user: Someone, admin: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "MOST", 50)
    tell(user, "reset 2-factor", by=admin, details={"reason": "lost"})
    many_failures(user, 120)

    found = visit(user).notices

    assert [(notice.kind, notice.count, notice.is_more) for notice in found] == [
        (Kind.BY_OTHERS, 1, False),
        (Kind.WRONG_PASSWORD, 50, True),
    ]


def test_hundreds_of_names_hide_nothing_else_that_an_administrator_did(user: Someone, admin: Someone) -> None:
    """The attack: a hijacked administrator resets 2-factor, and renames the person until only that is told."""
    tell(user, "reset 2-factor", by=admin, details={"reason": "lost"})
    told = [audit.Told("rename a person", details={"old": f"Ulf {n}", "new": f"Ulf {n + 1}"}) for n in range(501)]
    with transaction(user.services.engine) as db:
        actor, target = person_of(user.services, admin.email), person_of(user.services, user.email)
        for each in told:
            now = user.clock()
            audit.record(db, user.services.keys, each, at=now, origin=ELSEWHERE, actor=actor, target=target)

    found = visit(user).notices

    assert {(notice.what, notice.count) for notice in found} == {
        ("2-factor of your account was removed: lost", 1),
        ("Your name was changed from Ulf 500 to Ulf 501", 501),
    }


def test_what_is_counted_is_found_by_the_indexes_of_people(user: Someone) -> None:
    asked: list[tuple[str, Any]] = []
    with reading(user.services.engine) as db:
        connection = db.connection()

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "GROUP BY" in statement:
                asked.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        visits.summary(db, person_of(user.services, user.email), since=user.clock(), until=user.clock())
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = [
            str(
                connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}", parameters).all()
            )
            for statement, parameters in asked[:3]
        ]

    used = ["ix_audit_event_target", "ix_audit_event_by_others", "ix_audit_event_target"]
    assert len(plans) == len(used)
    # PostgreSQL chooses by what is there, which in a test is next to nothing: any of the indexes serves.
    assert all((index if is_sqlite else "ix_audit_event_") in plan for index, plan in zip(used, plans, strict=True)), (
        plans
    )
