"""`bartizan demo`: the console on a throw-away contract with sample people."""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cli.console import origin_of, run_console
from core.config import Settings
from core.demo import CONTRACT, PASSWORD, SamplePerson, fill
from core.demo_news import happen
from core.services import open_services

_PLACES = ("database_url", "key_ring", "log_file")


def run_demo(environ: Mapping[str, str]) -> int:
    """Print who can sign in, then show the console; the database is gone afterwards. The exit code."""
    with tempfile.TemporaryDirectory(prefix="bartizan-demo-") as directory:
        home = Path(directory)
        settings = Settings(f"sqlite:///{home}/data/demo.db", home / "keys" / "demo.json", home / "data" / "demo.log")
        services = open_services(settings)
        try:
            people = fill(services)
            happen(services)
        finally:
            services.close()
        print(f"A throw-away contract, {CONTRACT}. Everybody's password: {PASSWORD}\n")
        for person in people:
            print(_line(person))
        print("\nFor a call to the support agent, a second console, in another terminal:")
        print(f"  BARTIZAN_CONFIG={_for_a_second_console(settings, home)} {sys.argv[0]} --own-process")
        input("\nAdd the keys to your authenticator app, then press Enter to start. ")
        return run_console(settings, origin_of(environ))


def _for_a_second_console(settings: Settings, home: Path) -> Path:
    """Write the file with which another console opens the same database, and name it."""
    file = home / "demo.toml"
    lines = (f"{name} = {json.dumps(str(getattr(settings, name)))}\n" for name in _PLACES)
    file.write_text("".join(lines), encoding="utf-8")
    return file


def _line(person: SamplePerson) -> str:
    key = f"\n      key for your app: {person.secret}" if person.secret else ""
    return f"  {person.email:<20} {person.role}, {person.what}{key}"
