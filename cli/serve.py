"""`bartizan serve`: the console host. This process keeps the socket; `cli/worker.py` is what its workers run."""

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.saying import CANNOT, say
from core.config import Settings, load_settings
from core.origin import seen_by_sshd
from tui.hosting import handover, systemd, workers
from tui.hosting.callers import Caps, Peer
from tui.hosting.fault_log import FaultLog
from tui.hosting.host import ConsoleHost, Who

_RUN = "BARTIZAN_HOST_RUN"
"""Through which a release tells the next one, in the same process, how its workers were named."""

_OF_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE")
_MOST_WAITING = 128
_WORKER = ("-I", "-m", "cli.worker")


def serve(environ: Mapping[str, str], home: Path) -> int:
    """Run the host until it is told to stop; the exit code.

    Raises:
        SettingRefused: see `load_settings`.
    """
    import asyncio

    settings = load_settings(environ, home)
    path = Path(environ.get("BARTIZAN_SOCKET") or handover.SOCKET)
    listener = systemd.passed_socket() or _listen(path)
    if listener is None:
        return say(f"Nobody can listen at {path}: another host does, or the directory is not yours.", CANNOT)
    run, _, number = os.environ.pop(_RUN, "").partition(" ")
    host = ConsoleHost(
        listener=listener,
        start_worker=lambda name, after: workers.start(name, [sys.executable, *_WORKER], after=after),
        identify=lambda peer, terminal, told: _who(settings, peer, terminal, told),
        caps=Caps(int(settings.most_consoles), int(settings.most_consoles_of_one)),
        run=run or f"{socket.gethostname()}/{secrets.token_hex(8)}",
        first_number=int(number or 0),
        report=FaultLog(settings.log_file),
    )
    if asyncio.run(host.serve(len(os.sched_getaffinity(0)))):
        systemd.pass_on(listener)
        os.environ[_RUN] = f"{host.run} {host.next_number}"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - our own program
    return 0


def _who(settings: Settings, peer: Peer, terminal: str, told: Mapping[str, str]) -> Who:
    unix_user = peer.unix_user
    far_end = seen_by_sshd(
        told.get("SSH_CONNECTION", ""), told.get("SSH_USER_AUTH", ""), is_vouched=unix_user in settings.vouched
    )
    known = {"unix_user": unix_user, "terminal": terminal, "source": far_end.source, "key": far_end.key}
    return Who(f"{peer.uid} {far_end.key}", {name: told[name] for name in _OF_TERMINAL if name in told} | known)


def _listen(path: Path) -> socket.socket | None:
    """A socket of one's own, where systemd holds none: for the account and its group, or that of a setgid directory."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if path.is_socket() and not _answers(path):
            path.unlink()
        before = os.umask(0o117)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(_MOST_WAITING)
    except OSError:
        listener.close()
        return None
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True
