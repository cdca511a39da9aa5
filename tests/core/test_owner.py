"""Who the contract owner is: nobody but himself ever changes that, and there is always one who can sign in."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from core import permissions
from core.errors import Refusal
from core.services import Services
from data.engine import reading
from data.tables import OWNER, Person
from tests.core.actors import SetClock
from tests.core.calling import called
from tests.core.cast import Cast

ACTING = sorted({*permissions.ON_PEOPLE, *permissions.ON_CONTRACT, *permissions.ON_RESOURCES})
CHANGING_HANDS = ("ownership.offer", "ownership.withdraw", "ownership.accept", "ownership.decline")
SOMEBODY = st.sampled_from(["owner", "administrator", "other administrator", "user"])
SEARCH = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Court(RuleBasedStateMachine):
    """A contract in which people do whatever the core lets them, in any order."""

    services: Services
    clock: SetClock

    def __init__(self) -> None:
        super().__init__()
        self.cast = Cast(self.services, self.clock)
        self.was_owner = self.cast.people["owner"]
        with reading(self.services.engine) as db:
            self.contract_id = db.get_one(Person, self.was_owner).contract_id

    def do(self, who: str, function: str, whom: str) -> None:
        """Let somebody try something, if he is still there; what is refused is refused."""
        with reading(self.services.engine) as db:
            if db.get(Person, self.cast.people[who]) is None:
                return
        given: dict[str, Any] = {
            "person_id": self.cast.people[whom],
            "person_ids": [self.cast.people[whom]],
            "group_id": self.cast.groups["reader"],
            "resource_id": self.cast.resources["open"],
        }
        try:
            called(self.services, function, self.cast.session_of(who), **given)
        except Refusal:
            return

    def owners(self) -> list[Person]:
        with reading(self.services.engine) as db:
            of_contract = select(Person).where(Person.contract_id == self.contract_id, Person.role == OWNER)
            return list(db.exec(of_contract))

    @invariant()
    def there_is_one_owner_and_he_can_sign_in(self) -> None:
        owners = self.owners()
        assert len(owners) == 1
        assert owners[0].active
        assert owners[0].password_hash
        assert not owners[0].sec_auth_forced


class Conspiracy(Court):
    """Administrators and users try everything; the owner does nothing."""

    @rule(
        who=st.sampled_from(["administrator", "other administrator", "user"]),
        function=st.sampled_from([*ACTING, *CHANGING_HANDS * 8]),
        whom=SOMEBODY,
    )
    def conspire(self, who: str, function: str, whom: str) -> None:
        self.do(who, function, whom)

    @invariant()
    def the_owner_is_who_he_was(self) -> None:
        owner = self.owners()[0]
        assert owner.id == self.was_owner
        assert owner.sec_auth_active
        assert owner.password_hash == "none"


class Succession(Court):
    """Everybody does everything, the owner too: the contract changes hands."""

    @rule(who=SOMEBODY, function=st.sampled_from([*ACTING, *CHANGING_HANDS * 4]), whom=SOMEBODY)
    def act(self, who: str, function: str, whom: str) -> None:
        self.do(who, function, whom)

    @rule(to=st.sampled_from(["administrator", "user"]))
    def hand_over(self, to: str) -> None:
        self.do("owner", "ownership.offer", to)
        self.do(to, "ownership.accept", to)


def test_no_order_of_calls_by_which_others_change_the_owner_is_found(services: Services, clock: SetClock) -> None:
    run_state_machine_as_test(type("There", (Conspiracy,), {"services": services, "clock": clock}), settings=SEARCH)


def test_a_contract_never_has_no_owner_who_can_sign_in(services: Services, clock: SetClock) -> None:
    run_state_machine_as_test(type("There", (Succession,), {"services": services, "clock": clock}), settings=SEARCH)
