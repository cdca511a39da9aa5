"""My activity: everything that somebody did or that was done to him, page by page, and nothing that he may not see."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, insert

from core import audit
from core.activity import ActivityFilter, ActivityRow
from core.listing import Stretch, Way
from core.login_steps import Session
from core.origin import Origin
from core.services import Services
from data.engine import transaction
from data.tables import AuditEvent
from tests.core.actors import SetClock, events
from tests.core.cast import Cast

THERE = Origin("bastion9", "pts/1", "mallory", "203.0.113.66 5555")


@pytest.fixture
def cast(services: Services, clock: SetClock) -> Cast:
    return Cast(services, clock)


def shown(cast: Cast, session: Session, which: ActivityFilter = ActivityFilter.ALL) -> list[ActivityRow]:
    return list(cast.services.activity.page(session, which, Stretch()).rows)


def written(cast: Cast, facts: list[dict[str, Any]]) -> None:
    """Write events whose chain nobody checks."""
    common = {
        "chain": "a chain", "actor": "actor@x.y", "target": "target@x.y", "outcome": audit.DONE, "details": {},
        "origin": THERE.facts(), "key_id": "", "mac": "", "act": "sign out", "resource_id": None,
    }  # fmt: skip
    rows = [common | {"number": number} | each for number, each in enumerate(facts, start=1)]
    with transaction(cast.services.engine) as db:
        db.connection().execute(insert(AuditEvent), rows)


def some_events(cast: Cast, count: int, *, whose: UUID) -> list[dict[str, Any]]:
    """Events of everybody, many of one moment, in three chains."""
    random = Random(7)
    people = [whose, *list(cast.people.values())[:3]]
    return [
        {
            "at": cast.clock() + timedelta(seconds=random.randrange(count // 4)),
            "chain": random.choice("xyz"),
            "actor_id": random.choice([*people, None]),
            "target_id": random.choice(people),
            "outcome": random.choice([audit.DONE, audit.DENIED, audit.FAILED]),
        }
        for _ in range(count)
    ]


def expected(cast: Cast, whose: UUID, which: ActivityFilter) -> list[tuple[Any, ...]]:
    rows = [each for each in events(cast.services) if whose in {each.actor_id, each.target_id}]
    if which is ActivityFilter.REFUSED:
        rows = [each for each in rows if each.outcome != audit.DONE]
    if which is ActivityFilter.BY_OTHERS:
        rows = [each for each in rows if each.actor_id != whose]
    return sorted(((each.at, each.number, each.chain) for each in rows), reverse=True)


def walk(cast: Cast, session: Session, which: ActivityFilter, begin: Way, on: Way) -> Iterator[ActivityRow]:
    stretch = Stretch(begin, rows=7)
    while True:
        page = cast.services.activity.page(session, which, stretch)
        yield from reversed(page.rows) if on is Way.BEFORE else page.rows
        key = page.before if on is Way.BEFORE else page.after
        if key is None:
            return
        stretch = Stretch(on, key, 7)


@pytest.mark.parametrize("which", ActivityFilter)
def test_paging_meets_each_event_once_the_newest_first_either_way(cast: Cast, which: ActivityFilter) -> None:
    whose = cast.people["user"]
    session = cast.session_of("user")
    written(cast, some_events(cast, 150, whose=whose))

    forwards = [row.key for row in walk(cast, session, which, Way.FIRST, Way.AFTER)]
    backwards = [row.key for row in walk(cast, session, which, Way.LAST, Way.BEFORE)]

    assert forwards == expected(cast, whose, which)
    assert backwards == forwards[::-1]
    assert len(forwards) > 20


def test_a_list_goes_on_from_a_row_and_a_key_of_another_list_leads_to_the_beginning(cast: Cast) -> None:
    session = cast.session_of("user")
    written(cast, some_events(cast, 60, whose=cast.people["user"]))
    page, every = cast.services.activity.page, ActivityFilter.ALL
    all_rows = shown(cast, session)

    from_third = page(session, every, Stretch(Way.FROM, all_rows[2].key, 2))
    foreign = page(session, every, Stretch(Way.AFTER, ("a name", 1, "x"), 2))

    assert list(from_third.rows) == all_rows[2:4]
    assert list(foreign.rows) == all_rows[:2]


def test_a_row_says_what_by_whom_on_whom_from_where_and_how_it_ended(cast: Cast) -> None:
    me, other = cast.people["administrator"], cast.people["user"]
    session = cast.session_of("administrator")
    role = {"old": "user", "new": "administrator"}
    facts: list[dict[str, Any]] = [
        {"actor_id": me, "target_id": other, "act": "change a role", "details": role},
        {
            "actor_id": other,
            "target_id": me,
            "act": "rename a person",
            "details": {"old": "[/]", "new": "\x1b]52;c;aGk="},
        },
        {"actor_id": None, "target_id": me, "act": "sign in", "outcome": audit.DENIED, "details": {"with": "password"}},
    ]
    written(cast, [each | {"at": cast.clock()} for each in facts])

    wrong, renamed, did = shown(cast, session)

    assert (did.what, did.by, did.outcome) == ("target@x.y's role was changed from user to administrator", "", "done")
    assert did.facts == (("old", "user"), ("new", "administrator"))
    assert (renamed.what, renamed.by) == ("Your name was changed from [/] to \x1b]52;c;aGk=", "actor@x.y")
    assert (wrong.what, wrong.by, wrong.outcome) == ("Wrong password at the sign-in", "actor@x.y", "denied")
    assert (wrong.at, wrong.origin) == (cast.clock(), THERE)
    assert not any(str(number) in repr(row) for row in (wrong, renamed, did) for number in row.key[1:2] if number > 9)


@pytest.mark.parametrize(
    ("name", "factor", "seen"),
    [
        ("owner", "proved", {"open", "protected"}),
        ("owner", "not proved", {"open"}),
        ("creator", "proved", {"open", "protected"}),
        ("creator", "not proved", {"open"}),
        ("user", "proved", set()),
        ("agent", "proved", set()),
    ],
)
def test_events_of_resources_are_there_for_whoever_sees_the_resource_and_of_one_that_is_gone_for_nobody(
    cast: Cast, name: str, factor: str, seen: set[str]
) -> None:
    session, me = cast.session_of(name, proved=factor == "proved"), cast.people[name]
    about = {**cast.resources, "gone": UUID(int=7)}
    written(
        cast,
        [
            {
                "actor_id": me,
                "target_id": me,
                "act": "create a resource",
                "details": {"name": thing},
                "resource_id": id_,
            }
            | {"at": cast.clock()}
            for thing, id_ in about.items()
        ],
    )

    assert {row.what for row in shown(cast, session)} == {f"{thing} was created" for thing in seen}


def test_a_page_is_read_from_the_indexes_of_people(cast: Cast) -> None:
    session = cast.session_of("user")
    written(cast, some_events(cast, 60, whose=cast.people["user"]))
    key = shown(cast, session)[3].key
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "ORDER BY audit_event.at" in statement:
            asked.append((statement, parameters))

    event.listen(cast.services.engine, "before_cursor_execute", note)
    cast.services.activity.page(session, ActivityFilter.ALL, Stretch(Way.AFTER, key))
    cast.services.activity.page(session, ActivityFilter.BY_OTHERS, Stretch())
    event.remove(cast.services.engine, "before_cursor_execute", note)
    with cast.services.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        plans = [str(connection.exec_driver_sql(explain + said, given).all()) for said, given in asked]

    used = ["target"] * 3 + ["actor"] * 3 + ["by_others"] * 3
    assert [index for index, plan in zip(used, plans, strict=True) if f"ix_audit_event_{index}" not in plan] == [], (
        plans
    )
    assert not any("TEMP B-TREE FOR ORDER BY" in plan for plan in plans), plans
