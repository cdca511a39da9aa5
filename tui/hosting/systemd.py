"""What systemd and a service tell each other: the socket that it holds, and that the service is well."""

import os
import socket
import time

_FIRST_SOCKET = 3


def passed_socket() -> socket.socket | None:
    """The listening socket that was passed to this process (sd_listen_fds(3)), None if there is none.

    The variables are forgotten: no child of this process is meant.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or count != "1":
        return None
    os.set_inheritable(_FIRST_SOCKET, False)  # noqa: FBT003
    return socket.socket(fileno=_FIRST_SOCKET)


def pass_on(listener: socket.socket) -> None:
    """Have what this process becomes by exec find the socket in the same way."""
    os.dup2(listener.fileno(), _FIRST_SOCKET, inheritable=True)
    if listener.fileno() == _FIRST_SOCKET:
        os.set_inheritable(_FIRST_SOCKET, True)  # noqa: FBT003
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")


def notify(state: str) -> None:
    """Tell systemd, if it wants to be told (sd_notify(3)); what it does not hear it does not hear."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as to:
        try:
            to.sendto(state.encode(), address)
        except OSError:
            return


def reloading() -> str:
    """What is told before this process becomes another program."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"


def watchdog_seconds() -> float | None:
    """How often systemd wants to hear that all is well, None where it does not."""
    try:
        return int(os.environ.get("WATCHDOG_USEC", "")) / 2_000_000
    except ValueError:
        return None
