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
    for name, value in derived(person.email, person.given_name, person.family_name).items():
        setattr(person, name, value)


def derived(email: str, given_name: str, family_name: str) -> dict[str, str]:
    """What is sorted and searched, by its column."""
    norm = email_norm(email)
    return {
        "email_norm": norm,
        "name_norm": sort_name(given_name, family_name),
        "search_text": search_text(given_name, family_name, norm),
    }


def write_address(db: Transaction, address: str) -> None:
    """Write the row of somebody who has this new address; its unique index decides who has one, over all contracts.

    Raises:
        EmailTaken: somebody else has it; the transaction is over.
    """
    try:
        db.flush()
    except IntegrityError:
        raise EmailTaken().of(email=address) from None
