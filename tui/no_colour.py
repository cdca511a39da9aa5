"""NO_COLOR: no colour code is written, and what was told by a bright background is told by reverse video."""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


class NoColour(LineFilter):
    """Takes every colour away. Textual's own filter only makes colours grey, and fails on segments without style.

    A widget that needs its colours (the QR code) overrides `get_line_filters` to return none.
    """

    def __init__(self, *, dark: bool) -> None:
        super().__init__()
        self.dark = dark

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without colours."""
        return [
            Segment(text, None if style is None else _without_colour(style, dark=self.dark), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _without_colour(style: Style, *, dark: bool) -> Style:
    ground = style.color if style.reverse else style.bgcolor
    inverted = _is_bright(ground) == dark if ground is not None and not ground.is_default else bool(style.reverse)
    plain = style.without_color + Style(reverse=inverted)
    return plain + Style.from_meta(style.meta) if style.meta else plain


def _is_bright(colour: RichColor) -> bool:
    return Color.from_rich_color(colour).brightness > 0.5
