"""One person's installation on disk: its files, and what stands in its database."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.journey import OLGA, Person
from tests.e2e.terminal import Terminal, private_environment

BARTIZAN = Path(sys.executable).with_name("bartizan")


@dataclass(frozen=True)
class Installation:
    """A home directory in which `bartizan` has been, or will be."""

    home: Path

    @property
    def database(self) -> Path:
        return self.home / ".local/share/bartizan/bartizan.db"

    @property
    def key_ring(self) -> Path:
        return self.home / ".config/bartizan/keys.json"

    @property
    def log(self) -> Path:
        return self.home / ".local/share/bartizan/bartizan.log"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, beside whatever has it open."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Change the database behind Bartizan's back; how many rows."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection, connection:
            return connection.execute(statement, values).rowcount

    def open_sessions(self) -> int:
        """How many sessions are signed in."""
        [(count,)] = self.rows("SELECT count(*) FROM session WHERE ended_at IS NULL")
        return int(count)

    def second_factor_rows(self) -> list[tuple[Any, ...]]:
        """Everything of everybody's second factor, pending or confirmed."""
        return [
            row
            for table in ("authenticator", "pending_authenticator", "recovery_code", "pending_login")
            for row in self.rows(f"SELECT * FROM {table}")  # noqa: S608 - our own names
        ]

    def files(self) -> dict[Path, tuple[int, bytes]]:
        """Every file with its mode and content, but for the shared memory of the database."""
        return {
            path.relative_to(self.home): (path.stat().st_mode, path.read_bytes())
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and not path.name.endswith("-shm")
        }

    def copied_to(self, home: Path) -> "Installation":
        """The same files in another home, with their modes."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        return Installation(home)

    def start(self, **more: str) -> Terminal:
        """Start the console with settings in its environment."""
        return Terminal([BARTIZAN], env=private_environment(self.home, **more), cwd=self.home)

    def run(self, *arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command with its input from a pipe."""
        return subprocess.run(
            [BARTIZAN, *arguments],
            env=private_environment(self.home, **more),
            cwd=self.home,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def register(self, person: Person = OLGA) -> subprocess.CompletedProcess[str]:
        """Register by the command, with the answers from a pipe."""
        return self.run("register", typed=answers(person))


def answers(person: Person) -> str:
    """What `bartizan register` asks for, one a line."""
    lines: Sequence[str] = (
        person.contract, person.given, person.family, person.email, person.password, person.password,
    )  # fmt: skip
    return "".join(f"{line}\n" for line in lines)
