"""A server's clock that is wrong: no old code counts again, it is named, and what it granted while it was is void."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from core import permissions, throttle, totp
from core.errors import (
    ClockNotBehind,
    ClockUnconfirmed,
    CodeAlreadyUsed,
    LoginExpired,
    Refusal,
    ServerClockBehind,
    SessionOver,
    WrongCode,
    WrongCredentials,
    WrongEmailCode,
    WrongPasswordCode,
)
from core.login_steps import CodeNeeded, Session
from core.services import Services
from core.wording import sentence
from data.engine import reading, transaction
from data.tables import AttemptCounter, ConsoleSession, Person
from tests.core.actors import (
    CONSOLE,
    Phone,
    SetClock,
    Someone,
    change_person,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    rows,
)
from tests.core.calling import called

HOUR, DAY = 1, 24
NEW = "Other-Lantern,43"
PIN = {"pin": "482917", "repeated": "482917"}
WHAT_LETS_IN = ("authenticator", "recovery_code", "support_pin", "contract")


@dataclass
class Place:
    """An owner at work, and a user with an app, of whom nothing was heard since he enrolled."""

    services: Services
    clock: SetClock
    owner: Someone
    user: Someone
    at_work: Session
    """The owner's."""

    def passes(self, hours: float) -> None:
        """Let time go by, after which the owner is seen to be there."""
        self.clock.advance(hours=hours)
        self.at_work = self.owner.signs_in()

    def accepts(self) -> None:
        self.services.host_clock.accept(self.clock(), origin=CONSOLE)


@pytest.fixture
def place(services: Services, clock: SetClock, owner: Someone) -> Place:
    user = new_person(services, clock, email="ulf@example.com")
    user.enrols(user.signs_in())
    clock.advance(minutes=10)
    return Place(services, clock, owner, user, owner.signs_in())


def refused(act: Callable[..., Any], /, *given: Any, **named: Any) -> str:
    """What is said to somebody while the clock is behind."""
    with pytest.raises(ServerClockBehind) as behind:
        act(*given, **named)
    return sentence(behind.value)


# Set back


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_a_clock_that_went_back_is_named_to_whoever_signs_in_with_whatever(place: Place, hours: int) -> None:
    place.clock.advance(hours=-hours)
    login = place.services.login

    with everything_unchanged(place.services):
        said = {
            refused(login.sign_in, email, password, origin=CONSOLE)
            for email in (place.user.email, place.owner.email, "nobody@example.com")
            for password in (place.user.password, "wrong")
        }

    assert said == {
        f"This server's clock went back {hours} h: it says {place.clock():%-d %b %Y %H:%M:%S} UTC. "
        "Nobody gets in until it is right. On the host: bartizan clock"
    }


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_no_old_code_of_any_kind_counts_when_its_time_comes_again(place: Place, hours: int) -> None:
    """Attack: whoever noted down codes that were not used, or are over, sets the clock back to when they were good."""
    services, clock, user = place.services, place.clock, place.user
    user_id = person_of(services, user.email).id
    half_from_then = user.owes_code()
    noted = user.phone.code(clock())
    reset = services.invitations.issue_reset_code(place.at_work, user_id).code
    services.proof.prove(place.at_work, place.owner.password, act="email_change.ask")
    changed = services.email_change.ask(place.at_work, user_id, email="ulf@example.net").code
    place.passes(hours)
    half = user.owes_code()
    used = user.code()
    theirs = services.login.give_code(half, used)
    half = user.owes_code()
    place.passes(100)

    clock.advance(hours=-100 - hours)
    with everything_unchanged(services):
        for owed in (half, half_from_then):
            for code in (noted, used, user.phone.wrong_code(clock())):
                refused(services.login.give_code, owed, code)
            for code in (user.recovery_codes[1], "AAAA-AAAA-AAAA-AAAA"):
                refused(services.login.give_recovery_code, owed, code)
        for code in (reset, "wrong"):
            refused(services.invitations.set_password, user.email, code, new=NEW, repeated=NEW, origin=CONSOLE)
        for code in (changed, "wrong"):
            refused(services.email_change.confirm, theirs, code)
        for code in (noted, "000000"):
            refused(services.proof.prove, theirs, user.password, code, act="support_pin.save")


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_no_session_that_was_idle_too_long_is_one_again(place: Place, hours: int) -> None:
    idle = place.owner.signs_in()
    place.passes(hours)

    place.clock.advance(hours=-hours)

    with everything_unchanged(place.services):
        refused(place.services.account.account, idle)
        refused(place.services.sessions.stands, idle)


def test_whoever_has_a_session_can_do_nothing_at_all(place: Place) -> None:
    place.clock.advance(hours=-1)
    tables = (permissions.ON_HIMSELF, permissions.ON_PEOPLE, permissions.ON_CONTRACT, permissions.ON_RESOURCES)
    functions = {function for table in tables for function in table} - {"sessions.sign_out"}
    ids = ("person_id", "group_id", "resource_id", "session_id")
    given = dict.fromkeys(ids, person_of(place.services, place.user.email).id)

    with everything_unchanged(place.services):
        for function in sorted(functions):
            refused(called, place.services, function, place.at_work, **given, **PIN)


def test_a_session_that_is_signed_out_meanwhile_stays_as_it_is(place: Place) -> None:
    place.clock.advance(hours=-1)

    with everything_unchanged(place.services):
        place.services.sessions.sign_out(place.at_work)


def test_nobody_is_led_through_the_setup_assistant(place: Place) -> None:
    place.services.forcing.force_people(place.at_work, [_newcomer(place)])
    owes = Someone(place.services, place.clock, "nora@example.com").owes_enrolment()
    phone = Phone.scanning(place.services.enrolment.begin(owes).address)
    place.clock.advance(hours=-1)

    with everything_unchanged(place.services):
        refused(place.services.enrolment.begin, owes)
        refused(place.services.enrolment.prove, owes, phone.code(place.clock()))
        refused(place.services.enrolment.confirm, owes, "AAAA-AAAA-AAAA-AAAA")


def _newcomer(place: Place) -> Any:
    new_person(place.services, place.clock, email="nora@example.com")
    return person_of(place.services, "nora@example.com").id


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_a_clock_that_is_right_again_wants_no_step_and_nobody_has_lost_anything(place: Place, hours: int) -> None:
    before = rows(place.services)
    place.clock.advance(hours=-hours)
    refused(place.user.gives_password)
    refused(place.services.account.account, place.at_work)

    place.clock.advance(hours=hours)

    assert rows(place.services) == before
    place.services.account.account(place.at_work)
    place.user.signs_in()
    with pytest.raises(ClockNotBehind):
        place.accepts()


def test_whoever_waits_after_failures_hears_of_the_clock_like_everybody(place: Place) -> None:
    login, user = place.services.login, place.user
    half = user.owes_code()
    for _ in range(5):
        with pytest.raises(Refusal):
            login.give_code(half, user.phone.wrong_code(place.clock()))
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            login.sign_in(place.owner.email, "wrong", origin=CONSOLE)
    place.clock.advance(minutes=-5)

    with everything_unchanged(place.services):
        refused(login.give_code, half, user.phone.code(place.clock()))
        refused(place.owner.gives_password)


def test_a_minute_between_two_servers_is_no_fault(place: Place) -> None:
    place.clock.advance(seconds=-60)

    assert place.services.account.account(place.at_work)
    assert isinstance(place.user.gives_password(), CodeNeeded)
    assert place.services.host_clock.look().behind is None


def test_a_console_in_use_is_seen_without_an_event(place: Place) -> None:
    """Nothing is told for an hour, in which somebody only looks: that hour has been all the same."""
    for _ in range(8):
        place.clock.advance(minutes=8)
        place.services.sessions.keep_alive(place.at_work)

    place.clock.advance(hours=-1)

    refused(place.user.gives_password)


# Set forward


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_a_clock_that_went_forward_is_named_to_whoever_has_the_right_code(place: Place, hours: int) -> None:
    right = place.user.phone.code(place.clock())
    place.clock.advance(hours=hours)

    with pytest.raises(WrongCode) as wrong:
        place.services.login.give_code(place.user.owes_code(), right)

    assert f"This server's clock says {place.clock():%-d %b %H:%M:%S} UTC." in sentence(wrong.value)
    with pytest.raises(Refusal):
        place.services.account.account(place.at_work)  # it was idle for too long


def ahead(place: Place, hours: int) -> tuple[Session, list[tuple[datetime, str]]]:
    """Some people follow the clock forward, and use codes there; the last session, and the codes with their times."""
    user, clock, services = place.user, place.clock, place.services
    clock.advance(hours=hours)
    used = []
    for _ in range(3):
        clock.advance(minutes=7)
        half = user.owes_code()
        code = user.phone.code(clock())
        used.append((clock(), code))
        session = services.login.give_code(half, code)
    clock.advance(minutes=7)
    used.append((clock(), user.phone.code(clock())))
    services.proof.prove(session, user.password, used[-1][1], act="support_pin.save")
    return session, used


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_after_the_step_everybody_gets_in_again_with_a_fresh_code_and_nothing_is_switched_off(
    place: Place, hours: int
) -> None:
    services, clock, user = place.services, place.clock, place.user
    right = clock()
    session, _ = ahead(place, hours)
    clock.time = right
    refused(user.gives_password)
    kept = {table: rows(services)[table] for table in WHAT_LETS_IN}
    passwords = _passwords(services)

    place.accepts()

    assert {table: rows(services)[table] for table in WHAT_LETS_IN} == kept
    assert _passwords(services) == passwords
    clock.advance(seconds=30)
    assert user.signs_in().second_factor
    assert services.account.account(place.at_work)  # it was not of the time ahead
    with pytest.raises(SessionOver):
        services.account.account(session)
    assert all(chain.broken is None for chain in services.audit.verify_all())


def _passwords(services: Services) -> list[tuple[Any, ...]]:
    with reading(services.engine) as db:
        people = db.exec(select(Person).order_by(Person.email)).all()
        return [(each.password_hash, each.active, each.force_sec_auth, each.sec_auth_active) for each in people]


@pytest.mark.parametrize("hours", [HOUR, DAY])
def test_no_code_that_was_accepted_ahead_is_accepted_when_its_time_comes(place: Place, hours: int) -> None:
    """Attack: whoever looked over a shoulder while the clock was ahead comes back when the codes are due."""
    right = place.clock()
    _, used = ahead(place, hours)
    place.clock.time = right
    place.accepts()

    for then, code in used:
        place.clock.time = then
        with pytest.raises(CodeAlreadyUsed):
            place.services.login.give_code(place.user.owes_code(), code)
        place.clock.advance(seconds=90)
        assert place.user.signs_in()


def test_a_code_that_set_up_an_app_ahead_is_not_accepted_when_its_time_comes(place: Place) -> None:
    newcomer = new_person(place.services, place.clock, email="nora@example.com")
    right = place.clock()
    place.clock.advance(hours=1)
    session = newcomer.signs_in()
    newcomer.scans(session)
    place.clock.advance(minutes=4)
    then, code = place.clock(), newcomer.phone.code(place.clock())
    newcomer.recovery_codes = place.services.enrolment.prove(session, code)
    place.clock.advance(minutes=5)
    place.services.enrolment.confirm(session, newcomer.recovery_codes[0])
    place.clock.advance(minutes=5)
    newcomer.signs_in()
    place.clock.time = right
    place.accepts()

    place.clock.time = then
    with pytest.raises(CodeAlreadyUsed):
        place.services.login.give_code(newcomer.owes_code(), code)


def test_a_code_whose_event_was_lost_with_its_console_is_not_accepted_a_second_time_either(place: Place) -> None:
    then = place.clock() + timedelta(hours=1)
    change_person(place.services, place.user.email, last_step=totp.step_at(then))
    place.clock.advance(hours=1)
    place.at_work = place.owner.signs_in()
    place.clock.advance(hours=-1)
    place.accepts()

    place.clock.time = then
    with pytest.raises(CodeAlreadyUsed):
        place.services.login.give_code(place.user.owes_code(), place.user.phone.code(then))


def test_an_app_that_was_set_up_ahead_proves_its_person_at_once(place: Place) -> None:
    """A proof of now was older than the authenticator, for as long as the clock had been ahead."""
    newcomer = new_person(place.services, place.clock, email="nora@example.com")
    right = place.clock()
    place.clock.advance(hours=24)
    newcomer.enrols(newcomer.signs_in())
    place.clock.time = right
    place.accepts()
    place.clock.advance(seconds=30)

    session = newcomer.signs_in()

    place.services.support_pin.save(session, **PIN)


def test_what_was_begun_ahead_is_void(place: Place) -> None:
    services, clock, user = place.services, place.clock, place.user
    user_id = person_of(services, user.email).id
    right = clock()
    clock.advance(hours=24)
    at_work = place.owner.signs_in()
    half = user.owes_code()
    reset = services.invitations.issue_reset_code(at_work, user_id).code
    theirs = user.signs_in()
    changed = services.email_change.ask(theirs, user_id, email="ulf@example.net").code
    clock.time = right
    place.accepts()
    clock.advance(minutes=2)

    with pytest.raises(LoginExpired):
        services.login.give_code(half, user.code())
    with pytest.raises(WrongPasswordCode):
        services.invitations.set_password(user.email, reset, new=NEW, repeated=NEW, origin=CONSOLE)
    with pytest.raises(WrongEmailCode):
        services.email_change.confirm(user.signs_in(), changed)


def test_nobody_waits_a_day_for_failures_of_the_time_ahead(place: Place) -> None:
    services, clock, user = place.services, place.clock, place.user
    right = clock()
    clock.advance(hours=24)
    for _ in range(7):
        with pytest.raises(WrongCredentials):
            services.login.sign_in(user.email, "wrong", origin=CONSOLE)
    assert person_of(services, user.email).locked_until is not None
    clock.time = right

    place.accepts()

    clock.advance(seconds=30)
    assert person_of(services, user.email).locked_until is None
    assert user.signs_in()


def test_failures_from_before_count_on_and_make_nobody_wait_longer_than_failures_do(place: Place) -> None:
    services, clock, user = place.services, place.clock, place.user
    for hours in (0, 1):
        clock.advance(hours=hours)
        for _ in range(4):
            with pytest.raises(WrongCredentials):
                services.login.sign_in(user.email, "wrong", origin=CONSOLE)
            clock.advance(minutes=1)
    clock.advance(minutes=-64)
    refused(user.gives_password)

    place.accepts()

    with reading(services.engine) as db:
        query = select(AttemptCounter).where(AttemptCounter.secret == "password", AttemptCounter.recent > 0)
        counter = db.exec(query).one()
    assert counter.today > 5
    assert counter.free_at <= clock() + throttle.LONGEST_WAIT
    locked_until = person_of(services, user.email).locked_until
    assert locked_until is not None
    assert clock() < locked_until <= clock() + throttle.LONGEST_WAIT


# The step


def test_the_step_wants_to_hear_the_time_from_somewhere_else(place: Place) -> None:
    """Whoever takes a wrong clock for right would have old codes count: both clocks have to say the same."""
    place.clock.advance(hours=-1)

    for minutes in (-60, -4, 4, 60, 24 * 60):
        said = place.clock() + timedelta(minutes=minutes)
        with everything_unchanged(place.services), pytest.raises(ClockUnconfirmed) as unconfirmed:
            place.services.host_clock.accept(said, origin=CONSOLE)

    assert "Where that is wrong, set it right first." in sentence(unconfirmed.value)


def test_every_chain_concerned_is_told_of_the_step_and_the_owner_is_its_target(place: Place) -> None:
    right = place.clock()
    session, _ = ahead(place, HOUR)
    latest = place.services.host_clock.look().latest
    assert session
    assert latest
    place.clock.time = right

    place.accepts()

    told = last_event(place.services, "accept the server's clock")
    assert (told.chain, told.target) == ("host", "unknown e-mail")
    facts = {"latest before": latest.at.isoformat(), "now": right.isoformat()}
    assert told.details == facts | {"sessions ended": 3, "codes of people": 1}
    of_owner = [each for each in rows(place.services)["audit_event"] if "accept the server's clock" in each]
    assert len(of_owner) == 2


def test_the_report_tells_where_the_latest_moment_was_seen(place: Place) -> None:
    assert place.services.host_clock.look().behind is None

    place.clock.advance(hours=-1)
    report = place.services.host_clock.look()

    assert report.behind == timedelta(hours=1)
    assert report.latest is not None
    assert (report.latest.contract_name, report.latest.act) == ("Harbour Works", "sign in")
    assert (report.latest.actor, report.latest.host) == ("olga@example.com", "bastion1")
    assert (report.database is None) == (place.services.engine.dialect.name == "sqlite")


def test_a_session_of_the_time_ahead_is_over_even_where_no_event_tells_of_it(place: Place) -> None:
    with transaction(place.services.engine) as db:
        for session in db.exec(select(ConsoleSession)):
            session.last_used_at = place.clock.time.replace(year=2027)

    with pytest.raises(SessionOver):
        place.services.account.account(place.at_work)
    with pytest.raises(SessionOver):
        place.services.sessions.stands(place.at_work)
