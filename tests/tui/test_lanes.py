"""Threads that wait for the database: strangers have a few of their own, and fill no others."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from tui.hosting.lanes import MEMBERS, STRANGERS, Lanes, is_signed_in

T = TypeVar("T")

MEMBER, STRANGER = (lambda: True), (lambda: False)


@pytest.fixture
async def lanes() -> Lanes:
    """The lanes, as this loop's executor; the loop ends them."""
    executor = Lanes()
    asyncio.get_running_loop().set_default_executor(executor)
    return executor


def asked_by(who: Callable[[], bool] | None, question: Callable[[], T]) -> "asyncio.Task[T]":
    """A console's question, asked as screens ask."""

    async def ask() -> T:
        return await asyncio.to_thread(question)

    context = contextvars.Context()
    if who is not None:
        context.run(is_signed_in.set, who)
    return asyncio.get_running_loop().create_task(ask(), context=context)


@contextmanager
def busy(who: Callable[[], bool] | None, count: int) -> "Iterator[list[asyncio.Task[bool]]]":
    """So many questions that take until the block ends."""
    over = threading.Event()
    try:
        yield [asked_by(who, over.wait) for _ in range(count)]
    finally:
        over.set()


def lane() -> str:
    """The name of this thread's lane."""
    return threading.current_thread().name.partition("_")[0]


@pytest.mark.usefixtures("lanes")
async def test_while_every_strangers_thread_is_busy_members_are_answered() -> None:
    with busy(STRANGER, 3 * STRANGERS) as waiting:
        answers = [await asyncio.wait_for(asked_by(MEMBER, lane), 5) for _ in range(3)]

        assert answers == ["member"] * 3
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)


@pytest.mark.usefixtures("lanes")
async def test_members_never_take_the_strangers_threads() -> None:
    with busy(MEMBER, 3 * MEMBERS) as waiting:
        assert await asyncio.wait_for(asked_by(STRANGER, lane), 5) == "stranger"
    await asyncio.gather(*waiting)


@pytest.mark.usefixtures("lanes")
async def test_what_no_console_asks_is_a_members_question() -> None:
    assert await asked_by(None, lane) == "member"


@pytest.mark.usefixtures("lanes")
async def test_whoever_signs_in_is_a_member_from_his_next_question_on() -> None:
    signed_in = False

    async def at_one_console() -> list[str]:
        nonlocal signed_in
        before = await asyncio.to_thread(lane)
        signed_in = True
        return [before, await asyncio.to_thread(lane)]

    context = contextvars.Context()
    context.run(is_signed_in.set, lambda: signed_in)
    lanes = await asyncio.get_running_loop().create_task(at_one_console(), context=context)

    assert lanes == ["stranger", "member"]


async def test_the_end_waits_for_both_lanes(lanes: Lanes) -> None:
    done: list[str] = []
    asked = [asked_by(who, lambda: done.append(lane())) for who in (STRANGER, MEMBER)]
    await asyncio.gather(*asked)

    lanes.shutdown()

    assert sorted(done) == ["member", "stranger"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("member_", "stranger_"))]
