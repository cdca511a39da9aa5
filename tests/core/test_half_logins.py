"""Half a login opens nothing: every public method of every service refuses it, but those that complete it."""

import collections.abc
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, cast, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import pytest

from core import permissions
from core.errors import LoginExpired, Refusal, SessionOver
from core.login_steps import CodeNeeded, EnrolmentNeeded, Session
from core.services import Services
from tests.core.actors import SetClock, Someone, everything_unchanged, new_person

HALVES = {CodeNeeded, EnrolmentNeeded}
IDEMPOTENT = {"sign_out", "leave"}
COMPLETING = {
    CodeNeeded: {"login.give_code", "login.give_recovery_code", "login.use_reset"},
    EnrolmentNeeded: {"enrolment.begin", "enrolment.prove", "enrolment.confirm", "enrolment.leave"},
}
METHODS = sorted(
    permissions.HALF_SIGNED_IN
    | permissions.ON_HIMSELF
    | permissions.ON_PEOPLE.keys()
    | permissions.ON_CONTRACT.keys()
    | permissions.ON_RESOURCES.keys()
    | permissions.ON_CALLERS.keys()
)


def _taking_somebody(services: Services) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public method that takes a session or half a login, by its full name."""
    for field in fields(services):
        service = getattr(services, field.name)
        if not is_dataclass(service) or not type(service).__module__.startswith("core."):
            continue
        for name, method in inspect.getmembers(service, inspect.ismethod):
            if not name.startswith("_") and _takes_somebody(method):
                yield f"{field.name}.{name}", method


def _takes_somebody(method: Callable[..., Any]) -> bool:
    hints = {name: hint for name, hint in get_type_hints(method).items() if name != "return"}
    if hints == {"of": Sequence[Session]}:  # many of them at once: see below
        return False
    return any({hint, *get_args(hint)} & {Session, *HALVES} for hint in hints.values())


def _arguments(method: Callable[..., Any]) -> dict[str, Any]:
    """Something for each other argument: a text that passes the checks of form that come first, somebody's id."""
    typed = {"code": "123456", "pin": "480193", "repeated": "480193", "said": "480193"}
    if method.__name__ == "change_password":
        typed = {"new": "Other-Lantern,43", "repeated": "Other-Lantern,43"}
    hints = get_type_hints(method)
    names = list(inspect.signature(method).parameters)[1:]
    return {name: typed.get(name) or _something(hints[name]) for name in names}


def _something(kind: Any) -> Any:
    """A value of a type, whatever it is."""
    of, *_ = get_args(kind) or (None,)
    if get_origin(kind) in {Collection, Sequence, Set, tuple, frozenset}:
        value: Any = [_something(of)]
    elif get_origin(kind) is collections.abc.Callable:
        value = lambda *_: None  # noqa: E731
    elif of is not None:
        value = _something(of)
    elif kind in {Any, str}:
        value = "something"
    elif issubclass(kind, datetime):
        value = datetime(2026, 3, 2, tzinfo=UTC)
    elif issubclass(kind, UUID):
        value = uuid4()
    elif issubclass(kind, Enum):
        value = next(iter(kind))
    else:
        value = kind(**{name: _something(hint) for name, hint in get_type_hints(kind).items()})
    return value


@pytest.fixture(params=[CodeNeeded, EnrolmentNeeded])
def half(request: pytest.FixtureRequest, protected: Someone, clock: SetClock) -> CodeNeeded | EnrolmentNeeded:
    forced = new_person(protected.services, clock, email="ulf@example.com", force_sec_auth=True)
    return protected.owes_code() if request.param is CodeNeeded else forced.owes_enrolment()


def test_the_methods_that_take_somebody_are_these(services: Services) -> None:
    assert sorted(name for name, _ in _taking_somebody(services)) == METHODS


def test_half_a_login_is_refused_by_all_that_do_not_complete_it(
    services: Services, half: CodeNeeded | EnrolmentNeeded
) -> None:
    refused = []

    for name, method in _taking_somebody(services):
        if name in COMPLETING[type(half)]:
            continue
        with everything_unchanged(services):
            try:
                method(half, **_arguments(method))
            except (SessionOver, LoginExpired):
                refused.append(name)

    silent = {name for name in METHODS if name.partition(".")[2] in IDEMPOTENT}
    assert set(METHODS) - COMPLETING[type(half)] - silent == set(refused)


def test_half_a_login_among_sessions_that_are_asked_about_together_is_refused(
    services: Services, protected: Someone, half: CodeNeeded | EnrolmentNeeded
) -> None:
    session = protected.signs_in()

    theirs, other = services.own_calls.heard_all([session, cast("Session", half)])

    assert not isinstance(theirs, Refusal)
    assert isinstance(other, SessionOver)


def test_only_one_question_is_about_many_sessions(services: Services) -> None:
    services_of_core = [
        (field.name, getattr(services, field.name))
        for field in fields(services)
        if type(getattr(services, field.name)).__module__.startswith("core.")
    ]
    methods = (
        f"{service}.{name}"
        for service, methods in services_of_core
        for name, method in inspect.getmembers(methods, inspect.ismethod)
        if not name.startswith("_") and Sequence[Session] in get_type_hints(method).values()
    )

    assert list(methods) == ["own_calls.heard_all"]


def test_a_token_of_half_a_login_dressed_up_as_a_session_is_refused(
    services: Services, protected: Someone, half: CodeNeeded | EnrolmentNeeded
) -> None:
    dressed = Session(half.token, protected.signs_in().person_id, second_factor=True)

    with pytest.raises(SessionOver):
        services.account.account(dressed)


def test_half_a_login_shows_its_token_nowhere(half: CodeNeeded | EnrolmentNeeded) -> None:
    assert half.token not in repr(half)
