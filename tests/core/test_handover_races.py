"""What two consoles try at the same moment with codes, addresses and the contract: real processes, on both engines."""

from sqlmodel import select

from core.config import Settings
from core.invitations import Invitation
from core.services import Services
from data.engine import reading
from data.tables import OWNER, Person
from tests.core import acts
from tests.core.actors import PASSWORD, SetClock, Someone, new_person, person_of
from tests.core.racing import crowd

PROCESSES = 12
NEW = [f"Other-Lantern,{number}" for number in range(PROCESSES)]


def test_an_activation_code_in_twelve_processes_sets_one_password(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    session = owner.signs_in()

    with crowd(PROCESSES, settings) as consoles:
        for number in range(5):
            wanted = Invitation(f"nora{number}@example.com", "Nora", "Nord")
            issued = owner.services.invitations.invite(session, wanted)
            orders = [(issued.email, issued.code, new) for new in NEW]
            outcomes = consoles.do(clock(), acts.set_password, orders)
            assert sorted(set(outcomes)) in (
                ["WrongPasswordCode", acts.DONE],
                ["OnHold", "WrongPasswordCode", acts.DONE],
            )
            assert outcomes.count(acts.DONE) == 1
            nora = Someone(owner.services, clock, issued.email, NEW[outcomes.index(acts.DONE)])
            nora.signs_in()


def test_a_code_that_is_used_while_another_is_issued_leaves_no_activation_code_for_a_password_that_is_set(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    session = owner.signs_in()

    with crowd(2, settings) as consoles:
        for number in range(10):
            wanted = Invitation(f"nora{number}@example.com", "Nora", "Nord")
            issued = owner.services.invitations.invite(session, wanted)
            person_id = person_of(owner.services, issued.email).id
            orders = [("use", issued.email, issued.code), ("issue", session, person_id)]
            used, issued_again = consoles.do(clock(), _use_or_issue, orders)
            assert (used, issued_again) in {
                (acts.DONE, "PasswordPresent"),
                ("WrongPasswordCode", acts.DONE),
            }


def test_one_address_that_twelve_invite_at_once_is_one_person(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    session = owner.signs_in()

    with crowd(PROCESSES, settings) as consoles:
        wanted = Invitation("nora@example.com", "Nora", "Nord")
        outcomes = consoles.do(clock(), acts.invite, [(session, wanted)] * PROCESSES)

    assert sorted(outcomes) == ["EmailTaken"] * (PROCESSES - 1) + [acts.DONE]


def test_one_address_that_several_confirm_at_once_belongs_to_one_of_them(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    session = owner.signs_in()
    people = [new_person(owner.services, clock, email=f"person{number}@example.com") for number in range(4)]

    with crowd(4, settings) as consoles:
        for number in range(5):
            orders = []
            for person in people:
                wish = owner.services.email_change.ask(
                    session, person_of(owner.services, person.email).id, email=f"wanted{number}@example.com"
                )
                orders.append((person.signs_in(), wish.code))
            outcomes = consoles.do(clock(), acts.confirm_email, orders)
            assert sorted(outcomes) == ["EmailTaken"] * 3 + [acts.DONE]
            people[outcomes.index(acts.DONE)].email = f"wanted{number}@example.com"
            clock.advance(days=1)
            session = owner.signs_in()


def test_a_contract_that_is_taken_and_withdrawn_at_once_has_one_owner(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    services = owner.services
    giver, receiver = owner, new_person(services, clock, email="ulf@example.com")

    with crowd(3, settings) as consoles:
        for _ in range(10):
            mine, his = giver.signs_in(), receiver.signs_in()
            services.ownership.offer(mine, person_of(services, receiver.email).id)
            orders = [("accept", his), ("withdraw", mine), ("accept", his)]
            outcomes = consoles.do(clock(), _accept_or_withdraw, orders)
            assert outcomes.count(acts.DONE) == 1
            assert len(_owners(services)) == 1
            taken = outcomes[1] != acts.DONE
            assert _owners(services) == [receiver.email if taken else giver.email]
            giver, receiver = (receiver, giver) if taken else (giver, receiver)


def test_a_contract_is_not_taken_by_somebody_who_is_deactivated_at_the_same_moment(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    services = owner.services

    with crowd(2, settings) as consoles:
        for number in range(8):
            person = new_person(services, clock, email=f"person{number}@example.com")
            mine, his = owner.signs_in(), person.signs_in()
            person_id = person_of(services, person.email).id
            services.ownership.offer(mine, person_id)
            orders = [("accept", his, person_id), ("deactivate", mine, person_id)]
            accepted, deactivated = consoles.do(clock(), _accept_or_deactivate, orders)
            (owning,) = _owners(services)
            assert person_of(services, owning).active
            assert (accepted, deactivated) in {
                (acts.DONE, "NotAllowed"),
                ("SessionOver", acts.DONE),
                ("OfferOver", acts.DONE),
            }
            if accepted == acts.DONE:
                owner = person


def test_a_contract_that_is_taken_while_its_receiver_gets_a_new_password_voids_the_code_or_the_code_voids_the_offer(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    services = owner.services

    with crowd(2, settings) as consoles:
        for number in range(20):
            person = new_person(services, clock, email=f"person{number}@example.com")
            mine, his = owner.signs_in(), person.signs_in()
            person_id = person_of(services, person.email).id
            services.ownership.offer(mine, person_id)
            issued = services.invitations.issue_reset_code(mine, person_id)
            orders = [("accept", his, ""), ("reset", person.email, issued.code)]
            accepted, reset = consoles.do(clock(), _accept_or_reset, orders)
            assert (accepted, reset) in {
                (acts.DONE, "WrongPasswordCode"),
                ("OfferOver", acts.DONE),
                ("SessionOver", acts.DONE),
            }
            assert _owners(services) == [person.email if accepted == acts.DONE else owner.email]
            if accepted == acts.DONE:
                person.password = PASSWORD
                owner = person


def _use_or_issue(services: Services, what: str, who: object, fact: object) -> str:
    if what == "use":
        return acts.set_password(services, who, fact, PASSWORD)  # type: ignore[arg-type]
    services.invitations.invite_again(who, fact)  # type: ignore[arg-type]
    return acts.DONE


def _accept_or_withdraw(services: Services, what: str, session: object) -> str:
    getattr(services.ownership, what)(session)
    return acts.DONE


def _accept_or_deactivate(services: Services, what: str, session: object, person_id: object) -> str:
    if what == "accept":
        services.ownership.accept(session)  # type: ignore[arg-type]
    else:
        services.standing.deactivate(session, [person_id])  # type: ignore[arg-type, list-item]
    return acts.DONE


def _accept_or_reset(services: Services, what: str, who: object, code: str) -> str:
    if what == "accept":
        services.ownership.accept(who)  # type: ignore[arg-type]
        return acts.DONE
    return acts.set_password(services, who, code, PASSWORD)  # type: ignore[arg-type]


def _owners(services: Services) -> list[str]:
    with reading(services.engine) as db:
        return list(db.exec(select(Person.email).where(Person.role == OWNER)))
