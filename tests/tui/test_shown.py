import sys
import unicodedata
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Button, Checkbox, DataTable, Label, OptionList, Select, Static, Tree

from tui.shown import MARKS_IN_A_ROW, shown, shown_characters, shown_plain

MARKUP = ["[/]", "[/foo]", "[@click=app.quit]x[/]", "[bold", "\\[b]", "]][["]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Jane Doe", "Jane Doe"),
        ("", ""),
        ("名前", "名前"),
        ("e\u0301", "e\u0301"),
        ("a\x1b[31mred", "a␛[31mred"),
        ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\r\n\tb\x7f\x00", "a␍␊␉b␡␀"),
        ("\u202egpj.exe", "<U+202E>gpj.exe"),
        ("\u2066x\u2069\u200e\u061c", "<U+2066>x<U+2069><U+200E><U+061C>"),
        ("pay\u200bpal\u200d\ufeff", "pay<U+200B>pal<U+200D><U+FEFF>"),
        ("a\u2028b\u2029", "a<U+2028>b<U+2029>"),
        ("\ud800\ue000\u0378\U000e0041", "<U+D800><U+E000><U+0378><U+E0041>"),
        ("non\u00a0breaking", "non breaking"),
        ("\u0301first", "<U+0301>first"),
        ("\u3164", "<U+3164>"),
    ],
)
def test_what_is_not_plainly_visible_is_made_so(text: str, seen: str) -> None:
    assert shown_plain(text) == seen


def test_no_code_point_reaches_the_terminal_as_a_control_or_unseen() -> None:
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

    passed = [
        point
        for point in [*range(0x32000), *range(0xE0000, 0xE0200), 0xF0000, sys.maxunicode]
        for char in shown_plain(chr(point))
        if unicodedata.category(char) in bad or cell_len(char) == 0
    ]

    assert passed == []


def test_marks_do_not_climb_over_other_lines() -> None:
    tower = shown_plain("a" + "\u0301" * 50)

    assert tower.startswith("a" + "\u0301" * MARKS_IN_A_ROW + "<U+0301>")
    assert tower.count("\u0301") == MARKS_IN_A_ROW


@pytest.mark.parametrize("text", ["short", "名前" * 40, "\u202e" * 300, "a\u0301" * 300, "x" * 10_000, ""])
@pytest.mark.parametrize("limit", [0, 1, 2, 7, 20])
def test_a_limit_is_kept_in_cells(text: str, limit: int) -> None:
    cut = shown_plain(text, limit)

    assert cell_len(cut) <= limit
    assert cut == shown_plain(text) or cut == "" or cut.endswith("…")


@pytest.mark.parametrize("text", ["Jane", "\u202ea\x1bé名", "a" + "\u0301" * 9, ""])
def test_each_character_has_its_piece(text: str) -> None:
    pieces = shown_characters(text)

    assert len(pieces) == len(text)
    assert "".join(pieces) == shown_plain(text)


def option_list(text: Text) -> Widget:
    return OptionList(text)


def select(text: Text) -> Widget:
    return Select([(text, 1)], value=1)


def tree(text: Text) -> Widget:
    widget: Tree[None] = Tree(text)
    widget.root.add(text)
    return widget


def table(text: Text) -> Widget:
    widget: DataTable[Text] = DataTable()
    widget.add_column(text)
    widget.add_row(text)
    return widget


def titled(text: Text) -> Widget:
    widget = Static("inside")
    widget.styles.border = ("solid", "red")
    widget.border_title = text
    return widget


@pytest.mark.parametrize(
    "make", [Static, Label, Button, Checkbox, option_list, select, tree, table, titled], ids=lambda make: make.__name__
)
@pytest.mark.parametrize("name", MARKUP)
async def test_a_name_that_looks_like_markup_is_shown_as_it_is(make: Callable[[Text], Widget], name: str) -> None:
    class Shows(App[None]):
        def compose(self) -> ComposeResult:
            yield make(shown(name))

    app = Shows()
    async with app.run_test() as pilot:
        await pilot.pause()

        assert any(name in strip.text for strip in app.screen._compositor.render_strips())
