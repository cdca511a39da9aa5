"""Users control the 2-factor authentication of their own account, as long as it was not activated for them."""

from datetime import datetime

import pytest
from sqlmodel import select

from core.errors import LoginExpired, ProofNeeded, SecondFactorForced, SecondFactorNotActive, SessionOver
from core.login_steps import EnrolmentNeeded, Session
from core.tokens import token_hash
from data.engine import reading
from data.tables import ConsoleSession
from tests.core.actors import PASSWORD, SetClock, Someone, change_person, everything_unchanged, last_event


def test_after_deactivating_the_next_login_asks_for_the_password_alone(protected: Someone) -> None:
    session = protected.signs_in()

    protected.services.second_factor.deactivate(session)

    assert not protected.services.account.account(session).second_factor
    assert isinstance(protected.gives_password(), Session)


def test_deactivating_wants_a_proof_of_the_last_ten_minutes(protected: Someone, clock: SetClock) -> None:
    session = protected.signs_in()
    clock.advance(minutes=10, seconds=1)

    with everything_unchanged(protected.services), pytest.raises(ProofNeeded):
        protected.services.second_factor.deactivate(session)

    protected.services.proof.prove(session, PASSWORD, protected.code(), act="second_factor.deactivate")
    protected.services.second_factor.deactivate(session)
    assert isinstance(protected.gives_password(), Session)


def test_activated_by_owner_or_administrator_it_cannot_be_deactivated_by_the_user(protected: Someone) -> None:
    session = protected.signs_in()
    change_person(protected.services, protected.email, force_sec_auth=True, forced_by="Adam Admin")

    with pytest.raises(SecondFactorForced) as forced:
        protected.services.second_factor.deactivate(session)

    assert forced.value.by == "Adam Admin"
    assert protected.services.account.account(session).second_factor
    assert last_event(protected.services, "deactivate 2-factor").outcome == "denied"


def test_no_longer_forced_the_user_may_deactivate_it_again(protected: Someone) -> None:
    change_person(protected.services, protected.email, force_sec_auth=True)
    session = protected.signs_in()
    change_person(protected.services, protected.email, force_sec_auth=False)

    protected.services.second_factor.deactivate(session)

    assert isinstance(protected.gives_password(), Session)


def test_what_is_not_active_cannot_be_deactivated(owner: Someone, session: Session) -> None:
    with everything_unchanged(owner.services), pytest.raises(SecondFactorNotActive):
        owner.services.second_factor.deactivate(session)


def test_the_old_app_is_worth_nothing_after_the_factor_was_activated_anew(protected: Someone) -> None:
    old_phone = protected.phone
    session = protected.signs_in()
    protected.services.second_factor.deactivate(session)

    protected.enrols(session)

    protected.clock.advance(seconds=30)
    assert old_phone.app.secret != protected.phone.app.secret
    assert protected.signs_in().second_factor


def test_forcing_a_person_who_deactivated_leads_to_the_assistant(protected: Someone) -> None:
    protected.services.second_factor.deactivate(protected.signs_in())
    change_person(protected.services, protected.email, force_sec_auth=True)

    assert isinstance(protected.gives_password(), EnrolmentNeeded)


def test_deactivating_is_in_the_audit(protected: Someone) -> None:
    protected.services.second_factor.deactivate(protected.signs_in())

    told = last_event(protected.services, "deactivate 2-factor")

    assert (told.outcome, told.actor) == ("done", protected.email)


def test_deactivating_ends_the_persons_other_sessions(protected: Someone) -> None:
    """A session elsewhere had proved a factor that is gone; the enrolled console of the fixture is another."""
    session, other = protected.signs_in(), protected.signs_in()

    protected.services.second_factor.deactivate(session)

    assert not protected.services.account.account(session).second_factor
    with pytest.raises(SessionOver):
        protected.services.account.account(other)
    assert last_event(protected.services, "deactivate 2-factor").details == {"sessions ended": 2}


def test_deactivating_takes_the_second_factor_from_the_session_that_did_it(protected: Someone) -> None:
    """What was proved with an authenticator that is gone counted for the next one."""
    session = protected.signs_in()

    protected.services.second_factor.deactivate(session)

    assert _second_factor_at(protected, session) is None


def test_half_a_login_from_before_deactivating_completes_nothing_after_activating_anew(protected: Someone) -> None:
    session, owed = protected.signs_in(), protected.owes_code()
    protected.services.second_factor.deactivate(session)
    protected.enrols(session)

    with pytest.raises(LoginExpired):
        protected.services.login.give_code(owed, protected.code())


def _second_factor_at(person: Someone, session: Session) -> datetime | None:
    with reading(person.services.engine) as db:
        found = db.exec(select(ConsoleSession).where(ConsoleSession.token_hash == token_hash(session.token))).one()
        return found.second_factor_at
