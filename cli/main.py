"""The `bartizan` command: without a word it starts the console, with one it does an administrator's act."""

import os
import sys
from pathlib import Path

from cli.console import start_console


def main() -> int:
    """Start what the command line names; the exit code."""
    os.umask(0o077)
    if len(sys.argv) == 1:
        return start_console(os.environ, Path.home())
    from cli.commands import run_command

    return run_command(sys.argv[1:])
