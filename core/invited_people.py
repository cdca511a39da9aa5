"""The people of a file: who of them can be invited, and inviting all of those together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, exists, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from core import access, audit, password_codes, permissions
from core.administration import Act, Desk
from core.emails import email_norm, taken_email
from core.errors import EmailTaken, FieldRefused, GroupUnknown, NotThere, Refusal, RepeatedInFile
from core.importing import TOLD, KnownGroup, each_judged, known_groups, portions
from core.login_steps import Session
from core.mail import outbox
from core.names import folded, taken_name
from core.new_person import derived, new_person
from core.origin import Origin
from core.password_codes import ACTIVATION, IssuedCode
from core.records import BadLine, Record, listed, yes_or_no
from data.group_tables import Group, Membership
from data.staging import Stage
from data.tables import ADMINISTRATOR, USER, OutgoingMail, PasswordCode, Person

COLUMNS = (
    "email", "given_name", "family_name", "role", "force", "groups", "active", "second_factor", "forced", "last_sign_in"
)  # fmt: skip
"""Those that the export writes; the last three are nothing that one could import."""

NEEDED = ("email", "given_name", "family_name")
_MOST_GROUPS = 100


@dataclass(frozen=True)
class _Typed:
    """What a line says, as far as the line alone can be judged."""

    line: int
    email: str
    norm: str
    given_name: str
    family_name: str
    role: str
    force: bool
    groups: Mapping[str, str]
    """The names, by the form by which groups are found."""


@dataclass
class InvitedPeople:
    """Those of one file."""

    desk: Desk
    session: Session
    function: str
    stage: Stage | None
    hand_out: Callable[[Sequence[IssuedCode]], object] | None
    by_mail: bool = False
    """Whether each gets his code by mail."""

    _lines: dict[str, int] = field(default_factory=dict)
    """Where each address stands that can be taken."""

    @property
    def connection(self) -> Connection | None:
        """On which they wait; None where the file is tried only."""
        return self.stage.connection if self.stage else None

    def judge(self, rows: Sequence[Record]) -> list[BadLine]:
        """Let those of these rows wait who can be invited; the others.

        Whose address somebody has already is told to the audit: a file asks about more of them than a person would.
        """
        typed, bad = each_judged(rows, _judged)
        with self.desk.asking(self.session, self.function) as act:
            groups = known_groups(act, {norm for each in typed for norm in each.groups})
            taken = _taken(act.db, [each.norm for each in typed])
            common = {"contract_id": act.contract_id, "forced_by": act.name, "created_at": act.now}
            origin = act.who.origin
        good: list[_Typed] = []
        for each in typed:
            try:
                self._ask(each, groups, taken)
            except Refusal as refusal:
                bad.append(BadLine(each.line, refusal))
            else:
                good.append(each)
        self._tell_taken([each.email for each in typed if each.norm in taken])
        self._let_wait(good, groups, common, origin)
        return bad

    def conflicts(self, act: Act) -> list[BadLine]:
        """Who waits and has become impossible."""
        people, memberships = self._waiting.waiting[Person], self._waiting.waiting[Membership]
        taken = select(people.c.line, people.c.email).join(Person, col(Person.email_norm) == people.c.email_norm)
        is_there = exists().where(col(Group.id) == memberships.c.group_id, col(Group.contract_id) == act.contract_id)
        connection = act.db.connection()
        found = connection.execute(taken).all()
        bad: dict[int, Refusal] = dict.fromkeys(
            connection.execute(select(memberships.c.line).where(~is_there)).scalars(), NotThere("group")
        )
        bad |= {row.line: EmailTaken() for row in found}
        _tell_taken(act, [row.email for row in found])
        return [BadLine(line, refusal) for line, refusal in bad.items()]

    def put_in(self, act: Act, but: Sequence[BadLine]) -> int:
        """Invite everybody who waits, but for those."""
        stage, connection = self._waiting, act.db.connection()
        stage.leave_out(connection, [each.line for each in but])
        people = stage.waiting[Person]
        for model in (Person, Membership, PasswordCode, OutgoingMail):
            stage.put(connection, model)
        access.decide_forced(act.db, col(Person.id).in_(select(people.c.id)))
        columns = (people.c.line, people.c.email, people.c.role, people.c.force_sec_auth)
        rows = connection.execute(select(*columns).order_by(people.c.line)).all()
        for portion in portions(rows, TOLD):
            act.tell("import people", **self._told(connection, portion))
        return len(rows)

    def _told(self, connection: Connection, portion: Sequence[Any]) -> dict[str, Any]:
        """What the audit is told of people: what an invitation of each would have told."""
        first, last = portion[0].line, portion[-1].line
        memberships = self._waiting.waiting[Membership]
        joined = (
            select(col(Group.name))
            .join(memberships, memberships.c.group_id == col(Group.id))
            .where(memberships.c.line.between(first, last))
            .distinct()
        )
        return {
            "people": [row.email for row in portion],
            "count": len(portion),
            "lines": f"{first} to {last}",
            "administrators": [row.email for row in portion if row.role == ADMINISTRATOR],
            "forced": [row.email for row in portion if row.force_sec_auth],
            "groups": sorted(connection.execute(joined).scalars()),
        }

    def forget(self) -> None:
        """Let nobody wait any longer."""
        self._waiting.clear()

    @property
    def _waiting(self) -> Stage:
        assert self.stage is not None, "a trial puts nothing in"  # noqa: S101
        return self.stage

    def _ask(self, typed: _Typed, groups: Mapping[str, KnownGroup], taken: set[str]) -> None:
        if typed.norm in self._lines:
            raise RepeatedInFile(self._lines[typed.norm])
        if typed.norm in taken:
            raise EmailTaken
        for norm, name in typed.groups.items():
            if norm not in groups:
                raise GroupUnknown(name)
        self._lines[typed.norm] = typed.line

    def _tell_taken(self, emails: Sequence[str]) -> None:
        if emails:
            with self.desk.acting(self.session, self.function) as act:
                _tell_taken(act, emails)

    def _let_wait(
        self, good: Sequence[_Typed], groups: Mapping[str, KnownGroup], common: Mapping[str, Any], origin: Origin
    ) -> None:
        if self.stage is None:
            return
        rows = [_row(each, groups, common) for each in good]
        self.stage.fill(Person, rows)
        memberships = [
            {"group_id": groups[norm].id, "person_id": row["id"], "line": each.line}
            for each, row in zip(good, rows, strict=True)
            for norm in each.groups
        ]
        self.stage.fill(Membership, memberships)
        if self.by_mail:
            now = common["created_at"]
            mails = [outbox.row_of(row["id"], ACTIVATION, origin=origin, now=now) for row in rows]
            self.stage.fill(
                OutgoingMail, [{**mail, "line": row["line"]} for mail, row in zip(mails, rows, strict=True)]
            )
        if self.hand_out is not None:
            now = common["created_at"]
            made = [password_codes.made(self.desk.keys, row["id"], row["email"], ACTIVATION, now=now) for row in rows]
            lines = [{**code, "line": row["line"]} for row, (_, code) in zip(rows, made, strict=True)]
            self.stage.fill(PasswordCode, lines)
            self.hand_out([issued for issued, _ in made])


def _judged(row: Record) -> _Typed:
    """What a line says.

    Raises:
        FieldEmpty, FieldRefused: something that no person can have.
    """
    email = taken_email(row.cells.get("email", ""))
    role = row.cells.get("role", "").strip().casefold() or USER
    if role not in {USER, ADMINISTRATOR}:
        raise FieldRefused("Role", "be user or administrator")
    if row.cells.get("active", "") and not yes_or_no(row.cells["active"], field="Active"):
        raise FieldRefused("Active", "be yes: nobody is invited in order to be deactivated")
    groups = listed(row.cells.get("groups", ""))
    if len(groups) > _MOST_GROUPS:
        raise FieldRefused("Groups", f"be at most {_MOST_GROUPS}")
    return _Typed(
        line=row.line,
        email=email,
        norm=email_norm(email),
        given_name=taken_name(row.cells.get("given_name", ""), field="Given name"),
        family_name=taken_name(row.cells.get("family_name", ""), field="Family name"),
        role=role,
        force=yes_or_no(row.cells.get("force", ""), field="Force"),
        groups={folded(taken_name(name, field="Group")): name for name in groups},
    )


def _taken(db: Transaction, norms: Sequence[str]) -> set[str]:
    """Those of these addresses that somebody has, in whatever contract."""
    query = select(col(Person.email_norm)).where(col(Person.email_norm).in_(norms))
    return set(db.connection().execute(query).scalars()) if norms else set()


def _tell_taken(act: Act, emails: Sequence[str]) -> None:
    for portion in portions(emails, TOLD):
        why = {"why": EmailTaken.__name__, "people": list(portion), "count": len(portion)}
        told = audit.Told(permissions.words_of(act.function), audit.DENIED, why)
        audit.record(act.db, act.keys, told, at=act.now, origin=act.who.origin, actor=act.who.person)


def _row(typed: _Typed, groups: Mapping[str, KnownGroup], common: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_EMPTY,
        **common,
        **derived(typed.email, typed.given_name, typed.family_name),
        "id": uuid4(),
        "email": typed.email,
        "given_name": typed.given_name,
        "family_name": typed.family_name,
        "role": typed.role,
        "force_sec_auth": typed.force,
        "forced_by": common["forced_by"] if typed.force else None,
        "sec_auth_forced": typed.force or any(groups[norm].force_sec_auth for norm in typed.groups),
        "line": typed.line,
    }


_EMPTY = new_person(None, email="", given_name="", family_name="", role="", now=datetime.min).model_dump()  # noqa: DTZ901
