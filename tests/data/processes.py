"""Real processes for tests of what happens between them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@contextmanager
def running(script: str, *arguments: str, copies: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
    """Start Python on a script, so often, and give the processes once each has printed its first line.

    Whatever still runs at the end is killed.
    """
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    with ExitStack() as stack:
        processes = [stack.enter_context(_started(command)) for _ in range(copies)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline(), "the process ended before its first line"
        yield processes


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def released(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let all go on at once, by the end of their input, and give what each wrote to stderr."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    return [process.communicate(timeout=60)[1] for process in processes]
