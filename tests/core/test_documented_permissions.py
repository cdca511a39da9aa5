"""The tables of docs/administrators.md against the table that decides: what is promised there is what is allowed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from core.permissions import DESK, ON_CALLERS, ON_CONTRACT, ON_PEOPLE, ON_RESOURCES
from data.tables import ADMINISTRATOR, OWNER

GUIDE = Path(__file__).parents[2] / "docs" / "administrators.md"
PEOPLE = {"s": "oneself", "o": "owner", "a": "administrators", "u": "users"}
NOBODY = "—"
RIGHTS = ("oa", "c", "e", "s", "m", "p")
"""The columns of the table of resources, in the letters of `OnResource`."""

Rows = Mapping[str, tuple[str, ...]]


def table_under(heading: str) -> Rows:
    """The rows of the table below a heading of the guide, one for each of the acts that a first cell names."""
    below = GUIDE.read_text(encoding="utf-8").split(f"\n### {heading}\n")[1]
    lines = [line for line in below.split("\n#")[0].splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return once((act, *rest) for acts, *rest in rows for act in acts.split("; "))


def once(rows: Iterable[tuple[str, ...]]) -> Rows:
    """Rows by their first cells; functions of one act must not differ."""
    found: dict[str, tuple[str, ...]] = {}
    for act, *rest in rows:
        assert found.setdefault(act, tuple(rest)) == tuple(rest), act
    return found


def people(letters: str) -> str:
    return ", ".join(PEOPLE[letter] for letter in letters) or NOBODY


def ticks(letters: str, columns: Iterable[str]) -> tuple[str, ...]:
    return tuple("yes" if set(column) <= set(letters) else NOBODY for column in columns)


def of_people() -> Rows:
    return once(
        (rule.act, people(rule.owner.replace("o", "")), people(rule.administrator), people(rule.user))
        for function, rule in ON_PEOPLE.items()
        if not function.startswith("forecast.")
    )


def of_contract() -> Rows:
    return once(
        (rule.act, *("yes" if role in rule.roles else NOBODY for role in (OWNER, ADMINISTRATOR)))
        for function, rule in ON_CONTRACT.items()
        if not function.startswith("forecast.")
    )


def of_resources() -> Rows:
    rules = [rule for function, rule in ON_RESOURCES.items() if not function.startswith("forecast.")]
    rows = [(rule.act, *ticks(rule.rights, RIGHTS)) for rule in rules]
    return once(rows + [(f"{rule.act}, with edit", *ticks(rule.with_edit, RIGHTS)) for rule in rules if rule.with_edit])


def of_callers() -> Rows:
    withins: dict[str, list[str]] = {}
    for rule in ON_CALLERS.values():
        within = "at any time" if rule.within == DESK else rule.within
        if within not in withins.setdefault(rule.act, []):
            withins[rule.act].append(within)
    return {act: (", ".join(within),) for act, within in withins.items()}


@pytest.mark.parametrize(
    ("heading", "decides"),
    [
        ("People", of_people()),
        ("Contract and groups", of_contract()),
        ("Data centers and snapshots", of_resources()),
        ("Callers", of_callers()),
    ],
)
def test_the_guide_tells_who_may_do_what_as_it_is_decided(heading: str, decides: Rows) -> None:
    assert table_under(heading) == decides


def test_owner_and_administrators_have_one_column_for_resources_since_none_is_for_one_of_them_alone() -> None:
    assert all(("o" in rule.rights) == ("a" in rule.rights) for rule in ON_RESOURCES.values())


def test_whoever_may_do_an_act_to_people_may_see_its_forecast() -> None:
    forecasts = [rule for function, rule in ON_PEOPLE.items() if function.startswith("forecast.")]
    acts = {rule.act: rule for function, rule in ON_PEOPLE.items() if not function.startswith("forecast.")}

    assert all(rule == acts[rule.act] for rule in forecasts if rule.act in acts)
    assert len([rule for rule in forecasts if rule.act in acts]) > 3
