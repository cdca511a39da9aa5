"""The QR code: its size, its colours, and that it can be read."""

import re

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip

from tests.e2e.picture import Cell, cells_to_image
from tests.tui.qr_reading import LENGTHS, dark_on_light_codes, otpauth
from tui.widgets.qr_code import QrCode, Way, qr_cells, way_to_draw

WAYS = (Way.HALF_BLOCKS, Way.SPACES)
THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light")
TOO_LONG = "x" * 3000
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


class OneCode(App[None]):
    """Nothing but a code."""

    def __init__(self, text: str, way: Way, theme: str = "textual-dark") -> None:
        # Given as late as the theme, Textual would not take its most destructive filter under NO_COLOR.
        super().__init__(ansi_color=True if theme.startswith("ansi") else None)
        self.theme = theme
        self._text, self._way = text, way

    def compose(self) -> ComposeResult:
        yield QrCode(self._text, way=self._way)


def drawn(app: App[None]) -> list[Strip]:
    """The rows of the code, as they go to the terminal."""
    code = app.query_one(QrCode)
    return code.render_lines(Region(0, 0, code.size.width, code.size.height))


def cells(strips: list[Strip]) -> list[list[Cell]]:
    """The cells of strips, where each has its own colours."""
    return [[cell(char, style) for text, style, _ in strip for char in text] for strip in strips]


def cell(char: str, style: Style | None) -> Cell:
    """One cell; fails where a colour is left to the terminal or to its palette."""
    assert style is not None
    assert style.color is not None
    assert style.color.triplet is not None
    assert style.bgcolor is not None
    assert style.bgcolor.triplet is not None
    ink, paper = style.color.triplet, style.bgcolor.triplet
    return Cell(char, ink, paper, bold=False, underline=False, reverse=False, colours_named=True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", LENGTHS)
async def test_the_size_that_is_computed_is_the_size_that_is_drawn(length: int, way: Way) -> None:
    async with OneCode(otpauth(length), way).run_test(size=(130, 70)) as pilot:
        strips = drawn(pilot.app)

    assert {strip.cell_length for strip in strips} == {qr_cells(otpauth(length), way=way).width}
    assert len(strips) == qr_cells(otpauth(length), way=way).height


@pytest.mark.parametrize(("length", "size"), [(8, (41, 21)), (20, (41, 21)), (40, (45, 23)), (64, (49, 25))])
def test_an_address_of_40_characters_fits_beside_a_text_at_80x24(length: int, size: tuple[int, int]) -> None:
    assert qr_cells(otpauth(length), way=Way.HALF_BLOCKS) == Size(*size)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", [*map(otpauth, LENGTHS), "[/foo]", "[@click=app.quit]x", "\x1b]52;c;eA==\x07", "名前"])
async def test_what_is_drawn_is_read_again(text: str, way: Way) -> None:
    async with OneCode(text, way).run_test(size=(130, 70)) as pilot:
        strips = drawn(pilot.app)

    assert dark_on_light_codes(cells_to_image(cells(strips))) == [text]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("no_colour", [None, "1"])
async def test_it_is_black_and_white_in_every_theme_and_under_no_color(
    monkeypatch: pytest.MonkeyPatch, no_colour: str | None, theme: str, way: Way
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", no_colour)

    async with OneCode(otpauth(40), way, theme).run_test(size=(130, 70)) as pilot:
        rows = cells(drawn(pilot.app))

    assert {(cell.foreground, cell.background) for row in rows for cell in row} <= {
        (BLACK, WHITE),
        (WHITE, BLACK),
    }
    assert dark_on_light_codes(cells_to_image(rows)) == [otpauth(40)]


@pytest.mark.parametrize(("way", "rows", "columns"), [(Way.HALF_BLOCKS, 1, 2), (Way.SPACES, 2, 4)])
async def test_two_modules_of_light_surround_the_code(way: Way, rows: int, columns: int) -> None:
    async with OneCode(otpauth(40), way).run_test(size=(130, 70)) as pilot:
        drawn_cells = cells(drawn(pilot.app))

    above_and_below = [cell for row in drawn_cells[:rows] + drawn_cells[-rows:] for cell in row]
    beside = [cell for row in drawn_cells for cell in row[:columns] + row[-columns:]]
    assert {(cell.char, cell.background) for cell in above_and_below + beside} == {(" ", WHITE)}


@pytest.mark.parametrize(("utf8", "drawing"), [(True, Way.HALF_BLOCKS), (False, Way.SPACES)])
def test_a_code_is_drawn_in_every_space_that_holds_all_of_it_and_in_no_other(*, utf8: bool, drawing: Way) -> None:
    text = "BARTIZAN"
    whole = qr_cells(text, way=drawing)

    wrong = [
        (width, height)
        for width in range(10, 121)
        for height in range(5, 61)
        if way_to_draw(text, width=width, height=height, utf8=utf8)
        is not (drawing if whole.width <= width and whole.height <= height else Way.KEY)
    ]

    assert wrong == []


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("utf8", "drawing"), [(True, Way.HALF_BLOCKS), (False, Way.SPACES)])
def test_a_column_or_a_row_too_few_leaves_the_key(*, length: int, utf8: bool, drawing: Way) -> None:
    text = otpauth(length)
    width, height = qr_cells(text, way=drawing)

    assert way_to_draw(text, width=width, height=height, utf8=utf8) is drawing
    assert way_to_draw(text, width=width - 1, height=height, utf8=utf8) is Way.KEY
    assert way_to_draw(text, width=width, height=height - 1, utf8=utf8) is Way.KEY


@pytest.mark.parametrize("utf8", [True, False])
def test_a_text_that_no_code_holds_leaves_the_key(*, utf8: bool) -> None:
    assert way_to_draw(TOO_LONG, width=1000, height=1000, utf8=utf8) is Way.KEY


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("no_colour", [None, "1"])
async def test_a_forgotten_code_is_blank_and_keeps_its_place(
    monkeypatch: pytest.MonkeyPatch, no_colour: str | None, theme: str
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", no_colour)

    async with OneCode(otpauth(40), Way.HALF_BLOCKS, theme).run_test(size=(80, 24)) as pilot:
        before = len(drawn(pilot.app))
        pilot.app.query_one(QrCode).forget()
        await pilot.pause()
        after = drawn(pilot.app)

    assert [strip.text for strip in after] == [" " * 45] * before


@pytest.mark.parametrize("way", WAYS)
async def test_a_process_that_serves_poor_and_rich_terminals_sends_each_its_own_colours(
    monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    """Styles keep the sequence they were first sent as: one shared by two consoles is wrong on the second."""
    sent = []

    for term, colorterm in (("linux", ""), ("xterm-256color", ""), ("xterm-256color", "truecolor")):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("COLORTERM", colorterm)
        async with OneCode(otpauth(8), way).run_test(size=(130, 70)) as pilot:
            first_row = drawn(pilot.app)[0].render(pilot.app.console)
        sent.append(re.findall(r"\x1b\[([0-9;]+)m ", first_row))

    assert sent == [["30;107"], ["38;5;16;48;5;231"], ["38;2;0;0;0;48;2;255;255;255"]]
