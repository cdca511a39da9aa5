"""Where a console is, in one line."""

import pytest

from core.origin import Origin
from tui.places import place

KEY = "SHA256:uNiVztksCsDhcc0u9e8BrDZPWpcACJwxoaLXTRS7QjM"


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin(), "unknown"),
        (Origin("bastion1"), "bastion1"),
        (Origin("bastion1", "pts/3", "olga"), "olga on bastion1"),
        (Origin("bastion1", "pts/3", "olga", "192.0.2.7 (unverified)"), "192.0.2.7, olga on bastion1"),
        (Origin("bastion1", "pts/3", "olga", "192.0.2.7", KEY), "192.0.2.7, olga on bastion1, key uNiVztksCsDh…"),
        (Origin(key=KEY), "key uNiVztksCsDh…"),
    ],
)
def test_a_place_is_told_as_far_as_it_is_known(origin: Origin, told: str) -> None:
    assert place(origin) == told
