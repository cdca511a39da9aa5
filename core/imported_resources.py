"""The resources of a file: which of them whoever imports may make, and making all of those together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, exists, select
from sqlmodel import col

from core import audit, permissions
from core.administration import Act, Desk
from core.errors import FieldRefused, GroupUnknown, NotAllowed, NotThere, Refusal
from core.importing import TOLD, KnownGroup, each_judged, known_groups, portions
from core.login_steps import Session
from core.names import folded, taken_name
from core.records import BadLine, Record, split, unmasked, yes_or_no
from core.resources import Kind, creates
from core.shares import Given
from data.group_tables import Group, Resource, Share
from data.staging import Stage

COLUMNS = ("kind", "name", "protected", "creator", "groups")
NEEDED = ("kind", "name")

_MOST_GROUPS = 100
_GIVEN = {"edit", "share"}


@dataclass(frozen=True)
class _Typed:
    """What a line says."""

    line: int
    kind: Kind
    name: str
    protected: bool
    shares: Mapping[str, tuple[str, Given]]
    """The groups' names and what they are given, by the form by which groups are found."""


@dataclass(frozen=True)
class ImportedResources:
    """Those of one file."""

    desk: Desk
    session: Session
    function: str
    stage: Stage | None

    @property
    def connection(self) -> Connection | None:
        """On which they wait; None where the file is tried only."""
        return self.stage.connection if self.stage else None

    def judge(self, rows: Sequence[Record]) -> list[BadLine]:
        """Let those of these rows wait that may be made; the others. What is not allowed is told to the audit."""
        typed, bad = each_judged(rows, _judged)
        good: list[_Typed] = []
        with self.desk.asking(self.session, self.function) as act:
            groups = known_groups(act, {norm for each in typed for norm in each.shares})
            kinds = _kinds(act)
            for each in typed:
                try:
                    _ask(act, each, groups, kinds)
                except Refusal as refusal:
                    bad.append(BadLine(each.line, refusal))
                else:
                    good.append(each)
            rows_made = [_row(act, each) for each in good]
        self._tell_denied([line for line in bad if isinstance(line.refusal, NotAllowed)])
        self._let_wait(good, rows_made, groups)
        return bad

    def conflicts(self, act: Act) -> list[BadLine]:
        """What waits and has become impossible."""
        resources, shares = self._waiting.waiting[Resource], self._waiting.waiting[Share]
        connection, kinds = act.db.connection(), _kinds(act)
        is_there = exists().where(col(Group.id) == shares.c.group_id, col(Group.contract_id) == act.contract_id)
        gone = select(shares.c.line).where(~is_there)
        bad: dict[int, Refusal] = dict.fromkeys(connection.execute(gone).scalars(), NotThere("group"))
        if kinds != set(Kind) or not _may_protect(act):
            query = select(resources.c.line, resources.c.kind, resources.c.sec_auth_protection)
            for line, kind, protected in connection.execute(query):
                if Kind(kind) not in kinds or (protected and not _may_protect(act)):
                    bad[line] = NotAllowed(permissions.words_of("resources.create"))
        return [BadLine(line, refusal) for line, refusal in bad.items()]

    def put_in(self, act: Act, but: Sequence[BadLine]) -> int:
        """Make everything that waits, but for those lines.

        Open ones are told to the audit many at a time, each protected one by itself: nobody who may not see it sees
        its event.
        """
        stage, connection = self._waiting, act.db.connection()
        stage.leave_out(connection, [each.line for each in but])
        for model in (Resource, Share):
            stage.put(connection, model)
        waiting = stage.waiting[Resource]
        columns = (waiting.c.line, waiting.c.id, waiting.c.kind, waiting.c.name, waiting.c.sec_auth_protection)
        rows = connection.execute(select(*columns).order_by(waiting.c.line)).all()
        groups = self._groups(connection)
        for portion in portions([row for row in rows if not row.sec_auth_protection], TOLD):
            # Without their lines, between which one could count the others.
            given = sorted({name for row in portion for name in groups[row.line]})
            act.tell("import resources", names=[row.name for row in portion], count=len(portion), groups=given)
        for row in rows:
            if row.sec_auth_protection:
                facts = {"kind": row.kind, "name": row.name, "groups": sorted(groups[row.line])}
                act.tell("import a protected resource", resource_id=row.id, line=row.line, **facts)
        return len(rows)

    def _groups(self, connection: Connection) -> dict[int, list[str]]:
        """The groups to which what waits is given, by name, for each line."""
        shares = self._waiting.waiting[Share]
        query = select(shares.c.line, col(Group.name)).join(Group, col(Group.id) == shares.c.group_id)
        found: dict[int, list[str]] = defaultdict(list)
        for line, name in connection.execute(query):
            found[line].append(name)
        return found

    def forget(self) -> None:
        """Let nothing wait any longer."""
        self._waiting.clear()

    @property
    def _waiting(self) -> Stage:
        assert self.stage is not None, "a trial puts nothing in"  # noqa: S101
        return self.stage

    def _let_wait(
        self, good: Sequence[_Typed], rows: Sequence[dict[str, Any]], groups: Mapping[str, KnownGroup]
    ) -> None:
        if self.stage is None:
            return
        self.stage.fill(Resource, rows)
        shares = [
            {
                "group_id": groups[norm].id,
                "resource_id": row["id"],
                "edit_privilege": given.edit,
                "share_privilege": given.share,
                "line": each.line,
            }
            for each, row in zip(good, rows, strict=True)
            for norm, (_, given) in each.shares.items()
        ]
        self.stage.fill(Share, shares)

    def _tell_denied(self, denied: Sequence[BadLine]) -> None:
        if not denied:
            return
        with self.desk.acting(self.session, self.function) as act:
            why = {"why": NotAllowed.__name__, "lines": [each.line for each in denied]}
            told = audit.Told(permissions.words_of(self.function), audit.DENIED, why)
            audit.record(act.db, act.keys, told, at=act.now, origin=act.who.origin, actor=act.who.person)


def _judged(row: Record) -> _Typed:
    """What a line says.

    Raises:
        FieldEmpty, FieldRefused: something that no resource can have.
    """
    kinds = {kind.value: kind for kind in Kind}
    kind = kinds.get(row.cells.get("kind", "").strip().casefold())
    if kind is None:
        raise FieldRefused("Kind", f"be {' or '.join(kinds)}")
    named = split(row.cells.get("groups", ""), ";")
    if len(named) > _MOST_GROUPS:
        raise FieldRefused("Groups", f"be at most {_MOST_GROUPS}")
    return _Typed(
        line=row.line,
        kind=kind,
        name=taken_name(row.cells.get("name", ""), field="Name"),
        protected=yes_or_no(row.cells.get("protected", ""), field="Protected"),
        shares=dict(map(_share, named)),
    )


def _share(said: str) -> tuple[str, tuple[str, Given]]:
    name, *given = map(unmasked, split(said, ":") or ("",))
    if not set(given) <= _GIVEN:
        raise FieldRefused("Groups", "be names, each with :edit and :share behind it or not")
    taken = taken_name(name, field="Group")
    return folded(taken), (taken, Given(edit="edit" in given, share="share" in given))


def _ask(act: Act, typed: _Typed, groups: Mapping[str, KnownGroup], kinds: set[Kind]) -> None:
    """Let pass what one may make, protect and share one by one; whoever makes a resource is its creator."""
    if typed.kind not in kinds:
        raise NotAllowed(permissions.words_of("resources.create"))
    if typed.protected and not _may_protect(act):
        raise NotAllowed(permissions.words_of("resources.protect"))
    if typed.shares:
        permissions.ask_on_resource("shares.share", act.who, "c")
        permissions.ask_about_edit("shares.share", act.who, "c")
    for norm, (name, _) in typed.shares.items():
        if norm not in groups:
            raise GroupUnknown(name)


def _kinds(act: Act) -> set[Kind]:
    """What one may create."""
    return {kind for kind in Kind if permissions.allows_on_resource("resources.create", act.who, creates(act, kind))}


def _may_protect(act: Act) -> bool:
    return permissions.allows_on_resource("resources.protect", act.who, "c")


def _row(act: Act, typed: _Typed) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "contract_id": act.contract_id,
        "kind": typed.kind.value,
        "name": typed.name,
        "name_norm": folded(typed.name),
        "sec_auth_protection": typed.protected,
        "creator_id": act.who.person.id,
        "created_at": act.now,
        "line": typed.line,
    }
