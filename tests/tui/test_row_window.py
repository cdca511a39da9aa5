"""The rows at hand around the cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.listing import PAGE_ROWS, Page, Stretch, Way
from tests.tui.numbers_list import Numbers
from tui.widgets.row_window import RowWindow


def window(page: Page[int]) -> RowWindow[int]:
    return RowWindow(page, key=lambda row: (row,), identity=lambda row: row)


def load(rows: RowWindow[int], numbers: Numbers, lines: int) -> None:
    while stretch := rows.wanted(lines):
        rows.put(stretch, numbers(stretch), lines=lines)


@given(
    steps=st.lists(st.integers(-300, 300), max_size=40),
    lines=st.integers(1, 100),
    length=st.integers(0, 2000),
)
def test_wherever_one_walks_the_cursor_is_seen_among_few_rows(steps: list[int], lines: int, length: int) -> None:
    numbers = Numbers(length)
    rows = window(numbers(Stretch()))
    load(rows, numbers, lines)
    expected = 0
    for step in steps:
        rest = step
        while rest:
            rest = rows.move(rest, lines=lines)
            load(rows, numbers, lines)
        expected = max(0, min(expected + step, length - 1))

        assert rows.current == (expected if length else None)
        assert rows.rows == list(range(rows.rows[0], rows.rows[-1] + 1)) if length else rows.rows == []
        assert rows.current in rows.seen(lines) or not length
        assert len(rows.seen(lines)) == min(lines, length)
        assert len(rows.rows) <= 5 * max(PAGE_ROWS, lines)


def test_what_is_far_away_is_dropped_and_comes_back() -> None:
    numbers = Numbers(1000)
    rows = window(numbers(Stretch()))
    for _ in range(500):
        rows.move(1, lines=20)
        load(rows, numbers, 20)

    assert rows.rows[0] > 300
    assert rows.before == (rows.rows[0],)

    for _ in range(500):
        rows.move(-1, lines=20)
        load(rows, numbers, 20)

    assert rows.current == 0
    assert rows.before is None
    assert rows.after is not None


def test_steps_beyond_what_is_at_hand_are_left_over() -> None:
    rows = window(Page(tuple(range(10)), None, (9,)))

    assert rows.move(25, lines=5) == 16
    assert rows.current == 9
    assert rows.move(-25, lines=5) == 0
    assert rows.current == 0


def test_a_row_that_moved_between_two_fetches_is_there_once() -> None:
    rows = window(Page((1, 2, 3), None, (3,)))

    rows.put(Stretch(Way.AFTER, (3,)), Page((4, 2, 5), (4,), None), lines=5)

    assert rows.rows == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("page", [Page[int]((), None, None), Page((1, 2, 3), None, (3,)), Page[int]((), None, (3,))])
def test_a_page_that_leads_nowhere_ends_the_list(page: Page[int]) -> None:
    """A row that is deleted while it is shown leaves a key behind which there is nothing."""
    rows = window(Page((1, 2, 3), None, (3,)))

    rows.put(Stretch(Way.AFTER, (3,)), page, lines=5)

    assert rows.wanted(5) is None
    assert rows.rows == [1, 2, 3]


def test_rows_put_in_front_move_nothing_that_is_seen() -> None:
    rows = window(Page(tuple(range(100, 164)), (100,), None))
    rows.put_cursor(12, line=2, lines=20)
    seen = rows.seen(20)

    rows.put(Stretch(Way.BEFORE, (100,)), Page(tuple(range(36, 100)), (36,), (99,)), lines=20)

    assert rows.seen(20) == seen
    assert rows.current == 112


def test_a_window_that_grows_shows_no_empty_lines() -> None:
    rows = window(Page(tuple(range(30)), None, None))
    rows.put_cursor(29, line=4, lines=5)

    rows.keep_in_sight(20)

    assert rows.seen(20) == list(range(10, 30))


def test_scrolling_leaves_the_cursor_on_its_row_while_it_can() -> None:
    rows = window(Page(tuple(range(30)), None, None))
    rows.put_cursor(4, line=4, lines=10)

    rows.scroll(3, lines=10)
    assert (rows.top, rows.current) == (3, 4)

    rows.scroll(3, lines=10)
    assert (rows.top, rows.current) == (6, 6)

    rows.scroll(-30, lines=10)
    assert (rows.top, rows.current) == (0, 6)
