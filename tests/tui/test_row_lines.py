"""What a list looks like: never wider or narrower than its place, nothing of a row reaches the terminal but text."""

from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.text import Text

from tests.tui.list_app import COLUMNS, ListApp, at, typed, until
from tests.tui.numbers_list import Numbers
from tui.widgets.row_columns import Column, column_widths

SIZES = [(20, 5), (80, 24), (300, 100), (8, 3), (3, 2), (1, 1)]
HOSTILE = [
    "[/]",
    "[/foo]",
    "[@click=app.quit]x",
    "\x1b[31mred\x1b[0m\x1b]52;c;eA==\x07",
    "\x9b31m",
    "two\nlines\r\n",
    "\ttab",
    "\u202egpj.exe\u2066",
    "علي بن أبي طالب",
    "名前" * 100,
    "a名前",
    "👨\u200d👩\u200d👧🇩🇪👍🏽❤\ufe0f",
    "e" + "\u0301" * 500,
    "\u0301mark first",
    "\ud800",
    "\u3000wide space",
    "x" * 300,
    "",
]


def _ends_with(app: ListApp, hint: str) -> Callable[[], bool]:
    return lambda: app.lines()[0].endswith(hint)


def _is_high(app: ListApp, height: int) -> Callable[[], bool]:
    return lambda: app.list.size.height == height


def has_only_text(line: str) -> bool:
    return all(char.isprintable() or char == "\u3000" for char in line)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("as_text", [False, True])
async def test_whatever_a_row_holds_every_line_is_as_wide_as_the_list(
    *, size: tuple[int, int], no_color: bool, as_text: bool
) -> None:
    def cells(row: int) -> list[str | Text]:
        told = HOSTILE[row]
        return [Text(told, style="bold red") if as_text else told, told, Text(told, spans=[]), "too many", told]

    app = ListApp(Numbers(len(HOSTILE)), cells=cells, no_color=no_color)
    async with app.run_test(size=size) as pilot:
        await at(pilot, app, 0)
        for row in range(len(HOSTILE)):
            await at(pilot, app, row)
            for y in range(app.list.size.height + 1):
                strip = app.list.render_line(y)

                assert strip.cell_length == cell_len(strip.text) == size[0]
                assert has_only_text(strip.text)
                assert all(segment.style is not None for segment in strip)
            await typed(pilot, "space", "down")
        await until(pilot, lambda: len(app.list.ticked) == len(HOSTILE))


async def test_the_screen_shows_what_the_list_draws_after_every_key() -> None:
    """Only lines that read otherwise are painted again; none may be forgotten."""
    app = ListApp(Numbers(1000))
    async with app.run_test(size=(60, 12)) as pilot:
        await at(pilot, app, 0)
        for key in ("down", "space", "pagedown", "up", "end", "space", "home", "down", "pagedown", "space"):
            await pilot.press(key)
            await until(pilot, lambda: app.list._loader is None)
            await pilot.pause()

            assert [strip.text for strip in app.screen._compositor.render_strips()] == app.lines()
        app.list.clear_ticks()
        await pilot.pause()
        assert [strip.text for strip in app.screen._compositor.render_strips()] == app.lines()


async def test_moving_the_cursor_draws_two_rows_and_a_refresh_of_the_same_rows_none() -> None:
    drawn: list[int] = []

    def cells(row: int) -> list[str]:
        drawn.append(row)
        return [str(row)]

    app = ListApp(Numbers(1000), cells=cells)
    async with app.run_test(size=(60, 12)) as pilot:
        await at(pilot, app, 0)
        await until(pilot, lambda: 10 in drawn and app.list._loader is None)
        await pilot.press("down")
        drawn.clear()
        await pilot.press("down")
        await until(pilot, lambda: bool(drawn))
        assert drawn == [1, 2]

        app.list.refresh_rows()
        await until(pilot, lambda: app.list._loader is None)
        await pilot.press("down")
        await until(pilot, lambda: 3 in drawn)
        assert drawn == [1, 2, 2, 3]


async def test_cursor_and_ticks_are_seen_without_colour() -> None:
    app = ListApp(Numbers(3), no_color=True)
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        await typed(pilot, "space", "down", "space")
        await until(pilot, lambda: app.list.ticked == (0, 1))
        assert [line[:5] for line in app.lines()[1:4]] == [" ✓ 0 ", "▶✓ 1 ", "   2 "]

        app.unicode = False
        assert [line[:5] for line in app.lines()[1:4]] == [" * 0 ", ">* 1 ", "   2 "]


async def test_the_cursor_is_bright_only_where_keys_go() -> None:
    app = ListApp(Numbers(3))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        await pilot.pause()
        focused = app.list.render_line(1)
        app.list.blur()
        await pilot.pause()
        blurred = app.list.render_line(1)

        assert focused.text == blurred.text
        assert focused != blurred
        assert [list(strip) for strip in app.screen._compositor.render_strips()][1] == list(blurred)


@pytest.mark.parametrize(
    ("size", "hints"),
    [
        ((80, 24), ("↓ more", "↑ more  ↓ more", "↑ more")),
        ((20, 5), ("↓ more", "↑↓", "↑ more")),
        ((5, 5), ("↓", "", "↑")),
    ],
)
async def test_the_header_tells_whether_there_is_more(size: tuple[int, int], hints: tuple[str, str, str]) -> None:
    app = ListApp(Numbers(1000), columns=(Column("N", width=1), Column("A")))
    async with app.run_test(size=size) as pilot:
        await at(pilot, app, 0)
        for keys, hint in (((), hints[0]), (("pagedown", "pagedown", "pagedown"), hints[1]), (("end",), hints[2])):
            await typed(pilot, *keys)
            await until(pilot, _ends_with(app, hint))


async def test_the_hint_is_ascii_where_the_terminal_is() -> None:
    app = ListApp(Numbers(1000))
    app.unicode = False
    async with app.run_test() as pilot:
        await at(pilot, app, 0)

        assert app.lines()[0].endswith("v more")
        assert "".join(app.lines()).isascii()


async def test_a_list_that_fits_has_no_hint() -> None:
    app = ListApp(Numbers(3))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)

        assert app.lines()[0].split() == ["Number", "Name", "Note"]


async def test_a_resize_hides_columns_and_keeps_the_cursor_in_sight() -> None:
    app = ListApp(Numbers(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "pagedown", "pagedown")
        await at(pilot, app, 44)
        for width, height in ((20, 5), (300, 100), (59, 7), (60, 24), (1, 1), (80, 24)):
            await pilot.resize_terminal(width, height)
            await until(pilot, _is_high(app, height))
            await pilot.pause()

            assert app.list.current == 44
            assert any("▶" in line for line in app.lines())
            assert width < 20 or ("note" in app.lines()[-1]) == (width >= 60)
            assert all(len(line) == width for line in app.lines())


async def test_the_sentence_of_an_empty_list_is_whole_in_a_small_window() -> None:
    app = ListApp(Numbers(0), empty="Nobody matches [/]. Esc clears the search.")
    async with app.run_test(size=(20, 6)) as pilot:
        await until(pilot, lambda: app.moved() == [None])

        assert [line.strip() for line in app.lines()][2:] == ["Nobody matches", "[/]. Esc clears", "the search.", ""]
        assert all(len(line) == 20 for line in app.lines())


async def test_a_cells_text_takes_its_tone_from_the_theme() -> None:
    app = ListApp(Numbers(2), cells=lambda row: [Text("! off", style="danger"), Text.assemble("a", ("b", "bold"))])
    async with app.run_test() as pilot:
        await at(pilot, app, 0)
        danger = app.list.get_component_rich_style("row-list--danger").color
        segments = {segment.text: segment.style for segment in app.list.render_line(2)}

        assert segments["! off"] is not None
        assert segments["! off"].color == danger
        assert segments["b"] is not None
        assert segments["b"].bold


@pytest.mark.parametrize(
    ("room", "terminal", "widths"),
    [
        (77, 80, {0: 10, 1: 51, 2: 12}),
        (56, 59, {0: 10, 1: 44}),
        (17, 20, {0: 10}),
        (40, 80, {0: 10, 1: 14, 2: 12}),
        (20, 80, {0: 10, 1: 8}),
        (3, 80, {0: 3}),
        (-2, 80, {0: 0}),
    ],
)
def test_columns_share_the_room_and_the_last_go_first(room: int, terminal: int, widths: dict[int, int]) -> None:
    assert column_widths(COLUMNS, room=room, terminal=terminal) == widths


def test_fractions_share_what_is_left_to_the_last_cell() -> None:
    columns = (Column("a", fraction=2), Column("b", width=10, fraction=1), Column("c", width=5))

    assert column_widths(columns, room=8 + 10 + 5 + 4 + 10, terminal=80) == {0: 14, 1: 14, 2: 5}
