"""Kill -9 at any moment of registration, enrolment or a change of password: the person signs in as before or as after.

The process kills itself at a call or return that a seeded draw picks, so each run dies at the same places.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from core.config import Settings
from core.errors import AlreadyRegistered, WrongCredentials
from core.login_steps import CodeNeeded, Session
from core.registration import Registration
from core.services import Services, open_services
from tests.core import acts
from tests.core.actors import CONSOLE, PASSWORD, SetClock, Someone, new_person
from tests.core.racing import Act, killed
from tests.postgres import Server

NEW_PASSWORD = "Other-Lantern,43"
DEATHS = 40


def test_killed_while_changing_the_password_the_old_or_the_new_one_opens(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    ends = set()

    for place in _places(settings, clock, lambda: _change(owner, clock)):
        person, order = _change(owner, clock)
        clean = killed(settings, clock(), acts.change_password, *order, at_event=place)
        ends.add((clean is None, _opens_with(person, PASSWORD), _opens_with(person, NEW_PASSWORD)))

    assert ends - {(False, False, True)} == {(True, True, False), (True, False, True)}


def test_killed_while_confirming_the_second_factor_the_password_alone_or_with_a_code_opens(
    owner: Someone, settings: Settings, clock: SetClock
) -> None:
    ends = []

    for place in _places(settings, clock, lambda: _confirm(owner, clock), acts.confirm_enrolment):
        person, order = _confirm(owner, clock)
        killed(settings, clock(), acts.confirm_enrolment, *order, at_event=place)
        step = person.gives_password()
        if isinstance(step, CodeNeeded):
            person.services.login.give_recovery_code(step, person.recovery_codes[1])
            step = person.services.login.give_code(person.owes_code(), person.code())
        ends.append(step.second_factor if isinstance(step, Session) else None)

    assert set(ends) == {True, False}


def test_killed_at_the_first_start_the_next_one_registers_or_signs_in(
    empty_places: Callable[[], Settings], wanted: Registration, clock: SetClock
) -> None:
    events = killed(empty_places(), clock(), acts.first_start, wanted, clock, at_event=0)
    assert events is not None

    for place in _drawn(events, 20):
        settings = empty_places()
        killed(settings, clock(), acts.first_start, wanted, clock, at_event=place)
        services = open_services(settings, now=clock, cost=CHEAPEST)
        with suppress(AlreadyRegistered):
            services.registration.register(wanted, origin=CONSOLE)
        step = services.login.sign_in(wanted.email, PASSWORD, origin=CONSOLE)
        services.close()
        assert isinstance(step, Session)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Settings]]:
    """Makes settings of machines on which nothing was started yet."""
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made: list[str] = []

    def empty_place() -> Settings:
        home = tmp_path / str(len(made))
        name = server.create() if server else str(home)
        made.append(name)
        url = server.address(name) if server else f"sqlite:///{home}/private/bartizan.db"
        return Settings(url, home / "keys" / "keyring.json", home / "bartizan.log")

    yield empty_place
    for name in made:
        if server:
            server.drop(name)
        else:
            shutil.rmtree(name)


def _places(
    settings: Settings,
    clock: SetClock,
    prepared: Callable[[], tuple[Someone, tuple[object, ...]]],
    act: Act = acts.change_password,
) -> list[int]:
    """Where to die, drawn from the calls and returns that the whole act has."""
    _, order = prepared()
    events = killed(settings, clock(), act, *order, at_event=0)
    assert events is not None
    return _drawn(events, DEATHS)


def _drawn(events: int, count: int) -> list[int]:
    """Half from the whole act, and half from its end, where it is committed and told."""
    draw = random.Random(42)  # the same places in each run
    spans = (range(1, events), range(events * 9 // 10, events), range(events - 50, events))
    shares = (count // 2, count // 4, count // 4)
    return sorted(place for span, share in zip(spans, shares, strict=True) for place in draw.sample(span, share))


def _change(owner: Someone, clock: SetClock) -> tuple[Someone, tuple[object, ...]]:
    person = _someone_new(owner.services, clock)
    return person, (person.signs_in(), PASSWORD, NEW_PASSWORD)


def _confirm(owner: Someone, clock: SetClock) -> tuple[Someone, tuple[object, ...]]:
    person = _someone_new(owner.services, clock)
    session = person.signs_in()
    person.scans(session)
    person.recovery_codes = owner.services.enrolment.prove(session, person.code())
    return person, (session, person.recovery_codes[0])


def _someone_new(services: Services, clock: SetClock) -> Someone:
    clock.advance(seconds=1)
    return new_person(services, clock, email=f"person{clock().timestamp():.0f}@example.com")


def _opens_with(person: Someone, password: str) -> bool:
    person.password = password
    try:
        person.gives_password()
    except WrongCredentials:
        return False
    return True
