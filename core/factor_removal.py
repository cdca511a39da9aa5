"""Taking a second factor away: authenticator and recovery codes, and what hung on them."""

from sqlalchemy import delete
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import pending_resets
from core.errors import SecondFactorNotActive
from core.half_logins import void_pending
from data.tables import Authenticator, Person, RecoveryCode


def remove_second_factor(db: Transaction, person: Person) -> None:
    """Take authenticator and recovery codes away; half-completed logins are void, and so is a reset that waits.

    The caller holds the person.

    Raises:
        SecondFactorNotActive: nothing is there to remove.
    """
    gone = db.connection().execute(delete(Authenticator).where(col(Authenticator.person_id) == person.id))
    if gone.rowcount != 1:
        raise SecondFactorNotActive
    db.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    person.sec_auth_active = False
    pending_resets.drop(db, person)
    void_pending(db, person.id)
