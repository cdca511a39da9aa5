"""Asking the core something off the event loop, and what becomes of an answer that comes too late."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from textual.dom import DOMNode

P = ParamSpec("P")
T = TypeVar("T")


async def answered(asking: DOMNode, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do an act of the core in a thread, for a worker of a screen or pane.

    A screen that is being closed loses what is in it before its workers are cancelled. Whoever is gone when the
    answer or the refusal comes is cancelled here, instead of failing on fields that are no longer there.
    """
    try:
        return await asyncio.to_thread(act, *args, **kwargs)
    finally:
        if is_gone(asking):
            raise asyncio.CancelledError


def is_gone(node: DOMNode) -> bool:
    """Is it closed, or being closed, so that what was in it may not be there any more?"""
    return not node.is_attached or any(each._pruning for each in node.ancestors_with_self)
