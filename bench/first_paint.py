"""How long the login takes to stand on the terminal, against a bare Textual app of two inputs.

Both are started anew each time on a pty, in turns; the clock runs from the start of the process until the word
“Password” has arrived. Prints the medians and their ratio.
"""

import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.terminal import private_environment

ROUNDS = 21
BAR = 1.15
_MARK = b"Password"


def main() -> int:
    """Measure, print both sides and the ratio; 1 if it misses the bar."""
    console = [str(Path(sys.executable).with_name("bartizan"))]
    bare = [sys.executable, "-m", "bench.bare_app"]
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        environment = private_environment(home)
        _register(console, environment)
        seconds: dict[str, list[float]] = {"bare": [], "bartizan": []}
        for _ in range(ROUNDS):
            seconds["bare"].append(first_paint(bare, environment))
            seconds["bartizan"].append(first_paint(console, environment))
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    ratio = medians["bartizan"] / medians["bare"]
    print(f"first paint, median of {ROUNDS - 1}")
    print(f"  bare Textual, two inputs  {medians['bare'] * 1000:6.0f} ms")
    print(f"  bartizan, login           {medians['bartizan'] * 1000:6.0f} ms")
    print(f"  ratio                     {ratio:6.2f}   (bar: {BAR})")
    return int(ratio > BAR)


def _register(console: Sequence[str], environment: dict[str, str]) -> None:
    answers = "Example GmbH\nJane\nDoe\njane.doe@example.com\nTurret-over-9-gates\nTurret-over-9-gates\n"
    subprocess.run(
        [*console, "register"], env=environment, input=answers, text=True, check=True, stdout=subprocess.DEVNULL
    )


def first_paint(argv: Sequence[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    child, master = pty.fork()
    if child == 0:
        os.execvpe(argv[0], list(argv), environment)  # noqa: S606 - a pty of our own takes the place of a shell
    try:
        seen = b""
        while _MARK not in seen:
            if not select.select([master], [], [], 20)[0]:
                raise TimeoutError(f"{argv[0]} painted nothing")
            seen += os.read(master, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)


if __name__ == "__main__":
    sys.exit(main())
