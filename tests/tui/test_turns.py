"""Whoever types faster than people do waits, one key after the other; nobody else does."""

import asyncio
import time
from collections import deque
from contextvars import Context, ContextVar
from itertools import pairwise

from tui.hosting.turns import A_SECOND, AT_ONCE, Allowance, Turns


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Keys:
    """A console whose keys wait; it notes in a common list whose turn it was."""

    def __init__(self, name: str, count: int, turns: list[str]) -> None:
        self.waiting = deque([name] * count)
        self.turns = turns

    def hand_on(self) -> bool:
        self.turns.append(self.waiting.popleft())
        return bool(self.waiting)


def test_a_few_keys_at_once_and_twenty_a_second_need_not_wait() -> None:
    clock = Clock()
    allowance = Allowance(clock)

    assert [allowance.take() for _ in range(int(AT_ONCE) + 1)] == [True] * int(AT_ONCE) + [False]
    for _ in range(100):
        clock.now += 1.0001 / A_SECOND
        assert allowance.take()
        assert not allowance.take()


def test_who_rested_for_long_may_bring_no_more_at_once() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    clock.now = 3_600.0

    assert [allowance.take() for _ in range(int(AT_ONCE) + 1)].count(True) == AT_ONCE


async def test_those_who_wait_take_turns_and_lose_no_key() -> None:
    turns, order = Turns(), list[str]()
    consoles = [Keys(name, count, order) for name, count in (("a", 3), ("b", 1), ("c", 2))]

    for console in consoles:
        turns.wait(console)
    async with asyncio.timeout(5):
        while any(console.waiting for console in consoles):
            await asyncio.sleep(0)

    assert order == ["a", "b", "c", "a", "c", "a"]


async def test_between_two_turns_everybody_else_has_his() -> None:
    turns, order = Turns(), list[str]()
    flood = Keys("flood", 5, order)
    turns.wait(flood)

    async with asyncio.timeout(5):
        while flood.waiting:
            order.append("person")
            await asyncio.sleep(0)

    assert all(order[index - 1] == "person" for index, who in enumerate(order) if who == "flood")


async def test_a_console_that_has_ended_while_it_waited_stops_nobody() -> None:
    turns, order = Turns(), list[str]()

    class Ended(Keys):
        def hand_on(self) -> bool:
            return False

    other = Keys("other", 2, order)
    turns.wait(Ended("ended", 3, order))
    turns.wait(other)
    async with asyncio.timeout(5):
        while other.waiting:
            await asyncio.sleep(0)

    assert order == ["other", "other"]


async def test_who_waits_is_not_held_by_the_others_nor_takes_their_place() -> None:
    """The attack: flood first, and have all who wait later be handed on in one's own context, which their line then
    keeps, with one's console and what was typed there.
    """
    whose, seen = ContextVar[str]("whose"), list[str | None]()

    class Looking(Keys):
        def hand_on(self) -> bool:
            seen.append(whose.get(None))
            return super().hand_on()

    turns = Turns()
    consoles = [Looking(name, 2, []) for name in "ab"]
    for console in consoles:
        context = Context()
        context.run(whose.set, "flood")
        context.run(turns.wait, console)
    async with asyncio.timeout(5):
        while any(console.waiting for console in consoles):
            await asyncio.sleep(0)

    assert seen == [None] * 4


async def test_turns_that_cost_much_leave_half_of_the_time_to_the_others() -> None:
    """The attack: bring keys that cost more than the time between two turns."""
    cost, begun = 0.05, list[float]()

    class Dear(Keys):
        def hand_on(self) -> bool:
            begun.append(time.monotonic())
            asyncio.get_running_loop().call_soon(time.sleep, cost)
            return super().hand_on()

    turns, flood = Turns(), Dear("flood", 5, [])
    turns.wait(flood)
    async with asyncio.timeout(5):
        while flood.waiting:
            await asyncio.sleep(0)

    assert all(later - earlier > 1.7 * cost for earlier, later in pairwise(begun))
