"""Who owns the contract: its owner offers it to one of its people, who takes it or not. There is no other way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_
from sqlmodel import Session as Transaction
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core import email_change, password_codes, sessions, support_calls
from core.access import decide_forced
from core.administration import Act, Desk
from core.errors import CannotOwn, OfferOver
from core.half_logins import void_pending
from core.login_steps import Session
from data.tables import ADMINISTRATOR, OWNER, Contract, OwnershipOffer, Person
from data.upserts import insert_into

LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Offer:
    """A contract that changes hands if its receiver wants it."""

    contract: str
    giver: str
    giver_email: str
    receiver: str
    receiver_email: str
    expires_at: datetime
    to_me: bool
    """Whether whoever asks is the one to take it; else it is he who gives it away."""


@dataclass(frozen=True)
class OwnershipService:
    """Hands a contract over. At every moment it has one owner, who is able to sign in."""

    desk: Desk

    def offer(self, session: Session, person_id: UUID) -> datetime:
        """Offer the contract to somebody, in place of an earlier offer; until when he may take it.

        Raises:
            SessionOver, ProofNeeded, NotThere, NotAllowed: see `Desk`.
            CannotOwn: he is deactivated or has not set a password yet.
        """
        with self.desk.acting(session, "ownership.offer") as act:
            person = act.person(person_id)
            act.ask_for_proof()
            if not person.active or person.password_hash is None:
                raise CannotOwn
            expires_at = act.now + LASTS
            _write(act, to=person, expires_at=expires_at)
            act.tell("offer the contract", target=person)
            return expires_at

    def withdraw(self, session: Session) -> None:
        """Take one's offer back.

        Raises:
            SessionOver, ProofNeeded, NotAllowed: see `Desk`.
            OfferOver: there is none (any more).
        """
        with self.desk.acting(session, "ownership.withdraw") as act:
            offer, _, receiver = _open_offer(act)
            act.ask_for_proof()
            _use_up(act, offer)
            act.tell("withdraw the offer of the contract", target=receiver)

    def accept(self, session: Session) -> None:
        """Take the contract over: its owner becomes an administrator, and one's own force flag, which nobody stands
        above any more, is gone. Both consoles go on; what they may do is read anew. The new owner's other consoles end,
        and what an administrator could still have of his account from before is void.

        Raises:
            SessionOver, ProofNeeded: see `Desk`.
            OfferOver: nothing is offered to this person (any more).
        """
        with self.desk.acting(session, "ownership.accept") as act:
            offer, giver, receiver = _offer_to_me(act)
            act.ask_for_proof()
            _use_up(act, offer)
            giver.role = ADMINISTRATOR
            act.db.flush()  # a contract has one owner at a time: the old one goes first
            receiver.role = OWNER
            receiver.force_sec_auth = False
            receiver.forced_by = None
            decide_forced(act.db, col(Person.id).in_([giver.id, receiver.id]))
            ended = _shut_out_others(act)
            act.tell("take the contract over", target=giver, old=giver.email, new=receiver.email, sessions_ended=ended)

    def decline(self, session: Session) -> None:
        """Say no to the contract.

        Raises:
            SessionOver: sign in again.
            OfferOver: nothing is offered to this person (any more).
        """
        with self.desk.acting(session, "ownership.decline") as act:
            offer, giver, _ = _offer_to_me(act)
            _use_up(act, offer)
            act.tell("decline the contract", target=giver)

    def offered(self, session: Session) -> Offer | None:
        """What is offered to this person, or by him.

        Raises:
            SessionOver: sign in again.
        """
        with self.desk.asking(session, "ownership.offered") as act:
            try:
                offer, giver, receiver = _open_offer(act)
            except OfferOver:
                return None
            return Offer(
                contract=act.db.get_one(Contract, offer.contract_id).name,
                giver=f"{giver.given_name} {giver.family_name}",
                giver_email=giver.email,
                receiver=f"{receiver.given_name} {receiver.family_name}",
                receiver_email=receiver.email,
                expires_at=offer.expires_at,
                to_me=receiver.id == act.who.person.id,
            )


def void_offers(db: Transaction, person_id: UUID) -> None:
    """Void what is offered to a person whose role, activity or credentials somebody else has changed.

    Else an administrator, who may reset any user's password, could take over what was offered to that user.
    """
    db.connection().execute(delete(OwnershipOffer).where(col(OwnershipOffer.to_id) == person_id))


def _shut_out_others(act: Act) -> int:
    """Leave open to the account of the new owner, which is the actor's, but the console where he sits.

    As long as he was no owner, administrators could issue codes for him and open consoles in his name; how many ended.
    """
    void_pending(act.db, act.who.person.id)
    password_codes.void(act.db, act.who.person.id)
    email_change.void(act.db, act.who.person.id)
    support_calls.shut(act.db, act.who.person, now=act.now)
    return sessions.end_others(act.db, act.who, why="took the contract over", now=act.now)


def _write(act: Act, *, to: Person, expires_at: datetime) -> None:
    """Put the contract's one offer in place, whoever voids an earlier one meanwhile."""
    made = {"from_id": act.who.person.id, "to_id": to.id, "offered_at": act.now, "expires_at": expires_at}
    insertion = insert_into(OwnershipOffer, act.db.connection().dialect.name).values(
        contract_id=act.contract_id, **made
    )
    act.db.connection().execute(insertion.on_conflict_do_update(index_elements=["contract_id"], set_=made))


def _use_up(act: Act, offer: OwnershipOffer) -> None:
    """Take an offer away; the DELETE decides, since a new password of its receiver voids it without the contract.

    Raises:
        OfferOver: it was voided in the meantime.
    """
    gone = act.db.connection().execute(
        delete(OwnershipOffer).where(
            col(OwnershipOffer.contract_id) == offer.contract_id, col(OwnershipOffer.to_id) == offer.to_id
        )
    )
    if gone.rowcount != 1:
        raise OfferOver


def _open_offer(act: Act) -> tuple[OwnershipOffer, Person, Person]:
    """The offer that this person gives or receives, with who gives and who receives it.

    A change holds the two before it takes the offer away, in the order in which others hold people.

    Raises:
        OfferOver: there is none, its time is over, or its giver or its receiver is not any more what he was.
    """
    me = act.who.person
    found = act.db.exec(
        select(OwnershipOffer).where(
            OwnershipOffer.contract_id == me.contract_id,
            or_(col(OwnershipOffer.from_id) == me.id, col(OwnershipOffer.to_id) == me.id),
            OwnershipOffer.expires_at > act.now,
        )
    ).one_or_none()
    if found is None:
        raise OfferOver
    people = {person.id: person for person in act.db.exec(_both(found, holding=act.holds))}
    giver, receiver = people.get(found.from_id), people.get(found.to_id)
    if giver is None or receiver is None or giver.role != OWNER or not receiver.active:
        raise OfferOver
    return found, giver, receiver


def _both(offer: OwnershipOffer, *, holding: bool) -> SelectOfScalar[Person]:
    query = (
        select(Person)
        .where(col(Person.id).in_([offer.from_id, offer.to_id]))
        .order_by(col(Person.id))
        .execution_options(populate_existing=True)
    )
    return query.with_for_update(key_share=True) if holding else query


def _offer_to_me(act: Act) -> tuple[OwnershipOffer, Person, Person]:
    offer, giver, receiver = _open_offer(act)
    if receiver.id != act.who.person.id:
        raise OfferOver
    return offer, giver, receiver
