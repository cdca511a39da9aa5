"""One's own account: how it is protected, and the change of its password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session as Transaction

from core import audit, call_codes, codes, password_codes, pending_resets, sessions
from core.access import forced_by
from core.clock import Clock
from core.errors import PasswordsDiffer, PasswordUnchanged, PasswordUnmet, WrongOldPassword
from core.half_logins import void_pending
from core.login_steps import Session
from core.password_policy import PasswordPolicy, normalised, personal_words, rules
from core.passwords import Passwords
from core.proof import ProofService
from core.recovery_codes import WARN_BELOW
from data.engine import reading, transaction
from data.sealing import KeyRing
from data.tables import Authenticator, Contract, Person, SupportPin


@dataclass(frozen=True)
class Account:
    """A person's account as its screens show it; times are UTC."""

    name: str
    email: str
    role: str
    contract: str
    second_factor_since: datetime | None
    second_factor_forced: bool
    second_factor_forced_by: str | None
    last_code_at: datetime | None
    recovery_codes_left: int
    password_changed_at: datetime
    pin_set_at: datetime | None
    policy: PasswordPolicy
    personal_words: tuple[str, ...]
    factor_reset_at: datetime | None
    """When the support desk's reset of 2-factor takes effect, unless it is stopped."""

    @property
    def second_factor(self) -> bool:
        """Whether 2-factor authentication is active."""
        return self.second_factor_since is not None

    @property
    def few_recovery_codes(self) -> bool:
        """Whether it is time for a new set."""
        return self.second_factor and self.recovery_codes_left < WARN_BELOW


@dataclass(frozen=True)
class AccountService:
    """What a person sees of his account, and the change of his password."""

    engine: Engine
    keys: KeyRing
    passwords: Passwords
    proof: ProofService
    now: Clock

    def account(self, session: Session) -> Account:
        """The account as it is now.

        Raises:
            SessionOver: sign in again.
        """
        with reading(self.engine) as db:
            now = self.now()
            person = sessions.acting(db, session, now=now).person
            contract = db.get(Contract, person.contract_id) if person.contract_id else None
            authenticator = db.get(Authenticator, person.id)
            pin = db.get(SupportPin, person.id)
            return Account(
                name=f"{person.given_name} {person.family_name}",
                email=person.email,
                role=person.role,
                contract=contract.name if contract else "",
                second_factor_since=authenticator.confirmed_at if authenticator else None,
                second_factor_forced=person.sec_auth_forced,
                second_factor_forced_by=forced_by(db, person),
                last_code_at=person.last_code_at,
                recovery_codes_left=codes.recovery_codes_left(db, person.id),
                password_changed_at=person.password_changed_at or person.created_at,
                pin_set_at=pin.set_at if pin else None,
                policy=policy_of(contract),
                personal_words=words_of(person, contract),
                factor_reset_at=pending_resets.still_due(person.factor_reset_at, now=now),
            )

    def change_password(self, session: Session, *, old: str, new: str, repeated: str) -> None:
        """Change the password and end the person's other sessions; the new one is asked at the next login.

        Source text: "Changing your password".

        Raises:
            SessionOver, OnHold: see `ProofService`.
            WrongOldPassword: `old` is not the password; counted under a limit.
            PasswordUnmet, PasswordUnchanged, PasswordsDiffer: the new one is not taken.
        """
        now = self.now()
        with reading(self.engine) as db:
            person = sessions.acting(db, session, now=now).person
            contract = db.get(Contract, person.contract_id) if person.contract_id else None
            policy, personal = policy_of(contract), words_of(person, contract)
        check_new_password(policy, new, repeated=repeated, personal=personal)
        compared = self.proof.check_password(session, old)
        if normalised(new) == normalised(old):
            raise PasswordUnchanged
        new_hash = self.passwords.hash(new)
        with transaction(self.engine) as db:
            who = sessions.acting_alone(db, session, now=now)
            if who.person.password_hash != compared:
                raise WrongOldPassword  # it was replaced while it was compared
            set_password(db, who.person, new_hash, now=now)
            ended = sessions.end_others(db, who, why="password changed", now=now)
            told = audit.Told("change password", details={"sessions ended": ended})
            audit.record(db, self.keys, told, at=now, origin=who.origin, actor=who.person)


def check_new_password(policy: PasswordPolicy, new: str, *, repeated: str, personal: tuple[str, ...]) -> None:
    """Take a new password or say why not.

    Raises:
        PasswordUnmet, PasswordsDiffer: it is not taken.
    """
    unmet = tuple(rule.words for rule in rules(policy, new, personal=personal) if not rule.met)
    if unmet:
        raise PasswordUnmet(unmet)
    if normalised(new) != normalised(repeated):
        raise PasswordsDiffer


def set_password(db: Transaction, person: Person, password_hash: str, *, now: datetime) -> None:
    """Put a new password in place; half-completed logins with the old one, and a code to replace it, are void.

    They go before the sessions are ended, so that none of them becomes a session in between. Logins that are
    comparing the old password know it by its date, so the new one's is later even where a clock was set back.
    """
    void_pending(db, person.id)
    password_codes.void(db, person.id)
    call_codes.void(db, person.id)
    person.password_hash = password_hash
    before = person.password_changed_at
    person.password_changed_at = now if before is None else max(now, before + timedelta(microseconds=1))


def policy_of(contract: Contract | None) -> PasswordPolicy:
    """The contract's password policy, or the default where there is no contract."""
    if contract is None:
        return PasswordPolicy()
    return PasswordPolicy(
        min_length=contract.min_length,
        min_upper_chars=contract.min_upper_chars,
        min_lower_chars=contract.min_lower_chars,
        min_number_chars=contract.min_number_chars,
        min_special_chars=contract.min_special_chars,
    )


def words_of(person: Person, contract: Contract | None) -> tuple[str, ...]:
    """The words that this person's password must not hold."""
    return personal_words(person.given_name, person.family_name, person.email, contract.name if contract else "")
