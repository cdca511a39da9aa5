"""How the User Manager draws its list: the columns, the filters' names, and the keys as the help tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from core.people import Filter
from tui.screens.panes.person_facts import second_factor, short_role, state
from tui.times import told
from tui.widgets.row_list import Column

if TYPE_CHECKING:
    from datetime import datetime

    from core.people import PersonRow

FILTERS = {
    Filter.ALL: "all",
    Filter.NO_SECOND_FACTOR: "no 2-factor",
    Filter.NOT_ENROLLED: "not enrolled",
    Filter.LOCKED: "locked",
    Filter.INVITED: "invited",
    Filter.INACTIVE: "inactive",
    Filter.ADMINISTRATORS: "administrators",
}
COLUMNS = (
    Column("Name", width=16, fraction=3),
    Column("E-mail", width=18, fraction=4),
    Column("Role", width=5),
    Column("2-Factor", width=8),
    Column("State", width=8),
    Column("Last login", width=15, min_columns=90),
)
KEYS_OF_THE_LIST = (
    ("space", "tick; an act is then done to all ticked"),
    ("enter, e", "details"),
    ("f, F", "force 2-factor, stop forcing it"),
    ("x, y", "deactivate, activate"),
    ("i", "invite somebody"),
    ("v, V", "next and previous filter"),
    ("o", "order by name or by e-mail"),
)


def cells(row: PersonRow, *, now: datetime) -> Sequence[str | Text]:
    """What stands in the columns for somebody."""
    last = told(row.last_sign_in_at, now=now) if row.last_sign_in_at else "never"
    return row.name, row.email, short_role(row.role), second_factor(row), state(row), last
