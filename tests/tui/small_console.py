"""Starts the small app on a real terminal."""

import sys
from pathlib import Path

from tests.e2e.terminal import Terminal, private_environment

ROOT = Path(__file__).parents[2]
ARGV = [
    sys.executable,
    "-c",
    "import sys; sys.path.insert(0, sys.argv[1]); from tests.tui.small_app import main; main()",
    str(ROOT),
]


def small_console(home: Path, before: tuple[str, ...] = (), /, **environment: str) -> Terminal:
    """The small app; `before` is a command that starts it in its own way."""
    return Terminal([*before, *ARGV], env=private_environment(home, **environment), cwd=home)
