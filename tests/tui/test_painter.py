"""The painter: what it sends for what is to be shown."""

import re

import pytest
from rich.segment import ControlType, Segment
from rich.style import Style
from textual._compositor import InlineUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.tui.painted import Painted, layout, span

RED, ON_BLUE = Style(color="#ff0000"), Style(bgcolor="#0000ff")


@pytest.fixture
def painted() -> Painted:
    """A terminal of 20 by 4, painted with `one` and `two`."""
    terminal = Painted(20, 4)
    terminal.see("one", "two")
    return terminal


# All, and only what changed


def test_nothing_is_sent_before_there_is_anything_to_show() -> None:
    assert Painted(20, 4).show() == ""


def test_the_first_frame_covers_whatever_stood_there() -> None:
    painted = Painted(20, 4)

    painted.see("one", "two", cursor=(3, 1))

    assert painted.text == ["one", "two", "", ""]
    assert painted.cursor == (3, 1)


def test_what_is_shown_already_is_not_sent(painted: Painted) -> None:
    assert painted.see("one", "two") == ""


def test_only_cells_that_changed_are_sent(painted: Painted) -> None:
    assert painted.see("one", "tWo", cursor=(2, 1)) == "\x1b[2;2HW"


def test_of_several_pictures_only_the_last_is_sent(painted: Painted) -> None:
    painted.take(layout(20, 4, ["never seen"]))

    assert painted.see("one", "two") == ""


def test_a_part_of_a_row_leaves_the_rest_as_it_is(painted: Painted) -> None:
    painted.take(span(1, 5, "five", height=4))

    assert "five" in painted.show()
    assert painted.text == ["one", "two  five", "", ""]


def test_a_part_of_a_larger_window_that_comes_late_is_shown_as_far_as_there_is_room(painted: Painted) -> None:
    painted.resize(20, 2)

    painted.take(span(3, 0, "below", height=4))
    painted.take(span(1, 18, "right", height=4))
    painted.show()

    assert painted.text == ["one", "two               ri"]


def test_a_strip_that_is_wider_than_it_says_moves_nothing(painted: Painted) -> None:
    painted.take(LayoutUpdate([[Strip([Segment("field")], 1), Strip([Segment("one")])]], Region(0, 0, 20, 4)))
    painted.show()

    assert painted.text[0] == "fone"


def test_an_update_of_another_kind_is_refused(painted: Painted) -> None:
    with pytest.raises(TypeError):
        painted.take(InlineUpdate([]))


def test_the_cursor_goes_where_it_is_wanted_and_stays_there(painted: Painted) -> None:
    assert painted.see("one", "two", cursor=(7, 3)) == "\x1b[4;8H"
    assert painted.see("one", "two", cursor=(7, 3)) == ""


# When the terminal may show anything


def test_a_window_of_another_size_is_painted_anew_with_what_was_there(painted: Painted) -> None:
    painted.resize(2, 3)
    painted.show()
    assert painted.text == ["on", "tw", ""]

    painted.resize(10, 1)
    painted.show()
    assert painted.text == ["on"]


def test_what_something_else_wrote_stays_until_it_is_forgotten(painted: Painted) -> None:
    painted.write("\x1b[3H\x1b[41mThe system is going down\x1b[m")
    assert painted.see("one", "two") == ""

    painted.painter.forget()
    painted.show()

    assert painted.text == ["one", "two", "", ""]


def test_a_frame_finds_its_place_wherever_something_else_left_the_cursor(painted: Painted) -> None:
    painted.write("\x1b[4;10H")

    painted.see("one", "two!")

    assert painted.text == ["one", "two!", "", ""]


# Nothing that nobody sees, and nothing that does more than show


@pytest.mark.parametrize(
    "style",
    [RED, Style(bold=True), Style(italic=True), Style(link="https://example.com"), Style(meta={"@click": "app.quit"})],
    ids=str,
)
def test_what_is_not_seen_on_a_blank_is_not_sent(painted: Painted, style: Style) -> None:
    assert painted.see([Segment("one"), Segment("   ", style)], "two") == ""


@pytest.mark.parametrize("style", [ON_BLUE, Style(underline=True), Style(reverse=True), Style(strike=True)], ids=str)
def test_what_is_seen_on_a_blank_is_sent(painted: Painted, style: Style) -> None:
    assert painted.see([Segment("one"), Segment("   ", style)], "two")
    assert painted.cells()[0][3] != painted.cells()[0][6]


@pytest.mark.parametrize("style", [Style(link="https://example.com"), Style(meta={"@click": "app.quit"})], ids=str)
def test_links_never_go_out(painted: Painted, style: Style) -> None:
    assert painted.see([Segment("one", style)], "two") == ""


def test_control_segments_never_go_out(painted: Painted) -> None:
    bell = Segment("\x07", None, [(ControlType.BELL,)])
    title = Segment("\x1b]0;x\x07", None, [(ControlType.SET_WINDOW_TITLE, "x")])

    assert painted.see([Segment("o"), bell, title, Segment("ne")], "two") == ""


@pytest.mark.parametrize(
    "control", ["\x1b]52;c;aGk=\x07", "\x1b[2J", "\x9b2J", "\x00", "\r\n", "\x7f", "\u202e", "\ufeff", "\ud800"]
)
def test_control_characters_in_a_text_never_go_out(painted: Painted, control: str) -> None:
    frame = painted.see("one", f"a{control}b")

    assert not re.search("[\x00-\x1a\x1c-\x1f\x7f-\x9f\u202e\ufeff\ud800]", frame)
    assert re.sub(r"\x1b\[[0-9;]*[A-HJKXm]", "", frame).isprintable()


# The shortest way


def test_a_look_is_changed_by_what_is_new_in_it() -> None:
    painted = Painted(20, 4)
    painted.see([Segment("a", RED)])

    frame = painted.see(
        [Segment("a", RED), Segment("b", RED + ON_BLUE), Segment("c", RED + ON_BLUE + Style(bold=True))]
    )

    assert re.findall(r"\x1b\[([0-9;]*)m", frame) == ["48;2;0;0;255", "1"]


def test_a_look_that_stands_in_many_rows_is_set_once() -> None:
    painted = Painted(20, 4)

    frame = painted.see(*[[Segment("key ", RED), Segment("value", Style(color="#00ff00"))]] * 4)

    assert frame.count("38;2;255;0;0") == frame.count("38;2;0;255;0") == 1


def test_a_few_cells_between_two_changes_are_written_again(painted: Painted) -> None:
    assert painted.see("ONE", "two") == "\x1b[HONE\x1b[H"
    assert painted.see("one", "two") == "\x1b[Hone\x1b[H"
    assert painted.see("OnE", "two") == "\x1b[HOnE\x1b[H"


def test_many_cells_between_two_changes_are_passed_over(painted: Painted) -> None:
    painted.see("a 1234567890 b")

    assert painted.see("A 1234567890 B", cursor=(14, 0)) == "\x1b[HA\x1b[14GB"


def test_few_cells_that_are_long_to_write_are_passed_over(painted: Painted) -> None:
    painted.see("a───b")

    assert painted.see("A───B", cursor=(5, 0)) == "\x1b[HA\x1b[5GB"


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Style(bold=True, dim=True), Style(dim=True), ";2"),
        (Style(bold=True, dim=True, color="red"), Style(dim=True, color="red"), "22;2"),
        (Style(bold=True, underline=True, color="red"), Style(underline=True, color="red"), "22"),
        (Style(bold=True, underline=True, color="red"), Style(), ""),
        (Style(color="red"), Style(), ""),
        (Style(color="red", italic=True), Style(italic=True), "39"),
        (Style(italic=True), Style(underline2=True), ";4"),
        (Style(reverse=True), Style(reverse=True, blink=True, strike=True, overline=True, conceal=True), "5;8;9;53"),
    ],
    ids=str,
)
def test_the_change_from_one_look_to_another_is_the_shortest(before: Style, after: Style, change: str) -> None:
    painted = Painted(20, 4)
    painted.see("")
    painted.see(Segment("x", before))

    assert painted.see([Segment("x", before), Segment("x", after)]) == f"\x1b[;2H\x1b[{change}mx\x1b[H"


@pytest.mark.parametrize(("bce", "erased"), [(True, True), (False, False)])
def test_a_coloured_row_is_erased_where_the_terminal_erases_in_colour(*, bce: bool, erased: bool) -> None:
    painted = Painted(40, 4, bce=bce)
    painted.see(Segment("one" * 10, ON_BLUE), Segment("two" * 10, ON_BLUE))

    frame = painted.see(Segment(" " * 40, ON_BLUE), Segment(f"t{' ' * 20}o" + " " * 18, ON_BLUE))

    assert ("\x1b[K" in frame) == erased
    assert ("\x1b[20X" in frame) == erased
    assert {cell.bg for row in painted.cells()[:2] for cell in row} == {"0000ff"}


def test_rows_without_colour_are_erased_on_every_terminal() -> None:
    painted = Painted(40, 4, bce=False)
    painted.see("one" * 10)

    assert painted.see("one") == "\x1b[;4H\x1b[K\x1b[H"


def test_a_screen_is_cleared_in_its_most_frequent_background() -> None:
    painted = Painted(20, 4)

    frame = painted.see(*[Segment(" " * 20, ON_BLUE)] * 4)

    assert frame == "\x1b[;48;2;0;0;255m\x1b[2J\x1b[H"


# Colours


@pytest.mark.parametrize(
    ("colours", "codes"),
    [("truecolor", "38;2;255;0;0;44"), ("256", "38;5;196;44"), ("standard", "31;44"), (None, "")],
)
def test_colours_are_those_that_the_terminal_has(colours: str | None, codes: str) -> None:
    painted = Painted(20, 4, colours=colours)
    painted.see("")

    frame = painted.see(Segment("x", Style(color="#ff0000", bgcolor="blue")))

    assert frame == (f"\x1b[H\x1b[{codes}mx" if codes else "\x1b[Hx") + "\x1b[H"


def test_without_colours_there_is_still_reverse_video() -> None:
    painted = Painted(20, 4, colours=None)

    painted.see(Segment("x", Style(color="red", reverse=True)))

    assert painted.cells()[0][0].reverse
