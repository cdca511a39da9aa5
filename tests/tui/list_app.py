"""An app of nothing but a list, which keeps what the list tells."""

from collections.abc import Callable
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from core.listing import Page, Stretch
from tui.hardened import HardenedApp
from tui.widgets.row_list import Column, RowList

COLUMNS = (Column("Number", width=10), Column("Name", fraction=1), Column("Note", width=12, min_columns=60))


class ListApp(HardenedApp[None]):
    """`how` is given on to the list."""

    def __init__(
        self,
        fetch: Callable[[Stretch], Page[Any]],
        columns: tuple[Column, ...] = COLUMNS,
        *,
        no_color: bool = False,
        **how: Any,
    ) -> None:
        super().__init__(no_color=no_color)
        usual: dict[str, Any] = {
            "cells": lambda row: (str(row), f"name {row}", "note"),
            "key": lambda row: (row,),
            "identity": lambda row: row,
        }
        self.list: RowList[Any] = RowList(columns, fetch, id="rows", **usual | how)
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.list

    def on_mount(self) -> None:
        self.list.focus()

    @on(RowList.Chosen, "#rows")
    @on(RowList.Moved, "#rows")
    @on(RowList.Ticked, "#rows")
    @on(RowList.Failed, "#rows")
    def keep(self, message: Message) -> None:
        """Remember what was told."""
        self.told.append(message)

    def lines(self) -> list[str]:
        """What the list draws."""
        return [self.list.render_line(y).text for y in range(self.list.size.height)]

    def chosen(self) -> list[object]:
        """The rows on which Enter was pressed."""
        return [message.row for message in self.told if isinstance(message, RowList.Chosen)]

    def moved(self) -> list[object]:
        """The rows that the cursor came to."""
        return [message.row for message in self.told if isinstance(message, RowList.Moved)]

    def failed(self) -> list[object]:
        """What went wrong."""
        return [message.trouble for message in self.told if isinstance(message, RowList.Failed)]


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(2000):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("Waited in vain.")


async def at(pilot: Pilot[None], app: ListApp, row: object) -> None:
    """Wait until the cursor is on a row."""
    await until(pilot, lambda: app.list.current == row)


async def typed(pilot: Pilot[None], *keys: str) -> None:
    """Type keys as fast as a held key brings them; `Pilot.press` waits some time for each."""
    for key in keys:
        pilot.app.post_message(events.Key(key, None))
    await pilot.pause()
