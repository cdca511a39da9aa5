"""Many people at once, in portions: each is a transaction of its own, and between two of them one may stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

I = TypeVar("I")  # noqa: E741 - an identity

PORTION = 500


@dataclass
class Progress:
    """How far an act on many has come. `tell` is told at each portion; `stop` lets none follow."""

    tell: Callable[[int], None]
    done: int = 0
    stopped: bool = field(default=False)

    def stop(self) -> None:
        """Begin no further portion."""
        self.stopped = True


async def in_portions(
    portions: AsyncIterator[Sequence[I]], act: Callable[[Sequence[I]], Awaitable[None]], progress: Progress
) -> int:
    """Do an act on one portion after the other; on how many it was done."""
    async for portion in portions:
        if progress.stopped:
            break
        if portion:
            await act(portion)
            progress.done += len(portion)
            progress.tell(progress.done)
    return progress.done


async def cut(ids: Sequence[I], size: int = PORTION) -> AsyncIterator[Sequence[I]]:
    """What is at hand, a portion at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
