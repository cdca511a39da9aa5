"""Every widget is told its size, also one that asked for it too early."""

from textual.geometry import Region, Size
from textual.widget import Widget

from tests.tui.list_app import until
from tui.hardened import HardenedApp


class Curious(Widget):
    """Keeps what it was told."""

    told: Size | None = None

    def on_resize(self) -> None:
        self.told = self.size


async def test_a_widget_that_asks_for_its_size_before_it_was_laid_out_is_told_all_the_same() -> None:
    app: HardenedApp[None] = HardenedApp()
    async with app.run_test(size=(40, 10)) as pilot:
        curious = Curious()
        await app.screen.mount(curious)
        app.screen._compositor._full_map_invalidated = True  # as something that scrolls leaves it

        assert curious.region == Region(0, 0, 40, 10)
        assert curious.told is None

        await until(pilot, lambda: curious.told == Size(40, 10))
