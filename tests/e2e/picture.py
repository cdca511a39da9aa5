"""A terminal's cells as pixels: for decoding QR codes as a camera would, and for looking at a screen."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import zxingcpp
from pyte.graphics import FG_BG_256
from pyte.screens import Char

CELL_WIDTH, CELL_HEIGHT = 8, 16

_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_NAMED = {name: FG_BG_256[index] for index, name in enumerate(_NAMES)}
_NAMED |= {f"bright{name}": FG_BG_256[index + 8] for index, name in enumerate(_NAMES)}
_NAMED["bfightmagenta"] = _NAMED["brightmagenta"]  # pyte's spelling

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours that a terminal uses where the program names none."""

    foreground: RGB
    background: RGB

    def resolve(self, name: str, *, default: RGB) -> RGB:
        """The colour that pyte calls `name`."""
        if name == "default":
            return default
        red, green, blue = bytes.fromhex(_NAMED.get(name, name))
        return red, green, blue


DARK = Palette(foreground=(0xD0, 0xD0, 0xD0), background=(0, 0, 0))
LIGHT = Palette(foreground=(0x20, 0x20, 0x20), background=(255, 255, 255))


@dataclass(frozen=True)
class Cell:
    """One cell as it is seen: reverse video is already applied to the colours."""

    char: str
    foreground: RGB
    background: RGB
    bold: bool
    underline: bool
    reverse: bool
    colours_named: bool
    """Did the program choose a colour, or is it all the terminal's own?"""


@dataclass(frozen=True)
class Image:
    """Rows of pixels, three bytes each."""

    width: int
    height: int
    pixels: bytes

    def grey(self) -> bytes:
        """One byte of brightness for each pixel."""
        width = CELL_WIDTH * 3
        return b"".join(_brightness(self.pixels[at : at + width]) for at in range(0, len(self.pixels), width))

    def write_png(self, path: Path) -> None:
        """Write a PNG file."""
        stride = self.width * 3
        rows = b"".join(b"\0" + self.pixels[at : at + stride] for at in range(0, len(self.pixels), stride))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))


@lru_cache(maxsize=4096)  # few pieces as wide as a cell look different
def _brightness(pixels: bytes) -> bytes:
    red, green, blue = pixels[0::3], pixels[1::3], pixels[2::3]
    return bytes((r * 299 + g * 587 + b * 114) // 1000 for r, g, b in zip(red, green, blue, strict=True))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@lru_cache(maxsize=4096)
def seen(char: Char, palette: Palette) -> Cell:
    """A character of pyte with its colours resolved."""
    foreground = palette.resolve(char.fg, default=palette.foreground)
    background = palette.resolve(char.bg, default=palette.background)
    if char.reverse:
        foreground, background = background, foreground
    return Cell(
        char.data,
        foreground,
        background,
        bold=char.bold,
        underline=char.underscore,
        reverse=char.reverse,
        colours_named=(char.fg, char.bg) != ("default", "default"),
    )


def cells_to_image(rows: Sequence[Sequence[Cell]]) -> Image:
    """Draw blocks exactly; every other glyph is a bar in the middle of its cell."""
    pixels = bytearray()
    for row in rows:
        drawn = [_drawn(cell.char, cell.foreground, cell.background) for cell in row]
        for y in range(CELL_HEIGHT):
            pixels += b"".join(lines[y] for lines in drawn)
    width = CELL_WIDTH * max((len(row) for row in rows), default=0)
    return Image(width, CELL_HEIGHT * len(rows), bytes(pixels))


@lru_cache(maxsize=4096)  # few cells look different
def _drawn(char: str, foreground: RGB, background: RGB) -> list[bytes]:
    """The lines of a cell."""
    return [b"".join(bytes(foreground if bit else background) for bit in bits) for bits in _mask(char)]


def decode_codes(image: Image) -> list[str]:
    """The texts of all QR codes in an image."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    grey = memoryview(image.grey()).cast("B", (image.height, image.width))
    return [code.text for code in zxingcpp.read_barcodes(grey, formats) if code.valid]


def _box(left: int, top: int, right: int, bottom: int) -> list[list[bool]]:
    """A filled box in a cell, in eighths of its width and height."""
    return [[left <= x < right and top <= y / 2 < bottom for x in range(CELL_WIDTH)] for y in range(CELL_HEIGHT)]


_BLANK = _box(0, 0, 0, 0)
_GLYPH = _box(1, 2, 7, 6)
_BLOCKS = {" ": _BLANK, "": _BLANK, "\u00a0": _BLANK, "▀": _box(0, 0, 8, 4), "▐": _box(4, 0, 8, 8)}
_BLOCKS |= {chr(0x2580 + n): _box(0, 8 - n, 8, 8) for n in range(1, 9)}
_BLOCKS |= {chr(0x2590 - n): _box(0, 0, n, 8) for n in range(1, 8)}


def _mask(char: str) -> list[list[bool]]:
    return _BLOCKS.get(char, _GLYPH)
