"""Login, enrolment, reset and recovery in any order: never a session without password and (code or recovery code).

Or the support desk has let the code be done without, and whoever signs in says so.

A machine does whatever it likes with one account, from a thief's guesses to an administrator's resets and a wrong
server clock; a small model says what must come of it. Nothing here asks the database what is right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import codes, recovery_codes, sessions, totp
from core.enrolment import keep_recovery_codes
from core.errors import OnHold, Refusal, ServerClockBehind, SessionLocked, SessionOver
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.new_person import new_person as row_of
from core.pending_resets import USED_WITHIN
from core.server_clock import TOLERANCE
from core.services import Services
from data.engine import transaction
from data.support_tables import FactorReset, SupportCall
from data.tables import OWNER, USER, Authenticator, Contract, Person
from tests.core.actors import CONSOLE, Phone, SetClock, proved_in

SHARDS, SEQUENCES, STEPS = 10, 500, 12
"""5,000 sequences on SQLite; PostgreSQL decides with the same statements, and sees a part of them."""

ACTS = ("force", "release", "reset", "deactivate", "activate", "end", "code")
PASSWORDS = tuple(f"Quiet-Ferry,42 boats {number}" for number in range(6))
RIGHT_OR_WRONG = st.sampled_from(["right", "right", "right", "wrong"])
WHICH = st.integers(0, 3)


@dataclass
class Owed:
    """Half a login, and what the account was like when it began."""

    token: CodeNeeded | EnrolmentNeeded
    at: datetime
    void: bool = False


@dataclass
class Opened:
    """A session, and how it came to be."""

    session: Session
    factor: bool
    at: datetime
    ended: bool = False


@dataclass
class Setup:
    """An assistant that is open."""

    who: Owed | Opened
    phone: Phone
    at: datetime
    codes: tuple[str, ...] = ()


@dataclass
class Account:
    """All that decides who may come in."""

    password: str
    active: bool = True
    forced: bool = False
    phone: Phone | None = None
    last_step: int = -1
    unused: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    reset_code: tuple[str, datetime] | None = None
    past_passwords: set[str] = field(default_factory=set)
    owed: list[Owed] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    setup: Setup | None = None
    reset_due: datetime | None = None

    def void_owed(self) -> None:
        for each in self.owed:
            each.void = True

    def end(self, *, but: Opened | None = None) -> None:
        for each in self.opened:
            each.ended = each.ended or each is not but


class EveryWayIn(RuleBasedStateMachine):
    """One account, and everybody who wants something of it."""

    services: Services
    clock: SetClock
    contract: tuple[Any, Any]
    hashes: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.clock.advance(days=1)  # one database sees all sequences, and time only goes on
        self.latest = self.clock()
        self.was_set_back = timedelta()
        self.account = Account(PASSWORDS[0])
        contract_id, self.owner_id = self.contract
        with transaction(self.services.engine) as db:
            number = int(self.clock().timestamp())
            person = row_of(
                contract_id,
                email=f"p{number}@example.com",
                given_name="P",
                family_name="Q",
                role=USER,
                now=self.clock(),
            )
            person.password_hash = self.hashes[PASSWORDS[0]]
            person.password_changed_at = self.clock()
            db.add(person)
            db.flush()
            self.id, self.email = person.id, person.email

    @initialize(start=st.sampled_from(["nothing", "forced", "protected", "protected", "both"]))
    def begins_with(self, start: str) -> None:
        """Most of what is wrong needs a second factor, which chance alone sets up too seldom."""
        if start in {"forced", "both"}:
            self.services.forcing.force_people(self.owners_session(), [self.id])
            self.account.forced = True
        if start in {"protected", "both"}:
            self.gets_a_factor()

    def gets_a_factor(self) -> None:
        """What the assistant leaves behind, without its screens, and one recovery code that was used since."""
        keys, secret, shown = self.services.keys, totp.new_secret(), recovery_codes.new_set()[:3]
        with transaction(self.services.engine) as db:
            sealed = codes.seal_secret(keys, "authenticator", self.id, secret)
            db.add(Authenticator(person_id=self.id, secret_sealed=sealed, confirmed_at=self.clock()))
            keep_recovery_codes(db, self.id, [codes.hash_of(keys, self.id, code) for code in shown])
            person = db.get_one(Person, self.id)
            person.sec_auth_active = True
            db.flush()
            codes.accept_recovery_code(db, keys, person, shown[0], now=self.clock())
        self.account.phone = Phone.scanning(totp.address(secret, email=self.email, issuer="Test"))
        self.account.unused, self.account.used = set(shown[1:]), {shown[0]}

    def teardown(self) -> None:
        self.clock.advance(seconds=self.was_set_back.total_seconds())

    # What the model expects

    def tried(self, does: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        """What an act gave, or the refusal; with a clock that is behind nothing may come of any."""
        try:
            given = does(*args, **named)
        except Refusal as refusal:
            return refusal
        assert not self.is_behind, f"{does} was done at {self.clock()}, after {self.latest}"
        self.latest = max(self.latest, self.clock())
        return given

    @property
    def is_behind(self) -> bool:
        return self.was_set_back > TOLERANCE

    def must(self, outcome: Any, kind: type) -> None:
        """What is right is taken, unless guesses before it, or the clock, hold it up."""
        if not isinstance(outcome, kind):
            assert isinstance(outcome, OnHold | ServerClockBehind) or self.is_behind or self.guessed, outcome

    @property
    def guessed(self) -> bool:
        return bool(self.wrong_guesses)

    wrong_guesses = 0

    def opens(self, session: Any, *, factor: bool) -> None:
        """Note a session that was opened; the rule that did so has said why it may."""
        assert isinstance(session, Session)
        assert self.account.active
        if self.account.phone is not None or self.account.forced:
            assert factor, "password and (code or recovery code)"
        self.account.opened.append(Opened(session, factor, self.clock()))

    def accepts(self, code: str) -> bool:
        """Whether the app has this code now, of a step that was not used."""
        phone, now = self.account.phone, totp.step_at(self.clock())
        assert phone is not None
        steps = [step for step in (now - 1, now, now + 1) if phone.app.generate_otp(step) == code]
        fresh = [step for step in steps if step > self.account.last_step]
        if fresh:
            self.account.last_step = fresh[0]
            self.account.reset_due = None
        return bool(fresh)

    # The person, and whoever has his password

    @rule(which=RIGHT_OR_WRONG)
    def gives_the_password(self, which: str) -> None:
        account = self.account
        typed = account.password if which == "right" else (*sorted(account.past_passwords), "Wrong-Guess,1")[0]
        step = self.tried(self.services.login.sign_in, self.email, typed, origin=CONSOLE)
        if isinstance(step, Refusal):
            self.wrong_guesses += which == "wrong"
            if which == "right" and account.active:
                self.must(step, Session | CodeNeeded | EnrolmentNeeded)  # type: ignore[arg-type]
            return
        assert which == "right"
        assert account.active
        if account.phone is not None:
            assert isinstance(step, CodeNeeded)
        elif account.forced:
            assert isinstance(step, EnrolmentNeeded)
        if isinstance(step, Session):
            self.opens(step, factor=False)
        else:
            account.owed.append(Owed(step, self.clock()))

    @precondition(lambda self: not self.is_behind)
    @rule(how=st.sampled_from(["code", "code", "old code", "recovery code", "recovery code", "used recovery code"]))
    def goes_all_the_way(self, how: str) -> None:
        """All the steps of a login one after the other, which chance alone seldom takes."""
        self.time_passes({"seconds": 60})
        self.gives_the_password("right")
        if not self.account.owed or self.account.owed[-1].void:
            return
        if isinstance(self.account.owed[-1].token, EnrolmentNeeded):
            self.opens_the_assistant(at=0, from_login=True)
            self.completes_the_assistant()
        elif "recovery" in how:
            self.gives_a_recovery_code("used" if "used" in how else "unused", at=0)
        else:
            self.gives_a_code("before" if "old" in how else "now", at=0)

    @precondition(lambda self: self.account.setup is not None)
    @rule()
    def completes_the_assistant(self) -> None:
        if self.account.setup is not None:
            self.types_the_new_code("right")
            self.confirms_the_assistant("right")

    @precondition(lambda self: any(isinstance(owed.token, CodeNeeded) for owed in self.account.owed))
    @rule(which=st.sampled_from(["now", "now", "before", "after", "wrong", "early"]), at=WHICH)
    def gives_a_code(self, which: str, at: int) -> None:
        account, owed = self.account, self.a_half_login(at, CodeNeeded)
        code = self.a_code(which)
        session = self.tried(self.services.login.give_code, owed.token, code)
        if isinstance(session, Refusal):
            self.wrong_guesses += 1
            return
        assert not owed.void
        assert self.clock() - owed.at <= timedelta(minutes=10)
        assert account.phone is not None
        assert self.accepts(code), which
        owed.void = True
        self.opens(session, factor=True)

    @precondition(lambda self: any(isinstance(owed.token, CodeNeeded) for owed in self.account.owed))
    @rule(which=st.sampled_from(["unused", "unused", "used", "wrong"]), at=WHICH)
    def gives_a_recovery_code(self, which: str, at: int) -> None:
        account, owed = self.account, self.a_half_login(at, CodeNeeded)
        kept = {"unused": account.unused, "used": account.used}.get(which)
        code = sorted(kept)[0] if kept else "AAAA-AAAA-AAAA-AAAA"
        session = self.tried(self.services.login.give_recovery_code, owed.token, code)
        if isinstance(session, Refusal):
            self.wrong_guesses += 1
            return
        assert not owed.void
        assert account.phone is not None
        assert code in account.unused
        account.unused.remove(code)
        account.used.add(code)
        owed.void = True
        self.opens(session, factor=True)

    @precondition(lambda self: self.account.phone is not None and self.account.active and not self.is_behind)
    @rule()
    def the_support_desk_lets_the_app_be_lost(self) -> None:
        """What two agents leave behind, without their call."""
        now, due = self.clock(), self.clock() + timedelta(minutes=15)
        with transaction(self.services.engine) as db:
            call = SupportCall(
                contract_id=self.contract[0],
                person_id=self.id,
                agent_id=self.owner_id,
                agent="Ann Bell",
                phrase="amber dolphin",
                opened_at=now,
                expires_at=now,
                ended_at=now,
            )
            db.add(call)
            db.flush()
            db.merge(
                FactorReset(
                    person_id=self.id, call_id=call.id, reason="lost", asked_at=now, asked_by="Ann Bell", due_at=due
                )
            )
            db.get_one(Person, self.id).factor_reset_at = due
        self.account.reset_due = due

    @precondition(lambda self: self.account.phone is not None)
    @rule(minutes=st.sampled_from([20, 20, 20, 5, 11_000]))
    def waits_and_says_that_the_app_is_lost(self, minutes: int) -> None:
        self.time_passes({"minutes": minutes})
        self.gives_the_password("right")
        if any(isinstance(owed.token, CodeNeeded) for owed in self.account.owed):
            self.says_that_the_app_is_lost(at=0)

    @precondition(lambda self: any(isinstance(owed.token, CodeNeeded) for owed in self.account.owed))
    @rule(at=WHICH)
    def says_that_the_app_is_lost(self, at: int) -> None:
        account, owed = self.account, self.a_half_login(at, CodeNeeded)
        step = self.tried(self.services.login.use_reset, owed.token)
        if isinstance(step, Refusal):
            return
        assert not owed.void
        assert account.reset_due is not None
        assert account.reset_due <= self.clock() < account.reset_due + USED_WITHIN
        self.loses_the_factor(but=None)
        if account.forced:
            assert isinstance(step, EnrolmentNeeded)
            account.owed.append(Owed(step, self.clock()))
        else:
            self.opens(step, factor=False)

    @precondition(lambda self: self.account.owed or self.account.opened)
    @rule(at=WHICH, from_login=st.booleans())
    def opens_the_assistant(self, at: int, from_login: bool) -> None:  # noqa: FBT001 - hypothesis gives it
        account = self.account
        waiting = [each for each in account.owed if isinstance(each.token, EnrolmentNeeded)]
        among: list[Any] = waiting if from_login and waiting else account.opened
        if not among:
            return
        who = among[-1 - at % len(among)]
        shown = self.tried(self.services.enrolment.begin, self.credential(who))
        if not isinstance(shown, Refusal):
            self.stands(who)
            assert account.phone is None
            account.setup = Setup(who, Phone.scanning(shown.address), self.clock())

    @precondition(lambda self: self.account.setup is not None)
    @rule(which=RIGHT_OR_WRONG)
    def types_the_new_code(self, which: str) -> None:
        account, setup = self.account, self.account.setup
        assert setup is not None
        code = setup.phone.code(self.clock()) if which == "right" else setup.phone.wrong_code(self.clock())
        shown = self.tried(self.services.enrolment.prove, self.credential(setup.who), code)
        if not isinstance(shown, Refusal):
            self.stands(setup.who)
            assert which == "right"
            assert totp.step_at(self.clock()) > account.last_step
            account.last_step = totp.step_at(self.clock())
            setup.codes = shown

    @precondition(lambda self: self.account.setup is not None)
    @rule(which=RIGHT_OR_WRONG)
    def confirms_the_assistant(self, which: str) -> None:
        account, setup = self.account, self.account.setup
        assert setup is not None
        code = setup.codes[0] if setup.codes and which == "right" else "AAAA-AAAA-AAAA-AAAA"
        session = self.tried(self.services.enrolment.confirm, self.credential(setup.who), code)
        if isinstance(session, Refusal):
            return
        self.stands(setup.who)
        assert code in setup.codes
        assert account.phone is None
        assert self.clock() - setup.at <= timedelta(minutes=10)
        account.phone, account.unused, account.used = setup.phone, set(setup.codes), set()
        account.setup = None
        account.void_owed()
        account.end()
        self.opens(session, factor=True)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH)
    def switches_the_second_factor_off(self, at: int) -> None:
        account, who = self.account, self.a_session(at)
        if not isinstance(self.tried(self.services.second_factor.deactivate, who.session), Refusal):
            self.stands(who)
            assert who.factor
            assert not account.forced
            self.loses_the_factor(but=who)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH, which=RIGHT_OR_WRONG)
    def changes_the_password(self, at: int, which: str) -> None:
        account, who = self.account, self.a_session(at)
        old, new = account.password if which == "right" else "Wrong-Guess,1", self.another_password()
        change = self.services.account.change_password
        if not isinstance(self.tried(change, who.session, old=old, new=new, repeated=new), Refusal):
            self.stands(who)
            assert which == "right"
            self.has_a_new_password(new)
            account.end(but=who)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH)
    def makes_new_recovery_codes(self, at: int) -> None:
        account, who = self.account, self.a_session(at)
        shown = self.tried(self.services.second_factor.new_recovery_codes, who.session)
        if not isinstance(shown, Refusal):
            self.stands(who)
            assert account.phone is not None
            account.used |= account.unused
            account.unused = set(shown)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH)
    def locks(self, at: int) -> None:
        self.tried(self.services.sessions.lock, self.a_session(at).session)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH, which=RIGHT_OR_WRONG, with_code=st.booleans())
    def unlocks(self, at: int, which: str, with_code: bool) -> None:  # noqa: FBT001 - hypothesis gives it
        account, who = self.account, self.a_session(at)
        typed = account.password if which == "right" else "Wrong-Guess,1"
        code = self.a_code("now") if with_code else ""
        refused = self.tried(self.services.sessions.unlock, who.session, typed, code)
        if isinstance(refused, Refusal):
            self.knows_that_a_code_may_be_used(code)
            return
        assert not who.ended
        assert account.active
        assert which == "right"
        if account.phone is not None:
            assert self.accepts(code)

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH, which=RIGHT_OR_WRONG, with_code=st.booleans())
    def proves_himself(self, at: int, which: str, with_code: bool) -> None:  # noqa: FBT001 - hypothesis gives it
        account, who = self.account, self.a_session(at)
        typed = account.password if which == "right" else "Wrong-Guess,1"
        code = self.a_code("now") if with_code else ""
        act = "second_factor.deactivate"
        refused = self.tried(self.services.proof.prove, who.session, typed, code, act=act)
        if isinstance(refused, Refusal):
            self.knows_that_a_code_may_be_used(code)
            return
        self.stands(who)
        assert which == "right"
        if account.phone is not None:
            assert self.accepts(code)
            who.factor = True

    @precondition(lambda self: self.account.opened)
    @rule(at=WHICH)
    def signs_out(self, at: int) -> None:
        who = self.a_session(at)
        self.services.sessions.sign_out(who.session)
        who.ended = who.ended or not self.is_behind

    @rule(which=st.sampled_from(["right", "right", "wrong"]))
    def sets_the_password_by_code(self, which: str) -> None:
        account, new = self.account, self.another_password()
        code = account.reset_code[0] if account.reset_code and which == "right" else "AAAA-AAAA-AAAA-AAAA-AAAA"
        set_password = self.services.invitations.set_password
        outcome = self.tried(set_password, self.email, code, new=new, repeated=new, origin=CONSOLE)
        if isinstance(outcome, Refusal):
            return
        assert account.active
        assert account.reset_code is not None
        assert code == account.reset_code[0]
        assert self.clock() < account.reset_code[1]
        self.has_a_new_password(new)
        account.end()
        self.wrong_guesses = 0

    # Administrators, and time

    @rule(does=st.sampled_from([*ACTS, "force", "activate"]))
    def an_administrator(self, does: str) -> None:
        account, services = self.account, self.services
        acts: dict[str, Callable[[Session], Any]] = {
            "force": lambda who: services.forcing.force_people(who, [self.id]),
            "release": lambda who: services.forcing.release_people(who, [self.id]),
            "reset": lambda who: services.rescue.reset_second_factor(who, self.id, reason="lost"),
            "deactivate": lambda who: services.standing.deactivate(who, [self.id]),
            "activate": lambda who: services.standing.activate(who, [self.id]),
            "end": lambda who: services.rescue.end_sessions(who, self.id),
            "code": lambda who: services.invitations.issue_reset_code(who, self.id),
        }
        given = self.tried(acts[does], self.owners_session())
        if isinstance(given, Refusal):
            return
        if does in {"force", "release"}:
            account.forced = does == "force"
        elif does == "reset":
            self.loses_the_factor(but=None)
        elif does == "code":
            account.reset_code = (given.code, given.expires_at)
        elif does == "activate":
            account.active = True
        else:
            account.end()
        if does == "deactivate":
            account.active = False
            account.reset_code = account.reset_due = None
            account.void_owed()

    @rule(span=st.sampled_from([{"seconds": 30}, {"seconds": 30}, {"minutes": 11}, {"minutes": 16}, {"hours": 13}]))
    def time_passes(self, span: dict[str, float]) -> None:
        """Wherever the clock stands after this, it has caught up or it has not."""
        self.clock.advance(**span)
        self.was_set_back = max(timedelta(), self.was_set_back - timedelta(**span))

    @precondition(lambda self: not self.is_behind)
    @rule(span=st.sampled_from([{"hours": 1}, {"days": 1}]))
    def the_clock_is_set_back(self, span: dict[str, float]) -> None:
        """From a moment that the installation has seen."""
        assert not isinstance(self.tried(self.services.rescue.unlock, self.owners_session(), self.id), Refusal)
        self.clock.advance(seconds=-timedelta(**span).total_seconds())
        self.was_set_back += timedelta(**span)

    @precondition(lambda self: self.is_behind)
    @rule()
    def the_clock_is_right_again(self) -> None:
        self.teardown()
        self.was_set_back = timedelta()

    # What is always so

    @invariant()
    def no_session_stands_that_should_not(self) -> None:
        for each in self.account.opened[-3:]:
            try:
                self.services.account.account(each.session)
            except (SessionOver, SessionLocked, ServerClockBehind):
                continue
            assert not self.is_behind
            self.stands(each)
            assert each.factor or self.account.phone is None

    def stands(self, who: Owed | Opened) -> None:
        """Whoever does something may still do something."""
        assert self.account.active
        if isinstance(who, Opened):
            assert not who.ended
            assert self.clock() - who.at < sessions.LONGEST
        else:
            assert not who.void

    # Small things

    def a_half_login(self, at: int, kind: type) -> Owed:
        among = [each for each in self.account.owed if isinstance(each.token, kind)]
        return among[-1 - at % len(among)]

    def a_session(self, at: int) -> Opened:
        return self.account.opened[-1 - at % len(self.account.opened)]

    def a_code(self, which: str) -> str:
        phone = self.account.phone
        if phone is None or which == "wrong":
            return phone.wrong_code(self.clock()) if phone else "000000"
        steps = {"now": 0, "before": -1, "after": 1, "early": 4}[which]
        return phone.code(self.clock() + timedelta(seconds=30 * steps))

    def knows_that_a_code_may_be_used(self, code: str) -> None:
        """A right code is used up also where something else was wrong with what came with it."""
        if self.account.phone is not None and code and not self.is_behind:
            self.wrong_guesses += 1

    def another_password(self) -> str:
        return next(each for each in PASSWORDS if each != self.account.password)

    def has_a_new_password(self, new: str) -> None:
        self.account.past_passwords = {self.account.password} - {new}
        self.account.password = new
        self.account.reset_code = None
        self.account.void_owed()

    def loses_the_factor(self, *, but: Opened | None) -> None:
        self.account.phone = None
        self.account.unused, self.account.used = set(), set()
        self.account.reset_due = None
        self.account.void_owed()
        self.account.end(but=but)
        if but is not None:
            but.factor = False

    def credential(self, who: Owed | Opened) -> Any:
        return who.token if isinstance(who, Owed) else who.session

    def owners_session(self) -> Session:
        with transaction(self.services.engine) as db:
            owner = db.get_one(Person, self.owner_id)
            begun = sessions.begin(db, owner, origin=CONSOLE, second_factor=False, now=self.clock())
            return proved_in(db, begun, now=self.clock())


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_order_of_acts_opens_a_session_without_what_is_asked_for(
    services: Services, clock: SetClock, shard: int
) -> None:
    with transaction(services.engine) as db:
        contract = Contract(number="C1", name="Ways", created_at=clock())
        db.add(contract)
        db.flush()
        called = {"given_name": "O", "family_name": "O", "role": OWNER}
        owner = row_of(contract.id, email="o@example.com", now=clock(), **called)
        db.add(owner)
        db.flush()
        ids = (contract.id, owner.id)
    hashes = {PASSWORDS[0]: services.login.passwords.hash(PASSWORDS[0])}
    facts = {"services": services, "clock": clock, "contract": ids, "hashes": hashes}
    machine = type("EveryWayInHere", (EveryWayIn,), facts)
    sequences = SEQUENCES if services.engine.dialect.name == "sqlite" else SEQUENCES // 20
    checks = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(shard)(machine), settings=checks)
