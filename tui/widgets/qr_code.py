"""A QR code that a telephone reads off the terminal, whatever its theme and colours."""

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import groupby, zip_longest
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.secret import Secret

QUIET_ZONE = 2
"""Modules of light around the code. Without any it is not found on a dark terminal."""

_BLOCKS = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}


class Way(Enum):
    """How a code is brought to a person."""

    HALF_BLOCKS = "half-blocks"
    """A cell is two modules, one above the other. Needs a terminal that reads UTF-8."""

    SPACES = "spaces"
    """Two cells are one module, told by the background alone: four times as large, and ASCII."""

    KEY = "key"
    """No code: the key is typed."""


def qr_cells(text: str, *, way: Way) -> Size:
    """The cells that a whole code takes.

    Raises:
        ValueError: no QR code holds so long a text.
    """
    # The size is the same under every mask, and finding the best one is four fifths of the work.
    return _cells(len(_modules(text, mask=0)), way)


def way_to_draw(text: str, *, width: int, height: int, utf8: bool) -> Way:
    """The way in which the whole code fits into so many cells; the key where none does.

    Ask before showing: a clipped code is never read.
    """
    way = Way.HALF_BLOCKS if utf8 else Way.SPACES
    try:
        cells = qr_cells(text, way=way)
    except ValueError:
        return Way.KEY
    return way if cells.width <= width and cells.height <= height else Way.KEY


class QrCode(Secret, Widget):
    """Shows a text as a QR code, black on white, until it is told to forget it.

    The colours reach the terminal under every theme and under NO_COLOR too: they are the content here.
    """

    # A selection would bring the cells, and with them the secret, to the clipboard.
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    QrCode { width: auto; height: auto; }
    """

    def __init__(self, text: str, *, way: Way = Way.HALF_BLOCKS, **widget: Any) -> None:
        super().__init__(**widget)
        modules = _modules(text)
        self._cells = _cells(len(modules), way)
        self._strips = list(_strips(modules, way))

    def forget(self) -> None:
        """Clear the code, and keep nothing of it."""
        self._strips.clear()
        self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width of the whole code, known before it is laid out."""
        return self._cells.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The height of the whole code, known before it is laid out."""
        return self._cells.height

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None: they are what takes colours away."""
        return ()

    def secret_line(self, y: int) -> Strip:
        """One row of the code; blank below it, and once it is forgotten."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)


def _modules(text: str, *, mask: int | None = None) -> list[tuple[int, ...]]:
    # Only one screen in many sessions needs it, and its import costs 30 ms.
    import segno

    code = segno.make(text, error="l", micro=False, boost_error=False, mask=mask)
    return [tuple(row) for row in code.matrix_iter(border=QUIET_ZONE)]


def _cells(side: int, way: Way) -> Size:
    match way:
        case Way.HALF_BLOCKS:
            return Size(side, (side + 1) // 2)
        case Way.SPACES:
            return Size(side * 2, side)
        case Way.KEY:
            raise ValueError("A key is no code and takes no cells.")


def _strips(modules: list[tuple[int, ...]], way: Way) -> Iterator[Strip]:
    # Full colours, not the palette's: themes of terminals turn "black" and "white" round. Made anew for each
    # code, since a Style keeps the sequence of the first terminal it is sent to, and one process serves many.
    black, white = Color.from_rgb(0, 0, 0), Color.from_rgb(255, 255, 255)
    light, dark = Style(color=black, bgcolor=white), Style(color=white, bgcolor=black)
    if way is Way.HALF_BLOCKS:
        return _half_block_strips(modules, light)
    return _space_strips(modules, (light, dark))


def _half_block_strips(modules: list[tuple[int, ...]], dark_on_light: Style) -> Iterator[Strip]:
    light_row = (0,) * len(modules)
    for upper, lower in zip_longest(modules[::2], modules[1::2], fillvalue=light_row):
        row = "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        yield Strip([Segment(row, dark_on_light)], len(row))


def _space_strips(modules: list[tuple[int, ...]], styles: tuple[Style, Style]) -> Iterator[Strip]:
    for row in modules:
        runs = [Segment("  " * len(list(run)), styles[dark]) for dark, run in groupby(row)]
        yield Strip(runs, len(row) * 2)
