"""The lists of a contract with 1,000,000 people, 10,000 groups and 100,000 resources, against one with 1,000 people.

In both every filter fills a page: it is the same rows that are read.

Run by `python -m bench.user_manager [people]`. Every question is asked of the core as a screen asks it, session check
and all, of both contracts in turn; what is printed is the median time of each and their ratio.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argon2.profiles import CHEAPEST

from bench.large_contract import OWNER, PASSWORD, open_large
from core.listing import Stretch, Way
from core.login_steps import Session
from core.origin import Origin
from core.people import Filter, Order, PeopleView
from core.resources import Kind, ResourceView
from core.services import Services

ROUNDS = 40
SMALL = 1_000
BAR = 1.5
Question = Callable[[Services, Session], Any]


def main() -> None:
    large = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        contracts = []
        for people in (SMALL, large):
            print(f"filling a contract of {people:,} people …", file=sys.stderr)
            place = Path(directory, str(people))
            services = open_large(
                place, people=people, groups=max(people // 100, 100), resources=max(people // 10, 1000), cost=CHEAPEST
            )
            session = services.login.sign_in(OWNER, PASSWORD, origin=Origin())
            assert isinstance(session, Session)
            contracts.append((services, session))
        _compare(contracts)
        for services, _ in contracts:
            services.close()


def _compare(contracts: list[tuple[Services, Session]]) -> None:
    print(f"{'':44}{'1,000':>9} {'large':>9}   ratio  (bar: {BAR})")
    for name, question in _questions().items():
        small, large = _times(question, contracts)
        print(f"{name:44}{small * 1000:6.2f} ms {large * 1000:6.2f} ms   {large / small:5.2f}")


def _times(question: Question, contracts: list[tuple[Services, Session]]) -> tuple[float, float]:
    taken: list[list[float]] = [[] for _ in contracts]
    for _ in range(ROUNDS):
        for place, (services, session) in enumerate(contracts):
            started = time.perf_counter()
            question(services, session)
            taken[place].append(time.perf_counter() - started)
    small, large = (statistics.median(each) for each in taken)
    return small, large


def _questions() -> dict[str, Question]:
    found: dict[str, Question] = {}
    for order in Order:
        found[f"people by {order.value}: first page"] = _people(PeopleView(order=order))
        found[f"people by {order.value}: next page"] = _next_page(order)
        found[f"people by {order.value}: last page"] = _people(PeopleView(order=order), Stretch(Way.LAST))
    for filter_ in Filter:
        found[f"people, {filter_.value.replace('_', ' ')}: first page"] = _people(PeopleView(filter=filter_))
    for words in ("bakide", "tomasz janek ba", "名", "z", "doe", "ana", "nobody-at-all"):
        found[f"people, search “{words}”"] = _people(PeopleView(words))
    found["people, search “example” with no 2-factor"] = _people(PeopleView("example", Filter.NO_SECOND_FACTOR))
    found["people, count (stops at 10,000)"] = lambda services, who: services.people.count(who, PeopleView())
    found["groups: first page"] = lambda services, who: services.groups.page(who, "", Stretch())
    found["groups, search “00007”"] = lambda services, who: services.groups.page(who, "00007", Stretch())
    found["members of everybody's group: first page"] = _members("00000")
    found["members of a small group: first page"] = _members("00003")
    view = ResourceView(Kind.DATA_CENTER)
    found["data centers: first page"] = lambda services, who: services.resources.page(who, view, Stretch())
    searching = ResourceView(Kind.DATA_CENTER, "ruhe-77")
    found["data centers, search “ruhe-77”"] = lambda services, who: services.resources.page(who, searching, Stretch())
    return found


def _people(view: PeopleView, stretch: Stretch = Stretch()) -> Question:  # noqa: B008 - a constant
    return lambda services, who: services.people.page(who, view, stretch)


def _next_page(order: Order) -> Question:
    view = PeopleView(order=order)
    keys: dict[int, Any] = {}

    def ask(services: Services, who: Session) -> Any:
        key = keys.get(id(services))
        page = services.people.page(who, view, Stretch(Way.AFTER, key) if key else Stretch())
        keys[id(services)] = page.after
        return page

    return ask


def _members(number: str) -> Question:
    groups: dict[int, Any] = {}

    def ask(services: Services, who: Session) -> Any:
        if id(services) not in groups:
            groups[id(services)] = services.groups.page(who, number, Stretch()).rows[0].id
        return services.members.page(who, groups[id(services)], "", Stretch())

    return ask


if __name__ == "__main__":
    main()
