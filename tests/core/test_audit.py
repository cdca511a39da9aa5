"""The audit's chain: whoever edits, deletes, inserts, reorders, or cuts it, is found, and the place is named."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session as Transaction
from sqlmodel import select

from core import audit
from core.errors import AuditBroken
from core.origin import Origin
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import AuditEvent, AuditHead
from tests.core.actors import CONSOLE, SetClock, Someone, events

HOSTILE = ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;x\x07", "\u202e", "x" * 300, "名前", "", "\0", "\udc80"]


@pytest.fixture
def chain(engine: Engine, key_ring: KeyRing, clock: SetClock) -> str:
    """Seven events of the host."""
    for number in range(7):
        _tell(engine, key_ring, clock, number=number)
        clock.advance(seconds=1)
    return audit.HOST_CHAIN


def _tell(engine: Engine, keys: KeyRing, clock: SetClock, **details: object) -> None:
    told = audit.Told("test", details=details)
    audit.record_alone(engine, keys, told, at=clock(), origin=CONSOLE)


def _verify(engine: Engine, keys: KeyRing) -> int:
    with reading(engine) as db:
        return audit.verify(db, keys, audit.HOST_CHAIN)


def _found_at(engine: Engine, keys: KeyRing) -> tuple[int, str]:
    with pytest.raises(AuditBroken) as broken:
        _verify(engine, keys)
    assert broken.value.chain == audit.HOST_CHAIN
    return broken.value.number, broken.value.why


def _sql(statement: str) -> Callable[[Transaction], None]:
    def run(db: Transaction) -> None:
        db.connection().execute(text(statement))

    return run


def test_a_chain_that_nobody_touched_holds(engine: Engine, key_ring: KeyRing, chain: str) -> None:
    assert _verify(engine, key_ring) == 7


@pytest.mark.parametrize(
    "found",
    [
        ("UPDATE audit_event SET outcome = 'denied' WHERE number = 3", 3, "changed"),
        ("UPDATE audit_event SET actor = 'somebody else' WHERE number = 1", 1, "changed"),
        ("""UPDATE audit_event SET details = '{"number": 9}' WHERE number = 7""", 7, "changed"),
        ("UPDATE audit_event SET at = (SELECT at FROM audit_event WHERE number = 2) WHERE number = 3", 3, "changed"),
        ("UPDATE audit_event SET origin = '{}' WHERE number = 4", 4, "changed"),
        ("UPDATE audit_event SET chain = 'elsewhere' WHERE number = 4", 4, "missing"),
        ("UPDATE audit_event SET mac = 'aa' WHERE number = 4", 4, "changed"),
        ("DELETE FROM audit_event WHERE number = 4", 4, "missing"),
        ("DELETE FROM audit_event WHERE number = 1", 1, "missing"),
        ("DELETE FROM audit_event WHERE number > 5", 6, "at the end are missing"),
        ("DELETE FROM audit_event", 1, "at the end are missing"),
        ("DELETE FROM audit_head", 7, "head"),
        ("UPDATE audit_head SET number = 5, mac = (SELECT mac FROM audit_event WHERE number = 5)", 7, "head"),
        (
            "INSERT INTO audit_event SELECT chain, 8, at, actor_id, actor, target_id, target, act, outcome, details,"
            " origin, key_id, mac FROM audit_event WHERE number = 3",
            8,
            "changed",
        ),
    ],
)
def test_what_was_done_to_it_is_found_and_named(
    engine: Engine, key_ring: KeyRing, chain: str, found: tuple[str, int, str]
) -> None:
    assert chain == audit.HOST_CHAIN
    tampering, number, why = found
    with transaction(engine) as db:
        _sql(tampering)(db)

    place, reason = _found_at(engine, key_ring)

    assert why in reason
    assert place == number


def test_two_events_that_changed_places_are_found(engine: Engine, key_ring: KeyRing, chain: str) -> None:
    with transaction(engine) as db:
        for number, other in ((3, 103), (4, 3), (103, 4)):
            _sql(f"UPDATE audit_event SET number = {other} WHERE number = {number}")(db)  # noqa: S608

    assert _found_at(engine, key_ring)[0] == 3


def test_an_event_inserted_in_the_middle_is_found(engine: Engine, key_ring: KeyRing, chain: str) -> None:
    with transaction(engine) as db:
        for number in range(7, 3, -1):
            _sql(f"UPDATE audit_event SET number = {number + 1} WHERE number = {number}")(db)  # noqa: S608
        copied = db.get_one(AuditEvent, (chain, 3)).model_dump(exclude={"number"})
        db.add(AuditEvent(**copied, number=4))
        db.get_one(AuditHead, chain).number = 8

    assert _found_at(engine, key_ring)[0] == 4


def test_whoever_lacks_the_key_cannot_write_a_chain(
    engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock
) -> None:
    other = key_ring.with_new_key()
    forged = type(key_ring)(key_ring.active_id, {key_ring.active_id: other._keys[other.active_id]})

    _tell(engine, forged, clock, forged=True)

    assert _found_at(engine, key_ring)[0] == 8


def test_a_chain_goes_on_under_a_new_key(engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock) -> None:
    rotated = key_ring.with_new_key()

    _tell(engine, rotated, clock, after="rotation")

    assert _verify(engine, rotated) == 8


def test_each_contract_has_a_chain_of_its_own(owner: Someone) -> None:
    owner.signs_in()

    checked = owner.services.audit.verify_all()

    assert len(checked) == 1
    assert list(checked.values()) == [len(events(owner.services))]


def test_a_contract_whose_whole_chain_is_gone_is_found(owner: Someone) -> None:
    with transaction(owner.services.engine) as db:
        _sql("DELETE FROM audit_event")(db)
        _sql("DELETE FROM audit_head")(db)

    with pytest.raises(AuditBroken):
        owner.services.audit.verify_all()


@pytest.mark.parametrize("written", HOSTILE)
def test_whatever_an_origin_or_a_detail_holds_the_chain_holds(
    engine: Engine, key_ring: KeyRing, clock: SetClock, written: str
) -> None:
    told = audit.Told("test", details={"name": written, written: [1, 2.5, None, True]})
    audit.record_alone(engine, key_ring, told, at=clock(), origin=Origin(terminal=written, source=written))

    assert _verify(engine, key_ring) == 1
    with reading(engine) as db:
        assert db.exec(select(AuditEvent)).one().details["name"] == written


def test_an_event_of_a_transaction_that_was_rolled_back_leaves_no_gap(
    engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock
) -> None:
    def fail() -> None:
        with transaction(engine) as db:
            audit.record(db, key_ring, audit.Told("test"), at=clock(), origin=CONSOLE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    _tell(engine, key_ring, clock)

    assert _verify(engine, key_ring) == 8
