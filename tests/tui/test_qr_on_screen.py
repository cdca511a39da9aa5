"""The QR code as a real terminal shows it, read by another program than the one that drew it."""

import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from core.totp import in_groups
from tests.e2e.picture import DARK, LIGHT, Palette
from tests.e2e.terminal import ENTER, Terminal, private_environment
from tests.tui.qr_reading import LENGTHS, dark_on_light_codes, key_of, otpauth

ROOT = Path(__file__).parents[2]
SIZES = ((80, 24), (100, 30), (200, 50))


@dataclass(frozen=True)
class Look:
    """A terminal, the theme it shows, and what it says of itself."""

    theme: str
    palette: Palette
    environment: dict[str, str]


TRUECOLOR = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
COLOURS_256 = {"TERM": "xterm-256color", "COLORTERM": ""}
COLOURS_16 = {"TERM": "xterm-16color", "COLORTERM": ""}
LINUX = {"TERM": "linux", "COLORTERM": ""}
NO_COLOUR = TRUECOLOR | {"NO_COLOR": "1"}

LOOKS = {
    "dark": Look("bartizan-dark", DARK, TRUECOLOR),
    "light": Look("bartizan-light", LIGHT, TRUECOLOR),
    "256 colours": Look("bartizan-dark", DARK, COLOURS_256),
    "16 colours": Look("bartizan-dark", DARK, COLOURS_16),
    "16 colours of a light terminal": Look("bartizan-light", LIGHT, COLOURS_16),
    "linux": Look("bartizan-dark", DARK, LINUX),
    "NO_COLOR, dark": Look("bartizan-dark", DARK, NO_COLOUR),
    "NO_COLOR, light": Look("bartizan-light", LIGHT, NO_COLOUR),
}
ENCODINGS = {
    "UTF-8": {"LANG": "C.UTF-8"},
    "ASCII": {"LANG": "C", "LC_ALL": "C"},
}
# Four addresses at three sizes. Only the longest needs 25 rows; with spaces none fits below 200x50.
EXPECTED = {"UTF-8": {"code": 11, "key": 1}, "ASCII": {"code": 4, "key": 8}}


def shown(terminal: Terminal, length: int) -> str:
    """What a person gets: a "code" that can be read off the screen, or a "key" of which all stands there."""
    if "Point your app" in str(terminal):
        return "code" if dark_on_light_codes(terminal.image()) == [otpauth(length)] else ""
    return "key" if all(group in str(terminal) for group in in_groups(key_of(length)).split()) else ""


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("look", LOOKS)
def test_the_code_is_read_off_the_screen_or_the_key_stands_there(tmp_path: Path, look: str, encoding: str) -> None:
    environment = private_environment(tmp_path, **LOOKS[look].environment, **ENCODINGS[encoding])
    command = [sys.executable, "-m", "tests.tui.qr_app", LOOKS[look].theme]
    seen: dict[tuple[int, int, int], str] = {}

    with Terminal(command, env=environment, cwd=ROOT, palette=LOOKS[look].palette) as terminal:
        for columns, rows in SIZES:
            terminal.resize(columns, rows)
            for length in LENGTHS:
                terminal.wait_for(f"drawn for {columns}x{rows}")
                seen[length, columns, rows] = terminal.wait_for(partial(shown, length=length))
                terminal.send(ENTER)

    count = Counter(seen.values())
    print(f"{look}, {encoding}: {count['code']} codes read, {count['key']} keys shown")  # noqa: T201
    assert count == EXPECTED[encoding], str(seen)
    if encoding == "UTF-8":
        assert all(seen[length, 80, 24] == "code" for length in LENGTHS if length <= 40)
