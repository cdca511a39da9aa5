"""The words of `bartizan import` and `bartizan export`."""

import argparse
from typing import Any

_SIGNS_IN = (
    "Asks for e-mail, password and code on the terminal; without one, reads them from standard input, one a line."
)


def add_file_commands(commands: Any) -> None:
    """Add both commands to a parser's."""
    _add_import(commands)
    _add_export(commands)


def _add_import(commands: Any) -> None:
    words = "take people, data centers and snapshots from a file"
    command = commands.add_parser("import", help=words, description=f"{words.capitalize()}. {_SIGNS_IN}")
    command.set_defaults(act=_import, codes=None)
    kinds = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    for what, columns in (
        ("people", "email, given_name, family_name; role, groups (separated by ;), force (yes or no)"),
        ("resources", "kind, name; protected (yes or no), groups (separated by ;, each with :edit and :share or not)"),
    ):
        kind = kinds.add_parser(
            what, help=f"{what} from a file", description=f"{what.capitalize()} from CSV or JSON. Columns: {columns}."
        )
        kind.add_argument("file", metavar="FILE", help="UTF-8, with a line of column names first; - is standard input")
        how = kind.add_mutually_exclusive_group()
        how.add_argument("--dry-run", action="store_true", help="say what would be refused, and change nothing")
        how.add_argument("--all-or-nothing", action="store_true", help="change nothing if one line is refused")
        kind.add_argument("--json", action="store_true", help="print the report as JSON, with every line refused")
        if what == "people":
            kind.add_argument("--codes", metavar="FILE", help="write an activation code for each into this new file")


def _add_export(commands: Any) -> None:
    words = "write people, data centers and snapshots to a file"
    command = commands.add_parser("export", help=words, description=f"{words.capitalize()}. {_SIGNS_IN}")
    command.set_defaults(act=_export)
    kinds = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    for what in ("people", "resources"):
        kind = kinds.add_parser(what, help=f"all {what} that you may see", description=f"All {what} that you may see.")
        kind.add_argument("--format", choices=("csv", "json"), default="csv", help="csv by default")
        kind.add_argument("--output", metavar="FILE", default="-", help="a new file of mode 0600, not standard output")
        kind.add_argument("--force", action="store_true", help="write over FILE")


def _import(words: argparse.Namespace) -> int:
    from cli.importing import run_import

    return run_import(words)


def _export(words: argparse.Namespace) -> int:
    from cli.exporting import run_export

    return run_export(words)
