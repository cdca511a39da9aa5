"""What a worker process of the console host runs: `python -m cli.worker DESCRIPTOR NAME DEAD`.

Its name is "host/run/number". DEAD is the one that it replaces, or nothing.
"""

import asyncio
import importlib
import os
import pkgutil
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.config import Settings, load_settings
from core.errors import Fault, Refusal
from core.origin import Origin
from tui.hosting.environment import clean
from tui.hosting.fault_log import FaultLog
from tui.hosting.memory import forbid_core_files, forbid_reading

if TYPE_CHECKING:
    from core.services import Services
    from tui.app import BartizanApp
    from tui.guarded import GuardedApp
    from tui.hosting.terminal import Abilities


_TRY_AGAIN_AFTER = 15.0


@dataclass
class OpenedOnce:
    """The services that all consoles of this process share, opened when the first of them wants to be."""

    settings: Settings
    name: str
    dead: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _services: "Services | None" = None
    _is_cleared: bool = False

    def __call__(self) -> "Services":
        """Open them, or give those that are open.

        Raises:
            Fault, SettingRefused: see `open_services`; the next call tries again.
        """
        from core.services import open_services

        with self._lock:
            if self._services is None:
                self._services = open_services(self.settings)
            if not self._is_cleared:
                self._is_cleared = self._cleared(self._services)
            return self._services

    def _cleared(self, services: "Services") -> bool:
        """End the sessions of consoles that are no more: whose worker died, or whose whole host did. Nobody can act
        in them, so what cannot be done now keeps no other out; the next console tries again.
        """
        host, run, _ = self.name.split("/")
        with suppress(Refusal, Fault):
            if self.dead:
                services.sessions.end_of_worker(self.dead)
            services.sessions.end_of_other_runs(host, run)
            return True
        return False

    async def send_mail(self, wanted: asyncio.Event) -> None:
        """Open them before anybody comes, then send the mail for all consoles; until it is cancelled."""
        while True:
            with suppress(Refusal, Fault):  # whoever comes is told what is wrong
                services = await asyncio.to_thread(self)
                break
            await asyncio.sleep(_TRY_AGAIN_AFTER)
        if services.mail.is_configured:
            from tui.mail_delivery import deliver_now_and_then

            await deliver_now_and_then(services.mail, wanted)


def main() -> None:
    """Work until the parent says stop."""
    descriptor, name, dead = sys.argv[1:]
    os.umask(0o077)
    clean(os.environ)
    forbid_core_files()
    forbid_reading()
    _import_everything()

    from tui.hosting import worker

    settings = load_settings(os.environ, Path.home())
    services = OpenedOnce(settings, name, dead)
    log = FaultLog(settings.log_file)
    wanted = asyncio.Event()

    def make_app(told: Mapping[str, str], can: "Abilities") -> "GuardedApp[Any]":
        from tui.app import BartizanApp

        return BartizanApp(
            settings,
            origin=_origin(name, told),
            open_services=services,
            no_color=can.no_color,
            mail_wanted=wanted,
        )

    def be_at(app: "GuardedApp[Any]", told: Mapping[str, str]) -> None:
        cast("BartizanApp", app).be_at(_origin(name, told))

    with socket.socket(fileno=int(descriptor)) as parent:
        parent.set_inheritable(False)
        worker.run(
            lambda: worker.WorkerProcess(parent, make_app, log, beside=lambda: services.send_mail(wanted), be_at=be_at)
        )


def _origin(name: str, told: Mapping[str, str]) -> Origin:
    where = {each: told.get(each, "") for each in ("terminal", "unix_user", "source", "key")}
    return Origin(host=socket.gethostname(), worker=name, **where)


def _import_everything() -> None:
    """Bring every screen and every service now: no console waits for an import, and all share what one brought."""
    import core.services
    import tui

    for package in (tui, core):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


if __name__ == "__main__":
    main()
