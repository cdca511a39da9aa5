"""The way back on the host: whoever is helped can sign in again, and everybody who should know is told."""

import pytest

from core.errors import (
    FieldEmpty,
    LoginExpired,
    NotThere,
    PersonInactive,
    SecondFactorNotActive,
    ServerClockBehind,
    SessionOver,
    WrongCredentials,
    WrongPasswordCode,
)
from core.host_rescue import Rescue
from core.login_steps import EnrolmentNeeded
from core.news import Kind
from core.origin import HostUser, Origin
from core.services import Services
from data.tables import ADMINISTRATOR
from tests.core.actors import (
    CONSOLE,
    SetClock,
    Someone,
    change_person,
    events,
    everything_unchanged,
    last_event,
    new_person,
    person_of,
    stranger,
)

HOST = Origin(host="bastion1", terminal="pts/9", unix_user="bartizan")
NEW = "Other-Lantern,43"


@pytest.fixture
def administrator(owner: Someone, services: Services, clock: SetClock) -> Someone:
    return new_person(services, clock, email="adam@example.com", role=ADMINISTRATOR)


def wanted(whom: Someone, reason: str = "nobody else is left") -> Rescue:
    return Rescue(whom.email, reason, HostUser("root", "ulf"))


def sets_password(services: Services, whom: Someone, code: str) -> None:
    services.invitations.set_password(whom.email, code, new=NEW, repeated=NEW, origin=CONSOLE)
    whom.password = NEW


def locked_out(whom: Someone) -> None:
    guesser = Someone(whom.services, whom.clock, whom.email, "wrong")
    for _ in range(6):
        with pytest.raises(WrongCredentials):
            guesser.gives_password()
    with pytest.raises(WrongCredentials):
        whom.gives_password()


def test_an_owner_who_forgot_the_password_and_is_locked_out_gets_in_again(services: Services, owner: Someone) -> None:
    locked_out(owner)

    rescued = services.host_rescue.rescue(wanted(owner), origin=HOST)

    sets_password(services, owner, rescued.issued.code)
    owner.signs_in()


def test_a_rescue_alone_leaves_2_factor_and_the_old_password_as_they_are(
    services: Services, protected: Someone
) -> None:
    at_work = protected.signs_in()

    services.host_rescue.rescue(wanted(protected), origin=HOST)

    assert services.account.account(at_work).second_factor
    assert protected.signs_in().second_factor


def test_an_owner_without_the_device_sets_2_factor_up_again_where_it_is_forced(
    services: Services, protected: Someone
) -> None:
    change_person(services, protected.email, force_sec_auth=True)
    at_work = protected.signs_in()
    half = protected.owes_code()

    rescued = services.host_rescue.rescue_without_second_factor(wanted(protected), origin=HOST)

    with pytest.raises(SessionOver):
        services.account.account(at_work)
    with pytest.raises(LoginExpired):
        services.login.give_code(half, protected.code())
    sets_password(services, protected, rescued.issued.code)
    assert isinstance(protected.gives_password(), EnrolmentNeeded)


def test_who_runs_it_and_why_is_in_the_audit_and_what_sudo_says_is_marked_as_a_claim(
    services: Services, protected: Someone
) -> None:
    locked_out(protected)
    services.host_rescue.rescue_without_second_factor(wanted(protected), origin=HOST)

    told = last_event(services, "reset 2-factor on the host")
    assert (told.actor, told.target, told.origin) == ("nobody signed in", protected.email, HOST.facts())
    assert told.chain == str(person_of(services, protected.email).contract_id)
    assert told.details == {
        "reason": "nobody else is left",
        "login user": "root",
        "sudo user (as claimed)": "ulf",
        "locks": ["password"],
        "code": "reset",
        "sessions ended": 1,
    }


@pytest.mark.parametrize("act", ["rescue", "rescue_without_second_factor", "unlock"])
def test_the_person_the_owner_and_each_active_administrator_find_it_at_their_next_visit(
    services: Services, clock: SetClock, protected: Someone, administrator: Someone, act: str
) -> None:
    user = new_person(services, clock, email="ulf@example.com")
    other = new_person(services, clock, email="nora@example.com")
    gone = new_person(services, clock, email="gone@example.com", role=ADMINISTRATOR, active=False)
    stranger(services, clock, "eve@example.com")
    user.enrols(user.signs_in())
    clock.advance(minutes=1)

    getattr(services.host_rescue, act)(wanted(user), origin=HOST)

    told = {event.target for event in events(services) if "on the host" in event.act}
    assert told == {user.email, protected.email, administrator.email}
    assert gone.email not in told
    for each in (protected, administrator):
        visit = services.visits.since_last(each.signs_in())
        assert visit is not None
        [news] = [notice for notice in visit.notices if "on the host" in notice.what]
        assert news.kind is Kind.BY_NOBODY
        assert user.email in news.what
        assert news.what.endswith("nobody else is left")
    visit = services.visits.since_last(other.signs_in())
    assert visit is None or not any("on the host" in notice.what for notice in visit.notices)


def test_unlocking_forgets_failures_and_nothing_else(services: Services, owner: Someone) -> None:
    locked_out(owner)

    locks = services.host_rescue.unlock(wanted(owner), origin=HOST)

    assert [lock.secret for lock in locks] == ["password"]
    owner.signs_in()
    assert last_event(services, "unlock on the host").details["locks"] == ["password"]


def test_somebody_without_a_password_gets_an_activation_code(
    services: Services, owner: Someone, administrator: Someone
) -> None:
    change_person(services, administrator.email, password_hash=None, password_changed_at=None)

    issued = services.host_rescue.rescue(wanted(administrator), origin=HOST).issued

    assert issued.activation
    sets_password(services, administrator, issued.code)
    administrator.signs_in()


def test_a_code_of_before_is_void_and_one_of_the_host_lasts_half_an_hour(
    services: Services, clock: SetClock, owner: Someone
) -> None:
    first = services.host_rescue.rescue(wanted(owner), origin=HOST).issued
    second = services.host_rescue.rescue(wanted(owner), origin=HOST).issued

    with pytest.raises(WrongPasswordCode):
        sets_password(services, owner, first.code)
    clock.advance(minutes=30)
    with pytest.raises(WrongPasswordCode):
        sets_password(services, owner, second.code)


def test_what_cannot_be_helped_so_is_refused_and_changes_nothing(
    services: Services, clock: SetClock, owner: Someone, administrator: Someone
) -> None:
    nobody = Someone(services, clock, "nobody@example.com")
    change_person(services, administrator.email, active=False)
    rescue, host = wanted(owner), services.host_rescue

    with everything_unchanged(services):
        for act in (host.rescue, host.rescue_without_second_factor, host.unlock):
            with pytest.raises(NotThere):
                act(wanted(nobody), origin=HOST)
            with pytest.raises(FieldEmpty):
                act(wanted(owner, reason=" "), origin=HOST)
        with pytest.raises(NotThere):
            host.find(nobody.email)
        with pytest.raises(PersonInactive):
            host.rescue(wanted(administrator), origin=HOST)
        with pytest.raises(SecondFactorNotActive):
            host.rescue_without_second_factor(rescue, origin=HOST)
        clock.advance(hours=-1)
        with pytest.raises(ServerClockBehind):
            host.rescue(rescue, origin=HOST)


def test_whoever_helps_sees_whom_and_who_else_could(
    services: Services, protected: Someone, administrator: Someone
) -> None:
    locked_out(administrator)

    found = services.host_rescue.find("ADAM@example.com")
    owner = services.host_rescue.find(protected.email)

    assert (found.email, found.role, found.second_factor) == (administrator.email, "administrator", False)
    assert found.contract.endswith(", Harbour Works")
    assert [lock.secret for lock in found.locks] == ["password"]
    assert found.helpers == (protected.email,)
    assert (owner.second_factor, owner.helpers) == (True, ())
