"""Logins with a code per second, against bare argon2id verifications at the same cost.

The bare side gets as many threads as cores: with more it is slower, and would flatter the logins.

Run by `python -m bench.login_rate [logins in a round] [rounds]`. The database is SQLite as in production
(WAL, synchronous FULL), in a directory of its own.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from os import cpu_count
from pathlib import Path

from argon2 import PasswordHasher
from sqlmodel import select

from core import codes, totp
from core.config import Settings
from core.login_steps import CodeNeeded
from core.new_person import new_person
from core.origin import Origin
from core.passwords import PRODUCTION
from core.registration import Registration
from core.services import Services, open_services
from data.engine import transaction
from data.tables import USER, Authenticator, Person

PASSWORD = "Long-enough!Marmalade"
CORES = cpu_count() or 1
THREADS = 2 * CORES


class SteppingClock:
    """One time for all, as a server has. Between two rounds earlier codes are over, and earlier consoles idle."""

    time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def step(self) -> None:
        self.time += timedelta(minutes=20)


def main() -> None:
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else 40 * CORES
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory() as directory:
        clock = SteppingClock()
        settings = Settings(f"sqlite:///{directory}/db/bartizan.db", Path(directory, "keys/keys.json"), Path(directory))
        services = open_services(settings, now=clock)
        phones = _people(services, logins, clock())
        hasher = PasswordHasher.from_parameters(PRODUCTION)
        stored = hasher.hash(PASSWORD)
        bare, full = [], []
        for _ in range(rounds):
            bare.append(_rate(logins, CORES, lambda _: hasher.verify(stored, PASSWORD)))
            clock.step()
            full.append(_rate(logins, THREADS, partial(_next_login, services, clock, iter(phones))))
        spent = _cpu(services, clock, phones[0])
        services.close()
    _show(bare, full, spent, logins)


def _people(services: Services, people: int, now: datetime) -> list[tuple[str, str]]:
    """One person for each login of a round, with a confirmed authenticator; their addresses and secrets."""
    wanted = Registration("Bench", "Olga", "Owner", _email(0), PASSWORD, PASSWORD)
    services.registration.register(wanted, origin=Origin())
    secrets = [totp.new_secret() for _ in range(people)]
    with transaction(services.engine) as db:
        owner = db.exec(select(Person)).one()
        for number, secret in enumerate(secrets):
            person = owner if number == 0 else _colleague(owner, _email(number))
            db.add(person)
            db.flush()
            sealed = codes.seal_secret(services.keys, "authenticator", person.id, secret)
            person.sec_auth_active = True
            db.add(Authenticator(person_id=person.id, secret_sealed=sealed, confirmed_at=now))
    return [(_email(number), secret) for number, secret in enumerate(secrets)]


def _colleague(owner: Person, email: str) -> Person:
    person = new_person(
        owner.contract_id, email=email, given_name="Ulf", family_name="User", role=USER, now=owner.created_at
    )
    person.password_hash = owner.password_hash
    person.password_changed_at = owner.password_changed_at
    return person


def _email(number: int) -> str:
    return f"person{number}@example.com"


def _login(services: Services, clock: SteppingClock, email: str, secret: str) -> None:
    owed = services.login.sign_in(email, PASSWORD, origin=Origin(host="bench"))
    assert isinstance(owed, CodeNeeded)
    services.login.give_code(owed, totp.code_at(secret, totp.step_at(clock())))


def _next_login(services: Services, clock: SteppingClock, phones: Iterator[tuple[str, str]], _worker: int) -> None:
    """The login of whoever's turn it is: each person once in a round."""
    _login(services, clock, *next(phones))


def _rate(times: int, threads: int, once: Callable[[int], object]) -> float:
    """How often a second `once` runs when so many threads share the work."""
    share = times // threads

    def work(worker: int) -> None:
        for _ in range(share):
            once(worker)

    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for done in [pool.submit(work, worker) for worker in range(threads)]:
            done.result()
        return share * threads / (time.perf_counter() - started)


def _cpu(services: Services, clock: SteppingClock, phone: tuple[str, str]) -> tuple[float, float]:
    """The CPU seconds of a bare argon2id verification and of a login; other load disturbs these the least."""
    hasher = PasswordHasher.from_parameters(PRODUCTION)
    stored = hasher.hash(PASSWORD)
    logins, hashes = [], []
    for _ in range(25):
        clock.step()
        started = time.process_time()
        _login(services, clock, *phone)
        between = time.process_time()
        hasher.verify(stored, PASSWORD)
        logins.append(between - started)
        hashes.append(time.process_time() - between)
    return statistics.median(hashes), statistics.median(logins)


def _show(bare: list[float], full: list[float], spent: tuple[float, float], logins: int) -> None:
    ratio = statistics.median(ours / theirs for ours, theirs in zip(full, bare, strict=True))
    print(f"{logins} on {THREADS} threads, {CORES} cores, {len(bare)} rounds, medians")
    print(f"bare argon2id       {statistics.median(bare):7.1f} /s")
    print(f"login with code     {statistics.median(full):7.1f} /s")
    print(f"ratio               {ratio:7.3f}  (bar: 0.95)")
    hash_cpu, login_cpu = spent
    print(f"CPU of one          {hash_cpu * 1000:7.1f} ms bare, {login_cpu * 1000:.1f} ms a login, one thread")
    print(f"ratio of CPU        {hash_cpu / login_cpu:7.3f}")


if __name__ == "__main__":
    main()
