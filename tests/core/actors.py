"""Who acts in the tests of core: people with phones, at consoles, in a time that the test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from sqlalchemy import update
from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.new_person import derive
from core.new_person import new_person as new_row
from core.origin import Origin
from core.permissions import HALF_SIGNED_IN, ON_CALLERS, ON_CONTRACT, ON_HIMSELF, ON_PEOPLE, ON_RESOURCES
from core.services import Services
from core.tokens import new_token, token_hash
from data.engine import reading, transaction
from data.tables import OWNER, USER, AuditEvent, ConsoleSession, Contract, PendingLogin, Person

PASSWORD = "Quiet-Ferry,42 boats"
CONSOLE = Origin(host="bastion1", terminal="pts/3", unix_user="olga", source="192.0.2.7")


class SetClock:
    """A time that moves when the test says so; it starts in the middle of a time step."""

    def __init__(self, time: datetime = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Phone:
    """An authenticator app, which knows no more than the address that it scanned; its clock may be off."""

    app: pyotp.TOTP
    off_by: int = 0

    @classmethod
    def scanning(cls, address: str) -> "Phone":
        app = pyotp.parse_uri(address)
        assert isinstance(app, pyotp.TOTP)
        return cls(app)

    def code(self, now: datetime) -> str:
        return self.app.at(now + timedelta(seconds=self.off_by))

    def wrong_code(self, now: datetime) -> str:
        """Six digits that are the code of no moment near now."""
        near = {self.app.at(now + timedelta(seconds=30 * step)) for step in range(-11, 12)}
        return next(digits for number in range(1000) if (digits := f"{number:06}") not in near)


@dataclass
class Someone:
    """A person at a console."""

    services: Services
    clock: SetClock
    email: str
    password: str = PASSWORD
    recovery_codes: tuple[str, ...] = ()
    owned_phone: Phone | None = field(default=None)

    @property
    def phone(self) -> Phone:
        assert self.owned_phone is not None
        return self.owned_phone

    def code(self) -> str:
        """The code of a time step that was not used yet."""
        self.clock.advance(seconds=30)
        return self.phone.code(self.clock())

    def gives_password(self) -> Session | CodeNeeded | EnrolmentNeeded:
        return self.services.login.sign_in(self.email, self.password, origin=CONSOLE)

    def owes_code(self) -> CodeNeeded:
        step = self.gives_password()
        assert isinstance(step, CodeNeeded)
        return step

    def owes_enrolment(self) -> EnrolmentNeeded:
        step = self.gives_password()
        assert isinstance(step, EnrolmentNeeded)
        return step

    def signs_in(self) -> Session:
        step = self.gives_password()
        if isinstance(step, CodeNeeded):
            step = self.services.login.give_code(step, self.code())
        assert isinstance(step, Session)
        return proved(self.services, step)

    def scans(self, who: Session | EnrolmentNeeded) -> None:
        """Begin the setup assistant and scan its QR code."""
        self.owned_phone = Phone.scanning(self.services.enrolment.begin(who).address)

    def enrols(self, who: Session | EnrolmentNeeded) -> Session:
        """Go through the whole setup assistant."""
        self.scans(who)
        self.recovery_codes = self.services.enrolment.prove(who, self.code())
        return proved(self.services, self.services.enrolment.confirm(who, self.recovery_codes[0]))


def proved(services: Services, session: Session) -> Session:
    """The session, as if its person had proved himself for every act just now: tests are rarely about that."""
    with transaction(services.engine) as db:
        return proved_in(db, session, now=services.now())


def proved_in(db: Transaction, session: Session, *, now: datetime) -> Session:
    """As `proved`, in a transaction that is open."""
    functions = {*ON_HIMSELF, *HALF_SIGNED_IN, *ON_PEOPLE, *ON_CONTRACT, *ON_RESOURCES, *ON_CALLERS}
    of_session = update(ConsoleSession).where(col(ConsoleSession.token_hash) == token_hash(session.token))
    db.connection().execute(of_session.values(proofs=dict.fromkeys(functions, now.isoformat())))
    return session


def new_person(services: Services, clock: SetClock, *, email: str, **facts: Any) -> Someone:
    """Somebody else in the owner's contract, with a password."""
    with transaction(services.engine) as db:
        contract = db.exec(select(Contract)).one()
        person = new_row(contract.id, email=email, given_name="Ulf", family_name="Berg", role=USER, now=clock())
        person.password_hash = services.login.passwords.hash(PASSWORD)
        person.password_changed_at = clock()
        db.add(person)
        change(person, facts)
    return Someone(services, clock, email)


def stranger(services: Services, clock: SetClock, email: str) -> Person:
    """Somebody of another contract."""
    with transaction(services.engine) as db:
        contract = Contract(number="20000002", name="Elsewhere", created_at=clock())
        db.add(contract)
        db.flush()
        person = new_row(contract.id, email=email, given_name="Eve", family_name="Else", role=OWNER, now=clock())
        db.add(person)
    return person


def owing_code(person: Someone, consoles: int) -> list[CodeNeeded]:
    """The same person with his password given on several consoles, without the time that this takes."""
    now = person.clock()
    owed = [CodeNeeded(new_token()) for _ in range(consoles)]
    with transaction(person.services.engine) as db:
        found = db.exec(select(Person).where(Person.email == person.email)).one()
        assert found.password_changed_at is not None
        for half in owed:
            db.add(
                PendingLogin(
                    token_hash=token_hash(half.token),
                    person_id=found.id,
                    owes="code",
                    origin=CONSOLE.facts(),
                    password_changed_at=found.password_changed_at,
                    expires_at=now + timedelta(minutes=10),
                )
            )
    return owed


def change_person(services: Services, email: str, **facts: Any) -> None:
    """What an administrator will do in the User Manager."""
    with transaction(services.engine) as db:
        change(db.exec(select(Person).where(Person.email == email)).one(), facts)


def change(person: Person, facts: dict[str, Any]) -> None:
    """Change facts of a person, with what follows from them."""
    person.sqlmodel_update(facts)
    person.sec_auth_forced = person.force_sec_auth
    derive(person)


def person_of(services: Services, email: str) -> Person:
    with reading(services.engine) as db:
        return db.exec(select(Person).where(Person.email == email)).one()


def events(services: Services) -> list[AuditEvent]:
    """Every audit event, chain by chain."""
    with reading(services.engine) as db:
        return list(db.exec(select(AuditEvent).order_by(AuditEvent.chain, col(AuditEvent.number))))


def last_event(services: Services, act: str) -> AuditEvent:
    return [event for event in events(services) if event.act == act][-1]


@contextmanager
def everything_unchanged(services: Services, *, but: frozenset[str] = frozenset()) -> Iterator[None]:
    """Fail if any row of the database changes in the block."""
    before = rows(services)
    yield
    after = rows(services)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= but


def rows(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    tables = Person.metadata.sorted_tables
    with reading(services.engine) as db:
        found = {table.name: [tuple(row) for row in db.connection().execute(table.select())] for table in tables}
    return {name: sorted(content, key=repr) for name, content in found.items()}
