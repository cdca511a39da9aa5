"""How a cell looks on a terminal, and the shortest text that goes from one look to another (ECMA-48, SGR)."""

from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style

_SYSTEMS = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "standard": ColorSystem.STANDARD,
}

BOLD, DIM, ITALIC, UNDERLINE, BLINK, REVERSE, CONCEAL, STRIKE, OVERLINE = (1 << bit for bit in range(9))

_ON = {
    BOLD: "1",
    DIM: "2",
    ITALIC: "3",
    UNDERLINE: "4",
    BLINK: "5",
    REVERSE: "7",
    CONCEAL: "8",
    STRIKE: "9",
    OVERLINE: "53",
}
# In this order; 22 takes bold and dim away together.
_OFF = (
    (BOLD | DIM, "22"),
    (ITALIC, "23"),
    (UNDERLINE, "24"),
    (BLINK, "25"),
    (REVERSE, "27"),
    (CONCEAL, "28"),
    (STRIKE, "29"),
    (OVERLINE, "55"),
)
_SEEN_ON_BLANKS = UNDERLINE | REVERSE | STRIKE | OVERLINE


class Look(NamedTuple):
    """Colours as SGR parameters, empty for the terminal's own; attributes as bits."""

    foreground: str = ""
    background: str = ""
    attributes: int = 0
    on_blank: "str | tuple[str, str, int]" = ""
    """What is seen of it where nothing stands; the background alone if that is all."""


PLAIN = Look()
"""The terminal's own colours, no attributes."""


def look(foreground: str, background: str, attributes: int) -> Look:
    """A look of these parts."""
    if attributes & _SEEN_ON_BLANKS:
        return Look(foreground, background, attributes, (foreground, background, attributes))
    return Look(foreground, background, attributes, background)


@lru_cache(2048)
def look_of(style: Style, colours: str | None) -> Look:
    """The look of a style on a terminal that has "truecolor", "256" or "standard" (16) colours, or none.

    Links never reach the terminal. A double underline is a plain one: there are terminals that take its code (21) for
    the end of bold.
    """
    attributes = 0
    for bit, has in (
        (BOLD, style.bold),
        (DIM, style.dim),
        (ITALIC, style.italic),
        (UNDERLINE, style.underline or style.underline2),
        (BLINK, style.blink or style.blink2),
        (REVERSE, style.reverse),
        (CONCEAL, style.conceal),
        (STRIKE, style.strike),
        (OVERLINE, style.overline),
    ):
        if has:
            attributes |= bit
    return look(
        _parameters(style.color, colours, foreground=True),
        _parameters(style.bgcolor, colours, foreground=False),
        attributes,
    )


def _parameters(colour: Color | None, colours: str | None, *, foreground: bool) -> str:
    if colour is None or colour.is_default or colours is None:
        return ""
    return ";".join(colour.downgrade(_SYSTEMS[colours]).get_ansi_codes(foreground=foreground))


@lru_cache(2048)
def change(shown: Look | None, wanted: Look) -> str:
    """The shortest text after which the terminal writes in the wanted look; `shown` is None where nothing is known."""
    if shown == wanted:
        return ""
    anew = _sequence(["", *_parts(wanted)])
    if shown is None:
        return anew
    return min(_sequence(_differences(shown, wanted)), anew, key=len)


def _sequence(parameters: list[str]) -> str:
    return f"\x1b[{';'.join(parameters)}m"


def _parts(wanted: Look) -> list[str]:
    on = [code for bit, code in _ON.items() if wanted.attributes & bit]
    return on + [colour for colour in (wanted.foreground, wanted.background) if colour]


def _differences(shown: Look, wanted: Look) -> list[str]:
    parameters = []
    kept = shown.attributes
    for bits, code in _OFF:
        if kept & bits & ~wanted.attributes:
            parameters.append(code)
            kept &= ~bits
    parameters += [code for bit, code in _ON.items() if wanted.attributes & ~kept & bit]
    if shown.foreground != wanted.foreground:
        parameters.append(wanted.foreground or "39")
    if shown.background != wanted.background:
        parameters.append(wanted.background or "49")
    return parameters
