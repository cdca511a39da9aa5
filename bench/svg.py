"""A terminal's screen as an SVG picture, from the cells that a real terminal would show."""

import re
from io import StringIO
from itertools import groupby

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.e2e.picture import Cell
from tests.e2e.terminal import Terminal

# Without the web fonts that Rich names: a picture must not fetch anything.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code, ", "")
_THEME = TerminalTheme((18, 23, 31), (213, 219, 229), [(0, 0, 0)] * 8, [(255, 255, 255)] * 8)


def svg_of(terminal: Terminal, *, title: str) -> str:
    """The picture of what `terminal` shows now."""
    rows = terminal.cells()
    console = Console(
        width=len(rows[0]),
        record=True,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for row in rows:
        console.print(_line(row), end="\n", no_wrap=True, crop=True)
    return console.export_svg(
        title=title, theme=_THEME, code_format=_FORMAT, unique_id=re.sub(r"\W+", "-", title.lower())
    )


def _line(row: list[Cell]) -> Text:
    line = Text(end="")
    for (style, _), cells in groupby(row, key=lambda cell: (_style(cell), cell.char == " ")):
        line.append("".join(cell.char for cell in cells), style)
    return line


def _style(cell: Cell) -> Style:
    foreground, background = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (cell.foreground, cell.background))
    return Style(color=foreground, bgcolor=background, bold=cell.bold, underline=cell.underline)
