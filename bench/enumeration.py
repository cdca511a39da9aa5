"""Whether the time of an answer tells who has an account: what one clever threshold can tell of 300 interleaved pairs.

Of each two cases (a wrong password for a person, and the same for an unknown name, a locked or a deactivated person)
the times are ranked. Printed is the area under the curve (AUC) of the best classifier by one threshold: 0.5 is
guessing, 1.0 is certainty. With 300 pairs two equal cases come out below 0.55 in 97 of 100 runs.

Run by `python -m bench.enumeration [pairs]`, at the production cost of argon2id, on SQLite as in production and on a
PostgreSQL server of its own. The exit code is 1 if anything is told.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlmodel import select

from core import password_codes, throttle
from core.config import Settings
from core.errors import Refusal
from core.new_person import new_person
from core.origin import Origin
from core.registration import Registration
from core.services import Services, open_services
from data.engine import transaction
from data.tables import USER, Contract, PasswordCode
from tests.postgres import running_server

BAR = 0.60
WARM_UP = 20
PASSWORD = "Long-enough!Marmalade"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE = Origin(host="bench", source="203.0.113.66")

Ask = Callable[[str], None]


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"{pairs} interleaved pairs, AUC of the best threshold (bar: {BAR:.2f}), median times")
    worst = 0.5
    for engine, services in _engines():
        _fill(services, pairs + WARM_UP)
        for what, ask, cases in _questions(services):
            times = _times(ask, cases, pairs)
            worst = max(worst, _show(f"{engine}: {what}", times))
    print(f"{'worst':58}{worst:6.3f}")
    sys.exit(worst > BAR)


def _engines() -> Iterator[tuple[str, Services]]:
    with tempfile.TemporaryDirectory() as directory, _opened(f"sqlite:///{directory}/db/bartizan.db") as services:
        yield "SQLite", services
    with running_server() as server, _opened(server.address(server.create())) as services:
        yield "PostgreSQL", services


@contextmanager
def _opened(url: str) -> Iterator[Services]:
    """The services on a new database, with mail configured; the time stands still, so that nobody's wait ends."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(
            url,
            Path(directory, "keys", "keys.json"),
            Path(directory, "log"),
            mail_server="smtp.example.com:587",
            mail_from="bartizan@example.com",
        )
        services = open_services(settings, now=lambda: NOW)
        yield services
        services.close()


def _fill(services: Services, size: int) -> None:
    """People of each case, each with an open code; those who are locked have guessed five times before."""
    wanted = Registration("Bench", "Olga", "Owner", "olga@example.com", PASSWORD, PASSWORD)
    services.registration.register(wanted, origin=Origin())
    password_hash = services.login.passwords.hash(PASSWORD)
    with transaction(services.engine) as db:
        contract_id = db.exec(select(Contract.id)).one()
        for case in ("known", "deactivated", "locked", "throttled"):
            for number in range(size):
                email = _email(case, number)
                person = new_person(contract_id, email=email, given_name="Ulf", family_name="User", role=USER, now=NOW)
                person.password_hash, person.password_changed_at = password_hash, NOW
                person.active = case != "deactivated"
                db.add(person)
                db.flush()
                _, row = password_codes.made(services.keys, person.id, email, password_codes.RESET, now=NOW)
                db.add(PasswordCode(**row))
                if case == "locked":
                    person.locked_until = NOW + timedelta(minutes=30)
                    _use_up(services, db, throttle.PASSWORD, "throttle", email)
                if case == "throttled":
                    _use_up(services, db, throttle.RESET_REQUEST, "reset request", email)


def _use_up(services: Services, db: object, limit: throttle.Limit, purpose: str, email: str) -> None:
    subject = services.keys.keyed_hash(purpose, email.encode())
    for _ in range(limit.free):
        throttle.charge(db, limit, subject, now=NOW)  # type: ignore[arg-type]


def _questions(services: Services) -> Iterator[tuple[str, Ask, tuple[str, ...]]]:
    """What a stranger can ask for an address, and the cases that he must not tell apart, each from the first."""

    def sign_in(email: str) -> None:
        services.login.sign_in(email, "wrong", origin=HERE)

    def ask_for_code(email: str) -> None:
        # From ever other places, since one alone may not ask for so many.
        services.forgotten.ask(email, origin=Origin(host="bench", source=email))

    def set_password(email: str) -> None:
        new = "Other-Lantern,43"
        services.invitations.set_password(email, "WRONG-CODE", new=new, repeated=new, origin=HERE)

    yield "sign in with a wrong password", sign_in, ("known", "unknown", "locked", "deactivated")
    yield "forgot password", ask_for_code, ("known", "unknown", "deactivated", "throttled")
    yield "set password with a wrong code", set_password, ("known", "unknown", "deactivated")


def _times(ask: Ask, cases: tuple[str, ...], pairs: int) -> dict[str, list[float]]:
    """The seconds of each answer; the cases take turns at being first."""
    taken: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(pairs + WARM_UP):
        turn = number % len(cases)
        for case in cases[turn:] + cases[:turn]:
            email = _email(case, number)
            started = time.perf_counter()
            with suppress(Refusal):
                ask(email)
            taken[case].append(time.perf_counter() - started)
    return {case: seconds[WARM_UP:] for case, seconds in taken.items()}


def _email(case: str, number: int) -> str:
    return f"{case}{number}@example.com"


def _show(what: str, times: dict[str, list[float]]) -> float:
    """Print a line for each case against the first; the worst AUC."""
    (base, seconds), *others = times.items()
    found = []
    for case, others_seconds in others:
        found.append(_auc(seconds, others_seconds))
        medians = f"{median(seconds) * 1000:6.1f} ms, {median(others_seconds) * 1000:6.1f} ms"
        print(f"{f'{what}, {base} or {case}':58}{found[-1]:6.3f}  {medians}", flush=True)
    return max(found)


def _auc(one: list[float], other: list[float]) -> float:
    """How surely a threshold tells the two apart, in whichever direction it does it better (Mann and Whitney)."""
    below = sum((a < b) + (a == b) / 2 for a in one for b in other)
    share = below / (len(one) * len(other))
    return max(share, 1 - share)


if __name__ == "__main__":
    main()
