"""What there is to see in the sample contract beside the four people who can sign in: more people, groups, resources.

None of these people can sign in: nobody knows their passwords.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session as Transaction
from sqlmodel import col, select

from core import codes, throttle, totp
from core.access import decide_forced
from core.names import folded
from core.new_person import new_person
from core.services import Services
from core.tokens import new_token
from data.engine import transaction
from data.group_tables import DATA_CENTER, SNAPSHOT, Group, Membership, Resource, Share
from data.tables import ADMINISTRATOR, USER, AttemptCounter, Authenticator, Contract, Person

_PEOPLE = (
    # given, family, e-mail, role, what is special (on, forced, invited, inactive, locked), days since the last login
    ("Ana", "Janes", "ana.janes@example.com", ADMINISTRATOR, "", 1),
    ("Tomasz", "Janek", "t.janek@example.com", ADMINISTRATOR, "on", 3),
    ("Aisha", "Rahman", "aisha.rahman@example.com", USER, "on", 0),
    ("Björn", "Åkesson", "bjorn.akesson@example.com", USER, "on", 2),
    ("Chiara", "D'Angelo", "chiara@example.com", USER, "", 12),
    ("Dmitri", "Волков", "d.volkov@example.com", USER, "forced", 40),
    ("Élise", "Lefèvre", "elise.lefevre@example.com", USER, "on", 5),
    ("Farid", "حداد", "farid.haddad@example.com", USER, "", 9),
    ("Grace", "O'Neill", "grace.oneill@example.com", USER, "invited", -1),
    ("Hiroshi", "田中", "tanaka@example.com", USER, "on", 1),
    ("Ines", "Müller-Lüdenscheidt", "ines.mueller-luedenscheidt@example.com", USER, "", 200),
    ("João", "da Silva", "joao.dasilva@example.com", USER, "inactive", 400),
    ("Kwame", "Mensah", "kwame.mensah@example.com", USER, "locked", 4),
    ("Lena", "Vogt", "lena.vogt@example.com", USER, "forced", 30),
    ("Max", "Mustermann", "max@example.com", USER, "", 15),
    ("Ngozi", "Eze", "ngozi.eze@example.com", USER, "on", 7),
    ("Oleksandr", "Шевченко", "o.shevchenko@example.com", USER, "invited", -1),
    ("Priya", "Natarajan", "priya.n@example.com", USER, "on", 0),
)
_GROUPS = (
    # name, whether it forces 2-factor, its privileges, its members
    ("Auditors", False, ("access_activity_log",), ("chiara@example.com", "max@example.com")),
    (
        "Karlsruhe",
        False,
        ("create_data_center", "create_snapshot", "reserve_ip"),
        ("bo@example.com", "tanaka@example.com", "aisha.rahman@example.com", "kwame.mensah@example.com"),
    ),
    (
        "Operations",
        True,
        ("create_data_center", "create_snapshot", "access_activity_log", "create_k8s_cluster"),
        ("priya.n@example.com", "ngozi.eze@example.com", "ines.mueller-luedenscheidt@example.com"),
    ),
)
_RESOURCES = (
    # kind, name, protected, who made it, the groups that see it ("!" in front: and may edit and share)
    (DATA_CENTER, "Berlin-Test", False, "bo@example.com", ("Karlsruhe",)),
    (DATA_CENTER, "Frankfurt-1", True, "olivia@example.com", ("Operations",)),
    (DATA_CENTER, "Karlsruhe-1", False, "adam@example.com", ("!Karlsruhe", "Operations", "Auditors")),
    (DATA_CENTER, "Karlsruhe-2", True, "adam@example.com", ("Karlsruhe", "!Operations")),
    (DATA_CENTER, "Las Vegas", False, "priya.n@example.com", ("Operations",)),
    (SNAPSHOT, "Karlsruhe-1 before the move", False, "adam@example.com", ("Karlsruhe",)),
    (SNAPSHOT, "Mail, nightly", True, "adam@example.com", ("Operations", "Karlsruhe")),
)


def furnish(services: Services) -> None:
    """Put everybody and everything else into the sample contract."""
    now = services.now()
    nobodys = services.login.passwords.hash(new_token())
    with transaction(services.engine) as db:
        contract_id = db.exec(select(Contract.id)).one()
        for given, family, email, role, what, days in _PEOPLE:
            person = new_person(contract_id, email=email, given_name=given, family_name=family, role=role, now=now)
            _make_special(services, db, person, what, password_hash=nobodys, now=now)
            person.last_sign_in_at = now - timedelta(days=days) if days >= 0 else None
        known = {person.email: person.id for person in db.exec(select(Person))}
        groups = {group.name: group.id for group in _groups(db, contract_id, known, now=now)}
        for kind, name, protected, creator, shared_with in _RESOURCES:
            resource = Resource(
                contract_id=contract_id,
                kind=kind,
                name=name,
                name_norm=folded(name),
                sec_auth_protection=protected,
                creator_id=known[creator],
                created_at=now,
            )
            db.add(resource)
            db.flush()
            db.add_all(_share(groups, resource, of) for of in shared_with)
        db.flush()
        decide_forced(db, col(Person.contract_id) == contract_id)


def _make_special(
    services: Services, db: Transaction, person: Person, what: str, *, password_hash: str, now: datetime
) -> None:
    if what != "invited":
        person.password_hash = password_hash
        person.password_changed_at = now
    person.active = what != "inactive"
    person.sec_auth_active = what == "on"
    if what == "forced":
        person.force_sec_auth, person.forced_by = True, "Olivia Owner"
    if what == "locked":
        person.locked_until = now + timedelta(minutes=25)
    db.add(person)
    db.flush()
    if what == "on":
        sealed = codes.seal_secret(services.keys, "authenticator", person.id, totp.new_secret())
        db.add(Authenticator(person_id=person.id, secret_sealed=sealed, confirmed_at=now - timedelta(days=60)))
    if what == "locked":
        subject = services.keys.keyed_hash("throttle", person.email_norm.encode())
        db.add(
            AttemptCounter(
                secret=throttle.PASSWORD.secret,
                subject=subject,
                lane=throttle.ELSEWHERE,
                recent=12,
                recent_since=now,
                today=12,
                today_since=now,
                free_at=now + timedelta(minutes=25),
            )
        )


def _groups(db: Transaction, contract_id: UUID, people: dict[str, UUID], *, now: datetime) -> list[Group]:
    made = []
    for name, forces, privileges, members in _GROUPS:
        group = Group(
            contract_id=contract_id,
            name=name,
            name_norm=folded(name),
            force_sec_auth=forces,
            forced_by="Olivia Owner" if forces else None,
            created_at=now,
        )
        for privilege in privileges:
            setattr(group, privilege, True)
        db.add(group)
        db.flush()
        db.add_all(Membership(group_id=group.id, person_id=people[email]) for email in members)
        made.append(group)
    return made


def _share(groups: dict[str, UUID], resource: Resource, of: str) -> Share:
    may_more = of.startswith("!")
    return Share(
        group_id=groups[of.removeprefix("!")],
        resource_id=resource.id,
        edit_privilege=may_more,
        share_privilege=may_more,
    )
