"""The audit's chain: whoever edits, deletes, inserts, reorders, or cuts it, is found, and the place is named."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session as Transaction
from sqlmodel import select

from core import audit
from core.audit_check import AuditCheck, CheckedChain
from core.errors import FieldRefused
from core.origin import Origin
from core.services import Services
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import AuditEvent, AuditHead, Contract, Person
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


def _host_chain(engine: Engine, keys: KeyRing) -> CheckedChain:
    return AuditCheck(engine, keys).verify_all()[0]


def _verify(engine: Engine, keys: KeyRing) -> int:
    found = _host_chain(engine, keys)
    assert found.broken is None
    return found.events


def _found_at(engine: Engine, keys: KeyRing) -> tuple[int, str]:
    return _place(_host_chain(engine, keys))


def _place(found: CheckedChain) -> tuple[int, str]:
    assert found.broken is not None
    return found.broken.number, found.broken.why


def _wipe(engine: Engine) -> None:
    with transaction(engine) as db:
        _sql("DELETE FROM audit_event")(db)
        _sql("DELETE FROM audit_head")(db)


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
        ("UPDATE audit_event SET number = 0 WHERE number = 1", 1, "missing"),
        ("UPDATE audit_event SET number = -1 WHERE number = 7", 1, "missing"),
        ("DELETE FROM audit_head", 7, "head"),
        ("UPDATE audit_head SET number = 5, mac = (SELECT mac FROM audit_event WHERE number = 5)", 7, "head"),
        (
            "INSERT INTO audit_event SELECT chain, 8, at, actor_id, actor, target_id, target, act, outcome, details,"
            " origin, key_id, mac, resource_id FROM audit_event WHERE number = 3",
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

    (found,) = owner.services.audit.verify_all()

    told = events(owner.services)
    assert (found.events, found.mac, found.broken) == (len(told), told[-1].mac, None)
    assert found.contract_number == told[0].details["number"]
    assert found.contract_name == "Harbour Works"


def test_a_contract_whose_whole_chain_is_gone_is_found(owner: Someone) -> None:
    _wipe(owner.services.engine)

    (found,) = owner.services.audit.verify_all()

    assert found.broken is not None
    assert (found.events, found.broken.contract) == (0, found.contract_number)
    assert "whole chain" in found.broken.why


def test_a_chain_that_was_cut_stays_broken_whatever_is_written_after(
    engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock
) -> None:
    """Whoever writes the database without keys cuts the tail and points the head at an event that is left.

    Its MAC stands in the event's own row. The next ordinary event took it up and sealed the head anew, so that the
    check found a whole chain.
    """
    with transaction(engine) as db:
        _sql("DELETE FROM audit_event WHERE number > 3")(db)
        _sql("UPDATE audit_head SET number = 3, mac = (SELECT mac FROM audit_event WHERE number = 3)")(db)

    for _ in range(3):
        _tell(engine, key_ring, clock, after="the cut")

    assert chain == audit.HOST_CHAIN
    place, why = _found_at(engine, key_ring)
    assert place == 4
    assert "what stood before it" in why


def test_a_contracts_chain_that_was_wiped_stays_broken_after_the_next_sign_in(owner: Someone) -> None:
    """Whoever writes the database without keys empties the audit; the next event began a chain that held."""
    owner.signs_in()
    _wipe(owner.services.engine)
    owner.signs_in()

    (found,) = owner.services.audit.verify_all()

    place, why = _place(found)
    assert place == 1
    assert "beginning" in why


def test_a_contract_that_was_given_another_id_has_no_beginning(owner: Someone) -> None:
    """As above; the new id makes the old chain that of nobody."""
    with transaction(owner.services.engine) as db:
        old = db.exec(select(Contract)).one()
        new = Contract(**old.model_dump(exclude={"id", "number"}), number="20000002")
        db.add(new)
        db.flush()
        db.exec(select(Person)).one().contract_id = new.id
        db.flush()
        db.delete(old)
    _wipe(owner.services.engine)
    owner.signs_in()

    (found,) = owner.services.audit.verify_all()

    assert "beginning" in _place(found)[1]


def test_a_registered_contract_of_which_nothing_is_left_is_found(owner: Someone) -> None:
    with transaction(owner.services.engine) as db:
        for table in ("audit_event", "audit_head", "session", "person", "contract"):
            _sql(f"DELETE FROM {table}")(db)  # noqa: S608

    (found,) = owner.services.audit.verify_all()

    assert "it is gone" in _place(found)[1]


def test_before_anything_is_registered_there_is_nothing_to_find(services: Services) -> None:
    assert services.audit.verify_all() == []


def test_a_broken_chain_keeps_no_other_from_being_checked(owner: Someone, clock: SetClock) -> None:
    services = owner.services
    _tell(services.engine, services.keys, clock)
    with transaction(services.engine) as db:
        _sql("UPDATE audit_event SET act = 'other' WHERE chain = 'host'")(db)
        _sql("INSERT INTO audit_head VALUES ('\x1b]0;evil', 1, '', '', '', NULL)")(db)

    found = services.audit.verify_all()

    assert [(one.chain == "host", one.broken is None) for one in found] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_an_older_copy_of_a_chain_is_found_by_what_was_noted_of_the_newer(
    engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock
) -> None:
    """Whoever writes the database puts an older head row back together with its tail: from inside it holds."""
    with transaction(engine) as db:
        head = db.get_one(AuditHead, chain).model_dump()
    _tell(engine, key_ring, clock, secret="deed")
    noted = _host_chain(engine, key_ring).to_note
    with transaction(engine) as db:
        _sql("DELETE FROM audit_event WHERE number = 8")(db)
        db.get_one(AuditHead, chain).sqlmodel_update(head)
    assert _verify(engine, key_ring) == 7

    cut = AuditCheck(engine, key_ring).verify_all(noted=[noted])[0]
    _tell(engine, key_ring, clock, other="deed")
    _tell(engine, key_ring, clock, other="deed")
    replaced = AuditCheck(engine, key_ring).verify_all(noted=[noted])[0]

    assert _place(cut) == (8, "events at the end are missing")
    assert _place(replaced) == (8, "it is another event than the one that was noted")
    assert replaced.events == 7


def test_a_chain_that_went_on_still_holds_what_was_noted(
    engine: Engine, key_ring: KeyRing, chain: str, clock: SetClock
) -> None:
    noted = [_host_chain(engine, key_ring).to_note]
    _tell(engine, key_ring, clock)
    noted.append(f" {_host_chain(engine, key_ring).to_note}\n")

    (found,) = AuditCheck(engine, key_ring).verify_all(noted=noted)

    assert (found.chain, found.broken) == (chain, None)


def test_a_noted_chain_that_is_gone_is_found(engine: Engine, key_ring: KeyRing, chain: str) -> None:
    noted = _host_chain(engine, key_ring).to_note
    _wipe(engine)

    (found,) = AuditCheck(engine, key_ring).verify_all(noted=[noted])

    assert found.chain == chain
    assert found.broken is not None


@pytest.mark.parametrize("noted", ["", "host", "host:7", "host:7:xyz", "host:0:" + "a" * 64, "7:" + "a" * 64, *HOSTILE])
def test_what_does_not_look_like_a_note_is_refused(engine: Engine, key_ring: KeyRing, noted: str) -> None:
    with pytest.raises(FieldRefused):
        AuditCheck(engine, key_ring).verify_all(noted=[noted])


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


@pytest.mark.parametrize(
    "garbage",
    [
        "details = '{'",
        "details = '" + "[" * 20_000 + "'",
        "details = x'ff'",
        "origin = 'x'",
        "at = 'x'",
        "at = 7",
        "actor_id = 'zz'",
        "target_id = 7",
        "actor = x'ff00'",
        "act = CAST(x'ff' AS TEXT)",
        "number = 'x'",
        "number = 3.5",
        "number = 9e99",
        "key_id = 'deadbeef'",
        "key_id = ''",
        "mac = x'00'",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_event_filled_with_garbage_is_named_and_what_stood_before_it_holds(
    engine: Engine, key_ring: KeyRing, chain: str, garbage: str
) -> None:
    """Whoever writes the database stops the check with a value that cannot be read, and the check tells no place.

    PostgreSQL takes no value that is not of the column's type; see the next test.
    """
    with transaction(engine) as db:
        _sql(f"UPDATE audit_event SET {garbage} WHERE number = 3")(db)  # noqa: S608

    found = _host_chain(engine, key_ring)

    assert (found.chain, found.events) == (chain, 2)
    assert _place(found)[0] == 3


@pytest.mark.parametrize(
    "garbage",
    ["key_id = 'deadbeef'", "key_id = ''", "details = '7'", "at = '0001-01-01 00:00:00'", "number = -9", "mac = ''"],
)
def test_an_event_whose_values_make_no_sense_is_named(
    engine: Engine, key_ring: KeyRing, chain: str, garbage: str
) -> None:
    with transaction(engine) as db:
        _sql(f"UPDATE audit_event SET {garbage} WHERE number = 3")(db)  # noqa: S608

    place, _ = _found_at(engine, key_ring)

    assert chain == audit.HOST_CHAIN
    assert place == (1 if "number" in garbage else 3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", ["infinity", "294276-12-31", "4713-01-01 BC"])
def test_a_time_that_python_does_not_know_is_garbage_too(
    engine: Engine, key_ring: KeyRing, chain: str, at: str
) -> None:
    with transaction(engine) as db:
        _sql(f"UPDATE audit_event SET at = '{at}' WHERE number = 3")(db)  # noqa: S608

    assert chain == audit.HOST_CHAIN
    assert _found_at(engine, key_ring)[0] == 3


@pytest.mark.parametrize("garbage", ["key_id = 'deadbeef'", "number = -1", "mac = ''", "seal = ''"])
def test_a_head_that_makes_no_sense_is_false(engine: Engine, key_ring: KeyRing, chain: str, garbage: str) -> None:
    with transaction(engine) as db:
        _sql(f"UPDATE audit_head SET {garbage}")(db)  # noqa: S608

    found = _host_chain(engine, key_ring)

    assert (found.chain, found.events) == (chain, 7)
    assert "head" in _place(found)[1]


def test_a_latest_moment_that_was_set_back_is_found(engine: Engine, key_ring: KeyRing, chain: str) -> None:
    """Whoever writes the database has the chain forget how late it was, and sets the clock back."""
    for earlier in ("NULL", "(SELECT at FROM audit_event WHERE number = 6)"):
        with transaction(engine) as db:
            _sql(f"UPDATE audit_head SET at = {earlier}")(db)  # noqa: S608

        assert chain == audit.HOST_CHAIN
        assert _found_at(engine, key_ring) == (7, "the latest moment of the chain was set back")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("garbage", ["number = 'x'", "mac = x'ff'", "seal = CAST(x'ff' AS TEXT)", "key_id = x'00'"])
def test_a_head_filled_with_garbage_is_false(engine: Engine, key_ring: KeyRing, chain: str, garbage: str) -> None:
    with transaction(engine) as db:
        _sql(f"UPDATE audit_head SET {garbage}")(db)  # noqa: S608

    found = _host_chain(engine, key_ring)

    assert (found.chain, found.events) == (chain, 7)
    assert "head" in _place(found)[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "garbage",
    [
        "UPDATE audit_event SET chain = x'ff' WHERE number = 3",
        "UPDATE audit_event SET chain = CAST(x'ff' AS TEXT) WHERE number = 3",
        "INSERT INTO audit_head VALUES (x'00', 'x', '', '', '', NULL)",
        "INSERT INTO contract VALUES ('zz', 'x', 'x', 8, 1, 1, 0, 1, 'x')",
    ],
)
def test_garbage_in_the_name_of_a_chain_is_a_break(engine: Engine, key_ring: KeyRing, chain: str, garbage: str) -> None:
    with transaction(engine) as db:
        _sql(garbage)(db)

    found = AuditCheck(engine, key_ring).verify_all()

    assert chain == audit.HOST_CHAIN
    assert any(one.broken for one in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_garbage_after_a_whole_page_is_named_too(engine: Engine, key_ring: KeyRing, clock: SetClock) -> None:
    with transaction(engine) as db:
        for _ in range(1100):
            audit.record(db, key_ring, audit.Told("test"), at=clock(), origin=CONSOLE)
        _sql("UPDATE audit_event SET at = 'x' WHERE number = 1050")(db)

    assert _found_at(engine, key_ring)[0] == 1050
