"""Lanes: what is guessed elsewhere never delays a person where he has signed in before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from core import known_origins, throttle
from core.errors import OnHold, Refusal, WrongCode, WrongCredentials, WrongOldPassword, WrongPasswordCode
from core.login_steps import CodeNeeded, Session
from core.origin import Origin
from core.services import Services
from core.throttle import ELSEWHERE
from data.engine import reading, transaction
from data.tables import KnownOrigin
from tests.core.actors import (
    CONSOLE,
    PASSWORD,
    SetClock,
    Someone,
    change_person,
    events,
    last_event,
    new_person,
    person_of,
)

STRANGE = Origin(host="bastion1", terminal="pts/9", unix_user="olga", source="203.0.113.66 (unverified)")
NEW_PASSWORD = "Other-Lantern,43"
OWN_KEY, OTHER_KEY = "SHA256:" + "a" * 43, "SHA256:" + "b" * 43


def test_guesses_from_elsewhere_do_not_delay_the_person_where_he_has_signed_in(owner: Someone) -> None:
    owner.signs_in()
    _guess(owner, times=12)

    assert isinstance(owner.gives_password(), Session)
    with pytest.raises(WrongCredentials):
        owner.services.login.sign_in(owner.email, PASSWORD, origin=STRANGE)


def test_guesses_at_codes_from_elsewhere_do_not_delay_the_person_either(protected: Someone, clock: SetClock) -> None:
    for _ in range(throttle.CODE.free):
        with pytest.raises(WrongCode):
            protected.services.login.give_code(_owes_code(protected, STRANGE), protected.phone.wrong_code(clock()))
    with pytest.raises(OnHold):
        protected.services.login.give_code(_owes_code(protected, STRANGE), protected.code())

    assert protected.signs_in().second_factor


def test_wrong_reset_codes_from_elsewhere_do_not_keep_the_person_from_his(owner: Someone, services: Services) -> None:
    user = new_person(services, owner.clock, email="ulf@example.com")
    user.signs_in()
    issued = services.invitations.issue_reset_code(owner.signs_in(), person_of(services, user.email).id)
    for _ in range(throttle.PASSWORD_CODE.free):
        with pytest.raises(WrongPasswordCode):
            _set_password(user, "WRONG", STRANGE)
    with pytest.raises(OnHold):
        _set_password(user, issued.code, STRANGE)

    _set_password(user, issued.code, CONSOLE)


def test_a_new_password_by_code_ends_the_waits_for_the_old_one_everywhere(owner: Someone, services: Services) -> None:
    user = new_person(services, owner.clock, email="ulf@example.com")
    user.signs_in()
    _guess(user, times=6)
    _guess(user, times=6, origin=CONSOLE)
    issued = services.invitations.issue_reset_code(owner.signs_in(), person_of(services, user.email).id)

    _set_password(user, issued.code, STRANGE)

    assert person_of(services, user.email).locked_until is None
    for place in (CONSOLE, STRANGE):
        assert isinstance(services.login.sign_in(user.email, NEW_PASSWORD, origin=place), Session)


def test_who_guesses_where_the_person_signs_in_makes_him_wait_there_and_nowhere_else(owner: Someone) -> None:
    owner.signs_in()
    _guess(owner, times=5, origin=CONSOLE)

    with pytest.raises(WrongCredentials):
        owner.gives_password()
    assert isinstance(owner.services.login.sign_in(owner.email, PASSWORD, origin=STRANGE), Session)


def test_half_a_login_makes_no_place_known(protected: Someone) -> None:
    _owes_code(protected, STRANGE)

    assert _lane(protected, STRANGE) == ELSEWHERE
    assert _lane(protected, CONSOLE) != ELSEWHERE


@pytest.mark.parametrize(
    "facts",
    [{"host": "other"}, {"unix_user": "eve"}, {"source": ""}, {"source": "192.0.2.7 (unverified)"}, {"key": OWN_KEY}],
)
def test_a_place_is_host_user_and_far_end_together(owner: Someone, facts: dict[str, str]) -> None:
    owner.signs_in()

    assert _lane(owner, Origin(**CONSOLE.facts() | {"terminal": "pts/77"})) == _lane(owner, CONSOLE) != ELSEWHERE
    assert _lane(owner, Origin(**CONSOLE.facts() | facts)) == ELSEWHERE


def test_guesses_with_another_key_in_the_same_account_do_not_delay_whoever_has_his_own(owner: Someone) -> None:
    """The attack: a colleague behind the same router, in the account that all share, uses up the tries."""
    at_work = replace(CONSOLE, key=OWN_KEY)
    _sign_in(owner, at_work)
    _guess(owner, times=12, origin=replace(at_work, key=OTHER_KEY))
    _guess(owner, times=12, origin=replace(at_work, key=""))

    _sign_in(owner, at_work)
    _sign_in(owner, replace(at_work, source="2001:db8::7"))


def test_whoever_claims_to_be_where_the_person_is_counts_as_a_stranger(owner: Someone) -> None:
    """The attack: somebody with a shell of his own sets SSH_CONNECTION to what his victim's would be."""
    owner.signs_in()
    _guess(owner, times=12, origin=replace(CONSOLE, unix_user="eve", source="192.0.2.7 (unverified)"))

    assert isinstance(owner.gives_password(), Session)


def test_another_claim_is_no_new_place_and_gets_no_tries_of_its_own(owner: Someone) -> None:
    """The attack: who shares an account guesses codes of a mail without end, since each claim is counted for itself."""
    for number in range(throttle.PASSWORD_CODE.free):
        with pytest.raises(WrongPasswordCode):
            _set_password(owner, "WRONG", replace(STRANGE, source=f"203.0.113.{number} (unverified)"))

    with pytest.raises(OnHold):
        _set_password(owner, "WRONG", replace(STRANGE, source="203.0.113.99 (unverified)"))


def test_a_place_that_tells_no_host_is_elsewhere_and_stays_so(owner: Someone) -> None:
    nowhere = Origin(unix_user="olga")
    owner.services.login.sign_in(owner.email, PASSWORD, origin=nowhere)

    assert _lane(owner, nowhere) == ELSEWHERE
    assert _places(owner.services) == []


def test_the_place_of_one_person_is_nobody_elses(owner: Someone, services: Services, clock: SetClock) -> None:
    other = new_person(services, clock, email="ulf@example.com")
    owner.signs_in()

    assert _lane(other, CONSOLE) == ELSEWHERE


def test_of_ten_places_the_longest_unused_makes_room_for_another(owner: Someone, clock: SetClock) -> None:
    places = [Origin(host=f"bastion{number}") for number in range(12)]
    for place in (*places[:10], places[0], *places[10:]):
        _sign_in(owner, place)
        clock.advance(minutes=1)

    assert len(_places(owner.services)) == known_origins.MOST
    assert [place.host for place in places if _lane(owner, place) == ELSEWHERE] == ["bastion1", "bastion2"]


def test_a_place_that_was_not_used_for_ninety_days_is_forgotten(owner: Someone, clock: SetClock) -> None:
    _sign_in(owner, CONSOLE)
    _sign_in(owner, STRANGE)
    clock.advance(days=89)
    _sign_in(owner, CONSOLE)
    clock.advance(days=1)

    assert _lane(owner, STRANGE) == ELSEWHERE
    assert _lane(owner, CONSOLE) != ELSEWHERE
    _sign_in(owner, Origin(host="third"))
    assert len(_places(owner.services)) == 2


def test_the_audit_tells_of_a_sign_in_from_a_new_place_but_not_of_the_first_ever(
    owner: Someone, clock: SetClock
) -> None:
    for place in (CONSOLE, CONSOLE, STRANGE, STRANGE):
        _sign_in(owner, place)
    clock.advance(days=90)
    _sign_in(owner, STRANGE)

    told = [event.details for event in events(owner.services) if event.act == "sign in"]

    plain, new = {"with": "password"}, {"with": "password", "new place": True}
    assert told == [plain, plain, new, plain, new]


def test_a_sign_in_from_one_lane_leaves_the_lock_of_another_to_be_seen(owner: Someone, clock: SetClock) -> None:
    owner.signs_in()
    locked_until = _lock_elsewhere(owner)
    _guess(owner, times=5, origin=CONSOLE)
    clock.advance(seconds=30)

    owner.signs_in()

    assert person_of(owner.services, owner.email).locked_until == locked_until > clock()
    clock.time = locked_until
    _sign_in(owner, STRANGE)
    assert person_of(owner.services, owner.email).locked_until is None


def test_a_shorter_wait_in_one_lane_does_not_hide_the_longer_one_of_another(owner: Someone) -> None:
    owner.signs_in()
    locked_until = _lock_elsewhere(owner)

    _guess(owner, times=5, origin=CONSOLE)

    assert person_of(owner.services, owner.email).locked_until == locked_until


def test_a_lock_is_seen_with_its_lane_and_unlocking_ends_it_in_every_lane(
    owner: Someone, session: Session, services: Services, clock: SetClock
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    user.signs_in()
    user_id = person_of(services, user.email).id
    _guess(user, times=7)
    _guess(user, times=6, origin=CONSOLE)
    locks = services.people.details(session, user_id).locks
    assert [(lock.secret, lock.elsewhere, lock.at_known_place) for lock in locks] == [
        ("password", True, False),
        ("password", False, True),
    ]

    services.rescue.unlock(session, user_id)

    assert services.people.details(session, user_id).locks == ()
    assert last_event(services, "unlock a person").details == {"locks": ["password"]}
    assert _lane(user, CONSOLE) != ELSEWHERE
    assert isinstance(user.gives_password(), Session)


def test_guesses_at_a_locked_console_do_not_keep_its_person_from_proving_himself_at_another(
    owner: Someone, services: Services
) -> None:
    """The attack: the finder of a locked console guesses, and its person can change his password nowhere for a day."""
    left, here = owner.signs_in(), owner.signs_in()
    services.sessions.lock(left)
    for _ in range(throttle.PROOF.free):
        with pytest.raises(WrongOldPassword):
            services.sessions.unlock(left, "wrong")
    with pytest.raises(OnHold):
        services.sessions.unlock(left, PASSWORD)

    services.proof.prove(here, PASSWORD, act="sessions.end_one")
    services.account.change_password(here, old=PASSWORD, new=NEW_PASSWORD, repeated=NEW_PASSWORD)

    with reading(services.engine) as db:
        [lock] = throttle.locks(db, [str(here.person_id)], now=owner.clock())
    assert (lock.secret, lock.elsewhere, lock.at_known_place, lock.at_one_place) == ("proof", False, False, True)


def test_that_one_has_to_wait_with_codes_does_not_tell_who_signs_in_from_there(owner: Someone) -> None:
    """The attack: a colleague behind the same jump host uses the tries for an address up there, and tries from home.

    Where he had not to wait, the place at work was a known one of somebody who has that address.
    """
    owner.signs_in()

    def answers(email: str) -> list[type[Refusal]]:
        found: list[type[Refusal]] = []
        for place in [CONSOLE] * (throttle.PASSWORD_CODE.free + 1) + [STRANGE]:
            with pytest.raises(Refusal) as refused:
                _set_password(replace(owner, email=email), "WRONG", place)
            found.append(refused.type)
        return found

    assert answers(owner.email) == answers("nobody@example.com")


def test_places_where_a_password_was_enough_are_not_known_any_more_once_there_is_a_second_factor(
    owner: Someone, clock: SetClock
) -> None:
    """The attack: a thief signs in from nine places, before 2-factor is on, and then has nine lanes for his guesses."""
    places = [replace(STRANGE, source=f"203.0.113.{number}") for number in range(known_origins.MOST - 1)]
    owner.signs_in()
    for place in places:
        _sign_in(owner, place)

    owner.enrols(owner.signs_in())

    assert {_lane(owner, place) for place in places} == {ELSEWHERE}
    assert _lane(owner, CONSOLE) != ELSEWHERE
    login, wrong = owner.services.login, owner.phone.wrong_code(clock())
    for place in places[: throttle.CODE.free]:
        with pytest.raises(WrongCode):
            login.give_code(_owes_code(owner, place), wrong)
    with pytest.raises(OnHold):
        login.give_code(_owes_code(owner, places[-1]), wrong)


def test_whoever_sets_up_the_forced_factor_from_a_new_place_is_told_of(
    owner: Someone, services: Services, clock: SetClock
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    _sign_in(user, STRANGE)
    change_person(services, user.email, force_sec_auth=True)

    user.enrols(user.owes_enrolment())

    assert last_event(services, "sign in").details["new place"]
    assert len(_places(services)) == 1


def test_a_place_stays_known_when_the_key_ring_has_a_new_key(owner: Someone, clock: SetClock) -> None:
    owner.signs_in()
    before = _lane(owner, CONSOLE)
    keys = owner.services.keys.with_new_key()
    person = person_of(owner.services, owner.email)

    with transaction(owner.services.engine) as db:
        assert known_origins.lane_of(db, keys, owner.email, CONSOLE, now=clock()) == before
        assert not known_origins.remember(db, keys, person, CONSOLE, now=clock())
        assert known_origins.lane_of(db, keys, owner.email, CONSOLE, now=clock()).startswith(keys.active_id)

    assert len(_places(owner.services)) == 1


def test_places_go_with_their_person(owner: Someone, session: Session, services: Services, clock: SetClock) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    user.signs_in()

    services.standing.delete(session, [person_of(services, user.email).id])

    assert len(_places(services)) == 1


def test_a_deactivated_persons_places_are_kept(owner: Someone, clock: SetClock) -> None:
    owner.signs_in()
    change_person(owner.services, owner.email, active=False)

    assert _lane(owner, CONSOLE) != ELSEWHERE


def _guess(person: Someone, *, times: int, origin: Origin = STRANGE) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            person.services.login.sign_in(person.email, "wrong", origin=origin)


def _lock_elsewhere(person: Someone) -> datetime:
    """Guess from elsewhere until the wait is of minutes; when it ends."""
    _guess(person, times=4)
    for seconds in (0, 30, 60, 120):
        person.clock.advance(seconds=seconds)
        _guess(person, times=1)
    locked_until = person_of(person.services, person.email).locked_until
    assert locked_until == person.clock() + timedelta(minutes=4)
    return locked_until


def _sign_in(person: Someone, origin: Origin) -> None:
    assert isinstance(person.services.login.sign_in(person.email, PASSWORD, origin=origin), Session)


def _owes_code(person: Someone, origin: Origin) -> CodeNeeded:
    owed = person.services.login.sign_in(person.email, PASSWORD, origin=origin)
    assert isinstance(owed, CodeNeeded)
    return owed


def _set_password(person: Someone, code: str, origin: Origin) -> None:
    person.services.invitations.set_password(person.email, code, new=NEW_PASSWORD, repeated=NEW_PASSWORD, origin=origin)


def _lane(person: Someone, origin: Origin) -> str:
    with reading(person.services.engine) as db:
        return known_origins.lane_of(db, person.services.keys, person.email, origin, now=person.clock())


def _places(services: Services) -> list[tuple[str, datetime]]:
    with reading(services.engine) as db:
        return [(row.lane, row.last_at) for row in db.exec(select(KnownOrigin))]
