"""A list of any length: what its keys do, what it fetches, what it draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from core.listing import Page, Stretch, Way
from tui.widgets.row_list import Column, RowList

COLUMNS = (Column("Number", width=10), Column("Name", fraction=1), Column("Note", width=12, min_columns=60))


class Numbers:
    """A list of numbers up to some end, fetched like any other; counts what is asked."""

    def __init__(self, rows: int) -> None:
        self.rows = range(rows)
        self.asked: list[Stretch] = []

    def __call__(self, stretch: Stretch) -> Page[int]:
        self.asked.append(stretch)
        at = stretch.key[0] if stretch.key else 0
        start, stop = {
            Way.FIRST: (0, stretch.rows),
            Way.LAST: (len(self.rows) - stretch.rows, len(self.rows)),
            Way.AFTER: (at + 1, at + 1 + stretch.rows),
            Way.BEFORE: (at - stretch.rows, at),
            Way.FROM: (at, at + stretch.rows),
        }[stretch.way]
        start, stop = max(0, start), min(stop, len(self.rows))
        rows = tuple(self.rows[start:stop])
        if not rows:
            return Page((), None, None)
        return Page(rows, (start,) if start else None, (stop - 1,) if stop < len(self.rows) else None)


class OneList(App[None]):
    """An app of nothing but a list, which keeps what the list tells."""

    def __init__(self, fetch: Callable[[Stretch], Page[Any]], **how: Any) -> None:
        super().__init__()
        usual: dict[str, Any] = {
            "cells": lambda row: (str(row), f"name {row}", "note"),
            "key": lambda row: (row,),
            "identity": lambda row: row,
        }
        self.list: RowList[Any] = RowList(COLUMNS, fetch, id="rows", **usual | how)
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.list

    @on(RowList.Chosen)
    @on(RowList.Moved)
    @on(RowList.Ticked)
    @on(RowList.Failed)
    def keep(self, message: Message) -> None:
        self.told.append(message)

    def lines(self) -> list[str]:
        """What is drawn."""
        return [self.list.render_line(y).text for y in range(self.list.size.height)]

    def chosen(self) -> list[object]:
        """The rows on which Enter was pressed."""
        return [message.row for message in self.told if isinstance(message, RowList.Chosen)]


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("Waited in vain.")


async def at(pilot: Pilot[None], app: OneList, row: object) -> None:
    await until(pilot, lambda: app.list.current == row)


async def test_a_list_opens_on_its_first_row() -> None:
    app = OneList(Numbers(1000))
    async with app.run_test() as pilot:
        await at(pilot, app, 0)

        assert app.lines()[0].split() == ["Number", "Name", "Note", "↓", "more"]
        assert app.lines()[1].split() == ["▶", "0", "name", "0", "note"]
        assert app.lines()[23].split() == ["22", "name", "22", "note"]


async def test_keys_reach_every_row() -> None:
    app = OneList(Numbers(1_000_000))
    async with app.run_test(size=(80, 24)) as pilot:
        for keys, row in (
            (("down", "j", "up"), 1),
            (("k", "k"), 0),
            (("pagedown",) * 30, 30 * 22),
            (("pageup",) * 10, 20 * 22),
            (("end",), 999_999),
            (("up", "pageup"), 999_999 - 23),
            (("home", "enter"), 0),
        ):
            await pilot.press(*keys)
            await at(pilot, app, row)

        await until(pilot, lambda: app.chosen() == [0])
