"""The people of a contract, as the User Manager lists them."""

import pytest

from core.listing import Stretch
from core.login_steps import Session
from core.people import PeopleView
from core.services import Services
from tests.core.actors import SetClock, new_person


def _found(services: Services, session: Session, search: str) -> list[str]:
    return [row.name for row in services.people.page(session, PeopleView(search), Stretch()).rows]


@pytest.mark.parametrize("search", ["ada", "love", "LOVELACE, Ada", "ada@ex", "lo", "l", "ad love", "ada@example.com love"])
def test_a_search_finds_pieces_of_names_and_addresses(
    services: Services, session: Session, clock: SetClock, search: str
) -> None:
    new_person(services, clock, email="ada@example.com", given_name="Ada", family_name="Lovelace")

    assert _found(services, session, search) == ["Lovelace, Ada"]
