"""Lets what a widget drew go with the widget. Textual 8.2.8 keeps it: a cache of two colours has the widget's own
cache of lines in its keys, a thousand of them for the life of the process, with the text that stood there.
"""

from functools import lru_cache

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style


@lru_cache(1024)
def _backgrounds(base: Color, background: Color) -> tuple[Style, Style]:
    return Style(background=base + background), Style(background=base)


def _get_inner_outer(_: StylesCache, base_background: Color, background: Color) -> tuple[Style, Style]:
    return _backgrounds(base_background, background)


def install() -> None:
    """Do so in every app of this process."""
    StylesCache.get_inner_outer = _get_inner_outer  # type: ignore[method-assign, assignment]
