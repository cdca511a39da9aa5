"""A contract of any size, filled quickly: `python -m bench.large_contract DIRECTORY [people]` keeps it to be used.

Its owner signs in as olga@example.com with the password that is printed. Names come from many scripts, and some are
hostile: markup, controls of terminals, marks without end.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from argon2 import Parameters
from sqlalchemy import insert
from sqlmodel import select

from core.config import Settings
from core.names import folded, search_text, sort_name
from core.origin import Origin
from core.passwords import PRODUCTION
from core.registration import Registration
from core.services import Services, open_services
from data.engine import transaction
from data.group_tables import DATA_CENTER, SNAPSHOT, Group, Membership, Resource, Share
from data.tables import Contract, Person

OWNER = "olga@example.com"
PASSWORD = "Long-enough!Marmalade"
_PORTION = 10_000
_SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvz" for vowel in "aeiou"]
_GIVEN = (
    *(
        "Jane",
        "Tomasz",
        "Ana",
        "Bo",
        "Zoë",
        "José",
        "Ömer",
        "Siân",
        "Владимир",
        "Ελένη",
        "محمد",
        "נועה",
        "さくら",
        "伟",
    ),
    *("민준", "อรุณ", "अनन्या", "Ngọc", "🙂 Joy", "Z\u0335\u0321\u0322algo", "[/]", "[@click=app.quit]x", "İpek", "ﬁona"),
)
_FAMILY = (
    *("Doe", "Janek", "Janes", "Li", "O'Neil", "Müller-Lüdenscheidt", "da Silva", "Иванов", "Παπαδόπουλος", "الفاسي"),
    *("כהן", "佐藤", "王", "김", "ศรีสุข", "शर्मा", "Nguyễn", "van der Berg", "Þórsdóttir", "Ẁ" * 40, "<b>bold</b>", "%s"),
    *("\x1b[31mred", "\u202edrawkcab", "\x1b]52;c;aGk=\x07"),  # the core takes none of these; a database may hold them
)


def open_large(directory: Path, *, people: int, groups: int, resources: int, cost: Parameters = PRODUCTION) -> Services:
    """A new database with so many people, groups and resources in one contract."""
    data = directory / "data"
    settings = Settings(f"sqlite:///{data}/bartizan.db", directory / "keys" / "keys.json", data / "bartizan.log")
    services = open_services(settings, cost=cost)
    wanted = Registration("Large & Co", "Olga", "Owner", OWNER, PASSWORD, PASSWORD)
    services.registration.register(wanted, origin=Origin())
    with transaction(services.engine) as db:
        contract_id = db.exec(select(Contract.id)).one()
        owner_id = db.exec(select(Person.id)).one()
    random = Random(7)
    person_ids = _fill(services, Person, _people(random, contract_id, people))
    group_ids = _fill(services, Group, _groups(contract_id, groups))
    resource_ids = _fill(services, Resource, _resources(random, contract_id, owner_id, resources))
    _fill(services, Membership, _memberships(random, group_ids, person_ids))
    _fill(services, Share, _shares(random, group_ids, resource_ids))
    return services


def _fill(services: Services, table: Any, rows: Iterator[dict[str, Any]]) -> list[UUID]:
    ids: list[UUID] = []
    for portion in iter(lambda: list(islice(rows, _PORTION)), []):
        with transaction(services.engine) as db:
            db.connection().execute(insert(table), portion)
        ids += [row["id"] for row in portion if "id" in row]
    return ids


def _people(random: Random, contract_id: UUID, how_many: int) -> Iterator[dict[str, Any]]:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(how_many - 1):
        given, family = random.choice(_GIVEN), random.choice(_FAMILY)
        email = f"{_word(random)}.{_word(random)}{number}@example.com"
        has_factor, forced = random.random() < 0.6, random.random() < 0.3
        yield {
            "id": UUID(int=random.getrandbits(128), version=4),
            "contract_id": contract_id,
            "email": email,
            "email_norm": email,
            "given_name": given,
            "family_name": family,
            "name_norm": sort_name(given, family),
            "search_text": search_text(given, family, email),
            "role": "administrator" if random.random() < 0.1 else "user",
            "active": random.random() > 0.1,
            "force_sec_auth": forced,
            "sec_auth_forced": forced,
            "sec_auth_active": has_factor,
            "password_hash": None if random.random() < 0.1 else "none",
            "last_sign_in_at": began + timedelta(minutes=random.randrange(400_000)),
            "locked_until": began + timedelta(days=3650) if random.random() < 0.1 else None,
            "created_at": began,
            "last_step": -1,
            "told_steps": [],
        }


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=3))


def _groups(contract_id: UUID, how_many: int) -> Iterator[dict[str, Any]]:
    for number in range(how_many):
        name = f"Group {number:05}"
        row = Group(contract_id=contract_id, name=name, name_norm=folded(name), created_at=datetime.now(UTC))
        yield row.model_dump()


def _resources(random: Random, contract_id: UUID, owner_id: UUID, how_many: int) -> Iterator[dict[str, Any]]:
    cities = ("Karlsruhe", "Berlin", "名古屋", "Łódź", "Москва", "القاهرة", "São Paulo")
    for number in range(how_many):
        name = f"{random.choice(cities)}-{number}"
        row = Resource(
            contract_id=contract_id,
            kind=DATA_CENTER if number % 2 else SNAPSHOT,
            name=name,
            name_norm=folded(name),
            sec_auth_protection=random.random() < 0.3,
            creator_id=owner_id,
            created_at=datetime.now(UTC),
        )
        yield row.model_dump()


def _memberships(random: Random, groups: Sequence[UUID], people: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    """The first group has everybody; the others have some twenty each."""
    for place, group in enumerate(groups):
        members: Iterable[UUID] = people if place == 0 else set(random.choices(people, k=20))
        yield from ({"group_id": group, "person_id": person} for person in members)


def _shares(random: Random, groups: Sequence[UUID], resources: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    for place, group in enumerate(groups):
        shared: Iterable[UUID] = resources[:10] if place == 0 else set(random.choices(resources, k=10))
        yield from (
            {"group_id": group, "resource_id": resource, "edit_privilege": False, "share_privilege": False}
            for resource in (shared if resources else ())
        )


def main() -> None:
    directory, people = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    open_large(directory, people=people, groups=max(people // 100, 1), resources=max(people // 10, 1)).close()
    print(
        f"Look at it: BARTIZAN_DATABASE_URL=sqlite:///{directory}/data/bartizan.db "
        f"BARTIZAN_KEY_RING={directory}/keys/keys.json bartizan"
    )
    print(f"E-mail {OWNER}, password {PASSWORD}")


if __name__ == "__main__":
    main()
