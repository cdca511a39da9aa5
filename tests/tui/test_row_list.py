"""What the keys of a list do, and when it fetches what."""

from datetime import UTC, datetime

import pytest
from textual import events
from textual.screen import Screen

from core.errors import Fault, WrongCode
from core.listing import PAGE_ROWS, Key, Page, Stretch
from tests.tui.list_app import ListApp, at, typed, until
from tests.tui.numbers_list import Numbers
from tui.widgets.row_list import RowList

SIZES = [(20, 5), (80, 24), (300, 100)]


async def test_a_list_opens_on_its_first_row_and_says_so_once() -> None:
    app = ListApp(Numbers(1000))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        await typed(pilot, "down", "down")
        await until(pilot, lambda: app.moved() == [0, 1, 2])


async def test_keys_reach_every_row() -> None:
    app = ListApp(Numbers(1_000_000))
    async with app.run_test(size=(80, 24)) as pilot:
        for keys, row in (
            (("down", "j", "up"), 1),
            (("k", "k"), 0),
            (("pagedown",) * 30, 30 * 22),
            (("pageup",) * 10, 20 * 22),
            (("end",), 999_999),
            (("up", "pageup"), 999_999 - 23),
            (("end", "down"), 999_999),
            (("home", "enter"), 0),
        ):
            await typed(pilot, *keys)
            await at(pilot, app, row)

        await until(pilot, lambda: app.chosen() == [0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [("down",), ("pagedown",), ("end", "pageup"), ("pagedown", "pagedown", "pageup")])
async def test_however_far_one_walks_few_rows_are_at_hand(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    app = ListApp(Numbers(1_000_000))
    async with app.run_test(size=size) as pilot:
        await at(pilot, app, 0)
        for _ in range(40):
            await typed(pilot, *keys)

            window = app.list._walk.window
            assert window is not None
            assert len(window.rows) <= 5 * max(PAGE_ROWS, size[1])


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
async def test_walking_asks_for_as_many_pages_as_one_sees_however_long_the_list(rows: int) -> None:
    numbers = Numbers(rows)
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await typed(pilot, *["down"] * 200, *["pagedown"] * 20)
        await at(pilot, app, 200 + 20 * 22)
        await until(pilot, lambda: app.list._loader is None)

    assert len(numbers.asked) <= 640 // PAGE_ROWS + 2


# Slow lines


async def test_what_is_typed_before_the_first_page_is_done_when_it_is_there() -> None:
    numbers = Numbers(1000)
    numbers.hold()
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await typed(pilot, "down", "down", "space", "up", "enter")
        assert app.lines()[0].split() == ["Number", "Name", "Note"]
        numbers.open.set()

        await until(pilot, lambda: app.chosen() == [1])
        assert app.list.ticked == (2,)


async def test_moving_past_what_is_loaded_stops_at_the_edge_and_goes_on_when_the_page_is_there() -> None:
    numbers = Numbers(1000)
    app = ListApp(numbers)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, app, 0)
        numbers.hold()
        await typed(pilot, *["pagedown"] * 7)
        assert app.list.current == PAGE_ROWS - 1
        await typed(pilot, "enter", "up")
        assert app.list.current == PAGE_ROWS - 1
        numbers.open.set()

        await until(pilot, lambda: app.chosen() == [7 * 22])
        await at(pilot, app, 7 * 22 - 1)


async def test_end_waits_for_the_last_page_and_home_for_the_first() -> None:
    numbers = Numbers(1000)
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        for key, row in (("end", 999), ("home", 0)):
            numbers.hold()
            await typed(pilot, key, "enter")
            assert not app.chosen()
            numbers.open.set()

            await until(pilot, lambda: bool(app.chosen()))
            assert app.chosen() == [row]
            app.told.clear()


async def test_going_to_the_end_does_not_walk_there() -> None:
    numbers = Numbers(1_000_000)
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        numbers.hold()
        await typed(pilot, *["pagedown"] * 1000, "end")
        numbers.open.set()

        await at(pilot, app, 999_999)
        assert len(numbers.asked) < 6


async def test_an_answer_to_an_older_search_is_thrown_away() -> None:
    old, new = Numbers(1000), Numbers([7, 8, 9])
    old.hold()
    app = ListApp(old)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(old.asked))
        app.list.reload(new)
        await at(pilot, app, 7)
        old.open.set()
        await typed(pilot, "end")

        await at(pilot, app, 9)
        assert app.moved() == [7, 9]


async def test_keys_typed_behind_a_search_are_for_what_it_finds() -> None:
    found = Numbers([7, 8, 9])
    found.hold()
    app = ListApp(Numbers(1000))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        app.list.reload(found)
        await typed(pilot, "down", "enter")
        assert app.list.current == 0
        found.open.set()

        await until(pilot, lambda: app.chosen() == [8])


async def test_keys_that_waited_for_the_old_list_move_nothing_in_the_new_one() -> None:
    old = Numbers(1000)
    app = ListApp(old)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        old.hold()
        await typed(pilot, *["pagedown"] * 9, "enter")
        app.list.reload(Numbers(list(range(5000, 6000))))
        old.open.set()
        await at(pilot, app, 5000)
        await until(pilot, lambda: app.list._loader is None)

        assert app.list.current == 5000
        assert not app.chosen()


async def test_the_pages_behind_the_first_are_of_the_new_search_too() -> None:
    app = ListApp(Numbers(1000))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        app.list.reload(Numbers(list(range(5000, 6000))))
        await typed(pilot, *["pagedown"] * 9)
        await at(pilot, app, 5000 + 9 * 22)
        await typed(pilot, "end")
        await at(pilot, app, 5999)


async def test_who_waits_for_more_than_a_moment_is_told() -> None:
    numbers = Numbers(1000)
    numbers.hold()
    app = ListApp(numbers, empty="Nobody")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Loading…" in app.lines()[2])
        numbers.open.set()
        await at(pilot, app, 0)
        assert not any("Loading…" in line for line in app.lines())

        numbers.hold()
        await typed(pilot, "end")
        await until(pilot, lambda: "Loading…" in app.lines()[0])
        numbers.open.set()
        await at(pilot, app, 999)
        assert not any("Loading…" in line for line in app.lines())


async def test_a_list_that_is_closed_while_it_waits_is_gone() -> None:
    numbers = Numbers(1000)
    numbers.hold()
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Loading…" in app.lines()[2])
        await app.list.remove()
        numbers.open.set()
        await until(pilot, lambda: not app.workers)

    assert app._exception is None
    assert not app.told


# What goes wrong


@pytest.mark.parametrize("trouble", [Fault(), WrongCode(datetime(2026, 3, 2, 9, tzinfo=UTC))])
async def test_a_fetch_that_fails_is_told_and_the_next_key_tries_again(trouble: Fault | WrongCode) -> None:
    numbers = Numbers(1000)
    numbers.trouble = trouble
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.failed() == [trouble])
        numbers.trouble = None
        await typed(pilot, "down")
        await at(pilot, app, 1)

        numbers.trouble = trouble
        await typed(pilot, "end")
        await until(pilot, lambda: app.failed() == [trouble, trouble])
        assert app.list.current == 1
        assert app.lines()[2].split()[1] == "1"
        await typed(pilot, "down")
        assert app.list.current == 2


async def test_rows_stay_those_of_their_own_search_when_the_next_one_fails() -> None:
    numbers, broken = Numbers(1000), Numbers([5])
    broken.trouble = Fault()
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        app.list.reload(broken)
        await until(pilot, lambda: bool(app.failed()))
        await typed(pilot, "pagedown", "pagedown", "pagedown", "pagedown")
        await at(pilot, app, 88)

        broken.trouble = None
        app.list.refresh_rows()
        await at(pilot, app, 5)


# Fetching anew


async def test_a_reload_begins_at_the_first_row_and_keeps_the_ticks() -> None:
    app = ListApp(Numbers(1000))
    async with app.run_test() as pilot:
        await typed(pilot, "pagedown", "space", "end", "space")
        await until(pilot, lambda: app.list.ticked == (22, 999))

        app.list.reload()
        await at(pilot, app, 0)
        assert app.list.ticked == (22, 999)
        await typed(pilot, "pagedown", "space")
        await until(pilot, lambda: app.list.ticked == (999,))

        app.list.clear_ticks()
        await until(pilot, lambda: not app.list.ticked)
        await pilot.pause()
        assert sum(isinstance(message, RowList.Ticked) for message in app.told) == 4


@pytest.mark.parametrize(
    ("key", "row"), [((500,), 500), ((0,), 0), ((999,), 999), ((5000,), 999), ((-1,), 0), ((501.5,), 502)]
)
async def test_a_reload_at_a_key_is_there_or_as_near_as_it_can_be(key: Key, row: int) -> None:
    numbers = Numbers(1000)
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        numbers.rows = list(range(1000))
        app.list.reload(at=key)
        await at(pilot, app, row)

        assert "" not in [line.strip() for line in app.lines()]


async def test_a_reload_at_the_key_of_a_renamed_row_finds_it_by_its_identity() -> None:
    names = {1: "ada", 2: "bea", 3: "eve"}

    def fetch(stretch: Stretch) -> Page[tuple[str, int]]:
        rows = sorted((name, number) for number, name in names.items())
        return Page(tuple(row for row in rows if stretch.key is None or row >= stretch.key), None, None)

    app = ListApp(fetch, identity=lambda row: row[1], key=lambda row: row, cells=lambda row: [row[0]])
    async with app.run_test() as pilot:
        await typed(pilot, "down")
        await at(pilot, app, ("bea", 2))
        names[2] = "zoe"
        app.list.reload(at=("bea", 2))

        await at(pilot, app, ("zoe", 2))


async def test_a_refresh_keeps_the_place_the_cursor_and_what_is_seen() -> None:
    numbers = Numbers(list(range(0, 2000, 2)))
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await typed(pilot, *["pagedown"] * 20, "up", "up")
        await at(pilot, app, 2 * (20 * 22 - 2))
        before = app.lines()
        app.list.refresh_rows()
        await until(pilot, lambda: app.list._loader is None)
        assert app.lines() == before
        assert app.moved()[-1] == 876

        numbers.rows = [row for row in range(2000) if row % 2 == 0 or row < 200 or row in {871, 873}]
        app.list.refresh_rows()
        await until(pilot, lambda: "871" in "".join(app.lines()))
        assert app.list.current == 876

        numbers.rows = [row for row in numbers.rows if row != 876]
        app.list.refresh_rows()
        await at(pilot, app, 878)


async def test_keys_go_on_working_while_rows_are_refreshed() -> None:
    numbers = Numbers(1000)
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await typed(pilot, *["pagedown"] * 20)
        await at(pilot, app, 440)
        await until(pilot, lambda: app.list._loader is None)
        numbers.hold()
        app.list.refresh_rows()
        await typed(pilot, "down", "enter")
        await until(pilot, lambda: app.chosen() == [441])
        await typed(pilot, "pageup", "pageup", "pageup")
        assert app.list.current == 441 - 66
        numbers.open.set()
        await until(pilot, lambda: app.list._loader is None)

        assert app.list.current == 441 - 66


async def test_a_refresh_at_the_top_shows_what_is_new_above() -> None:
    numbers = Numbers([3, 4, 5])
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await at(pilot, app, 3)
        numbers.rows = [1, 2, 3, 4, 5]
        app.list.refresh_rows()

        await until(pilot, lambda: "1" in app.lines()[1])
        assert app.list.current == 3


async def test_a_list_that_becomes_empty_and_full_again_says_both() -> None:
    numbers = Numbers([1])
    app = ListApp(numbers, empty="Nobody matches.")
    async with app.run_test() as pilot:
        await at(pilot, app, 1)
        numbers.rows = []
        app.list.refresh_rows()
        await until(pilot, lambda: app.moved() == [1, None])
        assert app.lines()[2].strip() == "Nobody matches."
        app.list.say_when_empty("Nobody.")
        assert app.lines()[2].strip() == "Nobody."
        await typed(pilot, "down", "enter", "space", "end", "home", "pageup")
        assert not app.chosen()
        assert not app.list.ticked

        numbers.rows = [2]
        app.list.refresh_rows()
        await at(pilot, app, 2)


async def test_rows_that_come_and_go_between_two_pages_are_neither_doubled_nor_lost() -> None:
    numbers = Numbers(list(range(0, 1000, 2)))
    app = ListApp(numbers)
    seen = []
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        for _ in range(200):
            seen.append(app.list.current)
            numbers.rows = [row for row in numbers.rows if row != app.list.current]
            await typed(pilot, "down")
            await until(pilot, lambda: app.list.current != seen[-1])

    assert seen == list(range(0, 400, 2))


# Keys and the rest of the app


async def test_a_list_without_selection_leaves_space_alone() -> None:
    app = ListApp(Numbers(10), selectable=False)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        await typed(pilot, "space")

        assert app.list.ticked == ()
        assert app.lines()[0].startswith("  Number")


async def test_a_hidden_list_on_a_screen_below_still_loads() -> None:
    app = ListApp(Numbers(10))
    async with app.run_test() as pilot:
        await app.push_screen(Screen[None]())
        app.list.reload()

        await at(pilot, app, 0)


async def test_a_list_told_what_to_fetch_before_it_is_shown_fetches_only_that() -> None:
    numbers, found = Numbers(10), Numbers([7])
    app = ListApp(numbers)
    app.list.reload(found)
    async with app.run_test() as pilot:
        await at(pilot, app, 7)

        assert not numbers.asked


async def test_the_mouse_can_do_what_keys_do() -> None:
    app = ListApp(Numbers(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, app, 0)
        await pilot.click(app.list, offset=(10, 6))
        await at(pilot, app, 5)
        await pilot.click(app.list, offset=(10, 8), times=2)
        await until(pilot, lambda: app.chosen() == [7])
        await pilot.click(app.list, offset=(10, 0))
        assert app.list.current == 7
        await pilot._post_mouse_events([events.MouseScrollDown], app.list)
        await pilot.pause()
        assert app.lines()[1].split()[0] == "3"
        assert app.list.current == 7


async def test_a_list_that_grows_leaves_nothing_of_its_sentence_where_it_stood() -> None:
    app = ListApp(Numbers([]), empty="There is nothing to show. " * 4)
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.styles.height = 3
        await until(pilot, lambda: "There is nothing" in shown_lines(app)[1])

        app.list.styles.height = 10
        await until(pilot, lambda: "is nothing" in shown_lines(app)[3])

        assert shown_lines(app)[1].strip() == ""


def shown_lines(app: ListApp) -> list[str]:
    """What the terminal shows, with whatever was not painted anew."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_a_list_that_opens_fetches_its_first_page_once() -> None:
    numbers = Numbers(10)
    numbers.hold()
    app = ListApp(numbers)
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(numbers.asked) and app.list.size.height > 1)
        numbers.open.set()
        await at(pilot, app, 0)

        assert len(numbers.asked) == 1
