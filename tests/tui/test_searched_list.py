"""The list with its search field and its count."""

from types import SimpleNamespace
from typing import Any

from textual.app import ComposeResult

from core.errors import SessionOver
from core.listing import Count, Page, Stretch
from data.faults import DatabaseLocked
from tests.tui.list_app import until
from tests.tui.numbers_list import Numbers
from tui.asking import SessionLost
from tui.hardened import HardenedApp
from tui.widgets.row_list import Column
from tui.widgets.searched_list import Listed, SearchedList, SearchField

SOON = 0.02


class Searched(HardenedApp[None]):
    """Rows with the searched text in them, so many as `rows` says."""

    def __init__(self, rows: int, *, look_every: float = 60) -> None:
        super().__init__()
        self.numbers = Numbers(rows)
        self.searches: list[str] = []
        self.counts: list[str] = []
        self.is_lost = False
        who: Any = SimpleNamespace(session=None)
        self.list: SearchedList[Any] = SearchedList(
            who,
            Listed(
                (Column("Name", fraction=1),),
                self.page,
                lambda row: (row.name,),
                one="row",
                many="rows",
                count=self.count,
                look_every=look_every,
                empty="Nothing yet.",
                unfound="Nothing found.",
            ),
        )

    def compose(self) -> ComposeResult:
        yield self.list

    def page(self, _: Any, search: str, stretch: Stretch) -> Page[Any]:
        self.searches.append(search)
        found = self.numbers(stretch)
        if search == "none":
            return Page((), None, None)
        rows = tuple(SimpleNamespace(id=row, key=(row,), name=f"{search} {row}") for row in found.rows)
        return Page(rows, found.before, found.after)

    def count(self, _: Any, search: str) -> Count:
        self.counts.append(search)
        return Count(len(self.numbers.rows))

    def on_session_lost(self, _: SessionLost) -> None:
        self.is_lost = True

    def text(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


async def test_a_list_on_one_page_is_counted_without_asking() -> None:
    app = Searched(7)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "7 rows" in app.text())

        assert app.counts == []


async def test_a_long_list_is_counted_once_however_far_one_goes() -> None:
    app = Searched(5_000)
    async with app.run_test() as pilot:
        app.list.focus_list()
        await until(pilot, lambda: "5,000 rows" in app.text())

        await pilot.press("end", "home", *["pagedown"] * 5)
        await pilot.pause()

        assert app.counts == [""]


async def test_what_is_typed_quickly_is_searched_once() -> None:
    app = Searched(7)
    async with app.run_test() as pilot:
        app.list.query_one(SearchField).focus()
        await until(pilot, lambda: "7 rows" in app.text())

        for key in "jane":
            app.list.query_one(SearchField).insert_text_at_cursor(key)
        await until(pilot, lambda: "jane 0" in app.text())

        assert [search for search in app.searches if search] == ["jane"]


async def test_enter_searches_at_once_and_an_empty_list_says_why() -> None:
    app = Searched(7)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "7 rows" in app.text())
        app.list.query_one(SearchField).focus()

        await pilot.press(*"none", "enter")

        assert app.list.list.has_focus
        await until(pilot, lambda: "Nothing found." in app.text() and "0 rows" in app.text())


async def test_a_line_that_is_slower_than_the_looks_still_brings_its_rows() -> None:
    """Each look would throw away the answer that the one before it waits for."""
    app = Searched(7, look_every=SOON)
    app.numbers.hold()
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.numbers.asked))
        await pilot.pause(5 * SOON)
        asked = len(app.numbers.asked)

        await pilot.pause(10 * SOON)

        assert len(app.numbers.asked) == asked
        app.numbers.open.set()
        await until(pilot, lambda: "7 rows" in app.text())


async def test_rows_that_others_add_and_remove_are_seen_and_counted_without_a_key() -> None:
    app = Searched(5_000, look_every=SOON)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "5,000 rows" in app.text())

        app.numbers.rows = range(1, 4_999)

        await until(pilot, lambda: "4,998 rows" in app.text() and " 0 " not in app.text())


async def test_a_fault_is_told_below_the_list_until_rows_come_again() -> None:
    app = Searched(7, look_every=SOON)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "7 rows" in app.text())
        app.numbers.trouble = DatabaseLocked("here")
        await until(pilot, lambda: "is busy. Nothing was changed" in app.text())
        assert " 6 " in app.text()

        app.numbers.trouble = None

        await until(pilot, lambda: "is busy" not in app.text())


async def test_without_a_session_the_console_hears_it() -> None:
    app = Searched(7, look_every=SOON)
    async with app.run_test() as pilot:
        app.numbers.trouble = SessionOver()

        await until(pilot, lambda: app.is_lost)
