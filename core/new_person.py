"""The row of somebody new, with everything that is derived from his name and address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session as Transaction

from core.emails import email_norm
from core.errors import EmailTaken
from core.names import search_text, sort_name
from data.tables import Person


def new_person(
    contract_id: UUID | None, *, email: str, given_name: str, family_name: str, role: str, now: datetime
) -> Person:
    """Somebody who has no password yet; name and address were taken before."""
    person = Person(
        contract_id=contract_id,
        email=email,
        email_norm=email_norm(email),
        given_name=given_name,
        family_name=family_name,
        role=role,
        created_at=now,
    )
    derive(person)
    return person


def derive(person: Person) -> None:
    """Bring what is sorted and searched in line with name and address."""
    person.email_norm = email_norm(person.email)
    person.name_norm = sort_name(person.given_name, person.family_name)
    person.search_text = search_text(person.given_name, person.family_name, person.email_norm)


def write_address(db: Transaction) -> None:
    """Write the row of somebody who has a new address; its unique index decides who has one, over all contracts.

    Raises:
        EmailTaken: somebody else has it; the transaction is over.
    """
    try:
        db.flush()
    except IntegrityError:
        raise EmailTaken from None
