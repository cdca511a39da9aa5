"""The `bartizan` command: without a word it starts the console, with one it does an administrator's act."""

import gc
import os
import sys
from pathlib import Path


def main() -> int:
    """Start what the command line names; the exit code."""
    os.umask(0o077)
    if len(sys.argv) > 1:
        from cli.commands import run_command

        return run_command(sys.argv[1:])
    gc.disable()  # nothing is garbage yet; looking for it costs a tenth of the start. Hosting enables it again.
    from cli.console import start_console

    return start_console(os.environ, Path.home())
