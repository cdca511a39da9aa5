"""The threads in which a worker's consoles wait for the database: whoever is signed in never queues behind strangers.

`asyncio.to_thread` asks the default executor of the loop; this is one. Sign-ins cost a hash each, and a flood of them
would fill every thread; so consoles at which nobody is signed in share a few, which run when nobody else wants to.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

STRANGERS, MEMBERS = 4, 8
"""Threads for consoles at which nobody is signed in, and for all others."""

_POLITE = 10
"""How much later strangers' threads run (nice)."""

is_signed_in: ContextVar[Callable[[], bool]] = ContextVar("is_signed_in")
"""Tells of the console that asks whether somebody is signed in there."""


class Lanes(ThreadPoolExecutor):
    """An executor with a lane for members, its own threads, and one for strangers."""

    def __init__(self) -> None:
        super().__init__(MEMBERS, "member")
        self._strangers = ThreadPoolExecutor(STRANGERS, "stranger", initializer=_be_polite)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it in the lane of the console that asks."""
        asks = is_signed_in.get(None)
        if asks is None or asks():
            return super().submit(fn, *args, **kwargs)
        return self._strangers.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its base
        """End both lanes."""
        self._strangers.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)


def _be_polite() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _POLITE)
