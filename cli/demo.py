"""`bartizan demo`: the console on a throw-away contract with sample people."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from cli.console import origin_of, run_console
from core.config import Settings
from core.demo import CONTRACT, PASSWORD, SamplePerson, fill
from core.demo_news import happen
from core.services import open_services


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
        input("\nAdd the key to your authenticator app, then press Enter to start. ")
        return run_console(settings, origin_of(environ))


def _line(person: SamplePerson) -> str:
    key = f"\n      key for your app: {person.secret}" if person.secret else ""
    return f"  {person.email:<20} {person.role}, {person.what}{key}"
