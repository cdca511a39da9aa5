"""The field takes everything and lets nothing through."""

import re
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from tests.e2e.terminal import BACKSPACE, CTRL_A, CTRL_U, HOME, LEFT, TAB, Terminal
from tests.tui.small_console import small_console
from tui.widgets.field import LONGEST, Field, typed

HOSTILE = [
    "[/]",
    "[/foo]",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;c2VjcmV0\x07",
    "\x1b[31mred\x1b[0m",
    "\x9b31m\x90\x9c",
    "\u202egpj.exe\u2066",
    "a\u0301" * 300,
    "\u0301\u0301",
    "e" + "\u0301" * 500,
    "名前" * 200,
    "👨\u200d👩\u200d👧🇩🇪👍🏽❤\ufe0f",
    "\x00\x01\x7f",
    "one\ntwo\r\nthree\n",
    "\t\ttabs\t",
    "\ud800 lone",
    "x" * 10_000,
    "\u202e\x07" * 5_000,
    "",
]

OURS = re.compile(rb"\x1b\[[0-9;?<>=]*\$?[A-Za-z]|\r\n")
"""The sequences that the console itself writes."""


class OneField(App[None]):
    def __init__(self, *, password: bool = False) -> None:
        super().__init__()
        self.field = Field(password=password)

    def compose(self) -> ComposeResult:
        yield self.field

    def line(self) -> str:
        return "".join(segment.text for segment in self.field.render_line(0))


def assert_only_text(terminal: Terminal) -> None:
    rest = OURS.sub(b"", bytes(terminal.raw)).decode()

    assert all(char.isprintable() for char in rest), {char for char in rest if not char.isprintable()}


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("plain", "plain"),
        ("trailing\n", "trailing"),
        ("trailing\r\n\t", "trailing"),
        ("two\nlines\r\nthree", "two lines three"),
        ("a\tb", "a b"),
        ("\x1b[31mred\x07", "[31mred"),
        ("nul\x00del\x7fc1\x9b", "nuldelc1"),
        ("a\u2028b", "a b"),
        ("\ud800x", "x"),
        ("non\u00a0breaking \u200c", "non\u00a0breaking \u200c"),
        (" spaces ", " spaces "),
    ],
)
async def test_a_paste_is_one_line_without_controls(pasted: str, kept: str) -> None:
    app = OneField()
    async with app.run_test():
        app.field.replace(pasted, 0, 0)

        assert app.field.value == kept
        assert app.field.cursor_position == len(kept)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("password", [False, True])
async def test_whatever_is_typed_is_shown_without_controls(text: str, password: bool) -> None:  # noqa: FBT001
    app = OneField(password=password)
    async with app.run_test() as pilot:
        app.field.replace(text, 0, 0)
        for key in ("left", "shift+left", "home", "shift+end", "end", "backspace", "ctrl+left"):
            await pilot.press(key)

            assert app.line().isprintable() or "\u3000" in app.line()
        assert not password or set(app.line()) <= {"•", " "}


async def test_everything_typed_can_be_edited_character_by_character() -> None:
    app = OneField()
    async with app.run_test() as pilot:
        app.field.value = "a\u202e名e\u0301"
        await pilot.press("backspace", "backspace", "backspace", "x", "home", "delete")

        assert app.field.value == "\u202ex"
        assert app.line().startswith("<U+202E>x")


async def test_the_cursor_stays_in_the_window() -> None:
    app = OneField()
    async with app.run_test(size=(30, 5)) as pilot:
        app.field.value = "\u202e名" * 100
        for key in ("home", "right", "right", "end", "left"):
            await pilot.press(key)

            x, _ = app.field.cursor_screen_offset
            assert app.field.content_region.x <= x <= app.field.content_region.right


async def test_a_click_finds_the_character_that_is_shown_there() -> None:
    app = OneField()
    async with app.run_test() as pilot:
        app.field.value = "\u202e名x"
        for cell, index in [(0, 0), (7, 0), (8, 1), (9, 1), (10, 2), (11, 3), (40, 3)]:
            await pilot.click(Field, offset=(app.field.content_region.x + cell, 0))

            assert app.field.cursor_position == index


@pytest.mark.parametrize("password", [False, True])
async def test_ctrl_c_copies_nothing(password: bool) -> None:  # noqa: FBT001
    app = OneField(password=password)
    async with app.run_test() as pilot:
        app.field.value = "secret"
        app.field.select_all()
        await pilot.press("ctrl+c", "super+c")

        assert app.clipboard == ""


async def test_a_secret_is_not_cut_and_not_restored() -> None:
    app = OneField(password=True)
    async with app.run_test() as pilot:
        app.field.value = "secret"
        app.field.select_all()
        await pilot.press("ctrl+x", "ctrl+v", "ctrl+z")

        assert (app.clipboard, app.field.value) == ("", "")


async def test_a_secret_that_was_taken_is_gone() -> None:
    app = OneField(password=True)
    async with app.run_test():
        app.field.value = "secret"

        assert app.field.take() == "secret"
        assert app.field.value == ""
        assert "secret" not in repr(vars(app.field))


async def test_what_is_too_long_is_not_inserted() -> None:
    app = OneField()
    async with app.run_test():
        app.field.value = "kept"
        app.field.replace("x" * LONGEST, 0, 0)

        assert app.field.value == "kept"


async def test_the_cursor_does_not_blink() -> None:
    app = OneField()
    async with app.run_test():
        assert not app.field.cursor_blink


def test_ten_thousand_characters_are_typed_and_pasted(tmp_path: Path) -> None:
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.type("é" * 10_000)
        terminal.wait_for("has 10000 characters")
        terminal.send(CTRL_U)
        terminal.wait_for("has 0 characters")
        terminal.paste("[/]\u202e" * 2_500)
        terminal.wait_for("has 10000 characters")
        terminal.wait_for("[/]<U+202E>[/]<U+202E>")

        assert_only_text(terminal)


def test_every_single_byte_is_survived(tmp_path: Path) -> None:
    """One byte that is not UTF-8 killed Textual's input thread, and with it the console."""
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        for byte in range(256):
            if byte != 0x03:  # ctrl+c leaves, as it should
                terminal.send(bytes([byte]))
        for lead in range(0x80, 0x100):
            terminal.send(bytes([lead, 0x61]))
        for broken in (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff\xfe", b"\xe2\x82"):
            terminal.send(broken + b"a")

        assert_still_alive(terminal)
        assert_only_text(terminal)


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[1114112u",
        "\x1b[97:65;2u",
        "\x1b[55296u",
        "\x1b[99999999999999999999u",
        "\x1b[1;1;1114112u",
        "\x1b[48;1;1;1;1t",
        "\x1b[<999999;1;1M",
        "\x1b[M\x00\x00\x00",
        "\x1b[?2048;1$y",
        "\x1b]52;c;eA==\x07",
        "\x1bP1$r\x1b\\",
        "\x1b[" + "1;" * 40 + "u",
        "\x1b[200~never ended",
    ],
)
def test_a_key_sequence_that_breaks_the_parser_is_survived(tmp_path: Path, sequence: str) -> None:
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.send(sequence)
        terminal.send("\x1b[201~")

        assert_still_alive(terminal)
        assert_only_text(terminal)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.isprintable() or "\x1b" in text])
def test_a_hostile_paste_writes_no_sequence_of_its_own(tmp_path: Path, text: str) -> None:
    with small_console(tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.paste(text.encode(errors="ignore"))
        terminal.send(HOME + LEFT + BACKSPACE + CTRL_A)
        terminal.send(TAB)
        terminal.paste(text.encode(errors="ignore"))

        assert_still_alive(terminal)
        assert_only_text(terminal)
        assert b"\x1b]52" not in terminal.raw


def assert_still_alive(terminal: Terminal) -> None:
    """Whatever has the focus, the app still answers a key; what was typed before may be told behind the answer."""

    def answers(terminal: Terminal) -> bool:
        terminal.send("\x1b[15~")
        return any("dumpable=" in line for line in terminal.text())

    terminal.wait_for(answers)


@pytest.mark.parametrize("name", ["replace", "restricted", "check_consume_key", "_on_key", "_on_paste", "action_copy"])
def test_what_is_overridden_in_textuals_input_is_still_there(name: str) -> None:
    assert name in vars(Input)


def test_typing_keeps_what_is_typed() -> None:
    assert typed("名前 [/] \u202e e\u0301") == "名前 [/] \u202e e\u0301"
