"""The threads in which a worker's consoles wait for the database: whoever is signed in never queues behind strangers.

`asyncio.to_thread` asks the default executor of the loop; this is one. Sign-ins cost a hash each, and a flood of them
would fill every thread; so consoles at which nobody is signed in share a few. These are no less urgent to the kernel:
what holds the interpreter's lock and is not let run would stop everybody.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

STRANGERS, MEMBERS = 2, 8
"""Threads for consoles at which nobody is signed in, and for all others."""

PAUSE = 0.1
"""Seconds for which a stranger's thread rests: each answer is painted, and a flood of them would be all that is."""

is_signed_in: ContextVar[Callable[[], bool]] = ContextVar("is_signed_in")
"""Tells of the console that asks whether somebody is signed in there."""


class Lanes(ThreadPoolExecutor):
    """An executor with a lane for members, its own threads, and one for strangers."""

    def __init__(self) -> None:
        super().__init__(MEMBERS, "member")
        self._strangers = ThreadPoolExecutor(STRANGERS, "stranger")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it in the lane of the console that asks."""
        asks = is_signed_in.get(None)
        if asks is None or asks():
            return super().submit(fn, *args, **kwargs)
        answer = self._strangers.submit(fn, *args, **kwargs)
        self._strangers.submit(time.sleep, PAUSE)  # it delays the next one, not this one
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its base
        """End both lanes."""
        self._strangers.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)
