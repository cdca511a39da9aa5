"""Who looks after a contract: its owner and its active administrators."""

from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.access import ADMINISTRATIVE
from data.tables import Person


def others_in_charge(db: Transaction, person: Person) -> list[Person]:
    """The owner and the active administrators of the person's contract, but for himself."""
    query = select(Person).where(
        Person.contract_id == person.contract_id,
        col(Person.contract_id).is_not(None),
        col(Person.role).in_(ADMINISTRATIVE),
        col(Person.active),
        Person.id != person.id,
    )
    return list(db.exec(query.order_by(col(Person.email_norm))))
