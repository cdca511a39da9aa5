"""What is private in Textual and used here all the same: each use, so that a release which changes it is noticed."""

import inspect
import weakref
from functools import _lru_cache_wrapper

import pytest
from textual import _styles_cache
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._parser import Parser
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.style import Style

from tui.drawn_lines import install as let_lines_go
from tui.hosting.driver import Keys, TerminalDriver


def source(of: object) -> str:
    return inspect.getsource(of)  # type: ignore[arg-type]


def test_the_parser_still_keeps_keys_for_the_life_of_the_process_and_ours_does_not() -> None:
    theirs = vars(XTermParser)["_parse_extended_key"]

    assert isinstance(theirs, _lru_cache_wrapper)
    before = theirs.cache_info().currsize
    assert [event.key for event in Keys()._parse_extended_key("\x1b[97;1u") or []] == ["a"]
    assert theirs.cache_info().currsize == before


def test_the_parser_still_says_by_a_time_that_it_waits() -> None:
    keys = Keys()
    assert not keys.waits

    assert list(keys.feed("\x1b")) == []

    assert keys.waits
    assert "self._timeout_time = get_time() + self._awaiting.timeout" in source(Parser.feed)


def test_no_text_still_ends_the_parser() -> None:
    assert "if not data:\n            self._eof = True" in source(Parser.feed)


def test_every_picture_of_the_compositor_still_goes_through_one_method() -> None:
    assert issubclass(LayoutUpdate, CompositorUpdate)
    assert issubclass(ChopsUpdate, CompositorUpdate)
    assert "isinstance(renderable, CompositorUpdate)" in source(App._display)
    assert "if self._batch_count:\n                return" in source(App._display)


def test_what_is_printed_still_goes_where_the_app_says() -> None:
    begin = source(App._process_messages)

    assert "with redirect_stdout(self._capture_stdout):" in begin
    assert "with redirect_stderr(self._capture_stderr):" in begin


def test_the_cache_of_two_colours_still_keeps_what_dead_widgets_drew_and_ours_does_not() -> None:
    assert "@lru_cache(1024)\n    def get_inner_outer(\n        cls, base_background" in source(_styles_cache)
    let_lines_go()
    drawn = StylesCache()
    gone = weakref.ref(drawn)

    inner, outer = drawn.get_inner_outer(Color(1, 2, 3), Color(4, 5, 6))
    del drawn

    assert (inner, outer) == (Style(background=Color(4, 5, 6)), Style(background=Color(1, 2, 3)))
    assert gone() is None


def test_the_size_still_comes_from_the_driver() -> None:
    assert "self._driver._size" in source(vars(App)["size"].fget)


@pytest.mark.parametrize(
    "name", ["write", "start_application_mode", "disable_input", "stop_application_mode", "process_message", "close"]
)
def test_what_textual_calls_in_a_driver_is_there(name: str) -> None:
    assert name in vars(Driver)
    assert hasattr(TerminalDriver, name)


@pytest.mark.parametrize("name", ["open_url", "deliver_binary", "send_message"])
def test_what_would_act_on_the_host_is_overridden(name: str) -> None:
    assert name in vars(Driver)
    assert name in vars(TerminalDriver)
