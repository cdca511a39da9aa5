"""Calls any function of the permission table, whatever it wants to be given."""

import collections.abc
import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, get_type_hints
from uuid import UUID, uuid4

from core.activity import ActivityFilter
from core.errors import Denied, NotThere, Refusal
from core.importing import Watch
from core.invitations import Invitation
from core.last_visit import Seen
from core.listing import Stretch
from core.people import PeopleView
from core.resources import Kind, ResourceView
from core.services import Services
from core.shares import Given
from core.sight import SightFilter


def method_of(services: Services, function: str) -> Any:
    """The method that the table calls `service.method`."""
    service, _, name = function.partition(".")
    return getattr(getattr(services, service), name)


def public_functions(services: Services) -> Iterator[str]:
    """Every public method of every service."""
    for each in fields(services):
        service = getattr(services, each.name)
        if is_dataclass(service) and type(service).__module__.startswith("core."):
            for name, _ in inspect.getmembers(service, inspect.ismethod):
                if not name.startswith("_"):
                    yield f"{each.name}.{name}"


def outcome(services: Services, function: str, session: Any, **given: Any) -> str:
    """What a function says to these arguments: allowed, NotAllowed or NotThere."""
    try:
        called(services, function, session, **given)
    except Denied as denial:
        if isinstance(denial, NotThere):
            return "NotThere" if denial.what in {"person", "group", "resource", "contract"} else "allowed"
        return "NotAllowed"
    except Refusal:
        return "allowed"  # what he may do cannot be done just now
    return "allowed"


def called(services: Services, function: str, session: Any, **given: Any) -> Any:
    """Call a function with these arguments where it has them, and something for each of the others."""
    method = method_of(services, function)
    hints = get_type_hints(method)
    names = list(inspect.signature(method).parameters)[1:]
    arguments = {each: given[each] if each in given else something(each, hints[each]) for each in names}
    return method(session, **arguments)


def something(name: str, kind: Any) -> Any:
    """An argument that is taken, of whatever kind."""
    by_name: dict[str, Any] = {
        "lines": [],
        "email": f"new-{uuid4()}@example.com",
        "privileges": ["reserve_ip"],
        "said": "480193",
    }
    by_kind = {
        str: "Something",
        UUID: uuid4(),
        Stretch: Stretch(),
        ActivityFilter: ActivityFilter.ALL,
        Seen: Seen(0, datetime(2026, 3, 2, tzinfo=UTC)),
        PeopleView: PeopleView(),
        ResourceView: ResourceView(Kind.DATA_CENTER),
        Kind: Kind.DATA_CENTER,
        Given: Given(),
        SightFilter: SightFilter.ALL,
        Watch: Watch(),
        Invitation: Invitation(f"new-{uuid4()}@example.com", "New", "Person"),
    }
    if name in by_name:
        return by_name[name]
    if name in {"person_ids", "groups"} or collections.abc.Collection in {kind}:
        return []
    return by_kind[kind]
