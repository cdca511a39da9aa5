"""The painter, where a character takes another width than one cell, and where terminals disagree on it."""

import re

import pytest
from pyte.screens import wcwidth
from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style

from tests.tui.painted import Painted, layout, span
from tui.hosting.cells import is_agreed

RED, ON_BLUE = Style(color="#ff0000"), Style(bgcolor="#0000ff")


@pytest.fixture
def painted() -> Painted:
    """A terminal of 20 by 4, painted with `one` and `two`."""
    terminal = Painted(20, 4)
    terminal.see("one", "two")
    return terminal


def test_half_a_wide_character_that_is_left_is_a_blank() -> None:
    painted = Painted(20, 4)
    painted.see("世界", "世界", "世界")

    painted.take(span(0, 1, "x", height=4))
    painted.take(span(1, 2, "x", height=4))
    painted.take(span(2, 1, "名", height=4))
    painted.show()

    assert painted.text == [" x界", "世x", " 名", ""]


def test_a_wide_character_has_no_place_in_the_last_column() -> None:
    painted = Painted(5, 4)

    painted.see("世界世", "abcd世")

    assert painted.text == ["世界", "abcd", "", ""]


def test_combining_characters_stay_with_what_they_stand_on() -> None:
    painted = Painted(20, 4)

    painted.see("ae\u0301z", "a世\u0301z")

    assert painted.text == ["aéz", "a世\u0301z", "", ""]


def test_no_cell_holds_more_than_a_few_characters(painted: Painted) -> None:
    assert len(painted.see("one", "e" + "\u0301" * 1000)) < 40
    assert len(painted.see("one", [Segment("a"), *[Segment("\u0301")] * 1000])) < 40


@pytest.mark.parametrize("odd", ["🙂", "e\u0301", "\u2764\ufe0f", "👩\u200d🚀", "क्ष"])
def test_behind_a_character_of_disputed_width_the_place_is_told_anew(painted: Painted, odd: str) -> None:
    frame = painted.see("one", f"{odd}tail")

    assert re.search(r"\x1b\[\d+G ?ta", frame)
    assert "\u200d" not in frame
    assert "\ufe0f" not in frame


def test_behind_the_last_column_no_move_counts_from_there() -> None:
    painted = Painted(5, 4)

    frame = painted.see("abcde", "fghij", cursor=(2, 1))

    assert painted.cursor == (2, 1)
    assert not re.search(r"[ej]\x1b\[\d*[CD]", frame)


def test_no_first_half_of_a_wide_character_is_erased_alone() -> None:
    painted = Painted(40, 4)
    painted.see(Segment("ab" + "世" * 10, ON_BLUE))

    painted.see([Segment("ab世" + " " * 11, ON_BLUE), Segment("x", RED), Segment(" " * 24, ON_BLUE)])

    assert painted.text[0] == "ab世           x"
    assert {cell.bg for cell in painted.cells()[0][:15]} == {"0000ff"}


def test_in_the_last_column_nothing_stands_above_a_character(painted: Painted) -> None:
    assert "\u0301" not in painted.see("one", f"{'a' * 19}q\u0301")


def test_only_of_characters_that_all_measure_alike_the_width_is_relied_on() -> None:
    relied_on = [char for char in map(chr, range(0x20, 0x30000)) if is_agreed(char) and get_character_cell_size(char)]

    assert len(relied_on) > 70_000
    assert [char for char in relied_on if get_character_cell_size(char) != wcwidth(char)] == []


def test_a_terminal_that_takes_a_wide_character_for_narrow_shows_all_others_as_they_are(painted: Painted) -> None:
    painted.see("one", "abcdefgh")
    painted.take(layout(20, 4, ["one", "ab🙂efgh"]))

    painted.write(painted.painter.frame().replace("🙂", "x"))

    assert painted.text == ["one", "abx efgh", "", ""]
