"""What two consoles try at the same moment: twelve real processes, on both engines."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from core import throttle
from core.config import Settings
from core.registration import Registration
from core.services import Services
from data.engine import reading
from data.tables import ConsoleSession
from tests.core import acts
from tests.core.actors import PASSWORD, SetClock, Someone, events, new_person, owing_code, person_of
from tests.core.racing import crowd

PROCESSES = 12
NEW_PASSWORD = "Other-Lantern,43"


def test_one_code_in_twelve_processes_is_accepted_exactly_once_a_hundred_times(
    protected: Someone, settings: Settings, clock: SetClock
) -> None:
    outcomes: list[str] = []

    with crowd(PROCESSES, settings) as consoles:
        for _ in range(100):
            clock.advance(days=1, seconds=30)
            owed = owing_code(protected, PROCESSES)
            code = protected.phone.code(clock())
            outcomes += consoles.do(clock(), acts.give_code, [(half, code) for half in owed])

    assert outcomes.count(acts.DONE) == 100
    assert set(outcomes) <= {acts.DONE, "CodeAlreadyUsed", "OnHold"}


def test_one_half_login_and_one_code_in_twelve_processes_opens_one_session(
    protected: Someone, settings: Settings, clock: SetClock
) -> None:
    owed, code = protected.owes_code(), protected.code()

    with crowd(PROCESSES, settings) as consoles:
        outcomes = consoles.do(clock(), acts.give_code, [(owed, code)] * PROCESSES)

    assert outcomes.count(acts.DONE) == 1


def test_one_code_opens_a_login_or_proves_an_identity_but_not_both(
    protected: Someone, settings: Settings, clock: SetClock
) -> None:
    outcomes: list[list[str]] = []

    with crowd(2, settings) as consoles:
        for _ in range(10):
            session = protected.signs_in()
            clock.advance(seconds=30)
            code = protected.phone.code(clock())
            owed = protected.owes_code()
            told = consoles.do(clock(), _either, [("login", owed, code), ("proof", session, code)])
            outcomes.append(sorted(told))

    assert outcomes == [["CodeAlreadyUsed", acts.DONE]] * 10


def test_a_recovery_code_in_twelve_processes_works_once(
    protected: Someone, settings: Settings, clock: SetClock
) -> None:
    outcomes: list[str] = []

    with crowd(PROCESSES, settings) as consoles:
        for code in protected.recovery_codes:
            clock.advance(days=1)
            owed = [protected.owes_code() for _ in range(PROCESSES)]
            outcomes += consoles.do(clock(), acts.give_recovery_code, [(half, code) for half in owed])

    assert outcomes.count(acts.DONE) == len(protected.recovery_codes)


def test_twelve_processes_with_fifty_wrong_passwords_count_exactly_what_was_tried_up_to_the_bound(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    counted = []

    with crowd(PROCESSES, settings) as consoles:
        for _ in range(50):
            clock.advance(days=1)
            outcomes = consoles.do(clock(), acts.sign_in, [(owner.email, "wrong")] * PROCESSES)
            assert outcomes == ["WrongCredentials"] * PROCESSES
            counted.append(_counted(owner.services, owner.email))

    assert counted == [throttle.PASSWORD.free] * 50
    assert len([event for event in events(owner.services) if event.outcome == "denied"]) == 50 * PROCESSES


def test_below_the_bound_no_attempt_of_twelve_processes_is_lost(
    services: Services, settings: Settings, clock: SetClock
) -> None:
    endless = throttle.Limit("test", 10_000, timedelta(days=1), (timedelta(days=1),), per_day=10_000)

    with crowd(PROCESSES, settings) as consoles:
        consoles.do(clock(), acts.charge, [(endless, 50)] * PROCESSES)

    with reading(services.engine) as db:
        assert throttle.attempts_counted(db, endless, "subject") == 600


def test_two_first_starts_at_once_register_one_contract(
    services: Services, settings: Settings, clock: SetClock, wanted: Registration
) -> None:
    with crowd(PROCESSES, settings) as consoles:
        outcomes = consoles.do(clock(), acts.register, [(wanted,)] * PROCESSES)

    assert sorted(outcomes) == ["AlreadyRegistered"] * (PROCESSES - 1) + [acts.DONE]
    assert [event.act for event in events(services) if event.outcome == "done"] == ["register contract"]


def test_the_assistant_opened_on_two_consoles_at_once_leaves_one_secret(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    with crowd(4, settings) as consoles:
        for number in range(5):
            person = new_person(owner.services, clock, email=f"person{number}@example.com")
            sessions = [(person.signs_in(),) for _ in range(4)]
            outcomes = consoles.do(clock(), acts.begin_enrolment, sessions)
            assert outcomes == [acts.DONE] * 4


def test_the_assistant_confirmed_twice_at_once_activates_once(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    with crowd(2, settings) as consoles:
        for number in range(5):
            person = new_person(owner.services, clock, email=f"person{number}@example.com", force_sec_auth=number % 2)
            who = person.gives_password()
            person.scans(who)  # type: ignore[arg-type]  # a session or an enrolment that is owed
            code = owner.services.enrolment.prove(who, person.code())[0]  # type: ignore[arg-type]
            outcomes = consoles.do(clock(), acts.confirm_enrolment, [(who, code)] * 2)
            assert outcomes.count(acts.DONE) == 1


def test_two_password_changes_at_once_leave_one_password(owner: Someone, settings: Settings, clock: SetClock) -> None:
    with crowd(2, settings) as consoles:
        for number in range(5):
            person = new_person(owner.services, clock, email=f"person{number}@example.com")
            session = person.signs_in()
            wanted = [f"Other-Lantern,{number}", f"Third-Lantern,{number}"]
            outcomes = consoles.do(clock(), acts.change_password, [(session, PASSWORD, new) for new in wanted])
            assert outcomes.count(acts.DONE) == 1
            person.password = wanted[outcomes.index(acts.DONE)]
            person.signs_in()


def test_no_session_with_the_old_password_outlives_the_change(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    with crowd(4, settings) as consoles:
        for number in range(8):
            person = new_person(owner.services, clock, email=f"person{number}@example.com")
            session = person.signs_in()
            orders = [("change", person.email, session)] + [("sign in", person.email, session)] * 3
            outcomes = consoles.do(clock(), _change_or_sign_in, orders)
            assert outcomes[0] == acts.DONE
            assert _open_sessions(owner.services, person.email) == 1


def test_a_first_support_pin_saved_on_two_consoles_at_once_is_saved(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    sessions = [owner.signs_in() for _ in range(4)]

    with crowd(4, settings) as consoles:
        outcomes = consoles.do(clock(), acts.save_pin, [(session, "480193") for session in sessions])

    assert outcomes == [acts.DONE] * 4


def test_eight_processes_that_write_the_audit_leave_an_unbroken_chain(
    services: Services, settings: Settings, clock: SetClock
) -> None:
    with crowd(8, settings) as consoles:
        consoles.do(clock(), acts.tell, [(40,)] * 8)

    (found,) = services.audit.verify_all()
    assert (found.events, found.broken) == (320, None)


@pytest.mark.parametrize("size", [4])
def test_two_first_starts_on_an_empty_machine_share_one_key_ring(
    database_url: str, settings: Settings, wanted: Registration, clock: SetClock, size: int
) -> None:
    settings.key_ring.parent.mkdir(mode=0o700)

    with crowd(size, settings) as consoles:
        outcomes = consoles.do(clock(), acts.register, [(wanted,)] * size)

    assert database_url == settings.database_url
    assert sorted(outcomes) == ["AlreadyRegistered"] * (size - 1) + [acts.DONE]


def _either(services: Services, surface: str, who: object, code: str) -> str:
    if surface == "login":
        return acts.give_code(services, who, code)  # type: ignore[arg-type]
    return acts.prove_with_code(services, who, PASSWORD, code)  # type: ignore[arg-type]


def _change_or_sign_in(services: Services, what: str, email: str, session: object) -> str:
    if what == "change":
        return acts.change_password(services, session, PASSWORD, NEW_PASSWORD)  # type: ignore[arg-type]
    return acts.sign_in(services, email, PASSWORD)


def _counted(services: Services, email: str) -> int:
    subject = services.keys.keyed_hash("throttle", email.encode())
    with reading(services.engine) as db:
        return throttle.attempts_counted(db, throttle.PASSWORD, subject)


def _open_sessions(services: Services, email: str) -> int:
    person = person_of(services, email)
    with reading(services.engine) as db:
        query = select(ConsoleSession).where(
            ConsoleSession.person_id == person.id, col(ConsoleSession.ended_at).is_(None)
        )
        return len(db.exec(query).all())
