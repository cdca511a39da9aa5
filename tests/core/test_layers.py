"""Imports run one way, and what the first paint needs stays light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "core").rglob("*.py")
    if path.stem != "__init__"
)
LIGHT = ["errors", "wording", "login_steps", "origin", "config", "clock"]
SQL = {"sqlalchemy", "sqlmodel", "pydantic", "alembic", "psycopg", "sqlite3"}


def _brought_by(module: str) -> set[str]:
    """The top-level packages that a fresh Python has after importing the module."""
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def _imported(package: str) -> Iterator[tuple[str, str]]:
    """Each file of a package with each module that it imports anywhere, even for types alone."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((str(path.relative_to(ROOT)), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield str(path.relative_to(ROOT)), node.module or ""


def _uses(package: str, *forbidden: str) -> list[tuple[str, str]]:
    return [(path, name) for path, name in _imported(package) if name.partition(".")[0] in forbidden]


def test_core_brings_no_terminal() -> None:
    brought = _brought_by(", ".join(MODULES))

    assert "sqlmodel" in brought
    assert not brought & {"textual", "rich", "tui", "cli"}


@pytest.mark.parametrize("module", LIGHT)
def test_what_the_first_paint_needs_of_core_brings_no_database(module: str) -> None:
    assert not _brought_by(f"core.{module}") & (SQL | {"argon2", "cryptography", "pyotp", "zxcvbn"})


def test_a_start_brings_neither_migrations_nor_the_strength_meter_nor_what_sends_mail() -> None:
    assert not _brought_by("core.services") & {"alembic", "zxcvbn", "pydantic_settings", "smtplib"}


@pytest.mark.parametrize("package", ["tui", "cli"])
def test_screens_and_commands_touch_neither_data_nor_sql(package: str) -> None:
    assert _uses(package, "data", *SQL) == []


def test_core_knows_neither_screens_nor_commands() -> None:
    assert _uses("core", "tui", "cli", "textual", "rich") == []


def test_data_knows_nobody_above_it() -> None:
    assert _uses("data", "core", "tui", "cli", "textual", "rich") == []
