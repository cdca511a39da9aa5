"""Another process that holds a session and calls every function that takes one, as often as it is told to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from core import permissions
from core.config import Settings
from core.errors import Fault, Refusal
from core.login_steps import Session
from core.services import Services
from tests.core.actors import SetClock
from tests.core.calling import called
from tests.core.racing import Crowd, crowd

FUNCTIONS = sorted(
    {"enrolment.begin", "enrolment.prove", "enrolment.confirm", "enrolment.leave"}
    | permissions.ON_HIMSELF
    | set(permissions.ON_PEOPLE)
    | set(permissions.ON_CONTRACT)
    | set(permissions.ON_RESOURCES)
)
"""Everything that is called with a session."""

Answers = dict[str, str]


@contextmanager
def elsewhere(settings: Settings) -> Iterator[Crowd]:
    """One other process."""
    with crowd(1, settings) as other:
        yield other


def answers(
    other: Crowd, clock: SetClock, session: Session, given: dict[str, Any], functions: Sequence[str] = FUNCTIONS
) -> Answers:
    """What each of these functions says there, to this session."""
    found: Answers = other.do(clock(), _call_all, [(session, given, list(functions))])[0]
    return found


def _call_all(services: Services, session: Session, given: dict[str, Any], functions: list[str]) -> Answers:
    return {function: _answer(services, function, session, given) for function in functions}


def _answer(services: Services, function: str, session: Session, given: dict[str, Any]) -> str:
    try:
        called(services, function, session, **given)
    except (Refusal, Fault) as refusal:
        return type(refusal).__name__
    return "done"
