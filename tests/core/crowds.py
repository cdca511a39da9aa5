"""Many people in a contract of their own, without the time that signing them up would take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert

from core import sessions
from core.login_steps import Session
from core.new_person import new_person
from core.services import Services
from data.engine import transaction
from data.tables import OWNER, USER, Contract, Person
from tests.core.actors import CONSOLE, SetClock, proved_in

_numbers = count(1)


class Named(NamedTuple):
    """What somebody is called. An e-mail that is not given is made up."""

    given: str
    family: str
    email: str = ""

    @property
    def shown(self) -> str:
        return f"{self.family}, {self.given}"


OWNER_NAME = Named("Olga", "Ohm")


@dataclass
class Crowd:
    """A contract with an owner, who has signed in, and whoever is added."""

    services: Services
    clock: SetClock
    session: Session = field(init=False)
    contract_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        with transaction(self.services.engine) as db:
            contract = Contract(number=f"M{next(_numbers)}", name="Many", created_at=self.clock())
            db.add(contract)
            db.flush()
            self.contract_id = contract.id
            owner = self._person(OWNER_NAME, {"role": OWNER, "password_hash": "none"})
            db.add(owner)
            db.flush()
            begun = sessions.begin(db, owner, origin=CONSOLE, second_factor=False, now=self.clock())
            self.session = proved_in(db, begun, now=self.clock())

    def add(self, people: Iterable[Named], **facts: Any) -> Sequence[UUID]:
        """Add people, who have a password unless the facts say otherwise; their ids."""
        rows = [self._person(named, {"password_hash": "none", **facts}).model_dump() for named in people]
        with transaction(self.services.engine) as db:
            if rows:
                db.connection().execute(insert(Person), rows)
        return [row["id"] for row in rows]

    def _person(self, named: Named, facts: dict[str, Any]) -> Person:
        email = named.email or f"somebody-{next(_numbers)}@example.com"
        person = new_person(
            self.contract_id,
            email=email,
            given_name=named.given,
            family_name=named.family,
            role=USER,
            now=self.clock(),
        )
        person.sqlmodel_update(facts)
        return person
