"""What is taken out of Textual's app stays out."""

from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import OptionList, Static
from textual.widgets._toast import Toast

from tui.fault import described
from tui.hardened import FAULT, HardenedApp
from tui.no_colour import NoColour
from tui.widgets.field import Field


class Small(HardenedApp[None]):
    TITLE = "[/] \x1b]0;title\x07"

    def compose(self) -> ComposeResult:
        yield Field("text")
        yield OptionList("one", "two")
        yield Static("three")


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+p", "ctrl+s", "ctrl+z", "ctrl+backslash", "f1"])
async def test_no_key_of_textuals_own_does_anything(key: str) -> None:
    app = Small()
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()

        assert app.is_running
        assert len(app.screen_stack) == 1
        assert app.return_code is None


async def test_ctrl_c_asks_to_quit_wherever_the_focus_is() -> None:
    app = Small()
    async with app.run_test() as pilot:
        app.query_one(Field).focus()
        app.query_one(Field).select_all()
        await pilot.press("ctrl+c")

        assert (app.return_code, app.clipboard) == (0, "")


async def test_no_picture_of_the_screen_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = Small()
    async with app.run_test() as pilot:
        app.action_screenshot()
        app.save_screenshot(path=str(tmp_path))
        app.deliver_screenshot(path=str(tmp_path))
        await pilot.pause()

        assert list(tmp_path.iterdir()) == []
        assert list(app.get_system_commands(app.screen)) == []


async def test_nothing_is_selected_with_the_mouse() -> None:
    app = Small()
    async with app.run_test() as pilot:
        await pilot.mouse_down(Static, offset=(0, 0))
        await pilot.hover(Static, offset=(4, 0))
        await pilot.mouse_up(Static, offset=(4, 0))

        assert not app.screen.get_selected_text()


@pytest.mark.parametrize("text", ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;x\x07", "\u202ex"])
async def test_notices_and_titles_show_people_s_text_as_it_is(text: str) -> None:
    app = Small()
    async with app.run_test(notifications=True) as pilot:
        app.notify(text, title=text)
        app.title = text
        while not [toast for toast in app.screen.query(Toast) if toast.size.height]:
            await pilot.pause()
        screen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())

        assert "\x1b" not in app.title
        assert "\x1b" not in screen
        assert "\u202e" not in screen
        assert "[" not in text or text in screen


def test_a_fault_is_told_without_message_and_values() -> None:
    secret = "Canary-5up3r"

    def fail(password: str) -> None:
        try:
            raise ValueError(password)
        except ValueError as error:
            raise KeyError(password) from error

    with pytest.raises(KeyError) as caught:
        fail(secret)

    told = described(caught.value)
    assert "builtins.KeyError" in told
    assert "builtins.ValueError" in told
    assert "test_hardened.py" in told
    assert secret not in "\n".join(line for line in told.splitlines() if "secret =" not in line)


async def test_leaving_after_a_fault_keeps_its_exit_code() -> None:
    app = Small()
    faults: list[str] = []
    app.report_fault = faults.append

    app.take_fault(ValueError("x"))
    app.exit()

    assert app.return_code == FAULT
    assert app.farewell is not None
    assert app.farewell[-8:] in faults[0]


async def test_a_session_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Small):
        async def end_session(self) -> None:
            raise OSError("database gone")

    app = Broken()
    faults: list[str] = []
    app.report_fault = faults.append
    async with app.run_test() as pilot:
        app.leave(129)
        app.leave(143)
        await pilot.pause()

        assert app.return_code == 129
        assert "OSError" in faults[0]


@pytest.mark.parametrize(
    ("style", "reverse"),
    [
        (Style(color="#d0d0d0", bgcolor="#101010"), False),
        (Style(color="#101010", bgcolor="#d0d0d0"), True),
        (Style(color="#d0d0d0", bgcolor="#101010", reverse=True), True),
        (Style(reverse=True), True),
        (Style(bgcolor="default"), False),
    ],
)
def test_without_colour_bright_grounds_become_reverse_video(style: Style, reverse: bool) -> None:  # noqa: FBT001
    [segment] = NoColour(dark=True).apply([Segment("x", style)], Color(0, 0, 0))

    assert segment.style is not None
    assert (segment.style.color, segment.style.bgcolor, bool(segment.style.reverse)) == (None, None, reverse)


def test_without_colour_segments_without_style_and_clicks_survive() -> None:
    click = Style(bold=True) + Style.from_meta({"@click": "quit"})

    bare, clickable = NoColour(dark=False).apply([Segment("x"), Segment("y", click)], Color(0, 0, 0))

    assert bare.style is None
    assert clickable.style is not None
    assert clickable.style.meta == {"@click": "quit"}
    assert clickable.style.bold


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord"])
async def test_without_colour_the_cursor_of_a_list_is_reversed_in_every_theme(theme: str) -> None:
    app = Small(no_color=True)
    async with app.run_test() as pilot:
        app.theme = theme
        app.query_one(OptionList).focus()
        await pilot.press("down")
        await pilot.pause()
        segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip]

        assert all(s.style is None or (s.style.color, s.style.bgcolor) == (None, None) for s in segments)
        [cursor] = [s for s in segments if "two" in s.text]
        assert cursor.style is not None
        assert cursor.style.reverse


@pytest.mark.parametrize(
    "name",
    [
        "_handle_exception",
        "_fatal_error",
        "panic",
        "_print_error_renderables",
        "_watch_theme",
        "_set_pointer_shape",
        "save_screenshot",
        "deliver_screenshot",
        "action_screenshot",
        "action_suspend_process",
        "get_system_commands",
    ],
)
def test_what_is_overridden_in_textuals_app_is_still_there(name: str) -> None:
    assert name in vars(App)
    assert name in vars(HardenedApp)
